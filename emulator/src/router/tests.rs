//! The table, asked.

use http::StatusCode;
use proptest::prelude::*;

use super::*;

fn get(path: &str) -> Target {
    Target::find(&Method::GET, path)
}

/// The status of what nobody answers.
fn refusal(target: &Target) -> Option<u16> {
    let error = target.handler.as_ref().err();
    error.map(|error| error.status.as_u16())
}

/// Every row is found, and with it its parameters.
#[test]
fn rows_are_told_apart() {
    assert_eq!(router(ROWS).map(|_| ()), Ok(()));
    for row in ROWS {
        let path = row.whole_path().replace("{version}", "v66.0");
        for method in row.methods {
            let target = Target::find(method, &path);
            assert_eq!(target.route, row.route, "{path}");
            assert!(
                target
                    .handler
                    .is_ok_and(|found| std::ptr::eq(found, &raw const row.handler))
            );
        }
        let is_below_version = row.whole_path().starts_with("/services/data/{version}");
        let needs_session = matches!(row.handler, Handler::Session(_));
        assert_eq!(needs_session, is_below_version, "{path}");
    }
}

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
        assert_eq!(get(path).route, route, "{path}");
    }
}

#[test]
fn a_path_is_taken_as_it_is() {
    for (path, route) in [
        // Nothing is decoded.
        ("/services/data/v66.0/%71uery", Route::Other),
        ("/services/data/v66%2E0/query", Route::Other),
        ("/services/data/v66.0%2Fquery", Route::Other),
        ("/services%2Fdata", Route::Other),
        ("/services/data/v66.0/query?q", Route::Other),
        // No slashes are merged, and one at the end is taken off.
        ("/services//data", Route::Other),
        ("/services/data//", Route::Other),
        ("/services/data//v66.0", Route::Other),
        ("/services/data/v66.0//", Route::Other),
        ("/services/data/v66.0/limits//", Route::Other),
        ("/services/oauth2/token/", Route::Token),
        ("/services/oauth2/token//", Route::Other),
        ("/services/data/v66.0/query/01g-2000/", Route::QueryMore),
        ("/services/data/v66.0/query/01g-2000//", Route::Other),
        ("/services/data/v66.0/query/01g/2000", Route::Other),
        // No dots are walked.
        ("/services/data/v66.0/./query", Route::Other),
        ("/services/./data", Route::Other),
        ("/services/data/v66.0/query/..", Route::QueryMore),
        // Case counts.
        ("/Services/Data", Route::Other),
        ("/services/data/V66.0/query", Route::Other),
        ("/services/data/v66.0/Query", Route::Other),
        ("/services/data/v66.0/QUERYALL", Route::Other),
        // A row's own text is no path.
        ("/services/data/{version}/query", Route::Other),
        ("/services/data/v66.0/query/{locator}", Route::QueryMore),
        // Nor is what lies below a version found elsewhere.
        ("/query", Route::Other),
        ("query", Route::Other),
        ("/services/data/v66.0/services/data", Route::Other),
        ("/services/data/v66.0//services/data", Route::Other),
        ("*", Route::Other),
    ] {
        assert_eq!(get(path).route, route, "{path}");
    }
}

#[test]
fn a_segment_may_be_anything_and_even_empty() {
    for (path, name, segment) in [
        ("/services/data/v66.0/query/01g-2000", "locator", "01g-2000"),
        (
            "/services/data/v66.0/query/01g-2000/",
            "locator",
            "01g-2000",
        ),
        ("/services/data/v66.0/query/%30%2f", "locator", "%30%2f"),
        ("/services/data/v66.0/query/a+b%", "locator", "a+b%"),
        ("/services/data/v66.0/query/{x}*", "locator", "{x}*"),
        ("/services/data/v66.0/query//", "locator", ""),
        ("/services/data/v66.0/query", "locator", ""),
        ("/id/00D/005", "org", "00D"),
        ("/id/00D/005", "user", "005"),
        ("/id/00D//", "org", "00D"),
        ("/id/00D//", "user", ""),
        ("/id//005", "org", ""),
        ("/id//005", "user", "005"),
        ("/id///", "user", ""),
    ] {
        let target = get(path);
        assert_ne!(target.route, Route::Other, "{path}");
        assert_eq!(target.segments.get(name), segment, "{path}");
    }
    let empty = get("/services/data/v66.0/query//");
    assert_eq!(empty.route, Route::QueryMore);
    assert_eq!(get("/id/00D/").route, Route::Other);
}

