//! `--resume`: what became of each record so far, in a file that survives the process.
//!
//! Each line is JSON. The first one says which run the file is of. A record's number is
//! written before it is sent, and its outcome afterwards: a record that has only its number
//! may have been saved or not. No line holds a value of a record.

use std::fs::{OpenOptions, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, State};
use crate::appended::Appended;
use crate::verdict::Usage;

/// The form of such files.
const VERSION: u32 = 1;

/// Which run a file is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Heading {
    /// The form of the file.
    resume: u32,
    pub(super) command: String,
    /// The id of the organization.
    pub(super) org: String,
    pub(super) object: String,
    /// What else decides what is sent.
    pub(super) options: serde_json::Value,
    /// The SHA-256 of the input.
    pub(super) input: String,
    /// The records of the input.
    pub(super) records: u64,
}

/// What is known of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Known {
    /// It was not sent.
    #[default]
    Nothing,
    /// It was sent.
    Sent,
    /// What became of it.
    Settled(State),
}

impl Known {
    /// Whether Salesforce may have carried out what was sent.
    pub(super) fn may_have_run(self) -> bool {
        matches!(self, Self::Sent | Self::Settled(State::Unknown))
    }
}

/// A line after the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// The numbers of the records that are about to be sent, as spans.
    Sent(Vec<(u64, u64)>),
    /// What became of records.
    Settled {
        outcomes: Vec<(u64, String, Option<String>)>,
        /// How long the file of failed records is with them.
        errors: u64,
    },
    /// Whether the file of failed records is one that the run has created.
    ErrorsFile(bool),
}

/// The file of a run.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// Its parts are lines.
    file: Appended,
    known: Vec<Known>,
    errors: u64,
    has_errors_file: bool,
}

impl Heading {
    pub(super) fn new(
        (command, org, object): (&str, &str, &str),
        options: serde_json::Value,
        (input, records): (&str, u64),
    ) -> Self {
        Self {
            resume: VERSION,
            command: command.to_owned(),
            org: org.to_owned(),
            object: object.to_owned(),
            options,
            input: input.to_owned(),
            records,
        }
    }

    /// In what another run differs.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let differs = [
            (self.resume != other.resume, "its form"),
            (self.command != other.command, "the command"),
            (self.org != other.org, "the org"),
            (self.object != other.object, "the object"),
            (self.input != other.input, "the input"),
            (self.records != other.records, "the input"),
            (self.options != other.options, "an option"),
        ];
        let found = differs.into_iter().find(|(differs, _)| *differs);
        found.map(|(_, what)| what)
    }
}

impl Journal {
    /// Begins a file, or goes on with one of the same run.
    ///
    /// # Errors
    ///
    /// When the file is of another run, is damaged, is used by another process, or cannot be
    /// written.
    pub(super) fn open(path: &Path, heading: &Heading) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .with_context(|| unwritten(path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let why = format!("--resume {} is used by another process", path.display());
            return Err(Usage::new(why).into());
        }
        let records = usize::try_from(heading.records)?;
        let mut journal = Self {
            path: path.to_owned(),
            file: Appended::new(file),
            known: vec![Known::Nothing; records + 1],
            errors: 0,
            has_errors_file: false,
        };
        let whole = journal.read(heading)?;
        // A line that the end of a process cut is none.
        let cut = journal.file.cut_to(whole);
        cut.with_context(|| unwritten(path))?;
        if whole == 0 {
            // A file that was there already may be open to others.
            let mode = Permissions::from_mode(0o600);
            let set = journal.file.file().set_permissions(mode);
            set.with_context(|| unwritten(path))?;
            journal.write(heading)?;
            journal.sync()?;
        }
        Ok(journal)
    }

