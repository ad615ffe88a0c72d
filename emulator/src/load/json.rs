//! Records in JSON, in one document or in lines.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Cell, Content, LoadError, LoadFile, Place, Read, Spot};

/// A document: the records, or a query's answer.
#[derive(Deserialize)]
struct Answer<'t> {
    #[serde(borrow)]
    records: Vec<&'t RawValue>,
}

/// The members of a record as they are written.
type Members<'t> = BTreeMap<String, &'t RawValue>;

/// Gives each record of a document to `add`.
pub(super) fn each(
    file: &LoadFile,
    mut add: impl FnMut(Read<'_>) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let text = &*file.text;
    let wrong = |error: serde_json::Error| {
        let place = Place {
            line: error.line() as u64,
            column: error.column() as u64,
        };
        file.syntax(place, words(&error))
    };
    let records = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(wrong)?
    } else {
        serde_json::from_str::<Answer<'_>>(text)
            .map_err(wrong)?
            .records
    };
    for record in records {
        let spot = spot(text, record.get());
        let members = serde_json::from_str(record.get());
        let members =
            members.map_err(|_| file.syntax(file.place(spot), "a record is an object"))?;
        add(read(text, spot, members))?;
    }
    Ok(())
}

/// Gives the record of each line to `add`; empty lines are none.
pub(super) fn each_line(
    file: &LoadFile,
    mut add: impl FnMut(Read<'_>) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    for (number, line) in (1..).zip(file.text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let members = serde_json::from_str(line).map_err(|error: serde_json::Error| {
            let column = error.column() as u64;
            file.syntax(
                Place {
                    line: number,
                    column,
                },
                words(&error),
            )
        })?;
        add(read(&file.text, spot(&file.text, line), members))?;
    }
    Ok(())
}

/// A parser's words without the place.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or_default();
    format!("this is not a record in JSON: {words}")
}

/// A record whose members lie in `text`.
fn read<'t>(text: &'t str, spot: Spot, members: Members<'t>) -> Read<'t> {
    let mut object = None;
    let mut cells = Vec::with_capacity(members.len());
    for (name, raw) in members {
        // It was read once already.
        let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        if name == "attributes" {
            object = value["type"].as_str().map(str::to_owned);
            continue;
        }
        cells.push(Cell {
            name,
            spot: self::spot(text, raw.get()),
            content: Content::Json(value),
        });
    }
    Read {
        object,
        spot,
        cells,
    }
}

/// Where a part of a text begins: both are of one allocation.
fn spot(text: &str, part: &str) -> Spot {
    Spot::Offset((part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize))
}
