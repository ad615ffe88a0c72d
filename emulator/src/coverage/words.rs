//! Tables of the page that people write: what they name is what the emulator knows.

use std::collections::BTreeSet;

use crate::resource::{Route, resources};
use crate::schema::{Schema, SchemaFile};

type Words = BTreeSet<String>;

/// The code in the first column of the table whose head begins with this.
fn first_column(page: &str, head: &str) -> Words {
    let head = format!("| {head} |");
    let lines = page.lines().skip_while(|line| !line.starts_with(&head));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_start_matches("| ").split(" | ").next());
    cells.flat_map(code).collect()
}

/// What stands between backquotes.
fn code(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

macro_rules! routes {
    ($($route:ident: $($access:ident [$($method:ident)*] $path:literal $(since $since:literal)? => $handler:expr),+;)+) => {
        const ROUTES: &[Route] = &[$(Route::$route,)+ Route::Other];
    };
}

resources!(routes);

#[test]
fn the_page_says_which_routes_can_have_faults() {
    let name = |route: &Route| {
        let name = serde_json::to_value(route).expect("a name");
        name.as_str().expect("text").to_owned()
    };
    let routes: Words = ROUTES.iter().map(name).collect();
    assert_eq!(first_column(&super::page(), "`route`"), routes);
}

/// What a schema can have in the place of what is wrong in `text`: the reader says it.
fn expected(text: &str) -> Words {
    let file = SchemaFile::toml("s.toml", &format!("version = 1\n{text}"));
    let refused = file.add_to(&Schema::standard()).expect_err(text);
    let words = refused.to_string();
    let (_, expected) = words.split_once("expected one of ").expect("a list");
    code(expected).collect()
}

#[test]
fn the_page_says_what_a_schema_can_have() {
    let page = super::page();
    for (head, wrong) in [
        ("key of an object", "[objects.X__c]\nzimt = 1"),
        (
            "key of a field",
            "[objects.X__c.fields]\nA__c = { type = \"string\", zimt = 1 }",
        ),
        ("type of a field", "[objects.X__c.fields]\nA__c = \"zimt\""),
    ] {
        assert_eq!(first_column(&page, head), expected(wrong), "{head}");
    }
}