    /// Reads what is there; answers the length of its whole lines.
    fn read(&mut self, heading: &Heading) -> anyhow::Result<u64> {
        let mut lines = BufReader::new(self.file.file().try_clone()?);
        let mut whole = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines
                .read_until(b'\n', &mut line)
                .with_context(|| format!("--resume {} cannot be read", self.path.display()))?;
            if line.last() != Some(&b'\n') {
                // Only a file that a run had begun may be written over.
                let begun = serde_json::to_vec(heading)?;
                return match whole == 0 && !begun.starts_with(&line) {
                    true => Err(self.no_journal().into()),
                    false => Ok(whole),
                };
            }
            if whole == 0 {
                let of: Heading = serde_json::from_slice(&line).map_err(|_| self.no_journal())?;
                if let Some(what) = heading.difference(&of) {
                    let why = format!(
                        "--resume {} is of another run: {what} differs",
                        self.path.display()
                    );
                    return Err(Usage::new(why).into());
                }
            } else if !self.learn(&line) {
                let why = format!("--resume {}: byte {whole} is damaged", self.path.display());
                return Err(Usage::new(why).into());
            }
            whole += read as u64;
        }
    }

    fn no_journal(&self) -> Usage {
        Usage::new(format!(
            "--resume {}: this file was not written by `--resume`",
            self.path.display()
        ))
    }

    /// Takes a line into account; `false` if it is none of ours.
    fn learn(&mut self, line: &[u8]) -> bool {
        match serde_json::from_slice(line) {
            Ok(Line::Sent(spans)) => spans.into_iter().all(|(first, last)| {
                let known = spans_of(&mut self.known, first, last);
                known.is_some_and(|known| {
                    known.fill(Known::Sent);
                    true
                })
            }),
            Ok(Line::Settled { outcomes, errors }) => {
                self.errors = errors;
                outcomes.into_iter().all(|(number, state, _)| {
                    let known = spans_of(&mut self.known, number, number);
                    match (known, State::named(&state)) {
                        (Some([known]), Some(state)) => {
                            *known = Known::Settled(state);
                            true
                        }
                        _ => false,
                    }
                })
            }
            Ok(Line::ErrorsFile(is_there)) => {
                self.has_errors_file = is_there;
                true
            }
            Err(_) => false,
        }
    }

    /// How long the file of failed records was.
    pub(super) fn errors(&self) -> u64 {
        self.errors
    }

    /// Whether the file of failed records is one that the run has created.
    pub(super) fn is_errors_file_ours(&self) -> bool {
        self.has_errors_file
    }

    /// Records whether there is a file of failed records that the run has created.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn has_errors_file(&mut self, is_there: bool) -> anyhow::Result<()> {
        self.write(&Line::ErrorsFile(is_there))?;
        self.has_errors_file = is_there;
        Ok(())
    }

    /// What is known of a record.
    pub(super) fn known(&self, number: u64) -> Known {
        let place = usize::try_from(number).ok();
        let known = place.and_then(|place| self.known.get(place));
        known.copied().unwrap_or_default()
    }

    /// Records that these records are about to be sent. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// When it cannot be written: then nothing must be sent.
    pub(super) fn sent(&mut self, numbers: &[u64]) -> anyhow::Result<()> {
        let mut spans: Vec<(u64, u64)> = Vec::new();
        for number in numbers {
            match spans.last_mut() {
                Some((_, last)) if *last + 1 == *number => *last = *number,
                _ => spans.push((*number, *number)),
            }
        }
        let before = self.file.bytes();
        let written = self.write(&Line::Sent(spans)).and_then(|()| self.sync());
        if written.is_err() {
            // They are not sent.
            _ = self.file.cut_to(before);
        }
        written
    }

    /// Records what became of records, and how long the file of failed ones is with them.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn settled<'o>(
        &mut self,
        outcomes: impl Iterator<Item = (u64, &'o Outcome)>,
        errors: u64,
    ) -> anyhow::Result<()> {
        let outcomes = outcomes.map(|(number, outcome)| {
            let state = outcome.state().name().to_owned();
            (number, state, outcome.id().map(str::to_owned))
        });
        self.write(&Line::Settled {
            outcomes: outcomes.collect(),
            errors,
        })
    }

    fn write(&mut self, line: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let written = self.file.append(&text);
        written.with_context(|| unwritten(&self.path))
    }

    /// Waits until all of it is on the disk.
    ///
    /// # Errors
    ///
    /// When the disk does not take it.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        let synced = self.file.file().sync_data();
        synced.with_context(|| unwritten(&self.path))
    }
}

fn spans_of(known: &mut [Known], first: u64, last: u64) -> Option<&mut [Known]> {
    let first = usize::try_from(first).ok()?;
    let last = usize::try_from(last).ok()?;
    (first <= last).then(|| known.get_mut(first..=last))?
}

