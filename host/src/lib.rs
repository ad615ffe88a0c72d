//! sfbox.
