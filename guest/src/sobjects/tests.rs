//! What each function sends, and what it reads of each answer.

mod keys;

use proptest::prelude::*;

use super::*;
use crate::answer::tests::answer;
use crate::contract::types::Repeat as Asked;
use crate::error::Remedy;
use crate::names::Host;
use crate::token::AccessToken;

const KEY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const ID: &str = "001000000000001AAA";
const BASE: &str = "https://acme.my.salesforce.com/services/data/v66.0/";

fn session() -> Fingerprint {
    AccessToken::parse("t").unwrap().fingerprint().clone()
}

/// Method, path below the version, and body.
fn sent<O: Operation>(operation: &O) -> Result<(String, String, String), Error> {
    let call = operation.call()?;
    let host = Host::parse("acme.my.salesforce.com").unwrap();
    let uri = call.uri(&host, ApiVersion::DEFAULT)?;
    let request = call.request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap())?;
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    let path = uri.to_string().strip_prefix(BASE).unwrap().to_owned();
    Ok((request.method().to_string(), path, body))
}

fn header<O: Operation>(operation: &O, name: &str) -> Option<String> {
    let call = operation.call().unwrap();
    let host = Host::parse("acme.my.salesforce.com").unwrap();
    let uri = call.uri(&host, ApiVersion::DEFAULT).unwrap();
    let request = call
        .request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap())
        .unwrap();
    let value = request.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

fn repeat<O: Operation>(operation: &O) -> Repeat {
    operation.call().unwrap().manner().repeat
}

fn keyed() -> Write {
    Write {
        repeat: Some(Asked::Keyed(KEY.to_owned())),
        ..Write::default()
    }
}

fn create(object: &str, fields: &str, write: Write) -> Create {
    Create {
        object: object.to_owned(),
        fields: fields.to_owned(),
        write,
    }
}

fn by_id() -> Key {
    Key::Id(ID.to_owned())
}

fn by(field: &str, value: &str) -> Key {
    Key::External(ExternalId {
        field: field.to_owned(),
        value: value.to_owned(),
    })
}

fn get(key: Key, fields: &[&str]) -> Get {
    Get {
        object: "Account".to_owned(),
        key,
        fields: fields.iter().map(|&name| name.to_owned()).collect(),
        if_changed: None,
        headers: Vec::new(),
    }
}

fn update(key: Key, fields: &str, write: Write) -> Update {
    Update {
        object: "Account".to_owned(),
        key,
        fields: fields.to_owned(),
        write,
        if_unchanged: None,
    }
}

fn upsert(value: &str, fields: &str) -> Upsert {
    Upsert {
        object: "Account".to_owned(),
        external_id: ExternalId {
            field: "Ext__c".to_owned(),
            value: value.to_owned(),
        },
        fields: fields.to_owned(),
        write: Write::default(),
    }
}

fn delete(key: Key, write: Write) -> Delete {
    Delete {
        object: "Account".to_owned(),
        key,
        write,
    }
}

fn json(status: u16, body: &str) -> Answer {
    answer(status, "application/json;charset=UTF-8", body)
}

