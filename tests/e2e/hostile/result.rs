//! Results without an end, and results that are not whole.

use std::io;

use super::Row;
use crate::raw_org::{Request, Wire};

pub(super) const ROWS: [Row; 7] = [
    Row::http1(
        "a page that names itself",
        |wire, request| send(wire, request, 9, 1, Some(1)),
        6,
        "names the page that it stands on",
    ),
    Row::http2(
        "pages in a circle",
        |wire, request| send(wire, request, 9, 1, Some(1 + request.number % 2)),
        6,
        "named the same page twice",
    ),
    Row::http1(
        "a page without records that is not the last",
        |wire, request| send(wire, request, 9, 0, Some(1)),
        6,
        "has no records",
    ),
    Row::http2(
        "pages without records behind one with a record",
        |wire, request| {
            let records = usize::from(request.number == 0);
            send(wire, request, 9, records, Some(request.number))
        },
        6,
        "has no records",
    ),
    Row::http1(
        "more records than there are",
        |wire, request| send(wire, request, 1, 2, None),
        6,
        "the org sent 2 records, but reported a total of 1",
    ),
    Row::http2(
        "records that are missing",
        |wire, request| send(wire, request, 3, 1, None),
        6,
        "2 of 3 records are missing",
    ),
    Row::http1(
        "no records of many",
        |wire, request| send(wire, request, 3, 0, None),
        6,
        "3 of 3 records are missing",
    ),
];

/// Sends a page with so many records, and perhaps the locator of another.
fn send(
    wire: &mut Wire,
    request: &Request,
    total: usize,
    records: usize,
    next: Option<usize>,
) -> io::Result<()> {
    let record = serde_json::json!({"Id": "001000000000001AAA"});
    let mut page = serde_json::json!({
        "totalSize": total,
        "done": next.is_none(),
        "records": vec![record; records],
    });
    if let Some(next) = next {
        page["nextRecordsUrl"] = format!("/services/data/v66.0/query/01g{next}-200").into();
    }
    wire.answer(request, page.to_string().as_bytes())
}
