//! What Salesforce answers to a request that went there as it is. Pure.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;
use sfbox::RestResponse;

use super::CONTENT_TYPE;
use crate::answer;
use crate::refusal::Refusal;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    status: u16,
    headers: BTreeMap<&'a str, String>,
    body: Body<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

/// A body that can stand in JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Json(&'a RawValue),
    Text(&'a str),
    None,
}

/// What is told of an answer, whatever its status: its JSON as it is, other text as
/// text, and other bytes in base64.
///
/// # Errors
///
/// When it is too long.
pub(crate) fn of(response: &RestResponse) -> Result<Box<RawValue>, Refusal> {
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in &response.headers {
        // RFC 9110, section 5.3: lines of one name are a list.
        let line = headers.entry(name).or_default();
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(value);
    }
    let text = std::str::from_utf8(&response.body);
    let (body, body_base64) = match text {
        Ok("") => (Body::None, None),
        Ok(text) => {
            let json = serde_json::from_str(text)
                .ok()
                .filter(|_| is_json(response));
            (json.map_or(Body::Text(text), Body::Json), None)
        }
        Err(_) => (Body::None, Some(BASE64_STANDARD.encode(&response.body))),
    };
    answer::bounded(&Answer {
        status: response.status,
        headers,
        body,
        body_base64,
    })
}

fn is_json(response: &RestResponse) -> bool {
    let mut headers = response.headers.iter();
    let kind = headers.find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE));
    kind.is_some_and(|(_, kind)| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.to_ascii_lowercase().ends_with("json")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::RESPONSE_BYTES_MAX;

    fn response(kind: &str, body: &[u8]) -> RestResponse {
        RestResponse {
            status: 200,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.to_owned(),
        }
    }

    #[test]
    fn an_answer_is_told_as_it_came_whatever_its_status() {
        for (kind, body, told) in [
            (
                "application/json;charset=UTF-8",
                &br#"[{"N":1.50, "errorCode":"NOT_FOUND"}]"#[..],
                r#""body":[{"N":1.50, "errorCode":"NOT_FOUND"}]}"#,
            ),
            ("application/json", b"{", r#""body":"{"}"#),
            ("text/csv", b"1\n", r#""body":"1\n"}"#),
            ("text/plain", b"", r#""body":null}"#),
            (
                "image/png",
                &[255, 0],
                r#""body":null,"bodyBase64":"/wA="}"#,
            ),
        ] {
            let answer = of(&response(kind, body)).unwrap();
            let expected =
                format!(r#"{{"status":200,"headers":{{"content-type":"{kind}"}},{told}"#);
            assert_eq!(answer.get(), expected);
        }
        let twice = RestResponse {
            status: 404,
            headers: ["a", "b"]
                .map(|link| ("link".to_owned(), link.to_owned()))
                .into(),
            body: Vec::new(),
        };
        assert_eq!(
            of(&twice).unwrap().get(),
            r#"{"status":404,"headers":{"link":"a, b"},"body":null}"#
        );
    }

    #[test]
    fn an_answer_is_bounded() {
        let room = RESPONSE_BYTES_MAX - of(&response("text/plain", b"x")).unwrap().get().len();
        let long = |bytes: usize| of(&response("text/plain", "x".repeat(bytes).as_bytes()));
        assert_eq!(long(room + 1).unwrap().get().len(), RESPONSE_BYTES_MAX);
        assert_eq!(long(room + 2).unwrap_err().code(), "too-large");
    }
}
