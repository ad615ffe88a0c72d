//! Where files of a user are.
//!
//! Source: XDG Base Directory Specification, "Environment variables".

use std::path::PathBuf;

/// The folder that this variable names, such as `XDG_CONFIG_HOME`, or this one in the user's
/// own. A path that is not absolute is ignored.
pub(crate) fn find(variable: &str, in_home: &str) -> Option<PathBuf> {
    absolute(variable).or_else(|| Some(absolute("HOME")?.join(in_home)))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    path.is_absolute().then_some(path)
}
