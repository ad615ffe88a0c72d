//! `--paginate`: the records of all pages.

use std::io::{self, Write as _};

use serde::Deserialize;
use serde_json::value::RawValue;
use sfbox::{Completeness, Page};

use super::address::statement;
use super::asking::Asking;
use super::call::Request;
use super::pretty;
use crate::destination::{Destination, Place};
use crate::records::{Columns, Format, Look, Records};
use crate::verdict::Unreadable;

/// Below these segments are the pages of a query. Nothing else is asked for, whatever a
/// page names: a GET can do more than read.
const QUERIES: [&str; 2] = ["query", "queryAll"];

/// A page, as far as its records.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
    next_records_url: Option<String>,
    // -1 where Salesforce does not know.
    total_size: Option<i64>,
}

/// Prints the records of all pages, each as it arrives. A failure leaves the array
/// unclosed.
pub(super) async fn print(
    asking: &mut Asking,
    first: Request,
    place: Option<Place>,
) -> anyhow::Result<()> {
    let mut completeness = Completeness::of(&statement(&first.path));
    let mut request = first.clone();
    let mut place = place;
    let mut listing: Option<Listing> = None;
    let mut rows = 0;
    loop {
        let answer = asking.read(request).await?;
        let read = read(&answer.body)?;
        let page = page(&read)?;
        let texts = read.records.iter().map(|record| record.get());
        completeness.page(&page, texts)?;
        // Opened only now: a request that is refused touches no file.
        let listing = match &mut listing {
            Some(listing) => listing,
            none => none.insert(Listing::open(place.take())?),
        };
        listing.page(&read.records, page.next.is_some())?;
        rows += read.records.len() as u64;
        if listing.is_seen() {
            asking.calling.progress.end();
        } else {
            asking.calling.progress.reached(rows, page.total_size);
        }
        let Some(next) = page.next else { break };
        request = Request {
            path: next,
            ..first.clone()
        };
    }
    completeness.end()?;
    match listing {
        Some(listing) => Ok(listing.end()?.finish()?),
        None => Ok(()),
    }
}

/// Takes an answer apart without reading its records.
fn read(body: &[u8]) -> Result<Read<'_>, Unreadable> {
    serde_json::from_slice(body).map_err(Unreadable::Paginated)
}

/// What decides whether the pages come to an end, and make a whole result.
fn page(read: &Read<'_>) -> Result<Page, Unreadable> {
    let next = read.next_records_url.clone();
    match next {
        Some(next) if !is_page_of_query(&next) => Err(Unreadable::NextPage),
        next => Ok(Page {
            body: String::new(),
            total_size: read.total_size.and_then(|total| u64::try_from(total).ok()),
            next,
        }),
    }
}

/// Whether a path ends as `query/01g…-2000` does, and says nothing else.
fn is_page_of_query(path: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/.-".contains(letter);
    let mut segments = path.rsplit('/');
    let is_locator = segments.next().is_some_and(|locator| !locator.is_empty());
    let is_query = segments
        .next()
        .is_some_and(|query| QUERIES.contains(&query));
    path.starts_with('/') && path.chars().all(is_plain) && is_locator && is_query
}

/// One array of records.
enum Listing {
    /// One record a line.
    Lines(Records<Destination>),
    /// With line breaks, for a person.
    Shown { out: Destination, is_begun: bool },
}

impl Listing {
    fn open(place: Option<Place>) -> io::Result<Self> {
        let escape = Format::Json.escape();
        let out = match place {
            Some(place) => Destination::at(place, escape)?,
            None => Destination::stdout(escape),
        };
        Ok(if out.is_terminal() {
            Self::Shown {
                out,
                is_begun: false,
            }
        } else {
            let columns = Columns::named(&[]);
            Self::Lines(Records::of(out, Format::Json, columns, Look::default()))
        })
    }

    /// Whether a person sees the records.
    fn is_seen(&self) -> bool {
        matches!(self, Self::Shown { .. })
    }

    fn page(&mut self, records: &[&RawValue], more: bool) -> anyhow::Result<()> {
        match self {
            Self::Lines(lines) => lines.page(records, more),
            Self::Shown { out, is_begun } => {
                for record in records {
                    let before: &[u8] = if *is_begun { b",\n" } else { b"[\n" };
                    out.write_all(before)?;
                    *is_begun = true;
                    match record.get() {
                        json if pretty::is_json(json.as_bytes()) => pretty::write(json, out)?,
                        json => out.write_all(json.as_bytes())?,
                    }
                }
                Ok(out.flush()?)
            }
        }
    }

    fn end(self) -> io::Result<Destination> {
        match self {
            Self::Lines(lines) => lines.end(),
            Self::Shown { mut out, is_begun } => {
                let end: &[u8] = if is_begun { b"\n]\n" } else { b"[]\n" };
                out.write_all(end)?;
                Ok(out)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_one_and_the_number_of_records() {
        for (body, total_size, next) in [
            (r#"{"records":[{"Id":"1"}]}"#, None, None),
            (
                r#"{"totalSize":-1,"records":[],"nextRecordsUrl":null}"#,
                None,
                None,
            ),
            (
                r#"{"totalSize":7,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-5","records":[]}"#,
                Some(7),
                Some("/services/data/v66.0/query/01g-5"),
            ),
        ] {
            let page = page(&read(body.as_bytes()).unwrap()).unwrap();
            assert_eq!((page.total_size, page.next.as_deref()), (total_size, next));
        }
    }

    #[test]
    fn an_answer_without_records_has_no_pages() {
        for body in ["", "[]", "{}", r#"{"records":7}"#, r#"{"records":[}"#] {
            let refused = read(body.as_bytes()).map(|read| read.records.len());
            assert!(matches!(refused, Err(Unreadable::Paginated(_))), "{body}");
        }
    }

    #[test]
    fn no_page_leads_elsewhere() {
        for next in [
            "https://evil.example/services/data/",
            "https://evil.example/query/01g",
            "query/01g",
            "/services/oauth2/token",
            "/services/data/v66.0/query/",
            "/services/data/v66.0/query?q=x",
            "/services/data/v66.0/query/01g?q=x",
            "/services/data/v66.0/tooling/executeAnonymous?anonymousBody=/query/01g",
            "//x",
            "",
        ] {
            let body = serde_json::json!({"records": [], "nextRecordsUrl": next}).to_string();
            let refused = page(&read(body.as_bytes()).unwrap());
            assert!(matches!(refused, Err(Unreadable::NextPage)), "{next}");
        }
    }
}
