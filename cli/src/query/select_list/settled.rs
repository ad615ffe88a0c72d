//! The columns of a list when the first page is known.
//!
//! What the statement tells counts, and is compared with what the page has. Only
//! where it tells nothing, or Salesforce answers something else, the page's own
//! names count: whether a parent is null in its rows changes nothing.

use serde_json::value::RawValue;

use super::{Entry, SelectList};
use crate::records::{Column, Columns, members};

impl SelectList {
    /// The columns of a result that begins with these records, and a sentence on how
    /// they differ from those that the statement tells.
    ///
    /// # Errors
    ///
    /// When a record is no object.
    pub(in crate::query) fn columns(
        &self,
        first: &[&RawValue],
    ) -> serde_json::Result<(Columns, Option<String>)> {
        let Self::Columns(entries) = self else {
            return Ok((Columns::of(first)?, None));
        };
        // No row changes the columns of fields.
        let is_field = |entry: &Entry| matches!(entry, Entry::Field(_));
        let found = if entries.iter().all(is_field) {
            Vec::new()
        } else {
            members(first)?
        };
        let Settled { columns, note } = settle(entries, &found);
        Ok((Columns::new(&columns), note))
    }
}

/// The columns of a result, and how they differ from those that the statement
/// tells.
#[derive(Debug, PartialEq, Eq)]
struct Settled {
    columns: Vec<Column>,
    /// In a sentence.
    note: Option<String>,
}

/// Settles what the columns are. `found` are the members of the first page's
/// records, in their order; there are none without records.
fn settle(entries: &[Entry], found: &[String]) -> Settled {
    if found.is_empty() {
        return Settled {
            columns: entries.iter().filter_map(Entry::column).cloned().collect(),
            note: None,
        };
    }
    let mut left = Left::of(entries, found);
    let mut notes = Vec::new();
    let takes_others = entries.contains(&Entry::Others);
    let has_unnamed = has_unnamed(entries);
    let mut columns = Vec::new();
    for (entry, is_open) in entries.iter().zip(open(entries, found)) {
        match entry.column() {
            None => columns.extend(left.others()),
            // `FIELDS()` takes what nobody names: nothing tells them apart.
            Some(column) if is_open && !takes_others => match left.next() {
                Some(name) => {
                    if !has_unnamed && !is_named(column, &name) {
                        notes.push(format!("`{name}` instead of `{}`", column.path.join(".")));
                    }
                    columns.push(Column::named(&name));
                }
                None => columns.push(column.clone()),
            },
            Some(column) => columns.push(column.clone()),
        }
    }
    // A statement of fields only has their columns, and no others.
    if entries
        .iter()
        .any(|entry| !matches!(entry, Entry::Field(_)))
    {
        for name in left.others() {
            notes.push(format!("also `{}`", name.path.join(".")));
            columns.push(name);
        }
    }
    Settled {
        columns,
        note: (!notes.is_empty()).then(|| {
            format!(
                "Salesforce's answer has other columns than the SELECT list: {}",
                notes.join(", ")
            )
        }),
    }
}

fn has_unnamed(entries: &[Entry]) -> bool {
    entries
        .iter()
        .any(|entry| matches!(entry, Entry::Unnamed(_)))
}

/// Which of the entries only the page can name. A number depends on what is
/// before it, so that it tells nothing beside a function without a name.
fn open(entries: &[Entry], found: &[String]) -> Vec<bool> {
    let has_unnamed = has_unnamed(entries);
    let is_found = |column: &Column| found.iter().any(|name| begins_with(column, name));
    entries
        .iter()
        .map(|entry| match entry {
            Entry::Field(_) | Entry::Others => false,
            Entry::Unnamed(_) => true,
            Entry::Numbered(column) => has_unnamed || !is_found(column),
            Entry::Named(column) => !is_found(column),
        })
        .collect()
}

/// The members of the page that no entry names.
struct Left<'f>(std::collections::VecDeque<&'f String>);

impl<'f> Left<'f> {
    fn of(entries: &[Entry], found: &'f [String]) -> Self {
        let named: Vec<&Column> = entries
            .iter()
            .zip(open(entries, found))
            .filter(|(_, is_open)| !is_open)
            .filter_map(|(entry, _)| entry.column())
            .collect();
        let is_left = |name: &&String| !named.iter().any(|column| begins_with(column, name));
        Self(found.iter().filter(is_left).collect())
    }

    fn next(&mut self) -> Option<String> {
        self.0.pop_front().cloned()
    }

    fn others(&mut self) -> Vec<Column> {
        self.0.drain(..).map(|name| Column::named(name)).collect()
    }
}

impl Entry {
    /// `None` for as many as there are.
    fn column(&self) -> Option<&Column> {
        match self {
            Self::Field(column)
            | Self::Named(column)
            | Self::Numbered(column)
            | Self::Unnamed(column) => Some(column),
            Self::Others => None,
        }
    }
}

/// Whether a column is in this member of a record.
fn begins_with(column: &Column, name: &str) -> bool {
    let first = column.path.first();
    first.is_some_and(|first| first.eq_ignore_ascii_case(name))
}

