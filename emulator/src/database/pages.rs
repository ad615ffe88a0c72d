//! Results in pages.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Row, params_from_iter};

use super::Database;
use crate::record::{Children, Record, Rest};
use crate::settings::ChildPages;
use crate::sql::{ChildQuery, GroupQuery, Matching, Member, RecordQuery};
use crate::version::ApiVersion;

/// Rows of a page, children included, at which the children of a record are
/// cut. Clients saw 499 children beside their parent, and 199 where a page had
/// 200 rows: simple-salesforce#311, jsforce#577, jsforce PR 1752, jetstream PR
/// 1966.
pub(super) const CHILDREN_ROWS: usize = 500;

/// The rows that a statement matched when it ran.
#[derive(Clone, Debug)]
pub(crate) enum Matches {
    /// These, in this order.
    Keys(Arc<[i64]>),
    /// So many of the first `rows` that are stored. Rows that are added later
    /// have larger keys, and none is ever taken away.
    Stored { count: usize, rows: i64 },
}

/// Where a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// At this row of the result,
    pub(crate) row: usize,
    /// after the row with this key.
    pub(crate) after: i64,
    /// The rows of earlier pages, by which locators name it.
    pub(crate) delivered: usize,
    /// How many children the first row has had on earlier pages, by subquery;
    /// nothing, unless it is repeated.
    taken: Vec<usize>,
}

/// The records of a page, and where the next one begins.
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    pub(crate) end: Place,
}

/// How a result is cut into pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Rows of a page.
    pub(crate) rows: usize,
    pub(crate) children: ChildPages,
}

impl Place {
    /// At a row of a result without children.
    pub(crate) fn at(row: usize) -> Self {
        Self {
            row,
            delivered: row,
            ..Self::default()
        }
    }
}

impl Matches {
    /// How many rows.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Keys(keys) => keys.len(),
            Self::Stored { count, .. } => *count,
        }
    }

    /// How many keys are kept, 8 bytes each.
    pub(crate) fn kept(&self) -> usize {
        match self {
            Self::Keys(keys) => keys.len(),
            Self::Stored { .. } => 0,
        }
    }
}

impl Database {
    /// What a statement matches now.
    pub(crate) fn matches(&self, matching: &Matching) -> Result<Matches, rusqlite::Error> {
        match matching {
            Matching::Ordered(keys) => {
                let mut prepared = self.connection.prepare_cached(&keys.text)?;
                let keys = prepared.query_map(params_from_iter(&keys.values), |row| row.get(0))?;
                Ok(Matches::Keys(keys.collect::<Result<_, _>>()?))
            }
            Matching::Stored(count) => Ok(Matches::Stored {
                count: self.number(count)?,
                rows: self.rows,
            }),
        }
    }

    /// The groups of a statement.
    pub(crate) fn groups(&self, query: &GroupQuery) -> Result<Vec<Record>, rusqlite::Error> {
        let mut prepared = self.connection.prepare_cached(&query.sql.text)?;
        let mut rows = prepared.query(params_from_iter(&query.sql.values))?;
        let mut groups = Vec::new();
        while let Some(row) = rows.next()? {
            groups.push(Record::group(row, query)?);
        }
        Ok(groups)
    }

    /// The records of a page.
    pub(crate) fn page(
        &self,
        query: &RecordQuery,
        matches: &Matches,
        from: &Place,
        batch: Batch,
        version: ApiVersion,
    ) -> Result<Page, rusqlite::Error> {
        let mut reader = Reader::new(self, query, from, batch, version);
        let size = reader.room.min(matches.count().saturating_sub(from.row));
        reader.page.records.reserve(size);
        let mut prepared = self.connection.prepare_cached(&query.sql.text)?;
        let mut read = |parameters: &[i64]| -> Result<bool, rusqlite::Error> {
            let values = query.sql.values.iter().map(ToSqlOutput::from);
            let parameters = parameters.iter().map(|&value| ToSqlOutput::from(value));
            let mut rows = prepared.query(params_from_iter(values.chain(parameters)))?;
            while let Some(row) = rows.next()? {
                if !reader.record(row)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        match matches {
            Matches::Keys(keys) => {
                for key in keys.iter().skip(from.row).take(size) {
                    if !read(&[*key])? {
                        break;
                    }
                }
            }
            Matches::Stored { rows, .. } => {
                read(&[from.after, *rows, i64::try_from(size).unwrap_or(i64::MAX)])?;
            }
        }
        Ok(reader.page)
    }
}

/// Reads one page.
struct Reader<'d> {
    database: &'d Database,
    query: &'d RecordQuery,
    batch: Batch,
    version: ApiVersion,
    page: Page,
    /// Rows that the page may still have.
    room: usize,
    /// How many children the next row has had already.
    taken: Vec<usize>,
}

impl<'d> Reader<'d> {
    fn new(
        database: &'d Database,
        query: &'d RecordQuery,
        from: &Place,
        batch: Batch,
        version: ApiVersion,
    ) -> Self {
        let mut members = query.selected.members.iter();
        let has_children = members.any(|member| matches!(member, Member::Children { .. }));
        let room = match batch.children {
            ChildPages::RepeatedParent if has_children => batch.rows.min(CHILDREN_ROWS),
            ChildPages::OwnLocator | ChildPages::RepeatedParent => batch.rows,
        };
        let mut end = from.clone();
        Self {
            database,
            query,
            batch,
            version,
            room,
            taken: std::mem::take(&mut end.taken),
            page: Page {
                records: Vec::new(),
                end,
            },
        }
    }

