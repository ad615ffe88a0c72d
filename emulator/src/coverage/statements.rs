//! What SOQL has, a statement for each.

mod list;

use bytes::Bytes;
use serde_json::Value;

use super::markdown::{self, code};
use crate::answer::Answer;
use crate::call::Call;
use crate::emulator::Emulator;
use crate::query;
use crate::request::Request;
use crate::resource::Route;
use crate::segments::Segments;
use crate::version::ApiVersion;
use list::STATEMENTS;

/// Of a statement that Salesforce runs and this emulator calls wrong.
const REFUSED: &str = "**refused**: ";

/// Runs a statement as `query` does.
fn run(org: &crate::org::Org, soql: &str) -> Answer {
    let q: String = form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    let uri = format!("/services/data/v66.0/query?q={q}");
    let parts = http::Request::get(uri)
        .body(())
        .expect("a request")
        .into_parts()
        .0;
    let (token, _) = org.open_session().expect("a session");
    let call = Call {
        org,
        request: &Request::new(parts, Bytes::new()),
        segments: &Segments::default(),
        route: Route::Query,
        version: ApiVersion::numbered("66.0").expect("a version"),
        session: org.session(&token).expect("a session"),
        used: 1,
        is_part: false,
        parts: |_, _| panic!("a query has no parts"),
    };
    query::live(&call).unwrap_or_else(Into::into)
}

/// What the emulator does with a valid statement, in words.
fn verdict(answer: &Answer) -> String {
    if answer.status.is_success() {
        return match answer.headers.get("x-emulator-ignored") {
            Some(ignored) => format!("ignored: {}", ignored.to_str().expect("text")),
            None => "supported".to_owned(),
        };
    }
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    match body[0]["errorCode"].as_str().unwrap_or_default() {
        "EMULATOR_UNSUPPORTED" => "**not supported**".to_owned(),
        code => format!("{REFUSED}{code}"),
    }
}

/// What is done with each statement.
pub(super) async fn table() -> String {
    let builder = Emulator::builder().plain().accounts(3);
    let emulator = builder.start().await.expect("an org");
    let rows: Vec<_> = STATEMENTS
        .iter()
        .map(|(construct, soql)| {
            let verdict = verdict(&run(&emulator.org, soql));
            [(*construct).to_owned(), code(soql), verdict]
        })
        .collect();
    let refused = rows
        .iter()
        .filter(|[.., verdict]| verdict.starts_with(REFUSED));
    let refused: Vec<_> = refused.collect();
    assert!(
        refused.is_empty(),
        "these are valid, and are refused: {refused:#?}"
    );
    markdown::table(["construct", "for example", "here"], rows)
}