/// Whether a column is this member of a record.
fn is_named(column: &Column, name: &str) -> bool {
    column.path.len() == 1 && begins_with(column, name)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    /// What the columns of a statement are, if its first page has these members.
    fn settled(soql: &str, found: &str) -> (String, Option<String>) {
        let SelectList::Columns(entries) = read(soql) else {
            panic!("{soql}")
        };
        let found: Vec<String> = found.split_whitespace().map(str::to_owned).collect();
        let Settled { columns, note } = settle(&entries, &found);
        let headers: Vec<String> = columns.iter().map(|column| column.path.join(".")).collect();
        (headers.join(" "), note)
    }

    #[test]
    fn what_the_list_tells_does_not_depend_on_the_rows() {
        for (soql, found, columns) in [
            (
                "SELECT Id, toLabel(Status), Owner.Name FROM Lead",
                "Id Status Owner",
                "Id Status Owner.Name",
            ),
            (
                "SELECT id, tolabel(status), owner.NAME FROM Lead",
                "Id Status Owner",
                "id status owner.NAME",
            ),
            (
                "SELECT Id, FORMAT(Amount), convertCurrency(Cost__c), FORMAT(convertCurrency(Sum__c)) FROM X",
                "Id Amount Cost__c Sum__c",
                "Id Amount Cost__c Sum__c",
            ),
            (
                "SELECT x.Id, toLabel(x.Status) FROM Lead x",
                "Id Status",
                "Id Status",
            ),
            (
                "SELECT toLabel(RecordType.Name), RecordType.Id FROM X",
                "RecordType",
                "RecordType.Name RecordType.Id",
            ),
            (
                "SELECT FORMAT(Amount) a, Owner.Name FROM X",
                "a Owner",
                "a Owner.Name",
            ),
            (
                "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM X GROUP BY CALENDAR_YEAR(CreatedDate)",
                "expr0 expr1",
                "expr0 expr1",
            ),
            (
                "SELECT Owner.Name, MAX(Amount) top, SUM(Amount) FROM X GROUP BY Owner.Name",
                "Name top expr0",
                "Name top expr0",
            ),
            ("SELECT COUNT(Id) FROM X", "expr0", "expr0"),
            (
                "SELECT FIELDS(STANDARD), Parent.Name, Parent.Owner.Name FROM Account",
                "Id Parent",
                "Id Parent.Name Parent.Owner.Name",
            ),
            (
                "SELECT Id, FIELDS(CUSTOM), Owner.Name FROM X",
                "Id A__c B__c Owner",
                "Id A__c B__c Owner.Name",
            ),
            (
                "SELECT TYPEOF What WHEN Account THEN Phone END, toLabel(Status) FROM Event",
                "What Status",
                "What Status",
            ),
            (
                "SELECT Id, (SELECT Id FROM Contacts), toLabel(Status) FROM X",
                "Id Contacts Status",
                "Id Contacts Status",
            ),
        ] {
            assert_eq!(settled(soql, found), (columns.to_owned(), None), "{soql}");
        }
    }

    #[test]
    fn what_the_list_does_not_tell_is_found_in_the_first_page() {
        for (soql, found, columns) in [
            (
                "SELECT Id, DISTANCE(Site__c, GEOLOCATION(1, 2), 'mi') FROM X",
                "Id expr0",
                "Id expr0",
            ),
            (
                "SELECT DISTANCE(a, b, 'mi'), Owner.Name FROM X",
                "d Owner",
                "d Owner.Name",
            ),
            (
                "SELECT toLabel(Status), COUNT(Id) FROM X GROUP BY Status",
                "Status expr0",
                "Status expr0",
            ),
            (
                "SELECT toLabel(Status), COUNT(Id) FROM X GROUP BY Status",
                "expr0 expr1",
                "expr0 expr1",
            ),
            (
                "SELECT GROUPING(Status), Status, COUNT(Id) n FROM X GROUP BY ROLLUP(Status)",
                "expr0 Status n",
                "expr0 Status n",
            ),
        ] {
            assert_eq!(settled(soql, found), (columns.to_owned(), None), "{soql}");
        }
    }

    #[test]
    fn if_the_rows_disagree_they_win_and_a_note_says_so() {
        for (soql, found, columns, words) in [
            (
                "SELECT toLabel(Status), Owner.Name FROM X",
                "expr0 Owner",
                "expr0 Owner.Name",
                "`expr0` instead of `Status`",
            ),
            (
                "SELECT Id, FORMAT(Amount), COUNT(Id) FROM X",
                "Id amountFormatted total",
                "Id amountFormatted total",
                "`total` instead of `expr0`",
            ),
            (
                "SELECT toLabel(Status) FROM X",
                "Status more",
                "Status more",
                "also `more`",
            ),
        ] {
            let (settled, note) = settled(soql, found);
            assert_eq!(settled, columns, "{soql}");
            assert!(note.unwrap().contains(words), "{soql}");
        }
    }

    #[test]
    fn without_rows_the_columns_are_those_that_are_known() {
        for (soql, columns) in [
            (
                "SELECT Id, toLabel(Status), Owner.Name FROM X",
                "Id Status Owner.Name",
            ),
            (
                "SELECT FIELDS(ALL), Owner.Name FROM X LIMIT 1",
                "Owner.Name",
            ),
            (
                "SELECT Name, COUNT(Id), MAX(x) m FROM X GROUP BY Name",
                "Name expr0 m",
            ),
        ] {
            assert_eq!(settled(soql, ""), (columns.to_owned(), None), "{soql}");
        }
    }

    #[test]
    fn a_list_of_fields_takes_no_other() {
        assert_eq!(
            settled("SELECT Id FROM X", "Id Name"),
            ("Id".to_owned(), None)
        );
    }
}
