//! How many records an org says it has, which no contender can invent.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};

use super::super::program::Program;
use super::super::site::Site;

/// Asks an org.
pub(super) struct Count {
    query: Program,
}

impl Count {
    /// Of the accounts of this org.
    pub(super) fn of(site: &Site, release: &Path) -> Self {
        let query = site.sfbox_on_files(release);
        let query = query.args(["query", "SELECT COUNT() FROM Account", "--output", "csv"]);
        Self { query }
    }

    /// The number of now.
    ///
    /// # Errors
    ///
    /// When the org does not say it.
    pub(super) fn now(&self) -> anyhow::Result<u64> {
        let output = self.query.command().stderr(Stdio::inherit()).output()?;
        ensure!(
            output.status.success(),
            "the org does not count its records"
        );
        number(&output.stdout).context("the number of records cannot be read")
    }

    /// Whether there are so many now.
    ///
    /// # Errors
    ///
    /// When there are more, or fewer.
    pub(super) fn check(&self, expected: u64) -> anyhow::Result<()> {
        let now = self.now()?;
        ensure!(
            now == expected,
            "the org has {now} records instead of {expected}"
        );
        Ok(())
    }
}

/// The last line is the number.
fn number(printed: &[u8]) -> Option<u64> {
    let printed = str::from_utf8(printed).ok()?;
    printed.lines().last()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_on_the_last_line() {
        assert_eq!(number(b"5000\n"), Some(5_000));
        assert_eq!(number(b"count\r\n12\r\n"), Some(12));
        for text in [&b""[..], b"none\n", b"\xff"] {
            assert_eq!(number(text), None);
        }
    }
}
