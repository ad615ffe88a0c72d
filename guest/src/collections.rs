//! Many records in one call: read from JSON, cut into requests, and what became of each.
//! Source: REST API Developer Guide, "sObject Collections".

mod batch;
mod course;
mod retrieval;
mod row;

use crate::call::{Call, Length, Operation, Path, Repeat};
use crate::contract::collections::ManyOptions;
use crate::contract::types::Options;
use crate::error::Error;
use crate::names::{ApiVersion, FieldName, ObjectName};
use crate::write::Write;
pub(crate) use batch::Batch;
pub(crate) use course::Course;
pub(crate) use retrieval::Retrieval;
use row::Row;

/// Records a call at most: the answer must fit into what a component may hand over.
const RECORDS_MAX: usize = 10_000;

/// All records of a call at most, in bytes.
const BYTES_MAX: usize = 64 << 20;

/// Records a request at most.
const BATCH_MAX: u8 = 200;

/// Requests at the same time.
const IN_FLIGHT: std::ops::RangeInclusive<u8> = 1..=16;
const IN_FLIGHT_DEFAULT: u8 = 4;

/// What makes the URI of a deletion long.
const LENGTH: Length = Length {
    of: "a write of many records",
    remedy: "use a smaller `batch-size`",
};

/// What is done to records.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    Update,
    Upsert {
        object: ObjectName,
        field: FieldName,
    },
    Delete,
}

/// A write of many records, which is valid.
pub(crate) struct Many {
    verb: Verb,
    rows: Vec<Row>,
    write: Write,
    /// What may be done when an answer is lost.
    repeat: Repeat,
    all_or_none: bool,
    batch_size: usize,
    pub(crate) in_flight: usize,
}

impl Many {
    pub(crate) fn create(
        object: &str,
        records: &[String],
        options: ManyOptions,
    ) -> Result<(Self, Options), Error> {
        let object = ObjectName::parse(object)?;
        Self::new(Verb::Create, records, options, |record| {
            Row::new(record, &object)
        })
    }

    pub(crate) fn update(
        object: &str,
        records: &[String],
        options: ManyOptions,
    ) -> Result<(Self, Options), Error> {
        let object = ObjectName::parse(object)?;
        Self::new(Verb::Update, records, options, |record| {
            Row::existing(record, &object)
        })
    }

    pub(crate) fn upsert(
        object: &str,
        field: &str,
        records: &[String],
        options: ManyOptions,
    ) -> Result<(Self, Options), Error> {
        let verb = Verb::Upsert {
            object: ObjectName::parse(object)?,
            field: FieldName::parse(field)?,
        };
        let (object, field) = (ObjectName::parse(object)?, FieldName::parse(field)?);
        Self::new(verb, records, options, |record| {
            Row::keyed(record, &object, &field)
        })
    }

    pub(crate) fn delete(ids: &[String], options: ManyOptions) -> Result<(Self, Options), Error> {
        Self::new(Verb::Delete, ids, options, Row::id)
    }

    fn new(
        verb: Verb,
        records: &[String],
        options: ManyOptions,
        row: impl Fn(&str) -> Result<Row, Error>,
    ) -> Result<(Self, Options), Error> {
        let ManyOptions {
            write,
            all_or_none,
            batch_size,
            in_flight,
        } = options;
        let (write, call) = Write::new(write);
        write.unkeyed("write the records one at a time with `sobjects`, or upsert them")?;
        let batch_size = batch_size.unwrap_or(BATCH_MAX);
        if !(1..=BATCH_MAX).contains(&batch_size) {
            return Err(refused(&format!("batch-size is not from 1 to {BATCH_MAX}")));
        }
        let in_flight = in_flight.unwrap_or(IN_FLIGHT_DEFAULT);
        if !IN_FLIGHT.contains(&in_flight) {
            let (least, most) = (IN_FLIGHT.start(), IN_FLIGHT.end());
            return Err(refused(&format!("in-flight is not from {least} to {most}")));
        }
        count(records.len())?;
        let bytes: usize = records.iter().map(String::len).sum();
        if bytes > BYTES_MAX {
            return Err(refused(&format!(
                "the records have {bytes} bytes, and {BYTES_MAX} are allowed"
            )));
        }
        let rows = records.iter().enumerate();
        let rows =
            rows.map(|(place, record)| row(record).map_err(|error| error.of_item("record", place)));
        let mut many = Self {
            verb,
            rows: rows.collect::<Result<_, _>>()?,
            write,
            repeat: Repeat::UnlessExecuted,
            all_or_none,
            batch_size: batch_size.into(),
            in_flight: in_flight.into(),
        };
        course::check_whole(&many)?;
        // What is wrong with the options is said before anything is sent.
        many.repeat = many.batch(Vec::new()).call()?.manner().repeat;
        Ok((many, call))
    }

    /// The request of these rows.
    pub(crate) fn batch(&self, rows: Vec<usize>) -> Batch<'_> {
        Batch { many: self, rows }
    }

    /// What may be done when an answer is lost: only a creation makes more when it is sent
    /// twice.
    fn class(&self) -> Repeat {
        match self.verb {
            Verb::Create => Repeat::UnlessExecuted,
            Verb::Update | Verb::Upsert { .. } | Verb::Delete => Repeat::Always,
        }
    }

    fn apply(&self, call: Call) -> Result<Call, Error> {
        let call = match self.verb {
            Verb::Upsert { .. } => call.since(ApiVersion::UPSERTS),
            Verb::Create | Verb::Update | Verb::Delete => call,
        };
        self.write.apply(call.length(LENGTH), self.class())
    }
}

fn count(records: usize) -> Result<(), Error> {
    match records {
        1..=RECORDS_MAX => Ok(()),
        0 => Err(refused("there is no record")),
        _ => Err(refused(&format!(
            "there are {records} records, and {RECORDS_MAX} are allowed"
        ))),
    }
}

fn refused(why: &str) -> Error {
    Error::InvalidInput(why.to_owned())
}

fn below(path: String) -> Path {
    Path::Versioned(path)
}

#[cfg(test)]
mod tests;
