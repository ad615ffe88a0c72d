//! The calls of `wit/search.wit`.

pub use crate::bindings::exports::sfbox::client::search::{Scope, Target};

use super::{FindOptions, Options, Parameter, calls};

calls! { search:
    /// Runs a SOSL statement, and answers a JSON object with `searchRecords`.
    ///
    /// # Errors
    ///
    /// See `search` in `wit/search.wit`.
    search = "search" call_search(sosl: &str, parameters: &[Parameter]; Options) -> String;

    /// Searches for a text as it is, without the syntax of SOSL.
    ///
    /// # Errors
    ///
    /// See `find` in `wit/search.wit`.
    find = "search find" call_find(text: &str, targets: &[Target], parameters: &[Parameter]; FindOptions) -> String;
}
