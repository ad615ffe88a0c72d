//! Columns, and the cells that a record has below them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::members::{ATTRIBUTES, Key, paths};

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The parents to follow from the record, and the member then.
    pub(crate) path: Vec<String>,
}

impl Column {
    /// A member of the record itself.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            path: vec![name.to_owned()],
        }
    }
}

/// The columns of a result, and where in a record each is.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    headers: Vec<String>,
    members: Vec<Member>,
}

/// One member of a record.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    is: Is,
}

#[derive(Clone, Debug)]
enum Is {
    /// The cell of this column, whatever it holds.
    Cell(usize),
    /// A parent's record.
    Parent(Vec<Member>),
}

/// A record's cells, by column; `None` where the record or its parent has none.
pub(super) type Cells<'a> = Vec<Option<&'a RawValue>>;

impl Columns {
    /// These columns, in this order.
    pub(crate) fn new(columns: &[Column]) -> Self {
        let mut all = Self {
            headers: Vec::new(),
            members: Vec::new(),
        };
        for column in columns {
            all.add(&column.path);
        }
        all
    }

    /// These members of the record itself.
    pub(crate) fn named(members: &[&str]) -> Self {
        let columns: Vec<Column> = members.iter().copied().map(Column::named).collect();
        Self::new(&columns)
    }

    /// All that these records have, in the order in which it is met.
    ///
    /// # Errors
    ///
    /// When one is no object.
    pub(crate) fn of(records: &[&RawValue]) -> serde_json::Result<Self> {
        let mut columns = Self::new(&[]);
        for record in records {
            for path in paths(record)? {
                columns.add(&path);
            }
        }
        Ok(columns)
    }

    /// What is written above them.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// A record's cells.
    ///
    /// # Errors
    ///
    /// When the record is no object, or has a member that no column is for: it
    /// would be lost.
    pub(super) fn read<'a>(&self, record: &'a str) -> serde_json::Result<Cells<'a>> {
        let mut cells = vec![None; self.headers.len()];
        let mut json = serde_json::Deserializer::from_str(record);
        Reader {
            members: &self.members,
            cells: &mut cells,
        }
        .deserialize(&mut json)?;
        Ok(cells)
    }

    /// Adds a column, unless it is there.
    fn add(&mut self, path: &[String]) {
        let column = self.headers.len();
        if add(&mut self.members, path, column) {
            self.headers.push(path.join("."));
        }
    }
}

/// Whether the path is new. What was a cell in one record and is a parent in
/// another, because the first had none, stays a cell.
fn add(members: &mut Vec<Member>, path: &[String], column: usize) -> bool {
    let Some((name, rest)) = path.split_first() else {
        return false;
    };
    let known = members
        .iter_mut()
        .find(|member| member.name.eq_ignore_ascii_case(name));
    match known.map(|member| &mut member.is) {
        Some(Is::Parent(members)) => add(members, rest, column),
        Some(Is::Cell(_)) => false,
        None => {
            let is = if rest.is_empty() {
                Is::Cell(column)
            } else {
                let mut members = Vec::new();
                add(&mut members, rest, column);
                Is::Parent(members)
            };
            members.push(Member {
                name: name.clone(),
                is,
            });
            true
        }
    }
}

/// Reads a record, or a parent that may be null, into its cells.
struct Reader<'m, 'c, 'a> {
    members: &'m [Member],
    cells: &'c mut [Option<&'a RawValue>],
}

impl<'a> DeserializeSeed<'a> for Reader<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'a>>(self, mut record: M) -> Result<(), M::Error> {
        // Salesforce keeps the list's order, so the next member is likely next.
        let mut likely = 0;
        while let Some(Key(name)) = record.next_key()? {
            if name == ATTRIBUTES {
                record.next_value::<IgnoredAny>()?;
                continue;
            }
            let at = find(self.members, &name, likely)
                .ok_or_else(|| M::Error::custom(format_args!("no column is for `{name}`")))?;
            likely = at + 1;
            match &self.members[at].is {
                Is::Cell(column) => {
                    let value = record.next_value::<&'a RawValue>()?;
                    self.cells[*column] = Some(value);
                }
                Is::Parent(members) => record.next_value_seed(Reader {
                    members,
                    cells: self.cells,
                })?,
            }
        }
        Ok(())
    }
}

fn find(members: &[Member], name: &str, likely: usize) -> Option<usize> {
    let is = |member: &Member| member.name.eq_ignore_ascii_case(name);
    match members.get(likely) {
        Some(member) if is(member) => Some(likely),
        _ => members.iter().position(is),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(paths: &[&str]) -> Columns {
        let columns: Vec<Column> = paths
            .iter()
            .map(|path| Column {
                path: path.split('.').map(str::to_owned).collect(),
            })
            .collect();
        Columns::new(&columns)
    }

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn cells(columns: &Columns, json: &str) -> serde_json::Result<Vec<String>> {
        let record = raw(json);
        let cells = columns.read(record.get())?;
        Ok(cells
            .into_iter()
            .map(|cell| cell.map_or("-", RawValue::get).to_owned())
            .collect())
    }

    #[test]
    fn cells_are_found_without_case_and_in_any_order() {
        let columns = columns(&["id", "Owner.NAME", "Owner.Manager.Name", "Site"]);
        let json = r#"{"attributes":{"type":"X"},"Id":1,"site":{"latitude":1.50},
            "Owner":{"attributes":{},"Manager":{"Name":"m"},"Name":"é"}}"#;
        assert_eq!(
            cells(&columns, json).unwrap(),
            ["1", "\"é\"", "\"m\"", r#"{"latitude":1.50}"#]
        );
        assert_eq!(columns.headers()[1], "Owner.NAME");
    }

    #[test]
    fn a_parent_that_is_null_has_no_cells() {
        let columns = columns(&["Owner.Name", "Owner.Manager.Name", "Id"]);
        let none = cells(&columns, r#"{"Owner":null,"Id":1}"#).unwrap();
        assert_eq!(none, ["-", "-", "1"]);
        let half = cells(
            &columns,
            r#"{"Owner":{"Name":"x","Manager":null},"Id":null}"#,
        );
        assert_eq!(half.unwrap(), ["\"x\"", "-", "null"]);
    }

    #[test]
    fn what_has_no_column_is_an_error_and_never_lost() {
        let columns = columns(&["Id", "Owner.Name"]);
        for json in [
            r#"{"Id":1,"Name":2}"#,
            r#"{"Owner":{"Name":1,"Email":2}}"#,
            r#"{"Owner":"x"}"#,
            "[1]",
            "7",
        ] {
            assert!(cells(&columns, json).is_err(), "{json}");
        }
        let lost = cells(&columns, r#"{"Name":2}"#).unwrap_err();
        assert!(lost.to_string().contains("`Name`"), "{lost}");
    }

    #[test]
    fn columns_can_be_all_that_records_have() {
        let records = [
            r#"{"attributes":{"type":"AggregateResult"},"Industry":null,"expr0":3}"#,
            r#"{"Industry":"x","Owner":{"attributes":{},"Name":"a","Boss":{"attributes":{},"Id":1}}}"#,
            r#"{"Site":{"latitude":1},"expr0":1}"#,
        ]
        .map(raw);
        let records: Vec<&RawValue> = records.iter().map(AsRef::as_ref).collect();
        let columns = Columns::of(&records).unwrap();
        assert_eq!(
            columns.headers(),
            ["Industry", "expr0", "Owner.Name", "Owner.Boss.Id", "Site"]
        );
    }
}
