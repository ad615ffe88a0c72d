//! The steps as they are printed, and the first that failed.

use std::io::Write;

use super::super::super::records::Records;
use super::step::{Fault, Name, Outcome};

/// What was found so far.
pub(super) struct Report<W: Write> {
    records: Records<W>,
    first: Option<(Name, Fault)>,
}

impl<W: Write> Report<W> {
    pub(super) fn new(records: Records<W>) -> Self {
        Self {
            records,
            first: None,
        }
    }

    /// Prints a step that is done.
    pub(super) fn tell(&mut self, step: Name, outcome: Outcome) -> anyhow::Result<()> {
        self.records.value(&outcome.shown(step))?;
        if let Outcome::Failed(fault) = outcome {
            self.first.get_or_insert((step, fault));
        }
        Ok(())
    }

    /// Ends the output, and answers with what failed first.
    pub(super) fn end(self, org: &str) -> anyhow::Result<()> {
        self.records.end()?;
        let Some((step, fault)) = self.first else {
            return Ok(());
        };
        let step = step.as_str();
        let what = format!("org `{org}` fails at the step `{step}`");
        Err(anyhow::Error::from(fault).context(what))
    }
}

#[cfg(test)]
mod tests {
    use sfbox::secret_store::{Kind, StoreError};

    use super::super::super::super::records::Format;
    use super::*;

    #[test]
    fn the_first_step_that_fails_is_the_outcome() {
        let mut out = Vec::new();
        let mut report = Report::new(Records::new(&mut out, Format::Ndjson));
        let failed = |words| Outcome::Failed(Fault::Store(StoreError::new(Kind::Denied, words)));
        report.tell(Name::Secret, Outcome::passed("a")).unwrap();
        report.tell(Name::Layout, failed("b")).unwrap();
        report.tell(Name::Claims, failed("c")).unwrap();
        let error = report.end("acme").unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "org `acme` fails at the step `layout`: b failed"
        );
        assert!(error.downcast_ref::<StoreError>().is_some());
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 3);
    }

    #[test]
    fn a_path_without_a_fault_ends_well() {
        let mut report = Report::new(Records::new(Vec::new(), Format::Json));
        report.tell(Name::Secret, Outcome::passed("a")).unwrap();
        report.end("acme").unwrap();
    }
}
