//! `sfbox describe`.

use std::io::Write as _;

use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;
use sfbox::{Options, Org};

use super::field_row::{Choices, FieldRow};
use super::object_row::ObjectRow;
use super::rows::Rows;
use super::source::{Api, read};
use crate::calling::Calling;
use crate::destination::Destination;
use crate::object_name::ObjectName;
use crate::records::{Format, Output};
use crate::verdict::Unreadable;

/// Show an object's fields, or all objects of the org
///
/// A field is `required` if a new record needs a value of it. `references` are the objects
/// that a field can lead to. `values` are the active values of a picklist; a table shows the
/// first ten.
///
/// `json` prints the description as Salesforce wrote it. `ndjson` prints each field, or each
/// object, on a line of its own, as Salesforce wrote it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox --demo describe
  sfbox --demo describe Account
  sfbox --demo describe Account --output json
  sfbox --demo describe --tooling ApexClass")]
pub(crate) struct Describe {
    /// The API name of an object, such as Account or Invoice__c; without it, all objects
    object: Option<ObjectName>,
    /// Describe the objects of the Tooling API, such as ApexClass
    #[arg(long)]
    tooling: bool,
    #[command(flatten)]
    output: Output,
}

impl Describe {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let api = if self.tooling {
            Api::Tooling
        } else {
            Api::Data
        };
        let mut calling = Calling::begin(org)?;
        let body = read(org, options, api, self.object.as_ref());
        let body = calling.during(body).await??;
        drop(calling);
        if self.output.format() == Format::Json {
            return self.print_whole(&body);
        }
        if self.object.is_none() {
            return self.print(&ObjectRow::COLUMNS, &ObjectRow::all(&body)?);
        }
        let choices = match self.output.format() {
            Format::Table => Choices::Few,
            Format::Json | Format::Ndjson | Format::Csv | Format::Markdown => Choices::All,
        };
        self.print(&FieldRow::COLUMNS, &FieldRow::all(&body, choices)?)
    }

    /// The answer itself, which is looked at no further than that it is JSON.
    fn print_whole(&self, body: &[u8]) -> anyhow::Result<()> {
        let written: &RawValue = serde_json::from_slice(body).map_err(Unreadable::Answer)?;
        let mut out = Destination::stdout(self.output.format().escape());
        writeln!(out, "{}", written.get())?;
        Ok(out.finish()?)
    }

    fn print(&self, columns: &[&str], rows: &Rows<'_, impl Serialize>) -> anyhow::Result<()> {
        let records = self.output.open(columns);
        Ok(rows.print(records, self.output.format())?.finish()?)
    }
}
