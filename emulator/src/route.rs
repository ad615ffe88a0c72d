//! Which resource a path names.

use serde::{Deserialize, Serialize};

use crate::sql::Rows;
use crate::version::{ApiVersion, Known};

/// The resources, as statistics and faults name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// `/services/oauth2/token`.
    Token,
    /// `/services/oauth2/introspect`.
    Introspect,
    /// `/services/oauth2/userinfo` and `/id/…`.
    Identity,
    /// `/services/data`.
    Versions,
    /// `/services/data/vXX.X`.
    Resources,
    /// `…/limits`.
    Limits,
    /// `…/query?q=`.
    Query,
    /// `…/queryAll?q=`.
    QueryAll,
    /// `…/query/<locator>` and `…/queryAll/<locator>`.
    QueryMore,
    /// Anything else.
    Other,
}

/// What a path names, with what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Token,
    Introspect,
    UserInfo,
    Identity {
        org: String,
        user: String,
    },
    Versions,
    /// Something of a version that is served.
    Versioned(ApiVersion, Versioned),
    /// Something of a version that no longer is.
    Retired,
    Unknown,
}

/// What lies under `/services/data/vXX.X`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Versioned {
    Resources,
    Limits,
    Query(Rows),
    QueryMore { locator: String },
    Unknown,
}

impl Resource {
    /// Reads a path, which may end in one slash.
    pub(crate) fn parse(path: &str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            ["services", "oauth2", "token"] => Self::Token,
            ["services", "oauth2", "introspect"] => Self::Introspect,
            ["services", "oauth2", "userinfo"] => Self::UserInfo,
            ["id", org, user] => Self::Identity {
                org: (*org).to_owned(),
                user: (*user).to_owned(),
            },
            ["services", "data"] => Self::Versions,
            ["services", "data", version, rest @ ..] => match ApiVersion::parse(version) {
                Known::Served(version) => Self::Versioned(version, Versioned::parse(rest)),
                Known::Retired => Self::Retired,
                Known::Never => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    /// Its name in statistics and faults.
    pub(crate) const fn route(&self) -> Route {
        match self {
            Self::Token => Route::Token,
            Self::Introspect => Route::Introspect,
            Self::UserInfo | Self::Identity { .. } => Route::Identity,
            Self::Versions => Route::Versions,
            Self::Versioned(_, versioned) => match versioned {
                Versioned::Resources => Route::Resources,
                Versioned::Limits => Route::Limits,
                Versioned::Query(Rows::Live) => Route::Query,
                Versioned::Query(Rows::All) => Route::QueryAll,
                Versioned::QueryMore { .. } => Route::QueryMore,
                Versioned::Unknown => Route::Other,
            },
            Self::Retired | Self::Unknown => Route::Other,
        }
    }
}

impl Versioned {
    fn parse(segments: &[&str]) -> Self {
        match segments {
            [] => Self::Resources,
            ["limits"] => Self::Limits,
            ["query"] => Self::Query(Rows::Live),
            ["queryAll"] => Self::Query(Rows::All),
            ["query" | "queryAll", locator] => Self::QueryMore {
                locator: (*locator).to_owned(),
            },
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_name_resources() {
        for (path, route) in [
            ("/services/oauth2/token", Route::Token),
            ("/services/oauth2/introspect", Route::Introspect),
            ("/services/oauth2/introspection", Route::Other),
            ("/services/oauth2/userinfo", Route::Identity),
            ("/id/00D/005", Route::Identity),
            ("/services/data", Route::Versions),
            ("/services/data/", Route::Versions),
            ("/services/data/v66.0", Route::Resources),
            ("/services/data/v66.0/", Route::Resources),
            ("/services/data/v66.0/limits/", Route::Limits),
            ("/services/data/v59.0/query/", Route::Query),
            ("/services/data/v66.0/queryAll", Route::QueryAll),
            ("/services/data/v66.0/query/01g-2000", Route::QueryMore),
            ("/services/data/v66.0/queryAll/01g-2000", Route::QueryMore),
            ("/services/data/v66.0/queryall", Route::Other),
            ("/services/data/v66.0//query", Route::Other),
            ("/services/data/v30.0/query", Route::Other),
            ("/services/data/latest/query", Route::Other),
            ("//services/data", Route::Other),
            ("/", Route::Other),
            ("", Route::Other),
        ] {
            assert_eq!(Resource::parse(path).route(), route, "{path}");
        }
        assert_eq!(
            Resource::parse("/services/data/v30.0/query"),
            Resource::Retired
        );
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in "\\PC{0,60}") {
            let _ = Resource::parse(&path).route();
        }
    }
}
