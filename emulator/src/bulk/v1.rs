//! Jobs of the first Bulk API: another path, another header, other errors.
//!
//! Source: Bulk API Developer Guide, "Create a Job", "Errors".

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::{job_id, now};
use crate::answer::Answer;
use crate::authorized;
use crate::org::Org;
use crate::request::Request;
use crate::resource::Route;
use crate::segments::Segments;
use crate::version::{ApiVersion, Known};

const SESSION: HeaderName = HeaderName::from_static("x-sfdc-session");
const XML: HeaderValue = HeaderValue::from_static("application/xml");
const NAMESPACE: &str = "http://www.force.com/2009/06/asyncapi/dataload";

/// Source: as above, which writes `queryall` and `queryAll`; simple-salesforce 1.12
/// sends the latter.
const OPERATIONS: [&str; 8] = [
    "delete",
    "hardDelete",
    "insert",
    "query",
    "queryAll",
    "queryall",
    "update",
    "upsert",
];

const CONTENT_TYPES: [&str; 6] = ["CSV", "JSON", "XML", "ZIP_CSV", "ZIP_JSON", "ZIP_XML"];

/// Code and words; 400 in every case, a session's end included.
type Refusal = (&'static str, &'static str);

/// A job that was created.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    id: String,
    operation: String,
    object: String,
    created_by_id: String,
    created_date: String,
    system_modstamp: String,
    state: &'static str,
    concurrency_mode: &'static str,
    content_type: String,
    api_version: f64,
}

/// What a body asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    operation: String,
    object: String,
    content_type: String,
}

/// Answers `POST /services/async/{version}/job`.
pub(crate) fn create(org: &Org, request: &Request, segments: &Segments) -> Answer {
    let is_json = request
        .media_type()
        .eq_ignore_ascii_case("application/json");
    match job(org, request, segments, is_json) {
        Ok(job) if is_json => Answer::json(StatusCode::CREATED, &job),
        Ok(job) => xml(StatusCode::CREATED, &job.xml()),
        Err((code, words)) if is_json => {
            let body = serde_json::json!({"exceptionCode": code, "exceptionMessage": words});
            Answer::json(StatusCode::BAD_REQUEST, &body)
        }
        Err((code, words)) => {
            let body = format!(
                "<error xmlns=\"{NAMESPACE}\"><exceptionCode>{code}</exceptionCode>\
                 <exceptionMessage>{words}</exceptionMessage></error>"
            );
            xml(StatusCode::BAD_REQUEST, &body)
        }
    }
}

/// The codes are documented, the words are the emulator's own.
fn job(org: &Org, request: &Request, segments: &Segments, is_json: bool) -> Result<Job, Refusal> {
    let version = match ApiVersion::parse(&format!("v{}", segments.get("version"))) {
        Known::Served(version) => version,
        Known::Retired | Known::Never => return Err(("InvalidVersion", "Unknown API version")),
    };
    let token = request.header(&SESSION);
    if token.and_then(|token| org.session(token)).is_none() {
        return Err(("InvalidSessionId", "Invalid session id"));
    }
    authorized::count(org);
    let text = std::str::from_utf8(&request.body).unwrap_or_default();
    let asked = if is_json {
        Asked::from_json(text)
    } else {
        Asked::from_xml(text)
    }?;
    let sobject = org
        .schema
        .named(&asked.object)
        .ok_or(("InvalidJob", "Unknown object"))?;
    if !OPERATIONS.contains(&asked.operation.as_str()) {
        return Err(("InvalidJob", "Unknown operation"));
    }
    if !CONTENT_TYPES.contains(&asked.content_type.as_str()) {
        return Err(("InvalidJob", "Unknown content type"));
    }
    org.stats.record(|stats| stats.wrote(Route::BulkV1Job));
    Ok(Job {
        id: job_id(org),
        operation: asked.operation,
        object: sobject.name.to_string(),
        created_by_id: org.user.to_string(),
        created_date: now(org),
        system_modstamp: now(org),
        state: "Open",
        concurrency_mode: "Parallel",
        content_type: asked.content_type,
        api_version: f64::from(version.number()),
    })
}

impl Asked {
    fn from_json(text: &str) -> Result<Self, Refusal> {
        let json: Value =
            serde_json::from_str(text).map_err(|_| ("ClientInputError", "This is no JSON"))?;
        let member = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Ok(Self::new(
            member("operation"),
            member("object"),
            member("contentType"),
        ))
    }

    fn from_xml(text: &str) -> Result<Self, Refusal> {
        let info = element(text, "jobInfo").filter(|_| text.contains(NAMESPACE));
        let info = info.ok_or(("InvalidXML", "There is no jobInfo"))?;
        let member = |name| element(info, name).unwrap_or_default().trim().to_owned();
        Ok(Self::new(
            member("operation"),
            member("object"),
            member("contentType"),
        ))
    }

    /// Without a content type it is XML.
    fn new(operation: String, object: String, content_type: String) -> Self {
        let is_given = !content_type.is_empty();
        Self {
            operation,
            object,
            content_type: if is_given {
                content_type
            } else {
                "XML".to_owned()
            },
        }
    }
}

/// What stands between an element's tags. Enough for what clients send: no
/// prefixes, comments or CDATA.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}"))?;
    let (attributes, rest) = rest.split_once('>')?;
    let is_whole_name = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    is_whole_name.then_some(content)
}

impl Job {
    fn xml(&self) -> String {
        let version = self.api_version;
        let members = [
            ("id", &self.id[..]),
            ("operation", &self.operation),
            ("object", &self.object),
            ("createdById", &self.created_by_id),
            ("createdDate", &self.created_date),
            ("systemModstamp", &self.system_modstamp),
            ("state", self.state),
            ("concurrencyMode", self.concurrency_mode),
            ("contentType", &self.content_type),
            ("apiVersion", &format!("{version:.1}")),
        ];
        let members = members.map(|(name, value)| format!("<{name}>{value}</{name}>"));
        let members = members.concat();
        format!("<jobInfo xmlns=\"{NAMESPACE}\">{members}</jobInfo>")
    }
}

fn xml(status: StatusCode, element: &str) -> Answer {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{element}");
    Answer::new(status, XML, Bytes::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_says_what_is_asked_for() {
        let info = format!(
            "<?xml version='1.0'?>\n<jobInfo xmlns=\"{NAMESPACE}\">\n <operation>insert</operation> \
             <object>Account</object></jobInfo>"
        );
        let asked = Asked::new("insert".to_owned(), "Account".to_owned(), String::new());
        assert_eq!(Asked::from_xml(&info), Ok(asked));
        for text in [
            "",
            "<jobInfo/>",
            "<jobInfo></jobInfo>",
            "<jobInformation xmlns=\"x\"></jobInfo>",
        ] {
            assert!(Asked::from_xml(text).is_err(), "{text}");
        }
    }
}
