//! The hosts, each with what it takes to run the component on it.

pub(crate) mod library;
mod own;
mod programs;
pub(crate) mod served;
mod wash;
