//! The resources that Salesforce has below a version.
//!
//! Source: REST API Developer Guide, "List Available REST Resources", for version
//! 66.0. A list of version 32.0 in the documentation of WSO2's Salesforce
//! connector begins with the same names, so an org lists what it has in every
//! version. Where the guide says in which version a resource appeared, it is not
//! listed before; the guide's list has no `graphql`, which this emulator serves.

use crate::resource::PATHS;
use crate::version::ApiVersion;

/// Names, and the version in which each appeared: 0 if every version has it, as
/// far as the guide says.
const NAMES: [(&str, u16); 47] = [
    ("tooling", 0),
    ("metadata", 0),
    ("eclair", 0),
    ("folders", 0),
    ("prechatForms", 0),
    ("contact-tracing", 0),
    ("jsonxform", 0),
    ("chatter", 0),
    ("payments", 0),
    ("tabs", 31),
    ("appMenu", 29),
    ("quickActions", 28),
    ("queryAll", 0),
    ("commerce", 0),
    ("wave", 0),
    ("iot", 0),
    ("analytics", 0),
    ("search", 0),
    ("smartdatadiscovery", 0),
    ("composite", 0),
    ("parameterizedSearch", 36),
    ("fingerprint", 0),
    ("theme", 29),
    ("nouns", 0),
    ("domino", 0),
    ("event", 40),
    ("serviceTemplates", 0),
    ("recent", 0),
    ("connect", 0),
    ("licensing", 0),
    ("limits", 29),
    ("process", 30),
    ("dedupe", 0),
    ("async-queries", 0),
    ("query", 0),
    ("jobs", 41),
    ("localizedvalue", 0),
    ("mobile", 0),
    ("emailConnect", 0),
    ("consent", 44),
    ("tokenizer", 0),
    ("compactLayouts", 31),
    ("async", 0),
    ("sobjects", 0),
    ("actions", 32),
    ("support", 0),
    ("graphql", 0),
];

/// Names that the guide or other guides have, and the list has not.
const UNLISTED: [&str; 5] = [
    "ui-api",
    "named",
    "knowledgeManagement",
    "scheduling",
    "searchlayout",
];

/// Resources of which this emulator has only a part: what lies below them and is
/// not served is not unknown.
const PARTS: [&str; 6] = [
    "search",
    "composite/sobjects",
    "jobs",
    "tooling",
    "quickActions",
    "sobjects/relevantItems",
];

/// The names that a version lists, in the guide's order.
pub(crate) fn of(version: ApiVersion) -> impl Iterator<Item = &'static str> {
    let names = NAMES.iter();
    let listed = names.filter(move |(_, since)| *since <= version.number());
    listed.map(|(name, _)| *name)
}

/// What no version lists, and what is served in part.
#[cfg(test)]
pub(crate) fn unlisted() -> impl Iterator<Item = &'static str> {
    UNLISTED.into_iter().chain(PARTS)
}

/// Whether a path below a version belongs to a resource of Salesforce that this
/// emulator does not serve, or serves in part.
pub(crate) fn is_salesforces(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let is_part = |part: &&str| {
        let below = path.strip_prefix(*part);
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    };
    let is_listed = NAMES.iter().any(|(name, _)| *name == first);
    let is_served = PATHS
        .iter()
        .any(|path| path.split('/').next() == Some(first));
    UNLISTED.iter().any(is_part) || PARTS.iter().any(is_part) || is_listed && !is_served
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_version_lists_what_it_has() {
        let names = |version: &str| {
            let version = ApiVersion::numbered(version).expect("a version");
            of(version).collect::<HashSet<_>>()
        };
        assert_eq!(names("68.0").len(), NAMES.len());
        for (name, since) in [("jobs", 41), ("consent", 44), ("parameterizedSearch", 36)] {
            let has = |version: u16| names(&format!("{version}.0")).contains(name);
            assert_eq!((has(since - 1), has(since)), (false, true), "{name}");
        }
        assert!(names("31.0").contains("limits"));
    }

    #[test]
    fn only_salesforces_own_resources_are_unsupported() {
        for (path, is) in [
            ("search", true),
            ("search/suggestions", true),
            ("ui-api/object-info/Account", true),
            ("composite/tree/Account", false),
            ("sobjects/relevantItems", true),
            ("sobjects/Account/nothing/1/2", false),
            ("composite/nothing", false),
            ("limits/nothing", false),
            ("searching", false),
            ("", false),
        ] {
            assert_eq!(is_salesforces(path), is, "{path}");
        }
    }
}
