//! The rows that failed, in the form of the input, each with its reason.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ::csv::{Terminator, Writer, WriterBuilder};
use anyhow::Context as _;

use super::{InputFormat, Name, REASON, Reading, Row, Value};
use crate::appended::Appended;
use crate::verdict::Usage;

/// A file of rows that failed, which can be corrected and read again.
///
/// CSV has the columns of the input and one for the reason. Objects of JSON stand on a line
/// each, whether the input was an array or not.
pub(crate) struct FailedRows {
    path: PathBuf,
    /// Its parts are rows.
    file: Appended,
    form: Reading,
    is_empty: bool,
}

impl FailedRows {
    /// Creates the file, for its owner alone.
    ///
    /// # Errors
    ///
    /// When it exists, or cannot be created.
    pub(crate) fn create(path: &Path, form: Reading, names: &[Name]) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let why = format!("--errors {} exists: name a new file", path.display());
                anyhow::Error::from(Usage::new(why))
            }
            _ => anyhow::Error::new(error).context(unwritten(path)),
        })?;
        let mut failed = Self {
            path: path.to_owned(),
            file: Appended::new(file),
            form,
            is_empty: true,
        };
        if form.format == InputFormat::Csv {
            let header = columns(names).map(|name| name.text.as_str());
            let begun = failed.line(header.chain([REASON]));
            // Else the next run would find a file that exists.
            begun.inspect_err(|_| _ = fs::remove_file(path))?;
        }
        Ok(failed)
    }

    /// Goes on with a file that has so many bytes of use.
    ///
    /// # Errors
    ///
    /// When it does not exist, is shorter, or cannot be written.
    pub(crate) fn go_on(path: &Path, form: Reading, bytes: u64) -> anyhow::Result<Self> {
        let open = || -> io::Result<Appended> {
            let file = OpenOptions::new().write(true).open(path)?;
            if file.metadata()?.len() < bytes {
                return Err(io::Error::other("it is shorter than it was"));
            }
            let mut file = Appended::new(file);
            file.cut_to(bytes)?;
            Ok(file)
        };
        Ok(Self {
            path: path.to_owned(),
            file: open().with_context(|| unwritten(path))?,
            form,
            is_empty: false,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn add(&mut self, names: &[Name], row: &Row, reason: &str) -> anyhow::Result<()> {
        let added = match self.form.format {
            InputFormat::Csv => {
                let cells = columns_at(names).map(|place| {
                    let value = row.values.iter().find(|(known, _)| *known == place);
                    value.map_or("", |(_, value)| value.text())
                });
                self.line(cells.chain([reason]))
            }
            InputFormat::Json | InputFormat::Ndjson => {
                let text = object(names, row, reason);
                self.write(text.as_bytes())
            }
        };
        self.is_empty &= added.is_err();
        added
    }

    /// Whether no row has failed.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Ends the file. One without rows goes.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        match self.is_empty {
            true => fs::remove_file(&self.path).with_context(|| unwritten(&self.path)),
            false => Ok(()),
        }
    }

    /// How many bytes the file has; none if no row has failed.
    pub(crate) fn bytes(&self) -> u64 {
        match self.is_empty {
            true => 0,
            false => self.file.bytes(),
        }
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
        let mut line: Writer<Vec<u8>> = WriterBuilder::new()
            .delimiter(self.form.delimiter)
            .terminator(Terminator::Any(b'\n'))
            .from_writer(Vec::new());
        let written = line.write_record(cells);
        written.with_context(|| unwritten(&self.path))?;
        let line = line.into_inner().unwrap_or_default();
        self.write(&line)
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let written = self.file.append(bytes);
        written.with_context(|| unwritten(&self.path))
    }
}

impl Value {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Json(json) => json.get(),
        }
    }

    /// As JSON.
    fn json(&self) -> String {
        match self {
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::Json(json) => json.get().to_owned(),
        }
    }
}

fn unwritten(path: &Path) -> String {
    format!("--errors {} cannot be written", path.display())
}

/// The columns of the input, without what Salesforce or we have added.
fn columns(names: &[Name]) -> impl Iterator<Item = &Name> {
    names.iter().filter(|name| !name.is_own())
}

fn columns_at(names: &[Name]) -> impl Iterator<Item = usize> + '_ {
    let at = |(place, name): (usize, &Name)| (!name.is_own()).then_some(place);
    names.iter().enumerate().filter_map(at)
}

/// A row as an object on a line.
fn object(names: &[Name], row: &Row, reason: &str) -> String {
    let mut members = Vec::with_capacity(row.values.len() + 1);
    for (place, value) in &row.values {
        let Some(name) = names.get(*place).filter(|name| !name.is_own()) else {
            continue;
        };
        members.push(member(&name.text, &value.json()));
    }
    members.push(member(REASON, &serde_json::Value::from(reason).to_string()));
    // What was written over several lines is on one.
    let text = format!("{{{}}}", members.join(","));
    let text = text.replace(['\r', '\n'], " ");
    format!("{text}\n")
}

