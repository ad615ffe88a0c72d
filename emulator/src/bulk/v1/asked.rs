//! What a body asks for, in JSON or in XML.

use serde_json::Value;

use super::reply::{Form, NAMESPACE, Refusal, refused};
use crate::jobs::BatchesState;

/// A job that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) operation: String,
    pub(super) object: String,
    /// XML, if nothing is said.
    pub(super) content_type: String,
    /// Parallel, if nothing is said.
    pub(super) concurrency: String,
    pub(super) external_id: Option<String>,
}

impl Asked {
    /// Reads a body.
    pub(super) fn read(body: &[u8], form: Form) -> Result<Self, Refusal> {
        let member = members(body, form)?;
        let or = |name, default: &str| {
            let value = member(name);
            if value.is_empty() {
                default.to_owned()
            } else {
                value
            }
        };
        Ok(Self {
            operation: member("operation"),
            object: member("object"),
            content_type: or("contentType", "XML"),
            concurrency: or("concurrencyMode", "Parallel"),
            external_id: Some(member("externalIdFieldName")).filter(|name| !name.is_empty()),
        })
    }
}

/// The state that a job is to have.
pub(super) fn next_state(body: &[u8], form: Form) -> Result<BatchesState, Refusal> {
    let member = members(body, form)?;
    match member("state").as_str() {
        "Closed" => Ok(BatchesState::Closed),
        "Aborted" => Ok(BatchesState::Aborted),
        _ => Err(refused("InvalidJobState", "Unknown job state")),
    }
}

/// Gives the member of a name; empty if there is none.
fn members(body: &[u8], form: Form) -> Result<impl Fn(&str) -> String, Refusal> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let (json, info) = match form {
        Form::Json => {
            let json: Result<Value, _> = serde_json::from_str(text);
            let json = json.map_err(|_| refused("ClientInputError", "This is no JSON"))?;
            (json, "")
        }
        Form::Xml => {
            let info = element(text, "jobInfo").filter(|_| text.contains(NAMESPACE));
            let info = info.ok_or_else(|| refused("InvalidXML", "There is no jobInfo"))?;
            (Value::Null, info)
        }
    };
    Ok(move |name: &str| match form {
        Form::Json => json[name].as_str().unwrap_or_default().to_owned(),
        Form::Xml => element(info, name).unwrap_or_default().trim().to_owned(),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_says_what_is_asked_for() {
        let info = format!(
            "<?xml version='1.0'?>\n<jobInfo xmlns=\"{NAMESPACE}\">\n <operation>upsert</operation> \
             <object>Account</object><externalIdFieldName> Ext__c</externalIdFieldName></jobInfo>"
        );
        let asked = Asked {
            operation: "upsert".to_owned(),
            object: "Account".to_owned(),
            content_type: "XML".to_owned(),
            concurrency: "Parallel".to_owned(),
            external_id: Some("Ext__c".to_owned()),
        };
        assert_eq!(Asked::read(info.as_bytes(), Form::Xml), Ok(asked));
        for text in [
            "",
            "<jobInfo/>",
            "<jobInfo></jobInfo>",
            "<jobInformation xmlns=\"x\"></jobInfo>",
        ] {
            assert!(Asked::read(text.as_bytes(), Form::Xml).is_err(), "{text}");
        }
    }

    #[test]
    fn json_says_the_same() {
        let body = br#"{"operation":"insert","object":"Account","contentType":"JSON","concurrencyMode":"Serial"}"#;
        let asked = Asked::read(body, Form::Json).expect("a job");
        assert_eq!(
            (asked.content_type.as_str(), asked.concurrency.as_str()),
            ("JSON", "Serial")
        );
        assert_eq!(asked.external_id, None);
        assert_eq!(
            next_state(br#"{"state":"Closed"}"#, Form::Json),
            Ok(BatchesState::Closed)
        );
        assert!(next_state(br#"{"state":"Open"}"#, Form::Json).is_err());
    }
}
