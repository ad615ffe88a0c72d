//! `sfbox update`.

use clap::Args;
use sfbox::{Options, Org};

use crate::condition::Unchanged;
use crate::describe::Purpose;
use crate::help::ShortHelp;
use crate::object_name::ObjectName;
use crate::verdict::Usage;
use crate::write::{self, Repeatable, Request, Target, Typed, Writing};

/// Update records of an object: one by its id, or those of a file
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "sfbox update [OPTIONS] <OBJECT> <ID> <FIELD=VALUE>...\n       sfbox update [OPTIONS] <OBJECT> --file <FILE>",
    after_help = "A file is CSV with a header, JSON or NDJSON. Its column `Id` says which records to
update; each other column is a field. Values, outcomes and the exit status are as with
`sfbox create`; an empty cell leaves its field unchanged.

A file that has an id twice is refused with both lines. If an answer is lost, the request
is sent again; triggers and flows of the org then run twice.

Examples:
  sfbox update Account 001D000000IqhSLIAZ Industry=Energy Fax=#N/A
  sfbox update Contact --file contacts.csv --errors failed.csv --resume run.state"
)]
pub(crate) struct Update {
    /// The API name of the object, such as Account or Invoice__c
    object: ObjectName,
    /// The id of the record
    #[arg(conflicts_with = "file")]
    id: Option<String>,
    /// A field of the record, and its value
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    #[command(flatten)]
    typed: Typed,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    unchanged: Unchanged,
    /// Send with an idempotency key that is printed before; for one record
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = write::NEW_KEY)]
    repeatable: Option<Repeatable>,
    #[command(flatten)]
    help: ShortHelp,
}

impl Update {
    pub(crate) async fn run(&self, org: &Org, call: &Options) -> anyhow::Result<()> {
        let request = Request {
            target: Target {
                org,
                call,
                object: &self.object,
                purpose: Purpose::Update,
            },
            id: self.id()?,
            fields: &self.fields,
            typed: &self.typed,
            writing: &self.writing,
            repeatable: self.repeatable.as_ref(),
            if_unchanged: self.unchanged.validator()?,
        };
        request.run().await
    }

    /// The id of the one record.
    fn id(&self) -> Result<Option<&str>, Usage> {
        let id = self
            .id
            .as_deref()
            .filter(|id| !id.is_empty() && !id.contains('='));
        if id.is_none() && !self.writing.input.is_given() {
            let why = "the id of the record is missing before the fields";
            return Err(Usage::new(why));
        }
        Ok(id)
    }
}
