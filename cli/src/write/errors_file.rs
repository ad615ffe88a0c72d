//! The file of failed rows, of a run that may go on.

use std::fs;
use std::path::Path;

use super::journal::Journal;
use crate::rows::{FailedRows, Name, Reading};

/// Opens the file of `--errors`: a new one, or that of the run which goes on.
///
/// # Errors
///
/// When the file exists and the run has not created it, or cannot be written.
pub(super) fn open(
    path: &Path,
    reading: Reading,
    names: &[Name],
    journal: Option<&mut Journal>,
) -> anyhow::Result<FailedRows> {
    let Some(journal) = journal else {
        return FailedRows::create(path, reading, names);
    };
    if journal.errors() > 0 {
        return FailedRows::go_on(path, reading, journal.errors());
    }
    // The run was killed before it knew of any failed row.
    if journal.is_errors_file_ours() {
        _ = fs::remove_file(path);
    }
    let failed = FailedRows::create(path, reading, names)?;
    journal.has_errors_file(true)?;
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use super::super::journal::Heading;
    use super::*;
    use crate::rows::InputFormat;

    const CSV: Reading = Reading {
        format: InputFormat::Csv,
        delimiter: b',',
    };

    fn names() -> [Name; 1] {
        [Name {
            text: "Name".to_owned(),
            line: 1,
        }]
    }

    fn journal(path: &Path) -> Journal {
        let options = serde_json::json!({});
        let heading = Heading::new(("create", "00D", "Account"), options, ("abc", 5));
        Journal::open(path, &heading).unwrap()
    }

    #[test]
    fn a_file_that_the_run_has_not_created_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (run, errors) = (folder.path().join("run"), folder.path().join("errors"));
        fs::write(&errors, "mine").unwrap();
        for _ in 0..2 {
            let mut journal = journal(&run);
            let refused = open(&errors, CSV, &names(), Some(&mut journal))
                .err()
                .unwrap();
            assert!(refused.to_string().contains("name a new file"), "{refused}");
        }
        assert_eq!(fs::read_to_string(&errors).unwrap(), "mine");
    }

    #[test]
    fn a_run_that_goes_on_begins_the_file_that_it_has_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let (run, errors) = (folder.path().join("run"), folder.path().join("errors"));
        for _ in 0..2 {
            let mut journal = journal(&run);
            assert!(open(&errors, CSV, &names(), Some(&mut journal)).is_ok());
        }
        // It came to its end without a failed row, so the file is gone.
        let mut ended = journal(&run);
        ended.has_errors_file(false).unwrap();
        drop(ended);
        fs::write(&errors, "mine").unwrap();
        assert!(open(&errors, CSV, &names(), Some(&mut journal(&run))).is_err());
        assert_eq!(fs::read_to_string(&errors).unwrap(), "mine");
    }
}