#[test]
fn a_version_is_judged_before_what_lies_below() {
    for (path, is_below, status) in [
        ("/services/data/v66.0/query", true, None),
        ("/services/data/v66.0/nothing", true, Some(404)),
        ("/services/data/v66.0//", true, Some(404)),
        ("/services/data/v30.0", false, Some(410)),
        ("/services/data/v30.0/query", false, Some(410)),
        ("/services/data/v30.0/nothing", false, Some(410)),
        ("/services/data/v69.0/query", false, Some(404)),
        ("/services/data/v66/query", false, Some(404)),
        ("/services/data/66.0/query", false, Some(404)),
        ("/services/data/V66.0/query", false, Some(404)),
        ("/services/data/v066.0/query", false, Some(404)),
        ("/services/data/v66.0x/query", false, Some(404)),
        ("/services/data//query", false, Some(404)),
        ("/services/data//", false, Some(404)),
        ("/services/data/", false, None),
        ("/services/databases/v66.0", false, Some(404)),
    ] {
        let target = get(path);
        assert_eq!(target.version.is_some(), is_below, "{path}");
        assert_eq!(refusal(&target), status, "{path}");
    }
}

/// Source: REST API Developer Guide, the first paragraph of each resource.
#[test]
fn a_path_is_there_from_its_version_on() {
    for (method, path, since) in [
        ("GET", "limits/recordCount", 40),
        ("GET", "sobjects/Account/listviews", 32),
        ("POST", "composite/batch", 34),
        ("PATCH", "composite/sobjects", 42),
        ("PATCH", "composite/sobjects/Account/Ext__c", 46),
        ("POST", "composite/graph", 50),
        ("POST", "jobs/ingest", 41),
        ("POST", "jobs/query", 47),
    ] {
        let method = method.parse().expect("a method");
        let at = |version: u16| {
            let path = format!("/services/data/v{version}.0/{path}");
            refusal(&Target::find(&method, &path))
        };
        assert_eq!((at(since - 1), at(since)), (Some(404), None), "{path}");
        assert_eq!(at(68), None, "{path}");
    }
    for path in ["limits", "tabs", "theme", "recent", "query", "composite"] {
        let path = format!("/services/data/v31.0/{path}");
        assert_eq!(refusal(&get(&path)), None, "{path}");
    }
}

/// Source: REST API Developer Guide, "REST API Architecture". What later versions
/// answer is not documented: here the suffix belongs to the segment.
#[test]
fn a_suffix_names_the_format_in_old_versions() {
    for (path, route, status) in [
        ("v57.0/limits.json", Route::Limits, None),
        ("v57.0/limits.json/", Route::Limits, None),
        ("v31.0/sobjects/Account/001.json", Route::Retrieve, None),
        ("v57.0/limits.xml", Route::Other, Some(406)),
        ("v58.0/limits.json", Route::Other, Some(404)),
        ("v58.0/limits.xml", Route::Other, Some(404)),
    ] {
        let target = get(&format!("/services/data/{path}"));
        assert_eq!((target.route, refusal(&target)), (route, status), "{path}");
    }
    let id = |version: &str| {
        let path = format!("/services/data/{version}/sobjects/Account/001.json");
        get(&path).segments.get("id").to_owned()
    };
    assert_eq!(
        (id("v57.0"), id("v58.0")),
        ("001".into(), "001.json".into())
    );
}

#[test]
fn what_only_salesforce_has_is_called_unsupported() {
    for (path, message) in [
        ("search/scopeOrder", Some("search/scopeOrder")),
        ("search/suggestions", Some("search/suggestions")),
        ("ui-api/record-ui/001", Some("ui-api/record-ui/001")),
        (
            "jobs/query/750/resultPages",
            Some("jobs/query/750/resultPages"),
        ),
        ("nothing", None),
        ("limits/nothing", None),
        ("sobjects/Account/001/Contacts/x", None),
        ("", None),
    ] {
        let target = get(&format!("/services/data/v66.0/{path}"));
        let error = target.handler.err();
        let words = message.map(|path| {
            let words = format!("this emulator does not support the resource {path}");
            (StatusCode::NOT_FOUND, "EMULATOR_UNSUPPORTED", words)
        });
        let words = words.or_else(|| {
            let words = "The requested resource does not exist".to_owned();
            (!path.is_empty()).then_some((StatusCode::NOT_FOUND, "NOT_FOUND", words))
        });
        let error = error.map(|error| (error.status, error.code, error.message));
        assert_eq!(error, words, "{path}");
    }
}

