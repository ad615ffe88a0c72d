//! `sfbox upsert`.

use clap::Args;
use sfbox::{Options, Org};

use crate::describe::Purpose;
use crate::help::ShortHelp;
use crate::object_name::{ObjectName, is_name};
use crate::write::{Request, Target, Typed, Writing};

/// Update records by an external id, or create those that do not exist
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "sfbox upsert [OPTIONS] --external-id <FIELD> <OBJECT> <FIELD=VALUE>...\n       sfbox upsert [OPTIONS] --external-id <FIELD> <OBJECT> --file <FILE>",
    after_help = "The field of `--external-id` says which records these are: it is one of the fields, or a
column of the file. All else is as with `sfbox create`.

A file that has an external id twice is refused with both lines. If an answer is lost, the
request is sent again, and no record is created twice.

Examples:
  sfbox --demo upsert Account --external-id Ext__c Ext__c=DE/123 Name=Acme
  sfbox upsert Contact --external-id Tax_Id__c --file contacts.csv --resume run.state"
)]
pub(crate) struct Upsert {
    /// The API name of the object, such as Account or Invoice__c
    object: ObjectName,
    /// A field of the record, and its value
    #[arg(value_name = "FIELD=VALUE", conflicts_with = "file")]
    fields: Vec<String>,
    /// The field that says which records these are
    #[arg(short = 'x', long, value_name = "FIELD", value_parser = field)]
    external_id: String,
    #[command(flatten)]
    typed: Typed,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    help: ShortHelp,
}

fn field(text: &str) -> Result<String, &'static str> {
    match is_name(text) {
        true => Ok(text.to_owned()),
        false => Err("the API name of a field has letters, digits and `_`, a letter first"),
    }
}

impl Upsert {
    pub(crate) async fn run(&self, org: &Org, call: &Options) -> anyhow::Result<()> {
        let request = Request {
            target: Target {
                org,
                call,
                object: &self.object,
                purpose: Purpose::Upsert(self.external_id.clone()),
            },
            id: None,
            fields: &self.fields,
            typed: &self.typed,
            writing: &self.writing,
            repeatable: None,
            if_unchanged: None,
        };
        request.run().await
    }
}
