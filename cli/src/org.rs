//! `sfbox org`.

mod add;
mod check;
mod consumer;
mod layout;
mod list;
mod my_domain;
mod remove;
mod terminal;

use clap::Subcommand;

pub(crate) use check::StepFailed;

/// Add, list, remove and check orgs
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  sfbox org add prod/salesforce --domain acme.my --consumer-key 3MVG9…
  sfbox org list
  sfbox --org prod/salesforce org check
  sfbox org remove prod/salesforce")]
pub(crate) enum Org {
    // What each does is said where it is: a comment here would hide all but the
    // first line of it from `--help`.
    Add(add::Add),
    List(list::List),
    Check(check::Check),
    Remove(remove::Remove),
}

impl Org {
    /// How a command is called that is for a whole store, and for no org of it.
    pub(crate) fn of_a_store(&self) -> Option<&'static str> {
        match self {
            Self::Add(_) => Some("org add"),
            Self::List(_) => Some("org list"),
            Self::Remove(_) => Some("org remove"),
            Self::Check(_) => None,
        }
    }
}
