//! The steps as they are printed, and the first that failed.

use std::io::Write;

use sfbox::Verdict;

use super::step::{Fault, Name, Outcome};
use super::step_failed::StepFailed;
use crate::leaving;
use crate::records::{Columns, Format, Look, Records};

/// What was found so far.
pub(super) struct Report<W: Write> {
    printed: Printed<W>,
    first: Option<(Name, Fault)>,
}

/// Where steps are printed, and how.
enum Printed<W: Write> {
    /// As records, for programs.
    Records(Records<W>),
    /// In a few lines each, for people.
    Lines(W),
}

impl<W: Write> Report<W> {
    /// Prints to `out`, in the format that was asked for.
    pub(super) fn new(out: W, format: Format) -> Self {
        let columns = Columns::named(&["step", "ok", "detail", "fix", "statement"]);
        let printed = match format {
            Format::Table => Printed::Lines(out),
            Format::Json | Format::Ndjson | Format::Csv | Format::Markdown => {
                Printed::Records(Records::of(out, format, columns, Look::default()))
            }
        };
        Self {
            printed,
            first: None,
        }
    }

    /// Prints a step that is done.
    pub(super) fn tell(&mut self, step: Name, outcome: Outcome) -> anyhow::Result<()> {
        match &mut self.printed {
            Printed::Records(records) => records.value(&outcome.shown(step))?,
            Printed::Lines(out) => {
                out.write_all(outcome.glance(step).as_bytes())?;
                out.flush()?;
            }
        }
        if let Outcome::Failed(fault) = outcome {
            self.first.get_or_insert((step, fault));
        }
        Ok(())
    }

    /// Ends the output, and answers with what failed first.
    pub(super) fn end(self, org: &str) -> anyhow::Result<()> {
        if let Printed::Records(records) = self.printed {
            records.end()?;
        }
        let Some((step, fault)) = self.first else {
            return Ok(());
        };
        // How it fails and what to do was printed with the step.
        Err(anyhow::Error::new(StepFailed {
            org: org.to_owned(),
            step: step.as_str(),
            has_timed_out: matches!(&fault, Fault::Call(error) if leaving::has_timed_out(error)),
            verdict: Verdict {
                hint: None,
                ..fault.verdict()
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use sfbox::secret_store::{Kind, StoreError};

    use super::*;

    #[test]
    fn the_first_step_that_fails_is_the_outcome() {
        let mut out = Vec::new();
        let mut report = Report::new(&mut out, Format::Ndjson);
        let failed = |words| Outcome::Failed(Fault::Store(StoreError::new(Kind::Denied, words)));
        report.tell(Name::Secret, Outcome::passed("a")).unwrap();
        report.tell(Name::Layout, failed("b")).unwrap();
        report.tell(Name::Claims, failed("c")).unwrap();
        let error = report.end("acme").unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "org `acme` fails at the step `layout`",
            "how it fails is among the steps"
        );
        let verdict = error.downcast_ref::<StepFailed>().unwrap().verdict();
        assert_eq!((verdict.exit_code, verdict.hint), (3, None));
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 3);
    }

    #[test]
    fn people_read_a_line_a_step_and_what_to_do_below_it() {
        let mut out = Vec::new();
        let mut report = Report::new(&mut out, Format::Table);
        report
            .tell(Name::Secret, Outcome::passed("it can be read"))
            .unwrap();
        let denied = StoreError::new(Kind::Denied, "reading `acme`");
        let failed = Outcome::Failed(Fault::Store(denied));
        report.tell(Name::WriteBack, failed).unwrap();
        report.end("acme").unwrap_err();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "✓ secret          it can be read");
        assert!(
            lines[1].starts_with("✗ write-back      reading `acme`"),
            "{text}"
        );
        assert!(
            lines[2..].iter().all(|line| line.starts_with("    ")),
            "{text}"
        );
    }

    #[test]
    fn a_path_without_a_fault_ends_well() {
        let mut report = Report::new(Vec::new(), Format::Json);
        report.tell(Name::Secret, Outcome::passed("a")).unwrap();
        report.end("acme").unwrap();
    }
}
