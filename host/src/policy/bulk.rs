//! Bulk jobs: what is to be done with which object.

use super::Effect;
use super::json::{Json, OTHER_FORM, Trouble};
use super::records::of_object;
use super::soql::{self, Language};

/// What a job of Bulk API 2.0 does to records.
pub(super) fn of_ingest_job(body: &Json) -> Result<Effect, Trouble> {
    let effect = of_operation(body.text("operation")?);
    Ok(match body.member("object")? {
        Some(Json::Text(object)) => effect.max(of_object(object)),
        None => effect,
        Some(_) => return Err(OTHER_FORM),
    })
}

/// What a job of Bulk API 2.0 that queries does. It spends one of 10,000 jobs a
/// day, and changes nothing.
pub(super) fn of_query_job(body: &Json) -> Result<Effect, Trouble> {
    let statement = body.text("query")?;
    Ok(match body.text("operation")? {
        "query" | "queryAll" => soql::effect(statement, Language::Soql),
        _ => Effect::Unknown,
    })
}

/// What a job of Bulk API v1 does, by a body in JSON or XML. The state of a job
/// is set by a body without operation.
pub(super) fn of_json_job(body: &Json, state_only: bool) -> Result<Effect, Trouble> {
    if state_only && body.member("operation")?.is_none() {
        return Ok(Effect::Write);
    }
    of_ingest_job(body)
}

/// As [`of_json_job`].
pub(super) fn of_xml_job(body: &[u8], state_only: bool) -> Result<Effect, Trouble> {
    let text = str::from_utf8(body).map_err(|_| OTHER_FORM)?;
    let job = XmlJob::read(text).ok_or(OTHER_FORM)?;
    let effect = match job.operation {
        None if state_only => Effect::Write,
        None => return Err(OTHER_FORM),
        Some(operation) => of_operation(operation),
    };
    Ok(effect.max(job.object.map_or(Effect::Write, of_object)))
}

fn of_operation(operation: &str) -> Effect {
    match operation {
        "insert" | "update" | "upsert" | "query" | "queryAll" => Effect::Write,
        "delete" | "hardDelete" => Effect::Delete,
        _ => Effect::Unknown,
    }
}

/// A `jobInfo` of Bulk API v1.
#[derive(Default)]
struct XmlJob<'a> {
    operation: Option<&'a str>,
    object: Option<&'a str>,
}

impl<'a> XmlJob<'a> {
    /// Reads the form that the documentation shows: `jobInfo`, and elements of
    /// text in it. Comments, entities, CDATA, document types and prefixes, with
    /// which one thing can be written in many ways, are not read.
    fn read(text: &'a str) -> Option<Self> {
        if text.contains(['&', '\0', '\u{feff}']) || text.contains("<!") {
            return None;
        }
        let mut rest = text.trim_start();
        if let Some(declaration) = rest.strip_prefix("<?xml") {
            let (declaration, after) = declaration.split_once("?>")?;
            let lower = declaration.to_ascii_lowercase();
            if lower.contains("encoding") && !lower.contains("utf-8") {
                return None;
            }
            rest = after.trim_start();
        }
        let (start, mut rest) = rest.strip_prefix("<jobInfo")?.split_once('>')?;
        if start.ends_with('/') || !(start.is_empty() || start.starts_with([' ', '\n', '\r', '\t']))
        {
            return None;
        }
        let mut job = Self::default();
        loop {
            rest = rest.trim_start();
            if let Some(end) = rest.strip_prefix("</jobInfo>") {
                return end.trim().is_empty().then_some(job);
            }
            let (name, after) = rest.strip_prefix('<')?.split_once('>')?;
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
                return None;
            }
            let (value, after) = after.split_once('<')?;
            rest = after
                .strip_prefix('/')?
                .strip_prefix(name)?
                .strip_prefix('>')?;
            let known = match name {
                "operation" => &mut job.operation,
                "object" => &mut job.object,
                _ if ["operation", "object"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(name)) =>
                {
                    return None;
                }
                _ => continue,
            };
            if known.replace(value.trim()).is_some() {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = "http://www.force.com/2009/06/asyncapi/dataload";

    fn of(inner: &str) -> Result<Effect, Trouble> {
        let text = format!("<jobInfo xmlns=\"{NAMESPACE}\">{inner}</jobInfo>");
        of_xml_job(text.as_bytes(), false)
    }

    #[test]
    fn a_job_in_xml_does_what_its_operation_says() {
        for (inner, effect) in [
            (
                "<operation>insert</operation><object>Account</object>",
                Effect::Write,
            ),
            (
                " <operation> query </operation>\n<object>A</object> ",
                Effect::Write,
            ),
            ("<operation>delete</operation>", Effect::Delete),
            (
                "<object>A</object><operation>hardDelete</operation>",
                Effect::Delete,
            ),
            ("<operation>Delete</operation>", Effect::Unknown),
            (
                "<operation>insert</operation><object>apexclass</object>",
                Effect::MayDelete,
            ),
        ] {
            assert_eq!(of(inner), Ok(effect), "{inner}");
        }
        let whole = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jobInfo><state>Closed</state></jobInfo>\n";
        assert_eq!(of_xml_job(whole, true), Ok(Effect::Write));
        assert_eq!(of_xml_job(whole, false), Err(OTHER_FORM));
    }

    #[test]
    fn a_job_that_can_be_written_in_other_ways_is_not_read() {
        for inner in [
            "<operation>insert</operation><operation>delete</operation>",
            "<operation>insert</operation><Operation>delete</Operation>",
            "<operation>&#100;elete</operation>",
            "<operation><![CDATA[delete]]></operation>",
            "<!-- --><operation>insert</operation>",
            "<a:operation>delete</a:operation><operation>insert</operation>",
            "<operation x='1'>delete</operation><operation>insert</operation>",
            "<operation>ins<b/>ert</operation>",
            "<operation>insert</operation><x><operation>delete</operation></x>",
            "<operation>insert</operation></jobInfo><jobInfo>",
            "<operation/><operation>insert</operation>",
        ] {
            assert_eq!(of(inner), Err(OTHER_FORM), "{inner}");
        }
        for whole in [
            "<?xml version='1.0' encoding='UTF-16'?><jobInfo><operation>insert</operation></jobInfo>",
            "<!DOCTYPE x><jobInfo><operation>insert</operation></jobInfo>",
            "<jobInfos><operation>insert</operation></jobInfos>",
            "<jobInfo><operation>insert</operation>",
            "",
        ] {
            assert_eq!(
                of_xml_job(whole.as_bytes(), false),
                Err(OTHER_FORM),
                "{whole}"
            );
        }
    }
}
