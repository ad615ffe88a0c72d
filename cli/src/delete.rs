//! `sfbox delete`.

use clap::Args;
use sfbox::{Options, Org};

use crate::confirmation::confirm;
use crate::describe::Purpose;
use crate::help::ShortHelp;
use crate::object_name::ObjectName;
use crate::rows::Source;
use crate::verdict::Usage;
use crate::write::{self, Given, Many, NO_KEYS, One, Repeatable, Target, Typed, Writing};

/// Delete records of an object by their ids
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "sfbox delete [OPTIONS] <OBJECT> <ID>...\n       sfbox delete [OPTIONS] <OBJECT> --file <FILE>",
    after_help = "The ids are typed, or are the column `Id` of a file; its other columns are not read.
Salesforce moves the records, and their details, to the recycle bin. A command at a
terminal asks for confirmation; a script confirms with `--yes`.

If an answer is lost, the request is sent again; a record that is already deleted then
counts as deleted. Outcomes and the exit status are as with `sfbox create`.

Examples:
  sfbox delete Account 001D000000IqhSLIAZ
  sfbox query \"SELECT Id FROM Lead WHERE Email = null\" --output csv > leads.csv
  sfbox delete Lead --file leads.csv --yes"
)]
pub(crate) struct Delete {
    /// The API name of the object, such as Account or Invoice__c
    object: ObjectName,
    /// The ids of the records
    #[arg(value_name = "ID", conflicts_with = "file")]
    ids: Vec<String>,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    writing: Writing,
    /// Send with an idempotency key that is printed before; for one record. KEY is that of an
    /// earlier command
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = write::NEW_KEY)]
    repeatable: Option<Repeatable>,
    #[command(flatten)]
    help: ShortHelp,
}

impl Delete {
    pub(crate) async fn run(&self, org: &Org, call: &Options) -> anyhow::Result<()> {
        let target = Target {
            org,
            call,
            object: &self.object,
            purpose: Purpose::Delete,
        };
        let typed = &Typed::default();
        // Only one record can have an idempotency key.
        let is_several = self.writing.input.is_given() || self.ids.len() > 1;
        if self.repeatable.is_some() && is_several {
            return Err(Usage::new(NO_KEYS).into());
        }
        let source = match self.writing.source()? {
            Some(source) => source,
            None if self.ids.is_empty() => {
                let why = "which records? Give their ids, or `--file FILE`";
                return Err(Usage::new(why).into());
            }
            None => {
                self.writing.run.refuse_for_typed()?;
                Source::typed("Id", &self.ids)?
            }
        };
        let Some(repeatable) = &self.repeatable else {
            let many = Many {
                target,
                source,
                typed,
                writing: &self.writing,
                yes: Some(self.yes),
            };
            return Box::pin(many.run()).await;
        };
        let [id] = self.ids.as_slice() else {
            return Err(Usage::new(NO_KEYS).into());
        };
        if !self.writing.run.dry_run {
            let question = format!("Delete the record {id} of {}?", self.object);
            confirm(self.yes, &question, "nothing was sent")?;
        }
        let one = One {
            target,
            given: Given::of(&[])?.with("Id", id),
            typed,
            writing: &self.writing,
            repeatable: Some(repeatable),
            if_unchanged: None,
        };
        Box::pin(one.run()).await
    }
}
