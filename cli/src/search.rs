//! `sfbox search`.

use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;
use sfbox::{FindOptions, Options, Org, Scope, Target};

use crate::calling::Calling;
use crate::destination::Destination;
use crate::parameters::Parameters;
use crate::records::{Look, Output, Records, terminal_columns};
use crate::verdict::{Unreadable, Usage};

/// Search the words in the records of several objects
///
/// TERM is a SOSL statement if it begins with FIND. Anything else is searched for as it
/// is, in all objects or in those that --in names: its operators have no meaning.
/// Salesforce finds at most 2,000 records, and finds a new record only after some time.
///
/// `json` prints Salesforce's answer. Other formats print a row for each record, with its
/// type and its fields.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox search \"Acme GmbH\"
  sfbox search --in Account:Id,Name --in Contact \"Acme\"
  sfbox search --param term=\"a*b\" \"FIND :term IN NAME FIELDS RETURNING Account(Id, Name)\"")]
pub(crate) struct Search {
    /// The text, or a SOSL statement
    term: String,
    #[command(flatten)]
    parameters: Parameters,
    /// An object to search, and the fields to print, as in Account:Id,Name
    #[arg(long = "in", value_name = "OBJECT[:FIELDS]")]
    objects: Vec<String>,
    /// Most records to find, 1 to 2000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=2000))]
    limit: Option<u16>,
    #[command(flatten)]
    output: Output,
}

/// Salesforce's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    #[serde(borrow)]
    search_records: Vec<&'a RawValue>,
}

impl Search {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let parameters = self.parameters.read()?;
        let mut calling;
        let found = if is_statement(&self.term) {
            if !self.objects.is_empty() || self.limit.is_some() {
                let why = "`--in` and `--limit` are for a text: a SOSL statement has RETURNING \
                           and LIMIT";
                return Err(Usage::new(why).into());
            }
            calling = Calling::begin(org)?;
            let searching = org.search(&self.term, &parameters, options);
            calling.during(searching).await??
        } else {
            let targets: Vec<Target> = self.objects.iter().map(|object| target(object)).collect();
            let options = FindOptions {
                call: options.clone(),
                scope: Scope::All,
                max_records: self.limit,
                offset: None,
            };
            calling = Calling::begin(org)?;
            let finding = org.find(&self.term, &targets, &parameters, &options);
            calling.during(finding).await??
        };
        drop(calling);
        self.print(&found)
    }

    fn print(&self, found: &str) -> anyhow::Result<()> {
        let format = self.output.format();
        let out = Destination::stdout(format.escape());
        let look = Look {
            room: terminal_columns(),
            ..Look::default()
        };
        let whole: &RawValue = serde_json::from_str(found).map_err(Unreadable::Answer)?;
        let found: Found<'_> = serde_json::from_str(found).map_err(Unreadable::Answer)?;
        let rows = found.search_records.iter().map(|record| row(record));
        let rows: Vec<Box<RawValue>> =
            rows.collect::<Result<_, _>>().map_err(Unreadable::Record)?;
        let rows: Vec<&RawValue> = rows.iter().map(AsRef::as_ref).collect();
        Ok(Records::answer(out, format, look, whole, &rows)?.finish()?)
    }
}

/// A record with its type as its first member: the records of a search are of several.
fn row(record: &RawValue) -> serde_json::Result<Box<RawValue>> {
    #[derive(Deserialize)]
    struct Typed {
        attributes: Attributes,
    }
    #[derive(Deserialize)]
    struct Attributes {
        #[serde(rename = "type")]
        kind: String,
    }
    let Typed { attributes } = serde_json::from_str(record.get())?;
    let kind = serde_json::Value::from(attributes.kind);
    let members = record.get().trim_start().trim_start_matches('{');
    RawValue::from_string(format!("{{\"sobject\":{kind},{members}"))
}

/// Whether a text is a statement: it begins with the word FIND, and a search.
fn is_statement(text: &str) -> bool {
    let text = text.trim_start();
    let Some((word, rest)) = text.split_at_checked("FIND".len()) else {
        return false;
    };
    let rest = rest.trim_start();
    word.eq_ignore_ascii_case("FIND") && rest.starts_with(['{', ':'])
}

/// `OBJECT:FIELDS`.
fn target(text: &str) -> Target {
    let (object, fields) = text.split_once(':').unwrap_or((text, ""));
    let fields = fields.split(',').map(str::trim);
    Target {
        object: object.to_owned(),
        fields: fields
            .filter(|field| !field.is_empty())
            .map(str::to_owned)
            .collect(),
        condition: None,
        max_records: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_known_by_its_beginning() {
        for (text, is) in [
            ("FIND {a} IN ALL FIELDS", true),
            (" find :term RETURNING Account", true),
            ("find my account", false),
            ("FIND", false),
            ("Findus {x}", false),
            ("é", false),
        ] {
            assert_eq!(is_statement(text), is, "{text}");
        }
    }

    #[test]
    fn an_object_may_have_fields() {
        let alone = target("Account");
        assert_eq!((&*alone.object, alone.fields.len()), ("Account", 0));
        let with_fields = target("Account:Id, Name");
        assert_eq!(with_fields.object, "Account");
        assert_eq!(with_fields.fields, ["Id", "Name"]);
    }
}
