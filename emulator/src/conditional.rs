//! Requests that are meant only if a record is as the client knows it.
//!
//! Source: REST API Developer Guide, "Conditional Request Headers": entity tags
//! for Account records alone, dates for every record, and neither for DELETE.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::http_date;
use crate::request::Request;
use crate::resource::Route;

/// The object whose records have entity tags.
const TAGGED: &str = "Account";

/// What a client says it knows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Conditions {
    is_match: Option<Vec<String>>,
    is_none_match: Option<Vec<String>>,
    modified_since: Option<Timestamp>,
    unmodified_since: Option<Timestamp>,
}

/// What there is.
struct Current {
    tag: Option<String>,
    modified: Option<Timestamp>,
}

/// Which condition does not hold.
#[derive(Debug, PartialEq, Eq)]
enum Unmet {
    /// 412: what the client knows is out of date.
    Changed,
    /// 304, or 412 for a write: the client has it already.
    Same,
}

/// Carries a call out, if its conditions hold.
pub(crate) fn answer(
    call: &Call<'_>,
    handler: fn(&Call<'_>) -> Result<Answer, ApiError>,
) -> Result<Answer, ApiError> {
    match call.route {
        Route::Retrieve => retrieved(call, handler(call)?),
        Route::Update => {
            let conditions = Conditions::of_write(call.request)?;
            if conditions == Conditions::default() {
                return handler(call);
            }
            // Nobody else writes between the check and the write.
            call.in_turn(|call| {
                check(call, &conditions)?;
                handler(call)
            })
        }
        _ => handler(call),
    }
}

fn retrieved(call: &Call<'_>, answer: Answer) -> Result<Answer, ApiError> {
    if answer.status != StatusCode::OK {
        return Ok(answer);
    }
    let conditions = Conditions::of_read(call.request);
    let modified = conditions.need_date().then(|| modified(call)).flatten();
    let tag = is_tagged(call).then(|| tag(&answer.body, answer.is_compressed_for(call.request)));
    let current = Current { tag, modified };
    let answer = match conditions.unmet(&current) {
        None => answer,
        Some(Unmet::Same) => Answer::empty(StatusCode::NOT_MODIFIED),
        Some(Unmet::Changed) => return Err(ApiError::precondition_failed()),
    };
    let tag = current.tag.and_then(|tag| HeaderValue::try_from(tag).ok());
    Ok(match tag {
        Some(tag) => answer.with(ETAG, tag),
        None => answer,
    })
}

/// Whether a record may be written: its tag is that of a GET without `fields`.
fn check(call: &Call<'_>, conditions: &Conditions) -> Result<(), ApiError> {
    let path = call.request.path();
    let record = call.part(&read(call, path));
    if record.status != StatusCode::OK {
        // The write has its own words for it.
        return Ok(());
    }
    let tag = is_tagged(call).then(|| tag(&record.body, record.is_compressed_for(call.request)));
    let current = Current {
        tag,
        modified: date_of(&record.body),
    };
    match conditions.unmet(&current) {
        None => Ok(()),
        Some(Unmet::Same | Unmet::Changed) => Err(ApiError::precondition_failed()),
    }
}

fn read(call: &Call<'_>, path: &str) -> Request {
    call.request
        .part(Method::GET, path, HeaderMap::new(), Bytes::new())
}

/// When the record was modified, whatever fields were asked for.
fn modified(call: &Call<'_>) -> Option<Timestamp> {
    let path = format!("{}?fields=LastModifiedDate", call.request.path());
    date_of(&call.part(&read(call, &path)).body)
}

fn date_of(record: &[u8]) -> Option<Timestamp> {
    let record: Value = serde_json::from_slice(record).ok()?;
    record.get("LastModifiedDate")?.as_str()?.parse().ok()
}

fn is_tagged(call: &Call<'_>) -> bool {
    call.segments.get("object").eq_ignore_ascii_case(TAGGED)
}

/// The tag of a record: a hash of its JSON. One that is sent compressed has
/// another than the same one that is not.
///
/// Source: a captured `ETag`, 44 characters of base64 and `--gzip`.
fn tag(json: &[u8], is_compressed: bool) -> String {
    let hash = STANDARD.encode(digest(&SHA256, json));
    let suffix = if is_compressed { "--gzip" } else { "" };
    format!("\"{hash}{suffix}\"")
}

impl Conditions {
    /// Those of a GET or a HEAD: what cannot be read is ignored.
    fn of_read(request: &Request) -> Self {
        let date = |name| request.header(name).and_then(http_date::read);
        Self {
            is_match: tags(request, &IF_MATCH).ok().flatten(),
            is_none_match: tags(request, &IF_NONE_MATCH).ok().flatten(),
            modified_since: date(&IF_MODIFIED_SINCE),
            unmodified_since: date(&IF_UNMODIFIED_SINCE),
        }
    }

    /// Those of a PATCH: what cannot be read is refused. `If-Modified-Since` is
    /// not for writes. Source: RFC 9110, section 13.1.3.
    fn of_write(request: &Request) -> Result<Self, ApiError> {
        let unmodified_since = match request.header(&IF_UNMODIFIED_SINCE) {
            None => None,
            Some(date) => Some(
                http_date::read(date)
                    .ok_or_else(|| ApiError::invalid_header("If-Unmodified-Since", date))?,
            ),
        };
        Ok(Self {
            is_match: tags(request, &IF_MATCH)?,
            is_none_match: tags(request, &IF_NONE_MATCH)?,
            modified_since: None,
            unmodified_since,
        })
    }

    fn need_date(&self) -> bool {
        self.modified_since.is_some() || self.unmodified_since.is_some()
    }

    /// The first condition that does not hold, in the order of RFC 9110, section
    /// 13.2.2. Tags say nothing of what has none.
    fn unmet(&self, current: &Current) -> Option<Unmet> {
        let names =
            |tags: &Vec<String>, tag: &String| tags.iter().any(|own| own == "*" || own == tag);
        let is_newer = |since: &Timestamp| {
            let modified = current.modified?;
            Some(modified.as_second() > since.as_second())
        };
        if let (Some(tags), Some(tag)) = (&self.is_match, &current.tag) {
            if !names(tags, tag) {
                return Some(Unmet::Changed);
            }
        } else if self.unmodified_since.as_ref().and_then(is_newer) == Some(true) {
            return Some(Unmet::Changed);
        }
        if let (Some(tags), Some(tag)) = (&self.is_none_match, &current.tag) {
            return names(tags, tag).then_some(Unmet::Same);
        }
        let is_newer = self.modified_since.as_ref().and_then(is_newer);
        (is_newer == Some(false)).then_some(Unmet::Same)
    }
}

/// The tags of a header, if there is one: quoted, with commas between them, or
/// an asterisk.
fn tags(request: &Request, name: &HeaderName) -> Result<Option<Vec<String>>, ApiError> {
    let mut tags = Vec::new();
    for value in request.headers(name) {
        for tag in value.split(',').map(str::trim) {
            let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            if tag != "*" && inner.is_none_or(|inner| inner.contains('"')) {
                return Err(ApiError::invalid_header(name.as_str(), value));
            }
            tags.push(tag.to_owned());
        }
    }
    Ok((!tags.is_empty()).then_some(tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Emulator;
    use crate::segments::Segments;
    use crate::version::ApiVersion;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut builder = http::Request::builder();
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        Request::new(
            builder.body(()).expect("a request").into_parts().0,
            Bytes::new(),
        )
    }

    /// Whether the turn to write is taken while a change with these headers is carried
    /// out: 200, or else 204.
    async fn carried_out(headers: &[(&str, &str)]) -> StatusCode {
        let builder = Emulator::builder().plain().accounts(1);
        let emulator = builder.start().await.expect("an org");
        let org = &*emulator.org;
        let (token, _) = org.open_session().expect("a session");
        let call = Call {
            org,
            request: &request(headers),
            segments: &Segments::default(),
            route: Route::Update,
            version: ApiVersion::numbered("66.0").expect("a version"),
            session: org.session(&token).expect("a session"),
            used: 1,
            is_part: false,
            // There is no such record: the handler would say so.
            parts: |_, _| Answer::empty(StatusCode::NOT_FOUND),
        };
        let answer = answer(&call, |call| {
            assert_eq!(call.is_part, call.org.is_turn_taken());
            Ok(Answer::empty(if call.org.is_turn_taken() {
                StatusCode::OK
            } else {
                StatusCode::NO_CONTENT
            }))
        });
        assert!(!org.is_turn_taken());
        answer.expect("an answer").status
    }

    #[tokio::test]
    async fn nobody_writes_between_the_conditions_of_a_change_and_the_change() {
        assert_eq!(carried_out(&[("if-match", "*")]).await, StatusCode::OK);
        let date = ("if-unmodified-since", "Sun, 05 May 2024 10:00:00 GMT");
        assert_eq!(carried_out(&[date]).await, StatusCode::OK);
        assert_eq!(carried_out(&[]).await, StatusCode::NO_CONTENT);
    }

    #[test]
    fn conditions_hold_or_not() {
        let current = |tag: Option<&str>| Current {
            tag: tag.map(str::to_owned),
            modified: Some("2024-05-05T10:00:00.5Z".parse().expect("a time")),
        };
        let (before, at) = (
            "Sun, 05 May 2024 09:59:59 GMT",
            "Sun, 05 May 2024 10:00:00 GMT",
        );
        for (headers, unmet) in [
            (&[][..], None),
            (&[("if-match", "\"a\", \"b\"")], None),
            (&[("if-match", "*")], None),
            (&[("if-match", "\"b\"")], Some(Unmet::Changed)),
            (&[("if-match", "\"a--gzip\"")], Some(Unmet::Changed)),
            (&[("if-none-match", "\"a\"")], Some(Unmet::Same)),
            (&[("if-none-match", "\"b\"")], None),
            (&[("if-modified-since", before)], None),
            (&[("if-modified-since", at)], Some(Unmet::Same)),
            (&[("if-unmodified-since", at)], None),
            (&[("if-unmodified-since", before)], Some(Unmet::Changed)),
            // Tags come before dates, and what cannot be read says nothing.
            (
                &[("if-match", "\"a\""), ("if-unmodified-since", before)],
                None,
            ),
            (
                &[("if-none-match", "\"b\""), ("if-modified-since", at)],
                None,
            ),
            (&[("if-match", "b"), ("if-modified-since", "never")], None),
        ] {
            let conditions = Conditions::of_read(&request(headers));
            assert_eq!(
                conditions.unmet(&current(Some("\"a\""))),
                unmet,
                "{headers:?}"
            );
        }
        let untagged = Conditions::of_read(&request(&[("if-match", "\"b\"")]));
        assert_eq!(untagged.unmet(&current(None)), None);
    }

    #[test]
    fn a_write_with_a_header_that_cannot_be_read_is_refused() {
        for (name, value) in [
            ("if-match", "b"),
            ("if-match", "\"a\", b"),
            ("if-none-match", "\"a\"b\""),
            ("if-unmodified-since", "never"),
        ] {
            let refused = Conditions::of_write(&request(&[(name, value)]));
            assert_eq!(
                refused.map_err(|error| error.status.as_u16()),
                Err(400),
                "{name}"
            );
        }
        let date = ("if-modified-since", "never");
        assert_eq!(
            Conditions::of_write(&request(&[date])),
            Ok(Conditions::default())
        );
    }
}
