//! How records are read and cut into requests, and what is sent.

mod outcomes;

use std::time::Duration;

use super::*;
use crate::answer::tests::answer;
use crate::contract::collections::{Outcome, Outcomes};
use crate::contract::types::{Repeat as Asked, WriteOptions};
use crate::error::{ApiError, ApiFailure, Remedy};
use crate::names::Host;
use crate::saved::Saved;
use crate::token::AccessToken;

const LONG: Duration = Duration::from_secs(120);

fn options() -> ManyOptions {
    ManyOptions {
        write: WriteOptions {
            call: Options::default(),
            repeat: None,
            assignment: None,
            duplicates: None,
            headers: Vec::new(),
        },
        all_or_none: false,
        batch_size: None,
        in_flight: None,
    }
}

fn accounts(number: usize) -> Vec<String> {
    let names = (0..number).map(|number| format!(r#"{{"Name":"{number}"}}"#));
    names.collect()
}

fn create(records: &[String], options: ManyOptions) -> Result<Many, Error> {
    Many::create("Account", records, options).map(|(many, _)| many)
}

fn id(number: usize) -> String {
    format!("001{number:012}")
}

fn saved(number: usize) -> Saved {
    Saved {
        id: Some(id(number)),
        success: true,
        created: None,
        errors: Vec::new(),
    }
}

fn refused(code: &str, message: &str) -> Saved {
    Saved {
        id: None,
        success: false,
        created: None,
        errors: vec![ApiError {
            code: code.to_owned(),
            message: message.to_owned(),
            fields: Vec::new(),
            remedy: Remedy::Unknown,
            details: None,
        }],
    }
}

fn api(code: &str, remedy: Remedy) -> Error {
    let mut errors = refused(code, "m").errors;
    errors[0].remedy = remedy;
    Error::Api(ApiFailure {
        status: 400,
        errors,
        request_id: None,
    })
}

/// The sizes of the requests of a round, all of which succeed.
fn sizes(many: &Many) -> Vec<usize> {
    let mut course = Course::new(many);
    let mut sizes = Vec::new();
    while let Some(rows) = course.next() {
        sizes.push(rows.len());
        let saved = rows.iter().map(|&row| saved(row)).collect();
        course.note(rows, Ok(saved));
    }
    assert_eq!(course.again(0, LONG), None);
    let outcomes = course.end().unwrap();
    assert!(outcomes.stopped.is_none());
    for (row, outcome) in outcomes.outcomes.iter().enumerate() {
        assert!(matches!(outcome, Outcome::Saved(done) if done.id == id(row) && done.created));
    }
    sizes
}

/// Runs a course whose requests `answer` answers, to its end; and its waits.
fn run(
    many: &Many,
    mut answer: impl FnMut(&[usize]) -> Result<Vec<Saved>, Error>,
) -> (Result<Outcomes, Error>, Vec<Duration>) {
    let mut course = Course::new(many);
    let mut waits = Vec::new();
    loop {
        while let Some(rows) = course.next() {
            let answered = answer(&rows);
            course.note(rows, answered);
        }
        match course.again(0, LONG) {
            Some(wait) => waits.push(wait),
            None => return (course.end(), waits),
        }
    }
}

#[test]
fn records_are_cut_by_their_number_and_their_bytes() {
    assert_eq!(sizes(&create(&accounts(1), options()).unwrap()), [1]);
    assert_eq!(sizes(&create(&accounts(200), options()).unwrap()), [200]);
    assert_eq!(
        sizes(&create(&accounts(401), options()).unwrap()),
        [200, 200, 1]
    );
    let small = ManyOptions {
        batch_size: Some(2),
        ..options()
    };
    assert_eq!(sizes(&create(&accounts(5), small).unwrap()), [2, 2, 1]);
    // 41 bytes are around the name, once its object is there.
    let large = |bytes: usize| format!(r#"{{"Name":"{}"}}"#, "x".repeat(bytes - 50));
    let large = vec![
        large(499_990),
        large(499_990),
        large(499_990),
        large(2_000_000),
    ];
    assert_eq!(sizes(&create(&large, options()).unwrap()), [2, 1, 1]);
}

#[test]
fn records_of_one_object_go_together_and_runs_are_limited() {
    let of = |number: usize| format!(r#"{{"attributes":{{"type":"O{}"}},"N":1}}"#, number % 12);
    let mixed: Vec<String> = (0..24).map(of).collect();
    assert_eq!(sizes(&create(&mixed, options()).unwrap()), [20, 4]);
}

#[test]
fn with_all_or_none_a_request_is_never_cut() {
    let whole = |batch_size: u8| ManyOptions {
        all_or_none: true,
        batch_size: Some(batch_size),
        ..options()
    };
    // The order is the caller's: a request is what succeeds together.
    let of = |number: usize| format!(r#"{{"attributes":{{"type":"O{}"}},"N":1}}"#, number % 12);
    let mixed: Vec<String> = (0..24).map(of).collect();
    assert_eq!(sizes(&create(&mixed, whole(10)).unwrap()), [10, 10, 4]);
    // 43 bytes are around the name, once its object is there; a comma is between two records.
    let large = |bytes: usize| format!(r#"{{"Name":"{}"}}"#, "x".repeat(bytes - 43));
    let fits = vec![large(500_000), large(499_999)];
    assert_eq!(sizes(&create(&fits, whole(2)).unwrap()), [2]);
    // A record alone is all of its request.
    let alone = vec![large(2_000_000), large(500_000)];
    assert_eq!(sizes(&create(&alone, whole(1)).unwrap()), [1, 1]);
    let bytes = vec![large(500_000), large(500_000)];
    for (records, batch_size, words) in [
        (&mixed, 11, "change their object 10 times, and 9 times"),
        (&bytes, 2, "have 1000001 bytes, and 1000000 are allowed"),
    ] {
        let refused = create(records, whole(batch_size))
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains(words), "{refused}");
        assert!(refused.ends_with("use a smaller `batch-size`"), "{refused}");
    }
}

#[test]
fn a_call_has_its_limits() {
    for (number, accepted) in [
        (0, false),
        (1, true),
        (RECORDS_MAX, true),
        (RECORDS_MAX + 1, false),
    ] {
        assert_eq!(
            create(&accounts(number), options()).is_ok(),
            accepted,
            "{number}"
        );
    }
    for (batch_size, accepted) in [(0, false), (1, true), (200, true), (201, false)] {
        let options = ManyOptions {
            batch_size: Some(batch_size),
            ..options()
        };
        assert_eq!(
            create(&accounts(1), options).is_ok(),
            accepted,
            "{batch_size}"
        );
    }
    for (in_flight, accepted) in [(0, false), (1, true), (16, true), (17, false)] {
        let options = ManyOptions {
            in_flight: Some(in_flight),
            ..options()
        };
        assert_eq!(
            create(&accounts(1), options).is_ok(),
            accepted,
            "{in_flight}"
        );
    }
    let bytes = |bytes: usize| vec![format!(r#"{{"A":"{}"}}"#, "x".repeat(bytes / 2 - 8)); 2];
    assert!(create(&bytes(BYTES_MAX), options()).is_ok());
    assert!(create(&bytes(BYTES_MAX + 2), options()).is_err());
    let mut keyed = options();
    keyed.write.repeat = Some(Asked::Keyed(
        "0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
    ));
    assert!(matches!(
        create(&accounts(1), keyed),
        Err(Error::Unsupported(_))
    ));
}

#[test]
fn a_record_that_cannot_be_sent_is_named_by_its_place() {
    let words =
        |outcome: Result<(Many, Options), Error>| outcome.err().map(|error| error.to_string());
    let records = |record: &str| {
        vec![
            r#"{"Id":"001000000000001","E__c":1}"#.to_owned(),
            record.to_owned(),
        ]
    };
    for (outcome, expected) in [
        (
            Many::update("A", &records("{}"), options()),
            "record 2 of the list: it has no `Id`",
        ),
        (
            Many::update("A", &records(r#"{"Id":7}"#), options()),
            "record 2 of the list: `Id` is not a text",
        ),
        (
            Many::update("A", &records(r#"{"id":"../"}"#), options()),
            "record 2 of the list: a record's id has 15 or 18 letters and digits",
        ),
        (
            Many::create("A", &records("{}"), options()),
            "record 1 of the list: the fields contain `Id`: Salesforce gives a new record its id",
        ),
        (
            Many::upsert("A", "E__c", &["{}".to_owned()], options()),
            "record 1 of the list: it has no `E__c`, which names it",
        ),
        (
            Many::upsert(
                "A",
                "E__c",
                &[r#"{"attributes":{"type":"B"},"e__C":1}"#.to_owned()],
                options(),
            ),
            "record 1 of the list: it is of another object than A, and an upsert is of one object",
        ),
        (
            Many::create(
                "A",
                &[r#"{"attributes":{"type":"../"}}"#.to_owned()],
                options(),
            ),
            "record 1 of the list: the object's name does not begin with a letter",
        ),
        (
            Many::create("A", &[r#"{"attributes":7}"#.to_owned()], options()),
            "record 1 of the list: `attributes` is not an object with a `type`",
        ),
        (
            Many::create("A", &["[]".to_owned()], options()),
            "record 1 of the list: the fields are not a JSON object with each name once",
        ),
        (
            Many::delete(&["x".to_owned()], options()),
            "record 1 of the list: a record's id has 15 or 18 letters and digits",
        ),
        (
            Many::create("../", &accounts(1), options()),
            "the object's name does not begin with a letter",
        ),
    ] {
        assert_eq!(words(outcome).as_deref(), Some(expected));
    }
}

#[test]
fn each_verb_sends_its_request() {
    let sent = |many: Result<(Many, Options), Error>| {
        let (many, _) = many.unwrap();
        let rows = (0..many.rows.len()).collect();
        let call = many.batch(rows).call().unwrap();
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = call.uri(&host, ApiVersion::DEFAULT).unwrap();
        let request = call
            .request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap())
            .unwrap();
        let path = uri.to_string().split_once("/v66.0/").unwrap().1.to_owned();
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        (
            request.method().to_string(),
            path,
            body,
            call.manner().repeat,
        )
    };
    let record = |text: &str| vec![text.to_owned()];
    for (many, method, path, body, repeat) in [
        (
            Many::create(
                "Account",
                &["{ }".to_owned(), r#" {"Name":"x"}"#.to_owned()],
                options(),
            ),
            "POST",
            "composite/sobjects",
            r#"{"allOrNone":false,"records":[{"attributes":{"type":"Account"} },{"attributes":{"type":"Account"},"Name":"x"}]}"#,
            Repeat::UnlessExecuted,
        ),
        (
            Many::update("Account", &record(r#"{"Id":"001000000000001"}"#), options()),
            "PATCH",
            "composite/sobjects",
            r#"{"allOrNone":false,"records":[{"attributes":{"type":"Account"},"Id":"001000000000001"}]}"#,
            Repeat::Always,
        ),
        (
            Many::upsert(
                "Account",
                "E__c",
                &record(r#"{"attributes":{"type":"account"},"E__c":"1"}"#),
                options(),
            ),
            "PATCH",
            "composite/sobjects/Account/E__c",
            r#"{"allOrNone":false,"records":[{"attributes":{"type":"account"},"E__c":"1"}]}"#,
            Repeat::Always,
        ),
        (
            Many::delete(&[id(1), id(2)], options()),
            "DELETE",
            "composite/sobjects?ids=001000000000001,001000000000002&allOrNone=false",
            "",
            Repeat::Always,
        ),
    ] {
        let expected = (method.to_owned(), path.to_owned(), body.to_owned(), repeat);
        assert_eq!(sent(many), expected);
    }
}

#[test]
fn an_answer_has_an_entry_for_each_record_of_the_request() {
    let session = AccessToken::parse("t").unwrap().fingerprint().clone();
    let many = create(&accounts(2), options()).unwrap();
    let read = |status, body: &str| {
        many.batch(vec![0, 1])
            .read(answer(status, "application/json", body), &session)
    };
    let row = r#"{"id":"001000000000001AAA","success":true,"errors":[]}"#;
    assert_eq!(read(200, &format!("[{row},{row}]")).unwrap().len(), 2);
    for body in [
        "[]",
        row,
        &format!("[{row}]"),
        &format!("[{row},{row},{row}]"),
        "[null,null]",
    ] {
        assert!(
            matches!(read(200, body), Err(Error::UnexpectedAnswer(_))),
            "{body}"
        );
    }
    let locked = r#"[{"errorCode":"C","message":"m"}]"#;
    assert!(matches!(read(400, locked), Err(Error::Api(_))));
    let mut again = answer(400, "application/json", locked);
    again.may_have_run_before = true;
    let refused = many.batch(vec![0, 1]).read(again, &session);
    assert!(
        matches!(refused, Err(Error::OutcomeUnknown)),
        "the lost one may have run"
    );
    let (deletion, _) = Many::delete(&[id(1)], options()).unwrap();
    let gone = r#"[{"id":"001000000000001AAA","success":false,"errors":[{"statusCode":"ENTITY_IS_DELETED"}]}]"#;
    for again in [false, true] {
        let mut answer = answer(200, "application/json", gone);
        answer.may_have_run_before = again;
        let rows = deletion.batch(vec![0]).read(answer, &session).unwrap();
        assert_eq!(rows[0].success, again);
    }
}

#[test]
fn records_are_read_in_the_order_of_their_ids() {
    let session = AccessToken::parse("t").unwrap().fingerprint().clone();
    let ids: Vec<String> = (0..2_001).map(id).collect();
    let fields = ["Id".to_owned(), "Name".to_owned()];
    let retrieval = Retrieval::new("Account", &ids, &fields).unwrap();
    let parts: Vec<_> = retrieval.parts().collect();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].call().unwrap().manner().repeat, Repeat::Always);
    let read = |body: &str| parts[1].read(answer(200, "application/json", body), &session);
    assert_eq!(read("[null]").unwrap(), [None]);
    assert_eq!(
        read(r#"[{"Id" : 1}]"#).unwrap(),
        [Some(r#"{"Id" : 1}"#.to_owned())]
    );
    for body in ["[]", "null", "[1,2]", ""] {
        assert!(read(body).is_err(), "{body}");
    }
    assert!(Retrieval::new("Account", &ids, &[]).is_err());
    assert!(Retrieval::new("Account", &[], &fields).is_err());
    assert!(Retrieval::new("Account", &["x".to_owned()], &fields).is_err());
    assert!(Retrieval::new("Account", &ids, &["../".to_owned()]).is_err());
}
