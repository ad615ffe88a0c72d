//! Which resource a method and a path name.
//!
//! matchit takes a path as it is, as this org does: it decodes nothing, merges
//! no slashes, and distinguishes upper and lower case. It refuses rows that it
//! cannot tell apart. Its parameters need at least one character, which is too
//! strict here: see [`spellings`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use http::Method;
use matchit::{InsertError, Router};

use crate::answer::Answer;
use crate::bulk::{export, ingest, v1};
use crate::call::Call;
use crate::composite::{batch, collections, graph, tree};
use crate::error::ApiError;
use crate::org::Org;
use crate::request::Request;
use crate::resource::{Route, resources};
use crate::segments::Segments;
use crate::sobject::external;
use crate::ui_api::records;
use crate::version::{ApiVersion, Known};
use crate::{
    anonymous, apex, catalog, composite, describe, graphql, identity, limits, list_views, menus,
    oauth, query, recent, record_count, replication, resource_names, search, sobject, tabs, theme,
    tooling, ui_api, unsupported,
};

/// Below this lie the versions.
const VERSIONS: &str = "/services/data/";

/// The last version in which a path may end in `.json` or `.xml`.
///
/// Source: REST API Developer Guide, "REST API Architecture".
const SUFFIX_UNTIL: u16 = 57;

/// Who answers, and what has to be true before.
#[derive(Debug)]
pub(crate) enum Handler {
    /// OAuth's: at the shared login hosts too, with errors of its own form.
    OAuth(fn(&Org, &Request) -> Answer),
    /// A session is not asked for, or by the handler itself.
    Open(fn(&Org, &Request, &Segments) -> Answer),
    /// Below a version, with a session; counts against the daily limit.
    Session(fn(&Call<'_>) -> Result<Answer, ApiError>),
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    route: Route,
    /// Empty: the handler judges the method itself.
    methods: &'static [Method],
    path: &'static str,
    /// The version in which the path appeared; 0: every version has it.
    since: u16,
    handler: Handler,
}

/// What a request's method and path name.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its name in statistics and faults.
    pub(crate) route: Route,
    /// The version that the path lies below, if that is served.
    pub(crate) version: Option<ApiVersion>,
    pub(crate) segments: Segments,
    /// Who answers, or what is answered because nobody does.
    pub(crate) handler: Result<&'static Handler, ApiError>,
}

macro_rules! rows {
    ($($route:ident: $($access:ident [$($method:ident)*] $path:literal $(since $since:literal)? => $handler:expr),+;)+) => {
        static ROWS: &[Row] = &[$($(Row {
            route: Route::$route,
            methods: &[$(Method::$method),*],
            path: $path,
            since: 0 $(+ $since)?,
            handler: Handler::$access($handler),
        }),+),+];
    };
}

resources!(rows);

/// The rows by their path: those of one path differ in their methods. After a
/// conflict the router would be empty; a test shows that no rows conflict.
static ROUTER: LazyLock<Router<Vec<&'static Row>>> =
    LazyLock::new(|| router(ROWS).unwrap_or_default());

impl Target {
    /// Finds what a path names, which may end in one slash, and before version
    /// 58 in a format.
    pub(crate) fn find(method: &Method, path: &str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        let version = match version(path) {
            None => None,
            Some(Known::Served(version)) => Some(version),
            Some(Known::Retired) => return Self::nothing(None, ApiError::gone()),
            Some(Known::Never) => return Self::nothing(None, ApiError::not_found()),
        };
        let path = match version.filter(|version| version.number() <= SUFFIX_UNTIL) {
            Some(_) if path.ends_with(".xml") => {
                return Self::nothing(version, ApiError::no_such_format("XML"));
            }
            Some(_) => path.strip_suffix(".json").unwrap_or(path),
            None => path,
        };
        let Ok(found) = ROUTER.at(path) else {
            return Self::nothing(version, nowhere(path));
        };
        let rows: Vec<_> = found
            .value
            .iter()
            .copied()
            .filter(|row| version.is_none_or(|version| row.since <= version.number()))
            .collect();
        let row = rows.iter().find(|row| row.takes(method));
        let Some(first) = row.or(rows.first()) else {
            return Self::nothing(version, ApiError::not_found());
        };
        Self {
            route: first.route,
            version,
            segments: found.params.iter().collect(),
            handler: row
                .map(|row| &row.handler)
                .ok_or_else(|| ApiError::method_not_allowed(method, &methods(&rows))),
        }
    }

    fn nothing(version: Option<ApiVersion>, error: ApiError) -> Self {
        Self {
            route: Route::Other,
            version,
            segments: Segments::default(),
            handler: Err(error),
        }
    }
}

impl Row {
    fn takes(&self, method: &Method) -> bool {
        self.methods.is_empty() || self.methods.contains(method)
    }

    /// Its path from the root.
    fn whole_path(&self) -> String {
        if self.path.starts_with('/') {
            self.path.to_owned()
        } else {
            format!("{VERSIONS}{{version}}/{}", self.path)
        }
    }
}

/// What the segment below `/services/data/` comes to, if there is one.
fn version(path: &str) -> Option<Known> {
    let below = path.strip_prefix(VERSIONS)?;
    below.split('/').next().map(ApiVersion::parse)
}

/// What is answered to a path that no row has: Salesforce's own error, unless
/// Salesforce has such a resource.
fn nowhere(path: &str) -> ApiError {
    let below = path.strip_prefix(VERSIONS).unwrap_or_default();
    match below.split_once('/') {
        Some((_, resource)) if resource_names::is_salesforces(resource) => {
            ApiError::unsupported_resource(resource)
        }
        _ => ApiError::not_found(),
    }
}

/// The methods of rows that share a path, in the order of the alphabet.
fn methods(rows: &[&'static Row]) -> Vec<&'static str> {
    let methods = rows.iter().flat_map(|row| row.methods).map(Method::as_str);
    methods.collect::<BTreeSet<_>>().into_iter().collect()
}

fn router(rows: &'static [Row]) -> Result<Router<Vec<&'static Row>>, InsertError> {
    let mut by_path: BTreeMap<String, Vec<&'static Row>> = BTreeMap::new();
    for row in rows {
        for path in spellings(&row.whole_path()) {
            by_path.entry(path).or_default().push(row);
        }
    }
    let mut router = Router::new();
    for (path, rows) in by_path {
        router.insert(path, rows)?;
    }
    Ok(router)
}

/// A path with and without each of its parameters: `query//` names an empty
/// locator.
fn spellings(path: &str) -> Vec<String> {
    let mut spellings = vec![String::new()];
    for segment in path.split('/').skip(1) {
        let before = spellings.clone();
        for spelling in &mut spellings {
            spelling.extend(["/", segment]);
        }
        if segment.starts_with('{') {
            spellings.extend(before.into_iter().map(|spelling| spelling + "/"));
        }
    }
    spellings
}

#[cfg(test)]
mod tests;
