//! The options of the commands that write records.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use sfbox::{Assignment, Duplicates, Options, WriteOptions};
use sha2::{Digest as _, Sha256};

use crate::digest::hex;
use crate::records::Output;
use crate::rest::typed_header;
use crate::rows::{InputFormat, Reading, Source, delimiter};
use crate::verdict::Usage;

/// The options that all commands have which write records.
#[derive(Args, Debug)]
pub(crate) struct Writing {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) run: RunOptions,
    #[command(flatten)]
    pub(super) write: WriteArguments,
    #[command(flatten)]
    pub(super) output: Output,
}

/// What the records of an input are read from, and how.
#[derive(Args, Debug)]
pub(crate) struct Input {
    /// Read the records from FILE, or from stdin if FILE is `-`
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Form of the input: csv, json or ndjson [default: by the ending of FILE, else csv]
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    format: Option<InputFormat>,
    /// What separates the cells of CSV: a character, or `tab`, `semicolon`, `pipe` …
    /// [default: comma; tab for a FILE that ends in .tsv]
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,
}

impl Input {
    /// Whether an input was named.
    pub(crate) fn is_given(&self) -> bool {
        self.file.is_some()
    }

    /// The input, if one was named.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn source(&self) -> anyhow::Result<Option<Source>> {
        self.file.as_deref().map(Source::open).transpose()
    }

    /// How the input is to be read.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a delimiter that is none.
    pub(crate) fn reading(&self) -> Result<Reading, Usage> {
        let name = self.file.as_deref().unwrap_or("".as_ref());
        let is_tsv = name
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("tsv"));
        let text = self.delimiter.as_deref();
        let text = text.unwrap_or(if is_tsv { "tab" } else { "comma" });
        Ok(Reading {
            format: self.format.unwrap_or_else(|| InputFormat::of(name)),
            delimiter: delimiter(text)?,
        })
    }
}

/// Why `--resume` is for files.
pub(super) const NO_FILE: &str = "an input from a pipe cannot be resumed: write it to a file first";

impl Writing {
    /// The input, if one was named.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or cannot be resumed and has to be: before a pipe is read to
    /// its end.
    pub(crate) fn source(&self) -> anyhow::Result<Option<Source>> {
        let name = self.input.file.as_deref();
        if self.run.resume.is_some() && name.is_some_and(|name| !Source::is_file_at(name)) {
            return Err(Usage::new(NO_FILE).into());
        }
        self.input.source()
    }
}

/// How a write of many records runs.
#[derive(Args, Debug)]
pub(crate) struct RunOptions {
    /// Save all records of a request or none of them; `--batch-size` says how many a request
    /// has
    #[arg(long)]
    pub(crate) all_or_none: bool,
    /// Records a request, 1 to 200
    #[arg(long, value_name = "RECORDS", default_value_t = 200, value_parser = clap::value_parser!(u8).range(1..=200))]
    pub(crate) batch_size: u8,
    /// Requests at the same time, 1 to 16
    #[arg(long, value_name = "REQUESTS", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) in_flight: u8,
    /// Stop after so many records in a row that were not saved
    #[arg(long, value_name = "RECORDS", default_value = "1000")]
    pub(crate) limit_errors: NonZeroU64,
    /// Write the records that failed, with their reasons, to FILE, in the form of the input
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,
    /// Record in FILE what became of each record; after a crash, the same command goes on
    /// where it was
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) resume: Option<PathBuf>,
    /// Only check the records against the description of the object; send none
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl RunOptions {
    /// One record has no use for what is about many.
    ///
    /// # Errors
    ///
    /// [`Usage`].
    pub(crate) fn refuse_for_one(&self) -> Result<(), Usage> {
        let option = if self.all_or_none {
            "--all-or-none"
        } else if self.errors.is_some() {
            "--errors"
        } else {
            return self.refuse_for_typed();
        };
        Err(Usage::new(format!(
            "`{option}` is for the records of a file: use `--file`"
        )))
    }

    /// What was typed is not there any more when a run goes on.
    ///
    /// # Errors
    ///
    /// [`Usage`].
    pub(crate) fn refuse_for_typed(&self) -> Result<(), Usage> {
        match self.resume {
            None => Ok(()),
            Some(_) => Err(Usage::new(
                "`--resume` is for the records of a file: use `--file`",
            )),
        }
    }
}

/// Which assignment rule runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Off,
    Active,
    Id(String),
}

/// What a write asks of Salesforce besides the records.
#[derive(Args, Debug)]
pub(super) struct WriteArguments {
    /// Which assignment rule runs for accounts, cases and leads: `off`, `active`, or the id
    /// of a rule [default: active, by Salesforce]
    #[arg(long, value_name = "RULE", value_parser = rule)]
    assignment_rule: Option<Rule>,
    /// Save a record although a duplicate rule warns
    #[arg(long)]
    allow_duplicates: bool,
    /// Add a header to the requests; may be repeated
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
}

fn rule(text: &str) -> Result<Rule, &'static str> {
    match text {
        "off" => Ok(Rule::Off),
        "active" => Ok(Rule::Active),
        _ if crate::record_id::significant(text).is_some() => Ok(Rule::Id(text.to_owned())),
        _ => Err("a rule is `off`, `active`, or an id"),
    }
}

impl WriteArguments {
    /// The options of a write.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a header that is none.
    pub(super) fn options(&self, call: &Options) -> Result<WriteOptions, Usage> {
        let headers = self.header.iter().map(|header| typed_header(header));
        Ok(WriteOptions {
            call: call.clone(),
            repeat: None,
            assignment: self.assignment_rule.as_ref().map(|rule| match rule {
                Rule::Off => Assignment::Off,
                Rule::Active => Assignment::Active,
                Rule::Id(id) => Assignment::Rule(id.clone()),
            }),
            duplicates: self.allow_duplicates.then_some(Duplicates {
                allow_save: true,
                include_record_details: false,
                run_as_current_user: false,
            }),
            headers: headers.collect::<Result<_, _>>()?,
        })
    }

    /// What of it changes the records, for a run that goes on.
    pub(super) fn facts(&self) -> serde_json::Value {
        let rule = self
            .assignment_rule
            .as_ref()
            .map(|rule| format!("{rule:?}"));
        // A header may hold a secret.
        let headers = hex(Sha256::new_with_prefix(
            serde_json::json!(self.header).to_string(),
        ));
        serde_json::json!([rule, self.allow_duplicates, headers])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_tell_headers_apart_and_do_not_repeat_them() {
        let facts = |header: &str| {
            let arguments = WriteArguments {
                assignment_rule: None,
                allow_duplicates: false,
                header: vec![header.to_owned()],
            };
            arguments.facts().to_string()
        };
        assert!(!facts("X-Key: CANARY").contains("CANARY"));
        assert_eq!(facts("X-Key: CANARY"), facts("X-Key: CANARY"));
        assert_ne!(facts("X-Key: CANARY"), facts("X-Key: OTHER"));
    }
}
