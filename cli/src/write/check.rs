//! What is found out of an input before any of it is sent.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use crate::describe::Shape;
use crate::rows::{Name, Reading, Rows, Source};
use crate::verdict::Usage;

/// How many pairs of rows are named in one message.
const NAMED_MAX: usize = 10;

/// An input that is of its form.
pub(super) struct Checked {
    pub(super) names: Vec<Name>,
    /// Whether each name has a value other than null in JSON.
    has_value: Vec<bool>,
    pub(super) records: u64,
}

impl Checked {
    /// Reads all of an input.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not of its form.
    pub(super) fn of(source: &Source, reading: Reading) -> anyhow::Result<Self> {
        let mut rows = Rows::of(source, reading)?;
        let mut records = 0;
        let mut has_value = Vec::new();
        while let Some(row) = rows.next()? {
            records += 1;
            has_value.resize(rows.names().list().len(), false);
            for (place, value) in &row.values {
                if let Some(has_value) = has_value.get_mut(*place) {
                    *has_value |= !value.is_null();
                }
            }
        }
        Ok(Self {
            names: rows.names().list().to_owned(),
            has_value,
            records,
        })
    }

    /// The names that are null in JSON wherever they occur, in upper or lower case.
    pub(super) fn nulls(&self) -> Vec<&Name> {
        let has_value = |null: &Name| {
            let mut names = self.names.iter().zip(&self.has_value);
            names.any(|(name, has_value)| *has_value && name.text.eq_ignore_ascii_case(&null.text))
        };
        // Without records there is nothing that could be left out.
        let names = self.names.iter().filter(|_| self.records > 0);
        names.filter(|name| !has_value(name)).collect()
    }
}

/// Refuses an input that names a record twice: which of the rows came last would be chance.
///
/// A row takes eight bytes of memory. Rows that seem to be for one record are read again, to
/// compare what they say.
///
/// # Errors
///
/// [`Usage`] with the lines of the rows.
pub(super) fn refuse_twice(source: &Source, reading: Reading, shape: &Shape) -> anyhow::Result<()> {
    let hasher = RandomState::new();
    let mut hashes = Vec::new();
    let mut rows = Rows::of(source, reading)?;
    while let Some(row) = rows.next()? {
        hashes.extend(shape.key(&row).map(|key| hasher.hash_one(key)));
    }
    hashes.sort_unstable();
    let mut suspected: Vec<u64> = hashes
        .windows(2)
        .filter_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        })
        .collect();
    drop(hashes);
    if suspected.is_empty() {
        return Ok(());
    }
    suspected.dedup();
    let mut first_lines: HashMap<String, u64> = HashMap::new();
    let mut pairs = Vec::new();
    let mut rows = Rows::of(source, reading)?;
    while let Some(row) = rows.next()? {
        let key = shape.key(&row);
        let key = key.filter(|key| suspected.binary_search(&hasher.hash_one(key)).is_ok());
        let Some(key) = key else { continue };
        match first_lines.get(&key) {
            Some(first) => pairs.push((*first, row.line)),
            None => {
                first_lines.insert(key, row.line);
            }
        }
        if pairs.len() > NAMED_MAX {
            break;
        }
    }
    match pairs.is_empty() {
        true => Ok(()),
        false => Err(Usage::new(words(source.name(), &pairs)).into()),
    }
}

fn words(name: &str, pairs: &[(u64, u64)]) -> String {
    let shown = pairs.iter().take(NAMED_MAX);
    let shown: Vec<String> = shown
        .map(|(first, second)| format!("lines {first} and {second} are for the same record"))
        .collect();
    let more = match pairs.len() > NAMED_MAX {
        true => "; and more",
        false => "",
    };
    format!("{name}: {}{more}; nothing was sent", shown.join("; "))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::describe::Purpose;
    use crate::rows::InputFormat;

    const CSV: Reading = Reading {
        format: InputFormat::Csv,
        delimiter: b',',
    };

    fn judged(text: &str) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let source = Source::open(file.path()).unwrap();
        let checked = Checked::of(&source, CSV).unwrap();
        let shape = Shape::of(Purpose::Update, None, (&checked.names, &[]), "#N/A").unwrap();
        refuse_twice(&source, CSV, &shape).map_err(|refused| refused.to_string())
    }

    #[test]
    fn a_record_that_is_named_twice_is_refused_with_both_lines() {
        let refused =
            judged("Id,Name\n001D000000IqhSL,\"a\nb\"\n001D000000IqhSM,c\n001D000000IqhSLIAZ,d\n");
        let refused = refused.unwrap_err();
        assert!(
            refused.contains("lines 2 and 5 are for the same record; nothing was sent"),
            "{refused}"
        );
        assert!(judged("Id,Name\n001D000000IqhSL,a\n001d000000iqhsl,b\n").is_ok());
        let many = "001D000000IqhSL,a\n".repeat(20);
        let refused = judged(&format!("Id,Name\n{many}")).unwrap_err();
        assert!(refused.contains("lines 2 and 11") && refused.contains("and more"));
    }

    #[test]
    fn names_that_are_always_null_are_known() {
        let json = Reading {
            format: InputFormat::Json,
            delimiter: b',',
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        for (form, text, nulls) in [
            (
                json,
                r#"{"A":null,"B":null} {"B":1,"C":""} {"a":null}"#,
                vec!["A", "a"],
            ),
            (json, r#"{"A":null} {"a":7}"#, vec![]),
            (CSV, "A,B\n,#N/A\n", vec![]),
            (CSV, "A,B\n", vec![]),
        ] {
            fs::write(file.path(), text).unwrap();
            let source = Source::open(file.path()).unwrap();
            let checked = Checked::of(&source, form).unwrap();
            let found: Vec<&str> = checked.nulls().iter().map(|name| &*name.text).collect();
            assert_eq!(found, nulls, "{text}");
        }
    }

    #[test]
    fn an_input_is_counted_and_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "Id,Name\r\n1,a\r\n\r\n2,b").unwrap();
        let source = Source::open(file.path()).unwrap();
        let checked = Checked::of(&source, CSV).unwrap();
        assert_eq!((checked.records, checked.names.len()), (2, 2));
        assert_eq!(source.digest().unwrap().len(), 64);
        for (text, words) in [
            (
                "Id,Name\n1\n",
                "line 2: it has 1 cells, and the header has 2",
            ),
            ("", "there is no header"),
            ("Id,id\n", "two columns have the name `id`"),
            ("Id,\n", "column 2 has no name"),
            (
                "Id\n\"1\n",
                "line 2: a quote is opened here and never closed",
            ),
        ] {
            fs::write(file.path(), text).unwrap();
            let source = Source::open(file.path()).unwrap();
            let refused = Checked::of(&source, CSV).err().unwrap().to_string();
            assert!(refused.contains(words), "{text:?}: {refused}");
        }
        fs::write(file.path(), b"Id\n\xff\n").unwrap();
        let source = Source::open(file.path()).unwrap();
        let refused = Checked::of(&source, CSV).err().unwrap().to_string();
        assert!(refused.contains("line 2: it is not UTF-8"), "{refused}");
    }
}
