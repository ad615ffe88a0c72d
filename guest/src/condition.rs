//! Conditions: a request that is meant only for one state of a resource, and what an answer
//! says of the state. Pure. Source: REST API Developer Guide, "Conditional Request Headers".

use std::time::{Duration, UNIX_EPOCH};

use http::header::{
    ETAG, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE,
    LAST_MODIFIED,
};

use crate::answer::Answer;
use crate::call::Call;
use crate::contract::types::{Content, Validator};
use crate::error::Error;
use crate::moment::MS_MAX;

/// The longest entity tag in bytes: Salesforce's have some 60.
const ETAG_BYTES_MAX: usize = 1_024;

/// The call that answers only if the resource is in another state.
///
/// # Errors
///
/// Says what is wrong with the validator.
pub(crate) fn if_changed(call: Call, known: Option<&Validator>) -> Result<Call, Error> {
    with(call, known, IF_NONE_MATCH, IF_MODIFIED_SINCE)
}

/// The call that is carried out only if the resource is in this state.
///
/// # Errors
///
/// Says what is wrong with the validator.
pub(crate) fn if_unchanged(call: Call, known: Option<&Validator>) -> Result<Call, Error> {
    with(call, known, IF_MATCH, IF_UNMODIFIED_SINCE)
}

fn with(
    call: Call,
    known: Option<&Validator>,
    by_tag: HeaderName,
    by_time: HeaderName,
) -> Result<Call, Error> {
    Ok(match known {
        None => call,
        Some(Validator::Etag(tag)) => call.header(by_tag, entity_tag(tag)?),
        Some(Validator::ModifiedAtMs(ms)) => call.header(by_time, http_date(*ms)?),
    })
}

/// One entity tag (RFC 9110, section 8.8.3). A list of them, or `*`, would mean another
/// condition.
fn entity_tag(tag: &str) -> Result<HeaderValue, Error> {
    let refused = || Error::InvalidInput("the entity tag is not valid".to_owned());
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = opaque
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let is_tag = |inner: &str| {
        inner
            .bytes()
            .all(|byte| byte > b' ' && byte != b'"' && byte < 127)
    };
    match inner {
        Some(inner) if is_tag(inner) && tag.len() <= ETAG_BYTES_MAX => {
            HeaderValue::try_from(tag).map_err(|_| refused())
        }
        _ => Err(refused()),
    }
}

fn http_date(ms: u64) -> Result<HeaderValue, Error> {
    let refused = || Error::InvalidInput("the time of the condition is not valid".to_owned());
    if ms > MS_MAX {
        return Err(refused());
    }
    let time = UNIX_EPOCH + Duration::from_millis(ms);
    HeaderValue::try_from(httpdate::fmt_http_date(time)).map_err(|_| refused())
}

/// The state that an answer shows.
pub(crate) fn content(answer: &Answer, body: String) -> Content {
    let text = |name: HeaderName| answer.headers.get(name)?.to_str().ok();
    let modified = text(LAST_MODIFIED).and_then(|date| httpdate::parse_http_date(date).ok());
    let since_1970 = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Content {
        body,
        etag: text(ETAG).map(str::to_owned),
        modified_at_ms: since_1970.and_then(|time| u64::try_from(time.as_millis()).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;
    use crate::call::Path;
    use crate::names::{ApiVersion, Host};
    use crate::token::AccessToken;

    fn header(call: Result<Call, Error>, name: &HeaderName) -> Result<String, Error> {
        let call = call?;
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = call.uri(&host, ApiVersion::DEFAULT)?;
        let request = call.request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap())?;
        Ok(request.headers()[name].to_str().unwrap().to_owned())
    }

    fn get() -> Call {
        Call::get(Path::Versioned("sobjects/A/1".to_owned()))
    }

    #[test]
    fn a_state_is_named_by_its_tag_or_by_its_time() {
        let tag = Validator::Etag("\"abc--gzip\"".to_owned());
        let time = Validator::ModifiedAtMs(1_379_435_167_999);
        let date = "Tue, 17 Sep 2013 16:26:07 GMT";
        for (call, name, value) in [
            (
                if_changed(get(), Some(&tag)),
                IF_NONE_MATCH,
                "\"abc--gzip\"",
            ),
            (if_changed(get(), Some(&time)), IF_MODIFIED_SINCE, date),
            (if_unchanged(get(), Some(&tag)), IF_MATCH, "\"abc--gzip\""),
            (if_unchanged(get(), Some(&time)), IF_UNMODIFIED_SINCE, date),
        ] {
            assert_eq!(header(call, &name).unwrap(), value);
        }
    }

    #[test]
    fn what_would_be_another_condition_is_refused() {
        for tag in [
            "*",
            "",
            "abc",
            "\"a\", \"b\"",
            "\"a\"b\"",
            "\"a\n\"",
            "\"\u{e9}\"",
            "\"",
        ] {
            let tag = Validator::Etag(tag.to_owned());
            assert!(if_unchanged(get(), Some(&tag)).is_err(), "{tag:?}");
        }
        for (length, accepted) in [(ETAG_BYTES_MAX, true), (ETAG_BYTES_MAX + 1, false)] {
            let tag = Validator::Etag(format!("\"{}\"", "x".repeat(length - 2)));
            assert_eq!(if_unchanged(get(), Some(&tag)).is_ok(), accepted);
        }
        for (ms, accepted) in [(MS_MAX, true), (MS_MAX + 1, false), (u64::MAX, false)] {
            let time = Validator::ModifiedAtMs(ms);
            assert_eq!(if_changed(get(), Some(&time)).is_ok(), accepted, "{ms}");
        }
    }

    #[test]
    fn an_answer_shows_its_state() {
        let mut shown = answer(200, "application/json", "{}");
        shown
            .headers
            .insert(ETAG, HeaderValue::from_static("\"a\""));
        let date = HeaderValue::from_static("Tue, 17 Sep 2013 16:26:07 GMT");
        shown.headers.insert(LAST_MODIFIED, date);
        let content = content(&shown, "{}".to_owned());
        assert_eq!(content.etag.as_deref(), Some("\"a\""));
        assert_eq!(content.modified_at_ms, Some(1_379_435_167_000));
    }
}
