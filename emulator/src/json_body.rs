//! JSON that a request brings along.
//!
//! Source: REST API Developer Guide, "REST API Architecture" and "Compression
//! Headers".

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::coding::Coding;
use crate::error::ApiError;
use crate::format::Format;
use crate::json_syntax::{self, Fault};
use crate::request::{API_BODY_BYTES_MAX, Request};

/// The body as a JSON object: a record's fields.
pub(crate) fn object(request: &Request) -> Result<Map<String, Value>, ApiError> {
    let body = json(request)?;
    serde_json::from_slice(&body).map_err(|error| {
        let record = error.is_data().then(|| no_record(&body)).flatten();
        record.unwrap_or_else(|| refused(&body, &error))
    })
}

/// The body in a form of its own.
pub(crate) fn parsed<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    let body = json(request)?;
    serde_json::from_slice(&body).map_err(|error| refused(&body, &error))
}

/// Where a member of the body's object has its value, as line and column, if
/// the body is one and has it: errors about values name the place.
pub(crate) fn place(request: &Request, member: &str) -> Option<(usize, usize)> {
    let body = plain(request, API_BODY_BYTES_MAX).ok()?;
    json_syntax::place(std::str::from_utf8(&body).ok()?, member)
}

/// The body, if it says that it is JSON and is not empty.
fn json(request: &Request) -> Result<Bytes, ApiError> {
    let kind = request.media_type();
    match Format::of_media_type(kind) {
        Some(Format::Json) => {}
        Some(Format::Xml) => return Err(ApiError::xml_body()),
        _ if kind.is_empty() => {}
        _ => return Err(ApiError::media_type(kind)),
    }
    let body = plain(request, API_BODY_BYTES_MAX)?;
    if body.is_empty() {
        return Err(ApiError::no_body());
    }
    Ok(body)
}

/// Why a body is refused: in the words of Salesforce's parser if it is not JSON,
/// else in those of serde.
fn refused(body: &[u8], error: &serde_json::Error) -> ApiError {
    let text = std::str::from_utf8(body).ok();
    let fault = text
        .filter(|_| !error.is_data())
        .and_then(json_syntax::fault);
    let fault = fault.unwrap_or_else(|| {
        let text = error.to_string();
        let words = text.split(" at line ").next().unwrap_or_default();
        Fault {
            words: words.to_owned(),
            line: error.line(),
            column: error.column(),
        }
    });
    ApiError::json(&fault.words, fault.line, fault.column)
}

/// Why a JSON value is not a record.
///
/// Source: the test of WWW::Salesforce for updates (`update.t`), for an array.
fn no_record(body: &[u8]) -> Option<ApiError> {
    let text = std::str::from_utf8(body).ok()?;
    let value = text.trim_start();
    let token = match value.chars().next()? {
        '[' => "START_ARRAY",
        '"' => "VALUE_STRING",
        't' => "VALUE_TRUE",
        'f' => "VALUE_FALSE",
        'n' => "VALUE_NULL",
        '-' | '0'..='9' if value.contains(['.', 'e', 'E']) => "VALUE_NUMBER_FLOAT",
        '-' | '0'..='9' => "VALUE_NUMBER_INT",
        _ => return None,
    };
    let words = format!("Can not deserialize SObject out of {token} token");
    let (line, column) = json_syntax::begin(text);
    Some(ApiError::json(&words, line, column))
}

/// The body without its compression, after which it may have so many bytes.
pub(crate) fn plain(request: &Request, bytes_max: usize) -> Result<Bytes, ApiError> {
    let name = request.header(&CONTENT_ENCODING).unwrap_or("identity");
    if name.eq_ignore_ascii_case("identity") {
        return Ok(request.body.clone());
    }
    let refused = || ApiError::media_type(name);
    let coding = Coding::named(name).ok_or_else(refused)?;
    let limit = bytes_max as u64 + 1;
    let plain = coding.plain(&request.body, limit).map_err(|_| refused())?;
    if plain.len() > bytes_max {
        return Err(ApiError::too_large(bytes_max));
    }
    Ok(Bytes::from(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Result<Value, String> {
        let mut builder = http::Request::builder().method("POST").uri("/");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let parts = builder.body(()).expect("a request").into_parts().0;
        let request = Request::new(parts, body.into());
        let object = object(&request).map(Value::Object);
        object.map_err(|error| format!("{} {}: {}", error.status, error.code, error.message))
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        Coding::Gzip.compressed(body).expect("gzip")
    }

    #[test]
    fn compressed_or_not_it_is_the_same() {
        let json = br#"{"Name":"Zimt"}"#;
        let deflate = Coding::Deflate.compressed(json).expect("deflate");
        let kind = ("content-type", "application/json; charset=UTF-8");
        for (headers, body) in [
            (vec![], json.to_vec()),
            (vec![kind], json.to_vec()),
            (vec![kind, ("content-encoding", "gzip")], gzip(json)),
            (vec![kind, ("content-encoding", "deflate")], deflate),
        ] {
            let expected = serde_json::json!({"Name": "Zimt"});
            assert_eq!(read(&headers, body), Ok(expected), "{headers:?}");
        }
    }

    #[test]
    fn what_is_no_json_object_is_refused() {
        let code = "400 Bad Request JSON_PARSER_ERROR: ";
        for (body, message) in [
            (
                "",
                "The HTTP entity body is required, but this request has no entity body.",
            ),
            (
                "[1]",
                "Can not deserialize SObject out of START_ARRAY token at [line:1, column:1]",
            ),
            (
                "\n 1.5",
                "Can not deserialize SObject out of VALUE_NUMBER_FLOAT token at [line:2, column:2]",
            ),
            (
                "{\"a\":}",
                "Unexpected character ('}' (code 125)): expected a valid value (number, String, \
                 array, object, 'true', 'false' or 'null') at [line:1, column:7]",
            ),
            // Nothing that Jackson would say: serde's words.
            ("{\"a\": 01}", "invalid number at [line:1, column:8]"),
        ] {
            assert_eq!(read(&[], body), Err(format!("{code}{message}")), "{body}");
        }
        let refused = "415 Unsupported Media Type ";
        for (header, value, error) in [
            (
                "content-type",
                "text/csv; charset=utf-8",
                "UNSUPPORTED_MEDIA_TYPE: MediaType of 'text/csv' is not supported by this resource",
            ),
            (
                "content-encoding",
                "br",
                "UNSUPPORTED_MEDIA_TYPE: MediaType of 'br' is not supported by this resource",
            ),
            (
                "content-type",
                "application/xml",
                "EMULATOR_UNSUPPORTED: this emulator does not support XML: send the body as \
                 application/json",
            ),
        ] {
            let refusal = read(&[(header, value)], "{}").expect_err("a refusal");
            assert_eq!(refusal, format!("{refused}{error}"));
        }
    }

    #[test]
    fn the_limit_holds_after_decompression() {
        let of = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        let encoding = ("content-encoding", "gzip");
        let longest = gzip(of(API_BODY_BYTES_MAX).as_bytes());
        assert!(read(&[encoding], longest).is_ok());
        let message = "400 Bad Request JSON_PARSER_ERROR: Maximum size of request reached. \
                       Maximum size of request is 52428800 bytes.";
        let longer = gzip(of(API_BODY_BYTES_MAX + 1).as_bytes());
        assert_eq!(read(&[encoding], longer).expect_err("a limit"), message);
    }
}