    /// Reads a record and its children. Whether the page goes on after it.
    fn record(&mut self, row: &Row<'_>) -> Result<bool, rusqlite::Error> {
        let query = self.query;
        let Some(mut record) = Record::read(row, &query.selected, self.version)? else {
            return Ok(true);
        };
        let before = self.room;
        self.room = self.room.saturating_sub(1);
        let taken = std::mem::take(&mut self.taken);
        let rests = self.adopt(&mut record, query, &taken)?;
        let rows = before - self.room;
        self.page.records.push(record);
        let end = &mut self.page.end;
        let is_repeated =
            self.batch.children == ChildPages::RepeatedParent && rests.iter().any(Option::is_some);
        if is_repeated {
            end.delivered += rows;
            end.taken = rests
                .into_iter()
                .map(|rest| rest.unwrap_or(usize::MAX))
                .collect();
            return Ok(false);
        }
        end.row += 1;
        end.after = row.get(query.key)?;
        end.delivered = match self.batch.children {
            ChildPages::OwnLocator => end.row,
            ChildPages::RepeatedParent => end.delivered + rows,
        };
        Ok(self.room > 0)
    }

    /// Gives a record its children. Answers, by subquery, how many it has had, if
    /// that is not all.
    fn adopt(
        &mut self,
        record: &mut Record,
        query: &RecordQuery,
        taken: &[usize],
    ) -> Result<Vec<Option<usize>>, rusqlite::Error> {
        let mut rests = Vec::new();
        for (place, member) in query.selected.members.iter().enumerate() {
            let Member::Children { query, .. } = member else {
                continue;
            };
            let id = record.id().unwrap_or_default().to_owned();
            let skipped = taken.get(rests.len()).copied().unwrap_or(0);
            let children = self.children(&id, query, skipped)?;
            rests.push(children.rest.as_ref().map(|rest| rest.from));
            record.adopt(place, children);
        }
        Ok(rests)
    }

    /// The children of the record with this id, after those that it has had.
    fn children(
        &mut self,
        id: &str,
        query: &ChildQuery,
        skipped: usize,
    ) -> Result<Children, rusqlite::Error> {
        let id = Value::Text(id.to_owned());
        let mut children = Children {
            total: 0,
            records: Vec::new(),
            rest: None,
            next: None,
        };
        let limit = match self.batch.children {
            ChildPages::OwnLocator => self.batch.rows.min(CHILDREN_ROWS) - 1,
            ChildPages::RepeatedParent => usize::MAX,
        };
        let mut prepared = self.database.connection.prepare_cached(query.rows.text())?;
        let mut rows = prepared.query(params_from_iter(query.rows.values(&id)))?;
        let mut is_cut = false;
        while let Some(row) = rows.next()? {
            children.total += 1;
            if children.total <= skipped {
                continue;
            }
            if self.room == 0 || children.records.len() == limit {
                is_cut = true;
                break;
            }
            self.room -= 1;
            if let Some(mut record) = Record::read(row, &query.record.selected, self.version)? {
                self.adopt(&mut record, &query.record, &[])?;
                children.records.push(record);
            }
        }
        if is_cut {
            let keys = self.keys(&id, query)?;
            children.total = keys.len();
            children.rest = Some(Rest {
                record: Arc::clone(&query.record),
                keys,
                from: skipped.min(children.total) + children.records.len(),
            });
        }
        Ok(children)
    }

    fn keys(&self, id: &Value, query: &ChildQuery) -> Result<Arc<[i64]>, rusqlite::Error> {
        let mut prepared = self.database.connection.prepare_cached(query.keys.text())?;
        let keys = prepared.query_map(params_from_iter(query.keys.values(id)), |row| row.get(0))?;
        keys.collect()
    }
}
