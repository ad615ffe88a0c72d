//! The records of an input.

use sfbox::{ManyOptions, QueryOptions};

use super::Target;
use super::check::{Checked, refuse_twice};
use super::dry_run::DryRun;
use super::errors_file;
use super::given::Typed;
use super::journal::{Heading, Journal};
use super::not_all_saved::NotAllSaved;
use super::options::{NO_FILE, Writing};
use super::printer::Printer;
use super::run::Run;
use super::tally::Tally;
use crate::calling::Calling;
use crate::confirmation::confirm;
use crate::describe::{Purpose, Shape, prefixes};
use crate::records::Page;
use crate::report::remark;
use crate::rows::{FailedRows, Reading, Rows, Source};
use crate::verdict::{Unreadable, Usage};

/// The records of an input, and what is to be done with them.
pub(crate) struct Many<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) source: Source,
    pub(crate) typed: &'a Typed,
    pub(crate) writing: &'a Writing,
    /// `None`: nobody has to confirm. Else whether somebody has.
    pub(crate) yes: Option<bool>,
}

impl Many<'_> {
    /// Does it.
    ///
    /// # Errors
    ///
    /// When the input is not of its form, a column cannot be sent, or a record is named
    /// twice: then nothing was sent. When not all records were saved. When the run ended
    /// early.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let reading = self.writing.input.reading()?;
        if self.writing.run.resume.is_some() && !self.source.is_file() {
            return Err(Usage::new(NO_FILE).into());
        }
        let checked = Checked::of(&self.source, reading)?;
        let described = self.target.described(&checked.names, self.typed).await?;
        let mut skip = self.typed.skip.clone();
        if let Some(described) = &described {
            // A query prints them so. They say nothing of the field that leads to the parent.
            let nulls = described.relationships(&checked.nulls());
            skip.extend(nulls.into_iter().map(str::to_owned));
        }
        let shape = Shape::of(
            self.target.purpose.clone(),
            described,
            (&checked.names, &skip),
            &self.typed.null,
        )?;
        if self.target.purpose != Purpose::Create {
            refuse_twice(&self.source, reading, &shape)?;
        }
        if self.writing.run.dry_run {
            return self.judge(reading, &shape, &checked).await;
        }
        let journal = self.journal(reading, &checked).await?;
        self.confirm(&checked)?;
        self.send(reading, &shape, &checked, journal).await
    }

    fn confirm(&self, checked: &Checked) -> anyhow::Result<()> {
        let Some(yes) = self.yes.filter(|_| checked.records > 0) else {
            return Ok(());
        };
        let (verb, records) = (self.target.purpose.verb(), checked.records);
        let question = format!(
            "{} {records} record(s) of {} in the org {}?",
            capitalized(verb),
            self.target.object,
            self.target.org.name()
        );
        confirm(yes, &question, "nothing was sent")
    }

    async fn judge(
        &self,
        reading: Reading,
        shape: &Shape,
        checked: &Checked,
    ) -> anyhow::Result<()> {
        let prefixes = prefixes(self.target.org, self.target.call).await?;
        let failed = self.failed(reading, checked, None)?;
        let is_written = failed.is_some();
        let run = DryRun {
            shape,
            prefixes,
            rows: Rows::of(&self.source, reading)?,
            failed,
            printer: Printer::new(&self.writing.output),
        };
        let (refused, records) = Calling::begin(self.target.org)?
            .during(run.judge())
            .await??;
        remark(&format!(
            "dry run: Salesforce would refuse {refused} of {records} records, as far as their \
             description tells; nothing was sent"
        ));
        Ok(NotAllSaved::check((refused, 0, records), is_written)?)
    }

    async fn send(
        &self,
        reading: Reading,
        shape: &Shape,
        checked: &Checked,
        mut journal: Option<Journal>,
    ) -> anyhow::Result<()> {
        let failed = self.failed(reading, checked, journal.as_mut())?;
        let is_written = failed.is_some();
        let run = Run {
            org: self.target.org,
            object: self.target.object.as_str(),
            shape,
            options: ManyOptions {
                write: self.writing.write.options(self.target.call)?,
                all_or_none: self.writing.run.all_or_none,
                batch_size: Some(self.writing.run.batch_size),
                in_flight: Some(1),
            },
            batch_size: self.writing.run.batch_size.into(),
            in_flight: self.writing.run.in_flight.into(),
            limit_errors: self.writing.run.limit_errors.get(),
            records: checked.records,
            rows: Rows::of(&self.source, reading)?,
            journal,
            failed,
            printer: Printer::new(&self.writing.output),
            tally: Tally::default(),
        };
        let (tally, error) = run.send().await?;
        let of = checked.records;
        let batches = match self.writing.run.all_or_none {
            true => format!(", all or none of each {}", self.writing.run.batch_size),
            false => String::new(),
        };
        remark(&format!("{} of {of} records{batches}", tally.words()));
        match error {
            Some(error) => Err(error),
            None => Ok(tally.judge(of, is_written)?),
        }
    }

    /// The file of failed rows. A run that goes on goes on with it.
    fn failed(
        &self,
        reading: Reading,
        checked: &Checked,
        journal: Option<&mut Journal>,
    ) -> anyhow::Result<Option<FailedRows>> {
        let errors = self.writing.run.errors.as_deref();
        let open = |path| errors_file::open(path, reading, &checked.names, journal);
        errors.map(open).transpose()
    }

    async fn journal(
        &self,
        reading: Reading,
        checked: &Checked,
    ) -> anyhow::Result<Option<Journal>> {
        let Some(path) = &self.writing.run.resume else {
            return Ok(None);
        };
        let org = self.organization().await?;
        let key = match &self.target.purpose {
            Purpose::Upsert(key) => Some(key),
            Purpose::Create | Purpose::Update | Purpose::Delete => None,
        };
        let options = serde_json::json!({
            "externalId": key,
            "format": format!("{:?}", reading.format),
            "delimiter": reading.delimiter,
            "null": self.typed.null,
            "noDescribe": self.typed.no_describe,
            "skip": self.typed.skip,
            "allOrNone": self.writing.run.all_or_none,
            // Only then it decides what is saved together.
            "batchSize": self.writing.run.all_or_none.then_some(self.writing.run.batch_size),
            "errors": self.writing.run.errors,
            "write": self.writing.write.facts(),
        });
        let names = (
            self.target.purpose.verb(),
            org.as_str(),
            self.target.object.as_str(),
        );
        let digest = self.source.digest()?;
        let input = (digest.as_str(), checked.records);
        let heading = Heading::new(names, options, input);
        Journal::open(path, &heading).map(Some)
    }

    /// The id of the organization: the name of its secret may lead to another one tomorrow.
    async fn organization(&self) -> anyhow::Result<String> {
        #[derive(serde::Deserialize)]
        struct Organization {
            #[serde(rename = "Id")]
            id: String,
        }
        let options = QueryOptions {
            call: self.target.call.clone(),
            ..QueryOptions::default()
        };
        let query = self
            .target
            .org
            .query("SELECT Id FROM Organization", &options);
        let page = Calling::begin(self.target.org)?.during(query).await??;
        let page = Page::parse(&page.body)?;
        let first = page.records.first().ok_or(Unreadable::Count)?;
        let organization: Organization =
            serde_json::from_str(first.get()).map_err(Unreadable::Answer)?;
        Ok(organization.id)
    }
}

fn capitalized(verb: &str) -> String {
    let mut letters = verb.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
