//! A file of accounts that are to be created.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A CSV file; it is removed with this.
pub(super) struct Input {
    path: PathBuf,
    // Dropped last.
    _folder: TempDir,
}

impl Input {
    /// Writes so many rows below a header.
    ///
    /// # Errors
    ///
    /// When the disk is full, and the like.
    pub(super) fn write(rows: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("accounts.csv");
        let mut file = BufWriter::new(File::create(&path)?);
        writeln!(file, "{HEADER}")?;
        for number in 0..rows {
            writeln!(file, "{}", row(number))?;
        }
        file.flush()?;
        Ok(Self {
            path,
            _folder: folder,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The fields that all contenders set.
const HEADER: &str = "Name,Industry,AnnualRevenue,NumberOfEmployees,BillingCity";

/// The values that all contenders set them to.
fn row(number: usize) -> String {
    let (revenue, employees) = (number * 7, number % 1_000);
    format!("Account {number:07},Energy,{revenue},{employees},Berlin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_a_cell_for_each_field() {
        let input = Input::write(2).unwrap();
        let text = std::fs::read_to_string(input.path()).unwrap();
        let cells: Vec<usize> = text.lines().map(|line| line.split(',').count()).collect();
        assert_eq!(cells, [5, 5, 5]);
        assert_eq!(row(1_001), "Account 0001001,Energy,7007,1,Berlin");
    }
}