#[test]
fn a_method_that_no_row_has_keeps_the_route() {
    for (method, path, route, is_allowed) in [
        ("GET", "/services/data", Route::Versions, true),
        ("HEAD", "/services/data/v66.0/query/", Route::Query, true),
        ("POST", "/services/data", Route::Versions, false),
        ("get", "/services/data", Route::Versions, false),
        ("OPTIONS", "/services/data/v66.0", Route::Resources, false),
        (
            "DELETE",
            "/services/data/v66.0/query/1",
            Route::QueryMore,
            false,
        ),
        ("GET", "/services/oauth2/token", Route::Token, true),
        (
            "BREW",
            "/services/oauth2/introspect",
            Route::Introspect,
            true,
        ),
        ("POST", "/services/oauth2/userinfo", Route::Identity, true),
        ("PATCH", "/id/00D/005", Route::Identity, true),
    ] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let target = Target::find(&method, path);
        assert_eq!(target.route, route, "{method} {path}");
        let words = "HTTP Method '{}' not allowed. Allowed are GET,HEAD";
        let refused = (!is_allowed).then(|| {
            let message = words.replace("{}", method.as_str());
            (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                message,
            )
        });
        let error = target.handler.err();
        let error = error.map(|error| (error.status, error.code, error.message));
        assert_eq!(error, refused, "{method} {path}");
    }
    let missing = Target::find(&Method::POST, "/services/data/v66.0/nothing");
    assert_eq!(refusal(&missing), Some(404), "404 comes before 405");
}

/// What one family will look like: methods of one path, each with a route.
#[test]
fn rows_may_share_a_path() {
    static SHARED: &[Row] = &[
        Row {
            route: Route::Query,
            methods: &[Method::HEAD, Method::GET],
            path: "sobjects/{object}/{id}",
            since: 0,
            handler: Handler::Session(query::live),
        },
        Row {
            route: Route::Limits,
            methods: &[Method::PATCH, Method::DELETE],
            path: "sobjects/{object}/{id}",
            since: 0,
            handler: Handler::Session(limits::limits),
        },
        Row {
            route: Route::Resources,
            methods: &[Method::GET],
            path: "sobjects/{object}/describe",
            since: 0,
            handler: Handler::Session(catalog::resources),
        },
    ];
    let router = router(SHARED).expect("a router");
    let rows = |path: &str| {
        let found = router.at(path).expect("rows");
        found.value.clone()
    };
    let shared = rows("/services/data/v66.0/sobjects/Account/001");
    assert_eq!(methods(&shared), ["DELETE", "GET", "HEAD", "PATCH"]);
    let describe = rows("/services/data/v66.0/sobjects/Account/describe");
    assert_eq!(
        methods(&describe),
        ["GET"],
        "a name comes before a parameter"
    );
    let nameless = rows("/services/data/v66.0/sobjects//001");
    assert_eq!(methods(&nameless), methods(&shared));
}

#[test]
fn rows_that_nobody_can_tell_apart_are_refused() {
    static AMBIGUOUS: &[Row] = &[
        Row {
            route: Route::Query,
            methods: &[Method::GET],
            path: "sobjects/{object}",
            since: 0,
            handler: Handler::Session(query::live),
        },
        Row {
            route: Route::Limits,
            methods: &[Method::POST],
            path: "sobjects/{name}",
            since: 0,
            handler: Handler::Session(query::live),
        },
    ];
    assert!(router(AMBIGUOUS).is_err());
}

/// A path and a row, compared segment by segment.
fn fits(path: &str, row: &Row) -> bool {
    let path: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let row = row.whole_path().replace("{version}", "v66.0");
    let row: Vec<&str> = row.split('/').collect();
    let is_same = |(segment, own): (&&str, &&str)| segment == own || own.starts_with('{');
    path.len() == row.len() && path.iter().zip(&row).all(is_same)
}

proptest! {
    #[test]
    fn no_path_makes_it_panic(path in "\\PC{0,60}") {
        let _ = get(&path).route;
    }

    #[test]
    fn the_library_finds_what_a_comparison_of_segments_finds(
        below in any::<bool>(),
        rest in "(/(services|oauth2|token|data|id|v66\\.0|query|queryAll|limits|sobjects|%2F|x)?){0,5}",
    ) {
        let path = if below { format!("/services/data/v66.0{rest}") } else { rest };
        let mut fitting = ROWS.iter().filter(|row| fits(&path, row)).map(|row| row.route);
        let expected = fitting.next().unwrap_or(Route::Other);
        prop_assert_eq!(get(&path).route, expected, "{}", path);
    }
}
