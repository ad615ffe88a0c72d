//! JSON that a request brings along.
//!
//! Source: REST API Developer Guide, "REST API Architecture" and "Compression
//! Headers".

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use http::header::CONTENT_ENCODING;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::request::{API_BODY_BYTES_MAX, Request};

/// The body as a JSON object.
pub(crate) fn object(request: &Request) -> Result<Map<String, Value>, ApiError> {
    parsed(request)
}

/// The body in a form of its own.
pub(crate) fn parsed<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    let kind = request.media_type();
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/json") {
        return Err(ApiError::media_type(kind));
    }
    let body = plain(request)?;
    if body.is_empty() {
        return Err(ApiError::no_body());
    }
    serde_json::from_slice(&body).map_err(|error| ApiError::json(&error))
}

/// The body without its compression.
fn plain(request: &Request) -> Result<Bytes, ApiError> {
    let body = &request.body;
    let coding = request.header(&CONTENT_ENCODING).unwrap_or("identity");
    let limit = API_BODY_BYTES_MAX as u64 + 1;
    let mut plain = Vec::new();
    let read = match coding.to_ascii_lowercase().as_str() {
        "identity" => return Ok(body.clone()),
        "gzip" => GzDecoder::new(&body[..])
            .take(limit)
            .read_to_end(&mut plain),
        "deflate" => ZlibDecoder::new(&body[..])
            .take(limit)
            .read_to_end(&mut plain),
        other => return Err(ApiError::media_type(other)),
    };
    match read {
        Ok(bytes) if bytes > API_BODY_BYTES_MAX => Err(ApiError::too_large()),
        Ok(_) => Ok(Bytes::from(plain)),
        Err(_) => Err(ApiError::media_type(coding)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

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
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).expect("written");
        encoder.finish().expect("gzip")
    }

    #[test]
    fn compressed_or_not_it_is_the_same() {
        let json = br#"{"Name":"Zimt"}"#;
        let mut deflate = ZlibEncoder::new(Vec::new(), Compression::fast());
        deflate.write_all(json).expect("written");
        let deflate = deflate.finish().expect("deflate");
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
                "invalid type: sequence, expected a map at [line:1, column:0]",
            ),
            ("{\"a\":}", "expected value at [line:1, column:6]"),
        ] {
            assert_eq!(read(&[], body), Err(format!("{code}{message}")), "{body}");
        }
        let refused = "415 Unsupported Media Type UNSUPPORTED_MEDIA_TYPE: ";
        for headers in [("content-type", "text/csv"), ("content-encoding", "br")] {
            let error = read(&[headers], "{}").expect_err("a refusal");
            assert!(error.starts_with(refused), "{error}");
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
