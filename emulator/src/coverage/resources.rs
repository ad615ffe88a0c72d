//! Which resources there are, and which of Salesforce's there are not.

use http::Method;

use super::markdown::{code, table};
use crate::resource::resources;
use crate::resource_names;
use crate::router::Target;
use crate::version::ApiVersion;

/// A row of the table of resources, as texts.
struct Row {
    route: &'static str,
    methods: &'static [&'static str],
    path: &'static str,
    since: u16,
}

macro_rules! rows {
    ($($route:ident: $($access:ident [$($method:ident)*] $path:literal $(since $since:literal)? => $handler:expr),+;)+) => {
        const ROWS: &[Row] = &[$($(Row {
            route: stringify!($route),
            methods: &[$(stringify!($method)),*],
            path: $path,
            since: 0 $(+ $since)?,
        }),+),+];
    };
}

resources!(rows);

impl Row {
    fn is_served(&self) -> bool {
        self.route != "Unsupported"
    }

    fn methods(&self) -> String {
        if self.methods.is_empty() {
            return "those that Salesforce documents".to_owned();
        }
        let methods = self.methods.iter().filter(|method| **method != "HEAD");
        let text = methods.map(code).collect::<Vec<_>>().join(", ");
        let has = |method| self.methods.contains(&method);
        if has("GET") && !has("HEAD") {
            return format!("{text}, without `HEAD`");
        }
        text
    }

    fn versions(&self) -> String {
        match self.since {
            0 => "every".to_owned(),
            since => format!("v{since}.0 and later"),
        }
    }
}

/// The resources that are served: a row for each path.
pub(super) fn served() -> String {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for row in ROWS.iter().filter(|row| row.is_served()) {
        let path = code(row.path);
        match rows.iter_mut().find(|[known, ..]| *known == path) {
            Some([_, methods, _]) => {
                methods.push_str(", ");
                methods.push_str(&row.methods());
            }
            None => rows.push([path, row.methods(), row.versions()]),
        }
    }
    table(["path", "methods", "versions"], rows)
}

/// What a version lists and what else this emulator knows to be Salesforce's, as
/// far as it is not served.
pub(super) fn unserved() -> String {
    let newest = ApiVersion::numbered("68.0").expect("a version");
    let mut rows: Vec<[String; 2]> = ROWS
        .iter()
        .filter(|row| !row.is_served())
        .map(|row| [code(row.path), row.methods()])
        .collect();
    for name in resource_names::of(newest).chain(resource_names::unlisted()) {
        let path = format!("/services/data/v68.0/{name}");
        let is_begun = ROWS.iter().any(|row| {
            let first = row.path.split('/').next();
            row.is_served() && first == Some(name)
        });
        match Target::find(&Method::GET, &path).handler {
            Ok(_) => {}
            Err(error) if error.code == "EMULATOR_UNSUPPORTED" && is_begun => {
                rows.push([code(name), "all that is not in the table above".to_owned()]);
            }
            Err(error) if error.code == "EMULATOR_UNSUPPORTED" => {
                rows.push([code(name), "all".to_owned()]);
            }
            // Served with another method, or below it.
            Err(error) => assert!(is_begun || name.contains('/'), "{name}: {error:?}"),
        }
    }
    rows.sort();
    rows.dedup();
    table(["path", "what is missing"], rows)
}
