//! How the first Bulk API writes what it says: in XML, or in JSON.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Create a Job", "Errors".

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::record::date_time;
use crate::request::Request;

pub(super) const NAMESPACE: &str = "http://www.force.com/2009/06/asyncapi/dataload";

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

/// Why a call is refused: a code and words. The status is 400 in every case, a
/// session's end included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    words: String,
}

/// An element of XML, or an object of JSON.
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) members: Vec<(&'static str, Value)>,
}

pub(super) fn refused(code: &'static str, words: &str) -> Refusal {
    Refusal {
        code,
        words: words.to_owned(),
    }
}

impl Form {
    /// The form of a request, which its answer has, too.
    pub(super) fn of(request: &Request) -> Self {
        let kind = request.media_type();
        if kind.eq_ignore_ascii_case("application/json") {
            Self::Json
        } else {
            Self::Xml
        }
    }

    pub(super) fn written(self, status: StatusCode, element: &Element) -> Answer {
        match self {
            Self::Json => Answer::json(status, &element.json()),
            Self::Xml => xml(status, &element.xml(&format!(" xmlns=\"{NAMESPACE}\""))),
        }
    }

    /// Several elements, in XML below one of the name `list`, in JSON in its member
    /// of that name.
    pub(super) fn list(self, list: &'static str, elements: &[Element]) -> Answer {
        match self {
            Self::Json => {
                let all: Vec<Value> = elements.iter().map(Element::json).collect();
                let name = elements.first().map_or("batchInfo", |element| element.name);
                Answer::json(StatusCode::OK, &json!({ name: all }))
            }
            Self::Xml => {
                let all: String = elements.iter().map(|element| element.xml("")).collect();
                let whole = format!("<{list} xmlns=\"{NAMESPACE}\">{all}</{list}>");
                xml(StatusCode::OK, &whole)
            }
        }
    }

    /// The ids of a query's results.
    pub(super) fn ids(self, ids: &[&str]) -> Answer {
        match self {
            Self::Json => Answer::json(StatusCode::OK, &ids),
            Self::Xml => {
                let all: String = ids
                    .iter()
                    .map(|id| format!("<result>{id}</result>"))
                    .collect();
                let whole = format!("<result-list xmlns=\"{NAMESPACE}\">{all}</result-list>");
                xml(StatusCode::OK, &whole)
            }
        }
    }

    pub(super) fn refusal(self, refusal: &Refusal) -> Answer {
        let error = Element {
            name: "error",
            members: vec![
                ("exceptionCode", refusal.code.into()),
                ("exceptionMessage", refusal.words.as_str().into()),
            ],
        };
        self.written(StatusCode::BAD_REQUEST, &error)
    }

    /// A moment: the guide's examples end in `Z` in XML alone.
    pub(super) fn instant(self, milliseconds: i64) -> Value {
        let text = date_time(milliseconds);
        match self {
            Self::Json => text.into(),
            Self::Xml => text.replace("+0000", "Z").into(),
        }
    }
}

impl Element {
    fn json(&self) -> Value {
        let members = self.members.iter();
        let members: Map<String, Value> = members
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        members.into()
    }

    fn xml(&self, attributes: &str) -> String {
        let name = self.name;
        let members: String = self
            .members
            .iter()
            .map(|(name, value)| {
                let text = match value {
                    Value::String(text) => escaped(text),
                    other => other.to_string(),
                };
                format!("<{name}>{text}</{name}>")
            })
            .collect();
        format!("<{name}{attributes}>{members}</{name}>")
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn xml(status: StatusCode, element: &str) -> Answer {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{element}");
    Answer::new(status, XML, Bytes::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_has_no_markup_in_its_texts() {
        let element = Element {
            name: "batchInfo",
            members: vec![
                ("stateMessage", "a < b & c".into()),
                ("apiVersion", 66.0.into()),
            ],
        };
        assert_eq!(
            element.xml(""),
            "<batchInfo><stateMessage>a &lt; b &amp; c</stateMessage><apiVersion>66.0</apiVersion></batchInfo>"
        );
    }
}
