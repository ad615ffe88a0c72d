//! `sfbox create`.

use clap::Args;
use sfbox::{Options, Org};

use crate::describe::Purpose;
use crate::help::ShortHelp;
use crate::object_name::ObjectName;
use crate::write::{self, Repeatable, Request, Target, Typed, Writing};

/// Create records of an object: one from FIELD=VALUE, or those of a file
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "sfbox create [OPTIONS] <OBJECT> <FIELD=VALUE>...\n       sfbox create [OPTIONS] <OBJECT> --file <FILE>",
    after_help = "A file is CSV with a header, JSON or NDJSON. Each column is a field. The column
`Account.Ext__c` names a parent by its external id. sfbox asks Salesforce for the types of
the fields. It sends each value as its field's type. An empty cell sets nothing, and `#N/A`
is null.

The outcome of each record goes to stdout; a terminal shows only records that were not
saved. The exit status is 1 if a record was not saved. If an answer is lost, the record
may have been created: its outcome is `unknown`. To be able to repeat such a command, use
`sfbox upsert`, or `--repeatable` for one record.

Examples:
  sfbox --demo create Account Name=Acme Industry=Energy
  sfbox create Contact --file contacts.csv --errors failed.csv
  sfbox create Contact --file contacts.csv --dry-run
  sfbox query \"SELECT Name FROM Account\" | sfbox create Lead --file - --format json"
)]
pub(crate) struct Create {
    /// The API name of the object, such as Account or Invoice__c
    object: ObjectName,
    /// A field of the record, and its value
    #[arg(value_name = "FIELD=VALUE", conflicts_with = "file")]
    fields: Vec<String>,
    #[command(flatten)]
    typed: Typed,
    #[command(flatten)]
    writing: Writing,
    /// Send again after a lost answer, with an idempotency key that is printed before; for
    /// one record. KEY is that of an earlier command
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = write::NEW_KEY)]
    repeatable: Option<Repeatable>,
    #[command(flatten)]
    help: ShortHelp,
}

impl Create {
    pub(crate) async fn run(&self, org: &Org, call: &Options) -> anyhow::Result<()> {
        let request = Request {
            target: Target {
                org,
                call,
                object: &self.object,
                purpose: Purpose::Create,
            },
            id: None,
            fields: &self.fields,
            typed: &self.typed,
            writing: &self.writing,
            repeatable: self.repeatable.as_ref(),
            if_unchanged: None,
        };
        request.run().await
    }
}