/// A member. One that names a parent is an object again.
fn member(name: &str, json: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let Some((relation, key)) = name.split_once('.') else {
        return format!("{}:{json}", quoted(name));
    };
    let (attributes, relation) = match relation.split_once(':') {
        None => (String::new(), relation),
        Some((object, relation)) => (
            format!("\"attributes\":{{\"type\":{}}},", quoted(object)),
            relation,
        ),
    };
    format!(
        "{}:{{{attributes}{}:{json}}}",
        quoted(relation),
        quoted(key)
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use proptest::prelude::*;

    use super::super::{Rows, Source};
    use super::*;

    fn all(path: &Path, form: Reading) -> (Vec<Name>, Vec<Row>) {
        let source = Source::open(path).unwrap();
        let mut rows = Rows::of(&source, form).unwrap();
        let mut all = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            all.push(row);
        }
        (rows.names().list().to_owned(), all)
    }

    /// Writes all rows of an input as failed ones, and answers the file's text.
    fn failed(text: &str, form: Reading) -> String {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        fs::write(&input, text).unwrap();
        let (names, rows) = all(&input, form);
        let path = folder.path().join("out");
        let mut file = FailedRows::create(&path, form, &names).unwrap();
        for row in &rows {
            file.add(&names, row, "CODE:why, \"so\":Name --").unwrap();
        }
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(FailedRows::create(&path, form, &names).is_err());
        let (again, read) = all(&path, form);
        assert_eq!(read.len(), rows.len());
        assert!(again.iter().any(Name::is_reason));
        for (row, read) in rows.iter().zip(&read) {
            let before = row
                .values
                .iter()
                .map(|(place, value)| (&names[*place].text, value));
            let after = read
                .values
                .iter()
                .map(|(place, value)| (&again[*place].text, value));
            let after = after.filter(|(name, _)| *name != REASON);
            assert!(
                before.eq(after),
                "something else has changed: {row:?} {read:?}"
            );
        }
        fs::read_to_string(&path).unwrap()
    }

    const CSV: Reading = Reading {
        format: InputFormat::Csv,
        delimiter: b';',
    };
    const JSON: Reading = Reading {
        format: InputFormat::Json,
        delimiter: b',',
    };

    #[test]
    fn failed_rows_have_the_form_of_the_input() {
        assert_eq!(
            failed(
                "Name;Account.Ext__c\r\n\"a;b\"\"c\nd\";x\r\n00501;\r\n",
                CSV
            ),
            "Name;Account.Ext__c;sf__Error\n\"a;b\"\"c\nd\";x;\"CODE:why, \"\"so\"\":Name --\"\n\
             00501;;\"CODE:why, \"\"so\"\":Name --\"\n"
        );
        let reason = r#""sf__Error":"CODE:why, \"so\":Name --""#;
        assert_eq!(
            failed(
                "[{\"Name\":\"a\",\"N\":1.10,\n\"Account\":{\"Ext__c\":\"x\"}},{\"What\":{\"attributes\":\
                 {\"type\":\"Account\"},\"Ext__c\":null}}]",
                JSON
            ),
            format!(
                "{{\"Name\":\"a\",\"N\":1.10,\"Account\":{{\"Ext__c\":\"x\"}},{reason}}}\n\
                 {{\"What\":{{\"attributes\":{{\"type\":\"Account\"}},\"Ext__c\":null}},{reason}}}\n"
            )
        );
    }

    #[test]
    fn an_old_reason_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        fs::write(&input, "sf__Id;Name;SF__Error\n001;a;old\n").unwrap();
        let (names, rows) = all(&input, CSV);
        let path = folder.path().join("out");
        let mut file = FailedRows::create(&path, CSV, &names).unwrap();
        file.add(&names, &rows[0], "new").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "Name;sf__Error\na;new\n");
    }

    #[test]
    fn a_file_goes_on_where_it_was_of_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let names = [Name {
            text: "Name".to_owned(),
            line: 1,
        }];
        let row = Row {
            number: 1,
            line: 2,
            values: vec![(0, Value::Text("a".to_owned()))],
        };
        let mut file = FailedRows::create(&path, CSV, &names).unwrap();
        file.add(&names, &row, "one").unwrap();
        let bytes = file.bytes();
        file.add(&names, &row, "two").unwrap();
        let mut file = FailedRows::go_on(&path, CSV, bytes).unwrap();
        file.add(&names, &row, "three").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "Name;sf__Error\na;one\na;three\n");
        assert!(FailedRows::go_on(&path, CSV, 1_000).is_err());
        assert!(FailedRows::go_on(&folder.path().join("none"), CSV, 0).is_err());
    }

    #[test]
    fn a_file_without_rows_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let file = FailedRows::create(&path, CSV, &[]).unwrap();
        assert_eq!(file.bytes(), 0);
        file.end().unwrap();
        assert!(!path.exists());
    }

    proptest! {
        #[test]
        fn any_cells_come_back(cells in prop::collection::vec("[a\";\r\n é🦀,]{0,6}", 2..3)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let row = cells.iter().map(quoted).collect::<Vec<_>>().join(";");
            failed(&format!("A;B\n{row}\n"), CSV);
        }
    }
}
