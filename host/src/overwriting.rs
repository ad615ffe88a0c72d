//! The secrets of an org, overwritten in what it answers: a server, or a proxy before it,
//! may repeat what it was sent.
//!
//! What is handed out is the ability to overwrite them, in a text ([`Secrets::overwritten`]) or
//! in a text that comes in pieces ([`Scan`]), and never they themselves. Each byte becomes
//! one `*`, so that lengths stay true.

mod folded;
mod forms;
mod known;
mod scan;
mod secrets;

pub(crate) use known::KnownSecrets;
pub(crate) use scan::Scan;
pub(crate) use secrets::Secrets;
