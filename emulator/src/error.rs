//! The errors of the REST API: an array of messages and codes.
//!
//! Source: REST API Developer Guide, "Status Codes and Error Responses". Words
//! that no public capture shows are marked as such.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use crate::duplicate::Duplicates;
use crate::settings::Unauthorized;
use crate::soql::{Code, SoqlError};

/// An error, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) blame: Blame,
    /// The methods that are allowed, if another one was used.
    pub(crate) allowed: Vec<&'static str>,
    /// The fields that it is about, if it is one of those errors that name them.
    pub(crate) fields: Option<Vec<String>>,
    /// The member of the body whose value it is about, if the message ends in its
    /// place. Whoever has the body adds that.
    pub(crate) member: Option<Box<str>>,
    /// The records that it is about, if it is a duplicate rule's.
    pub(crate) duplicates: Option<Box<Duplicates>>,
}

/// Whether a client that works as it should can meet this error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// It can: the caller's SOQL, an expired session.
    Caller,
    /// It cannot: the client itself is wrong, or asks for what this emulator
    /// does not have. Counted as `unexpected`.
    Client,
}

/// One entry of the array.
#[derive(Serialize)]
pub(crate) struct Entry<'a> {
    message: &'a str,
    #[serde(rename = "errorCode")]
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<&'a [String]>,
    #[serde(rename = "duplicateResult", skip_serializing_if = "Option::is_none")]
    duplicates: Option<Value>,
}