#[test]
fn each_function_sends_its_request() {
    let plain = Write::default;
    for (found, method, path, body) in [
        (
            sent(&create("Account", r#"{"Name":"x"}"#, plain())),
            "POST",
            "sobjects/Account".to_owned(),
            r#"{"Name":"x"}"#,
        ),
        (
            sent(&get(by_id(), &[])),
            "GET",
            format!("sobjects/Account/{ID}"),
            "",
        ),
        (
            sent(&get(by_id(), &["Id", "Name"])),
            "GET",
            format!("sobjects/Account/{ID}?fields=Id,Name"),
            "",
        ),
        (
            sent(&get(by("Ext__c", "a/b c?&é"), &[])),
            "GET",
            "sobjects/Account/Ext__c/a%2Fb%20c%3F%26%C3%A9".to_owned(),
            "",
        ),
        (
            sent(&update(by_id(), r#"{"Name":null}"#, plain())),
            "PATCH",
            format!("sobjects/Account/{ID}"),
            r#"{"Name":null}"#,
        ),
        (
            sent(&update(by("Ext__c", "1"), r#"{"Name":"x"}"#, plain())),
            "PATCH",
            "sobjects/Account/Ext__c/1?updateOnly=true".to_owned(),
            r#"{"Name":"x"}"#,
        ),
        (
            sent(&upsert("..a/50% off", "{}")),
            "PATCH",
            "sobjects/Account/Ext__c/..a%2F50%25%20off".to_owned(),
            "{}",
        ),
        (
            sent(&delete(by_id(), plain())),
            "DELETE",
            format!("sobjects/Account/{ID}"),
            "",
        ),
    ] {
        assert_eq!(found.unwrap(), (method.to_owned(), path, body.to_owned()));
    }
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_rule() {
    let names = [
        "",
        "../",
        "//evil.example/x",
        "%2e%2e",
        "Account?x=",
        "\u{1f600}",
        "A/B",
    ];
    for name in names {
        let mut read = get(by_id(), &[]);
        read.object = name.to_owned();
        let refused = [
            sent(&create(name, "{}", Write::default())),
            sent(&create(name, "{}", keyed())),
            sent(&read),
            sent(&get(by(name, "1"), &[])),
            sent(&get(by_id(), &["Id", name])),
            sent(&get(Key::Id(name.to_owned()), &[])),
        ];
        for refused in refused {
            assert!(
                matches!(refused, Err(Error::InvalidInput(_))),
                "{name}: {refused:?}"
            );
        }
    }
    let words = |refused: Result<_, Error>| {
        refused
            .map(|_: (String, String, String)| ())
            .unwrap_err()
            .to_string()
    };
    let by_path = "the external id cannot be sent in a path: ";
    for (value, expected) in [
        ("", "the external id is empty"),
        ("a/../b", by_path),
        ("..", by_path),
        ("./a", by_path),
        ("a%2Fb", by_path),
        ("100%25", by_path),
        ("a\\b", by_path),
        ("a\nb", by_path),
        (
            &*"x".repeat(256),
            "the external id has 256 characters, and 255 are allowed",
        ),
    ] {
        let refused = words(sent(&get(by("Ext__c", value), &[])));
        assert!(refused.starts_with(expected), "{value:?}: {refused}");
    }
    assert!(sent(&get(by("Ext__c", &"é".repeat(255)), &[])).is_ok());
    assert!(words(sent(&create("A", r#"{"id":"x"}"#, Write::default()))).contains("contain `Id`"));
    assert!(
        words(sent(&update(by_id(), r#"{"Id":"x"}"#, Write::default()))).contains("contain `Id`")
    );
    assert!(words(sent(&upsert("1", r#"{"EXT__C":"x"}"#))).contains("contain `Ext__c`"));
}

#[test]
fn a_write_is_repeated_as_its_function_says() {
    let plain = Write::default;
    assert_eq!(repeat(&create("A", "{}", plain())), Repeat::UnlessExecuted);
    assert_eq!(repeat(&update(by_id(), "{}", plain())), Repeat::Always);
    assert_eq!(repeat(&upsert("1", "{}")), Repeat::Always);
    assert_eq!(repeat(&delete(by_id(), plain())), Repeat::Always);
    let mut conditional = update(by_id(), "{}", plain());
    conditional.if_unchanged = Some(Validator::Etag("\"a\"".to_owned()));
    assert_eq!(repeat(&conditional), Repeat::UnlessExecuted);
    assert_eq!(header(&conditional, "if-match").as_deref(), Some("\"a\""));
    for keyed in [
        repeat(&create("A", "{}", keyed())),
        repeat(&update(by_id(), "{}", keyed())),
        repeat(&delete(by_id(), keyed())),
    ] {
        assert_eq!(keyed, Repeat::Keyed);
    }
    let key = header(&create("A", "{}", keyed()), "idempotency-key");
    assert_eq!(key.as_deref(), Some(KEY));
}

#[test]
fn an_old_version_has_no_upserts_that_tell_and_no_keys() {
    let host = Host::parse("acme.my.salesforce.com").unwrap();
    let version = |text| ApiVersion::parse(text).unwrap();
    for (call, last_without, first) in [
        (upsert("1", "{}").call(), "v45.0", "v46.0"),
        (create("A", "{}", keyed()).call(), "v58.0", "v59.0"),
    ] {
        let call = call.unwrap();
        let refused = call.uri(&host, version(last_without));
        assert!(matches!(refused, Err(Error::Unsupported(_))), "{refused:?}");
        assert!(call.uri(&host, version(first)).is_ok());
    }
}

#[test]
fn answers_to_writes() {
    let created = |status, body: &str| {
        create("A", "{}", Write::default()).read(json(status, body), &session())
    };
    let saved = r#"{"id":"001000000000001AAA","success":true,"errors":[]}"#;
    assert_eq!(created(201, saved).unwrap().id.as_deref(), Some(ID));
    let event = r#"{"id":"e","success":true,"errors":[{"statusCode":"OPERATION_ENQUEUED","message":"uuid"}]}"#;
    assert_eq!(
        created(201, event).unwrap().notices[0].code,
        "OPERATION_ENQUEUED"
    );
    let refused = r#"{"id":"x","success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"m"}]}"#;
    let Err(Error::Api(failure)) = created(200, refused) else {
        panic!("a refusal");
    };
    assert_eq!(failure.errors[0].remedy, Remedy::Retry);
    assert!(matches!(
        created(201, "{}"),
        Err(Error::UnexpectedAnswer(_))
    ));
    let missing = r#"[{"errorCode":"REQUIRED_FIELD_MISSING","message":"m","fields":["Name"]}]"#;
    assert!(matches!(created(400, missing), Err(Error::Api(_))));

    let upserted = |status, body: &str| upsert("1", "{}").read(json(status, body), &session());
    let tells =
        |created| format!(r#"{{"id":"{ID}","success":true,"errors":[],"created":{created}}}"#);
    assert!(upserted(201, &tells(true)).unwrap().created);
    assert!(!upserted(200, &tells(false)).unwrap().created);
    assert!(upserted(201, saved).unwrap().created);
    assert!(matches!(
        upserted(200, saved),
        Err(Error::UnexpectedAnswer(_))
    ));
    assert!(matches!(upserted(204, ""), Err(Error::UnexpectedAnswer(_))));
    let several = r#"["/services/data/v66.0/sobjects/A/001000000000001AAA","/services/data/v66.0/sobjects/A/001000000000002AAA"]"#;
    let ids = vec![ID.to_owned(), "001000000000002AAA".to_owned()];
    assert_eq!(upserted(300, several), Err(Error::Ambiguous(ids)));
    for body in ["[]", "", "[1]", r#"["x"]"#] {
        assert!(
            matches!(upserted(300, body), Err(Error::UnexpectedAnswer(_))),
            "{body}"
        );
    }

    let updated = |status, body: &str| {
        update(by_id(), "{}", Write::default()).read(json(status, body), &session())
    };
    assert_eq!(updated(204, ""), Ok(()));
    assert_eq!(updated(412, ""), Err(Error::PreconditionFailed));
    assert_eq!(
        update(by_id(), "{}", keyed()).read(json(200, r#"{"id":"x","success":true}"#), &session()),
        Ok(())
    );
}

#[test]
fn a_deletion_that_was_repeated_may_find_its_own_work() {
    let gone = |code: &str| json(404, &format!(r#"[{{"errorCode":"{code}","message":"m"}}]"#));
    for (key, code, again, is_done) in [
        (by_id(), "ENTITY_IS_DELETED", true, true),
        (by_id(), "ENTITY_IS_DELETED", false, false),
        (by_id(), "NOT_FOUND", true, false),
        (by("Ext__c", "1"), "NOT_FOUND", true, true),
        (by("Ext__c", "1"), "NOT_FOUND", false, false),
    ] {
        let mut answer = gone(code);
        answer.may_have_run_before = again;
        let read = delete(key, Write::default()).read(answer, &session());
        assert_eq!(read.is_ok(), is_done, "{code} {again}");
    }
}

#[test]
fn a_read_may_say_that_nothing_changed() {
    let mut conditional = get(by_id(), &[]);
    let read = |get: &Get, status, body: &str| get.read(json(status, body), &session());
    let Fetched::Content(content) = read(&conditional, 200, "{\"Id\":1}").unwrap() else {
        panic!("a record");
    };
    assert_eq!(
        (content.body, content.etag),
        ("{\"Id\":1}".to_owned(), None)
    );
    assert!(matches!(
        read(&conditional, 304, ""),
        Err(Error::UnexpectedAnswer(_))
    ));
    conditional.if_changed = Some(Validator::ModifiedAtMs(0));
    assert_eq!(read(&conditional, 304, ""), Ok(Fetched::NotModified));
    let date = header(&conditional, "if-modified-since");
    assert_eq!(date.as_deref(), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

proptest! {
    #[test]
    fn any_names_values_and_answers_are_survived(
        text in "\\PC{0,40}",
        status in 200_u16..600,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let external = || by("Ext__c", &text);
        if let Ok((_, path, _)) = sent(&get(external(), &[])) {
            let value = path.strip_prefix("sobjects/Account/Ext__c/").unwrap();
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8().unwrap();
            prop_assert_eq!(&*decoded, &text);
            prop_assert!(!value.contains(['/', '?', '#', ';']));
        }
        _ = sent(&create(&text, &text, Write::default()));
        let mut raw = json(status, "");
        raw.body = body;
        _ = done(&raw);
        _ = saved(&raw);
        _ = keyed::created(&raw);
    }
}
