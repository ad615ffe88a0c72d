//! Records in CSV.

use csv::{ErrorKind, Reader, StringRecord};

use super::{Cell, Content, LoadError, LoadFile, Place, Read, Spot};

/// Gives each record to `add`.
pub(super) fn each(
    file: &LoadFile,
    mut add: impl FnMut(Read<'_>) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    // Some programs begin a file with a byte order mark.
    let text = file.text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_reader(text.as_bytes());
    let headers = reader.headers();
    let headers = headers.map_err(|error| wrong(file, &error))?.clone();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => add(read(&headers, &record))?,
            Err(error) => return Err(wrong(file, &error)),
        }
    }
}

fn read<'t>(headers: &StringRecord, record: &'t StringRecord) -> Read<'t> {
    let line = record.position().map_or(1, csv::Position::line);
    let cells = headers.iter().zip(record).zip(1..);
    let cells = cells.map(|((name, text), column)| Cell {
        name: name.trim().to_owned(),
        // As the Bulk API writes null.
        content: Content::Text(if text == "#N/A" { "" } else { text }),
        spot: Spot::At(Place { line, column }),
    });
    Read {
        object: None,
        spot: Spot::At(Place { line, column: 1 }),
        cells: cells.collect(),
    }
}

fn wrong(file: &LoadFile, error: &csv::Error) -> LoadError {
    let line = error.position().map_or(1, csv::Position::line);
    let place = Place { line, column: 1 };
    match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            let column = (*len).min(*expected_len) + 1;
            let why = format!("the first line has {expected_len} values, and this one {len}");
            file.syntax(Place { line, column }, why)
        }
        _ => file.syntax(place, error.to_string()),
    }
}