impl ApiError {
    pub(crate) fn caller(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            blame: Blame::Caller,
            allowed: Vec::new(),
            fields: None,
            member: None,
            duplicates: None,
        }
    }

    pub(crate) fn client(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            blame: Blame::Client,
            allowed: Vec::new(),
            fields: None,
            member: None,
            duplicates: None,
        }
    }

    /// The same, with its place in the body at the end of the message.
    pub(crate) fn at(self, line: usize, column: usize) -> Self {
        let message = format!("{} at [line:{line}, column:{column}]", self.message);
        Self { message, ..self }
    }

    /// The same, about these fields.
    pub(crate) fn about<const N: usize>(self, fields: [&str; N]) -> Self {
        let fields = fields.map(str::to_owned).to_vec();
        Self {
            fields: Some(fields),
            ..self
        }
    }

    /// A session that has ended, or never was.
    pub(crate) fn unauthorized(variant: Unauthorized) -> Self {
        let (code, message) = match variant {
            Unauthorized::SessionExpired => ("INVALID_SESSION_ID", "Session expired or invalid"),
            Unauthorized::NotValidForRest => (
                "INVALID_SESSION_ID",
                "This session is not valid for use with the REST API",
            ),
            Unauthorized::InvalidJwtFormat => ("INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT"),
            Unauthorized::InvalidHeaderType => ("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"),
        };
        Self::caller(StatusCode::UNAUTHORIZED, code, message)
    }

    /// An `Authorization` of another kind than `Bearer` or `OAuth`.
    pub(crate) fn header_type() -> Self {
        Self {
            blame: Blame::Client,
            ..Self::unauthorized(Unauthorized::InvalidHeaderType)
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::client(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "The requested resource does not exist",
        )
    }

    /// A retired API version. The status is documented, the words are not.
    pub(crate) fn gone() -> Self {
        Self::client(
            StatusCode::GONE,
            "GONE",
            "The requested resource is no longer available",
        )
    }

    pub(crate) fn method_not_allowed(method: &http::Method, allowed: &[&'static str]) -> Self {
        let list = allowed.join(",");
        let message = format!("HTTP Method '{method}' not allowed. Allowed are {list}");
        Self {
            allowed: allowed.to_vec(),
            ..Self::client(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                message,
            )
        }
    }

    /// A token used on the login host.
    pub(crate) fn url_not_reset() -> Self {
        let message = "Destination URL not reset. The URL returned from login must be set";
        Self::client(StatusCode::BAD_REQUEST, "URL_NOT_RESET", message)
    }

    pub(crate) fn missing_query() -> Self {
        Self::client(
            StatusCode::BAD_REQUEST,
            "MALFORMED_QUERY",
            "A query string has to be specified",
        )
    }

    /// A body that is no JSON, or not of the form that is asked for. Salesforce
    /// names the place so.
    pub(crate) fn json(words: &str, line: usize, column: usize) -> Self {
        Self::caller(StatusCode::BAD_REQUEST, "JSON_PARSER_ERROR", words).at(line, column)
    }

    pub(crate) fn no_body() -> Self {
        let message = "The HTTP entity body is required, but this request has no entity body.";
        Self::caller(StatusCode::BAD_REQUEST, "JSON_PARSER_ERROR", message)
    }

    pub(crate) fn too_large(bytes_max: usize) -> Self {
        let message = format!(
            "Maximum size of request reached. Maximum size of request is {bytes_max} bytes."
        );
        Self::caller(StatusCode::BAD_REQUEST, "JSON_PARSER_ERROR", message)
    }

    /// A body of another kind than is taken here.
    ///
    /// Source: kevinohara80/nforce, issue 74; heroku/sf-functions-python, pull
    /// request 91.
    pub(crate) fn media_type(kind: &str) -> Self {
        let message = format!("MediaType of '{kind}' is not supported by this resource");
        Self::client(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        )
    }

    /// A body in XML, which Salesforce takes.
    pub(crate) fn xml_body() -> Self {
        let message = "this emulator does not support XML: send the body as application/json";
        Self::unsupported(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    /// An answer in another format than JSON, which Salesforce gives.
    pub(crate) fn no_such_format(name: &str) -> Self {
        let message =
            format!("this emulator does not support {name} here: accept application/json");
        Self::unsupported(StatusCode::NOT_ACCEPTABLE, message)
    }

    /// A resource that Salesforce has.
    pub(crate) fn unsupported_resource(name: &str) -> Self {
        let message = format!("this emulator does not support the resource {name}");
        Self::unsupported(StatusCode::NOT_FOUND, message)
    }

    /// Something that Salesforce can do. The code is the emulator's own, so that
    /// nobody takes the answer for Salesforce's.
    fn unsupported(status: StatusCode, message: impl Into<String>) -> Self {
        Self::client(status, Code::EmulatorUnsupported.as_str(), message)
    }

    /// A body that says what cannot be done. Code and words are the emulator's
    /// own.
    pub(crate) fn invalid_input(words: &str) -> Self {
        Self::client(StatusCode::BAD_REQUEST, "INVALID_INPUT", words)
    }

    /// A parameter that is missing, or says nothing that can be done. Code and
    /// words are the emulator's own.
    pub(crate) fn missing_parameter(name: &str) -> Self {
        let message = format!("The parameter '{name}' is missing or wrong");
        Self::client(StatusCode::BAD_REQUEST, "INVALID_PARAMETER", message)
    }

    pub(crate) fn invalid_locator() -> Self {
        Self::caller(
            StatusCode::BAD_REQUEST,
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        )
    }

    /// A batch size outside its range. The SOAP API has this code; what the
    /// REST API answers is not documented, and this emulator refuses.
    pub(crate) fn invalid_batch_size(value: &str) -> Self {
        let message =
            format!("Sforce-Query-Options: '{value}' is not a batchSize from 200 to 2000");
        Self::client(StatusCode::BAD_REQUEST, "INVALID_BATCH_SIZE", message)
    }

    /// A record that is not as the client knows it. The status is documented,
    /// code and words are not.
    pub(crate) fn precondition_failed() -> Self {
        Self::caller(
            StatusCode::PRECONDITION_FAILED,
            "PRECONDITION_FAILED",
            "The record is not as a header of the request says",
        )
    }

    /// A header that cannot be read. The status is documented, code and words
    /// are not.
    pub(crate) fn invalid_header(name: &str, value: &str) -> Self {
        let message = format!("The header {name} cannot be read: {value}");
        Self::client(StatusCode::BAD_REQUEST, "INVALID_HEADER", message)
    }

    /// A fault of the emulator itself.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        let message = format!("An unexpected error occurred in the emulator: {cause}");
        Self::client(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            message,
        )
    }

    /// The array that is sent.
    pub(crate) fn body(&self) -> [Entry<'_>; 1] {
        [Entry {
            message: &self.message,
            code: self.code,
            fields: self.fields.as_deref(),
            duplicates: self.duplicates.as_ref().map(|found| found.result()),
        }]
    }
}

impl From<SoqlError> for ApiError {
    fn from(error: SoqlError) -> Self {
        let blame = match error.code {
            Code::EmulatorUnsupported => Blame::Client,
            _ => Blame::Caller,
        };
        Self {
            blame,
            ..Self::caller(StatusCode::BAD_REQUEST, error.code.as_str(), error.message)
        }
    }
}
