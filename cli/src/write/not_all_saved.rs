//! What ends a command that did not save all of its records.

/// Not all records were saved.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(crate) struct NotAllSaved {
    words: String,
    hint: Option<&'static str>,
}

impl NotAllSaved {
    /// Whether all of so many records were saved, of which some were not, and of some it is
    /// unknown. `is_written`: a file has the failed ones.
    pub(super) fn check(
        (not_saved, unknown, of): (u64, u64, u64),
        is_written: bool,
    ) -> Result<(), Self> {
        if not_saved + unknown == 0 {
            return Ok(());
        }
        let hint = match (unknown, is_written) {
            (0, false) => {
                Some("`--errors FILE` writes the failed records to a file, to be corrected")
            }
            (0, true) => None,
            _ => Some(
                "look in Salesforce for the records whose outcome is unknown, before you send them \
                 again",
            ),
        };
        Err(Self {
            words: words(not_saved, unknown, of),
            hint,
        })
    }

    /// That records were to be read, and are not there.
    pub(crate) fn not_found(missing: u64, of: u64) -> Self {
        Self {
            words: format!("{missing} of {of} records were not found"),
            hint: None,
        }
    }

    /// What a person does next.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        self.hint
    }
}

fn words(not_saved: u64, unknown: u64, of: u64) -> String {
    match (not_saved, unknown) {
        (not_saved, 0) => format!("{not_saved} of {of} records were not saved"),
        (0, unknown) => format!("the outcome of {unknown} of {of} records is unknown"),
        _ => format!(
            "{not_saved} of {of} records were not saved, and the outcome of {unknown} is unknown"
        ),
    }
}