fn unwritten(path: &Path) -> String {
    format!("--resume {} cannot be written", path.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn heading() -> Heading {
        let options = serde_json::json!({"null": "#N/A"});
        Heading::new(("create", "00D", "Account"), options, ("abc", 5))
    }

    impl Journal {
        /// Whether nothing was sent before.
        fn is_new(&self) -> bool {
            self.known.iter().all(|known| *known == Known::Nothing)
        }
    }

    fn saved(id: &str) -> Outcome {
        Outcome::Saved(State::Created, id.to_owned())
    }

    #[test]
    fn a_run_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut journal = Journal::open(&path, &heading()).unwrap();
        assert!(journal.is_new());
        journal.sent(&[1, 2, 3]).unwrap();
        let outcomes = [(1, &saved("001A")), (2, &Outcome::NotSent)];
        journal.settled(outcomes.into_iter(), 77).unwrap();
        journal.sent(&[4]).unwrap();
        let busy = Journal::open(&path, &heading()).unwrap_err().to_string();
        assert!(busy.contains("another process"), "{busy}");
        drop(journal);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        // The end of the process cut a line.
        let mut text = fs::read_to_string(&path).unwrap();
        let whole = text.len();
        text.push_str("{\"settled\":{\"outcomes\":[[4,\"crea");
        fs::write(&path, &text).unwrap();
        let journal = Journal::open(&path, &heading()).unwrap();
        assert!(!journal.is_new());
        let known: Vec<Known> = (1..=5).map(|number| journal.known(number)).collect();
        assert_eq!(
            known,
            [
                Known::Settled(State::Created),
                Known::Settled(State::NotSent),
                Known::Sent,
                Known::Sent,
                Known::Nothing
            ]
        );
        assert_eq!(journal.errors(), 77);
        drop(journal);
        assert_eq!(fs::metadata(&path).unwrap().len(), whole as u64);
    }

    #[test]
    fn a_file_of_another_run_is_refused_with_the_difference() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        drop(Journal::open(&path, &heading()).unwrap());
        let change = |change: fn(&mut Heading)| {
            let mut other = heading();
            change(&mut other);
            Journal::open(&path, &other).unwrap_err().to_string()
        };
        assert!(change(|other| other.command = "update".to_owned()).contains("the command"));
        assert!(change(|other| other.org = "00E".to_owned()).contains("the org"));
        assert!(change(|other| other.object = "Lead".to_owned()).contains("the object"));
        assert!(change(|other| other.input = "abd".to_owned()).contains("the input"));
        assert!(change(|other| other.options = 7.into()).contains("an option"));
        assert!(Journal::open(&path, &heading()).is_ok());
        for text in ["7\n", "not\n", "Name,Phone", "{\"resume\":2", "{"] {
            fs::write(&path, text).unwrap();
            let opened = Journal::open(&path, &heading());
            if text == "{" {
                assert!(opened.unwrap().is_new(), "a heading that was cut");
                continue;
            }
            let refused = opened.unwrap_err().to_string();
            assert!(refused.contains("was not written by"), "{refused}");
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                text,
                "it stays as it is"
            );
        }
    }

    #[test]
    fn only_its_owner_reads_a_file_that_was_there_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        drop(Journal::open(&path, &heading()).unwrap());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        drop(Journal::open(&path, &heading()).unwrap());
        let begun = fs::read_to_string(&path).unwrap();
        for line in [
            "{\"sent\":[[5,6]]}",
            "{\"sent\":[[3,2]]}",
            "{\"settled\":{\"outcomes\":[[6,\"created\",null]],\"errors\":0}}",
            "{\"settled\":{\"outcomes\":[[1,\"x\",null]],\"errors\":0}}",
            "{\"other\":1}",
            "",
        ] {
            fs::write(&path, format!("{begun}{line}\n")).unwrap();
            let refused = Journal::open(&path, &heading()).unwrap_err().to_string();
            assert!(refused.contains("is damaged"), "{line}: {refused}");
        }
        // One that was never begun.
        fs::write(&path, "{\"resume\":1,").unwrap();
        assert!(Journal::open(&path, &heading()).unwrap().is_new());
    }
}
