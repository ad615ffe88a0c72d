//! References in a composite request: `@{referenceId.field}` in the URL of a
//! part, which Salesforce replaces by what an earlier part answers.

use super::class::Class;
use super::routes::Found;
use super::soql;

/// What stands for an id while a URL is judged.
const ID: &str = "000000000000000";

/// The parts so far that answer ids.
#[derive(Default)]
pub(super) struct References<'a> {
    answering_ids: Vec<&'a str>,
}

impl<'a> References<'a> {
    pub(super) fn add(&mut self, reference: &'a str) {
        self.answering_ids.push(reference);
    }

    /// A URL with an id in place of each reference that can only be an id: the
    /// field `id` of a part that answers records. The text of any other field
    /// can be anything, a path or a statement among it; such references stay.
    pub(super) fn replaced_in(&self, url: &str) -> String {
        let mut out = String::new();
        let mut rest = url;
        while let Some((before, after)) = rest.split_once("@{") {
            out.push_str(before);
            match after.split_once('}') {
                Some((reference, behind)) if self.is_id(reference) => {
                    out.push_str(ID);
                    rest = behind;
                }
                _ => {
                    out.push_str("@{");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn is_id(&self, reference: &str) -> bool {
        let is_path = |c: char| c.is_ascii_alphanumeric() || "_.[]".contains(c);
        let Some((path, field)) = reference.rsplit_once('.') else {
            return false;
        };
        let part = path.split(['.', '[']).next().unwrap_or_default();
        reference.chars().all(is_path)
            && field.eq_ignore_ascii_case("id")
            && self.answering_ids.contains(&part)
    }
}

/// Whether what a request answers as `id` are ids of records.
pub(super) fn answers_ids(found: &Found<'_>, class: Class, statement: Option<&str>) -> bool {
    match found
        .route
        .template
        .strip_prefix("/services/data/{version}/")
    {
        Some(
            "sobjects/{object}"
            | "sobjects/{object}/Id"
            | "sobjects/{object}/{id}"
            | "sobjects/{object}/{field}/{value}"
            | "composite/sobjects"
            | "composite/sobjects/{object}"
            | "composite/sobjects/{object}/{field}",
        ) => true,
        _ => class == Class::Soql && statement.is_some_and(soql::selects_ids),
    }
}
