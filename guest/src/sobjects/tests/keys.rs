//! Writes with an idempotency key.

use super::*;
use crate::contract::types::{Assignment, Duplicates};

#[test]
fn with_a_key_the_request_goes_to_the_ui_api() {
    for (found, method, path, body) in [
        (
            sent(&create(
                "Account",
                r#"{"Name":"x","N":2147483647}"#,
                keyed(),
            )),
            "POST",
            "ui-api/records".to_owned(),
            r#"{"apiName":"Account","fields":{"N":2147483647,"Name":"x"}}"#,
        ),
        (
            sent(&update(by_id(), r#"{"N":-2147483648,"M":1e9}"#, keyed())),
            "PATCH",
            format!("ui-api/records/{ID}"),
            r#"{"fields":{"M":1e9,"N":"-2147483648"}}"#,
        ),
        (
            sent(&delete(by_id(), keyed())),
            "DELETE",
            format!("ui-api/records/{ID}"),
            "",
        ),
        (
            sent(&Supported { object: "Account" }),
            "GET",
            "ui-api/object-info/Account".to_owned(),
            "",
        ),
    ] {
        assert_eq!(found.unwrap(), (method.to_owned(), path, body.to_owned()));
    }
}

#[test]
fn a_key_has_its_limits() {
    for key in [
        "",
        "0F8FAD5B-D9CB-469F-A165-70867728950E",
        "0f8fad5b-d9cb-169f-a165-70867728950e",
        "0f8fad5b-d9cb-469f-c165-70867728950e",
        "0f8fad5bd9cb469fa16570867728950e",
        "0f8fad5b-d9cb-469f-a165-70867728950e\n",
    ] {
        let write = Write {
            repeat: Some(Asked::Keyed(key.to_owned())),
            ..Write::default()
        };
        let refused = sent(&create("A", "{}", write));
        assert!(matches!(refused, Err(Error::InvalidInput(_))), "{key}");
    }
    let with = |change: fn(&mut Write)| {
        let mut write = keyed();
        change(&mut write);
        sent(&create("A", "{}", write)).map(|(_, path, _)| path)
    };
    let duplicates = |allow_save, include_record_details| Duplicates {
        allow_save,
        include_record_details,
        run_as_current_user: false,
    };
    assert_eq!(
        with(|write| write.assignment = Some(Assignment::Off)).unwrap(),
        "ui-api/records"
    );
    assert_eq!(
        with(|write| write.assignment = Some(Assignment::Active)).unwrap(),
        "ui-api/records?useDefaultRule=true"
    );
    assert!(with(|write| write.assignment = Some(Assignment::Rule(ID.to_owned()))).is_err());
    assert!(with(|write| write.headers = vec![("x".to_owned(), "y".to_owned())]).is_err());
    let mut write = keyed();
    write.duplicates = Some(duplicates(true, false));
    let (_, path, _) = sent(&create("A", "{}", write.clone())).unwrap();
    assert_eq!(path, "ui-api/records?allowSaveOnDuplicate=true");
    write.duplicates = Some(duplicates(true, true));
    assert!(sent(&create("A", "{}", write)).is_err());
    let reference = create("A", r#"{"Owner":{"Ext__c":"1"}}"#, keyed());
    assert!(matches!(sent(&reference), Err(Error::InvalidInput(_))));
    let mut by_value = upsert("1", "{}");
    by_value.write = keyed();
    assert!(matches!(sent(&by_value), Err(Error::Unsupported(_))));
    let external = update(by("Ext__c", "1"), "{}", keyed());
    assert!(matches!(sent(&external), Err(Error::Unsupported(_))));
    let mut conditional = update(by_id(), "{}", keyed());
    conditional.if_unchanged = Some(Validator::Etag("\"a\"".to_owned()));
    assert!(matches!(sent(&conditional), Err(Error::InvalidInput(_))));
    assert_eq!(create("A", "{}", keyed()).needs(), Some("A"));
    assert_eq!(create("A", "{}", Write::default()).needs(), None);
}

#[test]
fn a_creation_with_a_key_that_nobody_sees_was_carried_out() {
    let created =
        |status, body: &str| create("A", "{}", keyed()).read(json(status, body), &session());
    let record = format!(r#"{{"apiName":"A","id":"{ID}","fields":{{}}}}"#);
    assert_eq!(created(201, &record).unwrap().id.as_deref(), Some(ID));
    let unseen = r#"[{"errorCode":"NOT_FOUND","message":"m"}]"#;
    assert_eq!(created(404, unseen).unwrap().id, None);
    assert!(matches!(
        created(404, "<html>"),
        Err(Error::UnexpectedAnswer(_))
    ));
    for status in [400, 409, 422] {
        assert!(
            matches!(created(status, unseen), Err(Error::Api(_))),
            "{status}"
        );
    }
    let supported =
        |status, body: &str| Supported { object: "Task" }.read(json(status, body), &session());
    assert_eq!(supported(200, "{}"), Ok(None));
    let info = r#"{"apiName":"Task","keyPrefix":"00T"}"#;
    assert_eq!(supported(200, info), Ok(Some("00T".to_owned())));
    assert!(matches!(
        supported(200, "<html>"),
        Err(Error::UnexpectedAnswer(_))
    ));
    for status in [400, 403, 404] {
        assert!(
            matches!(supported(status, unseen), Err(Error::Unsupported(_))),
            "{status}"
        );
    }
    assert!(matches!(
        supported(503, "<html>"),
        Err(Error::UnexpectedAnswer(_))
    ));
}

#[test]
fn a_write_with_a_key_is_of_its_object() {
    for (prefix, fits) in [(Some("001"), true), (Some("003"), false), (None, true)] {
        let update = update(by_id(), "{}", keyed());
        let delete = delete(by_id(), keyed());
        for judged in [update.fits(prefix), delete.fits(prefix)] {
            assert_eq!(judged.is_ok(), fits, "{prefix:?}");
        }
    }
    let refused = delete(by_id(), keyed()).fits(Some("003")).unwrap_err();
    assert!(matches!(refused, Error::InvalidInput(_)), "{refused}");
    assert!(
        refused.to_string().contains("begin with `003`"),
        "{refused}"
    );
}

#[test]
fn a_limit_or_a_missing_right_is_not_an_object_that_the_ui_api_lacks() {
    for (status, code) in [
        (403, "REQUEST_LIMIT_EXCEEDED"),
        (403, "API_DISABLED_FOR_ORG"),
        (403, "INSUFFICIENT_ACCESS"),
        (400, "UNKNOWN_EXCEPTION"),
    ] {
        let body = format!(r#"[{{"errorCode":"{code}","message":"m"}}]"#);
        let read = Supported { object: "Account" }.read(json(status, &body), &session());
        assert!(matches!(read, Err(Error::Api(_))), "{status} {code}");
    }
    let other = r#"[{"errorCode":"INVALID_TYPE","message":"m"}]"#;
    let read = Supported { object: "Account" }.read(json(400, other), &session());
    assert!(matches!(read, Err(Error::Unsupported(_))));
}
