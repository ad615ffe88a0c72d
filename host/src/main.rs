//! sfbox.
fn main() {}
