//! An answer on its way out.

use std::io::{self, Write};

use http::StatusCode;
use sfbox::RestResponse;

use super::pretty;
use crate::destination::{Destination, Escape, Place};

/// What is at that place, or stdout. Text is escaped as text, if a person sees it.
pub(super) fn open(place: Option<Place>) -> io::Result<Destination> {
    match place {
        Some(place) => Destination::at(place, Escape::Text),
        None => Ok(Destination::stdout(Escape::Text)),
    }
}

/// Writes an answer. `include`: its status and headers first.
pub(super) fn write(
    answer: &RestResponse,
    include: bool,
    mut out: Destination,
) -> anyhow::Result<()> {
    let is_json = pretty::is_json(&answer.body);
    if is_json {
        // As JSON the text stays JSON.
        out.escape_as(Escape::Json);
    }
    if include {
        out.write_all(head(answer, out.is_terminal()).as_bytes())?;
    }
    if out.is_terminal() {
        show(&answer.body, is_json, &mut out)?;
    } else {
        out.write_all(&answer.body)?;
    }
    Ok(out.finish()?)
}

/// The status line and the headers as HTTP/1.1 writes them, whichever version it was:
/// `curl -i` and `gh api --include` print the same form, and other programs read it.
pub(super) fn head(answer: &RestResponse, is_seen: bool) -> String {
    let end = if is_seen { "\n" } else { "\r\n" };
    let status = StatusCode::from_u16(answer.status).ok();
    let reason = status.and_then(|status| status.canonical_reason());
    let reason = reason.unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}{end}", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}{end}"));
    }
    head.push_str(end);
    head
}

/// Writes a body for a person.
fn show(body: &[u8], is_json: bool, out: &mut impl Write) -> io::Result<()> {
    match str::from_utf8(body) {
        Ok(json) if is_json => pretty::write(json, out)?,
        _ => out.write_all(body)?,
    }
    match body.last() {
        None | Some(b'\n') if !is_json => Ok(()),
        _ => out.write_all(b"\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &[u8]) -> String {
        let mut out = Vec::new();
        show(body, pretty::is_json(body), &mut out).unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_person_sees_json_with_line_breaks_and_all_else_as_it_is() {
        for (body, expected) in [
            (&b""[..], ""),
            (b"a", "a\n"),
            (b"a\n", "a\n"),
            (b"{\"a\":1}", "{\n  \"a\": 1\n}\n"),
            (b"{\"a\":1}\n", "{\n  \"a\": 1\n}\n"),
            (b"7", "7\n"),
            (b"{\"a\":1", "{\"a\":1\n"),
            (b"<html>", "<html>\n"),
        ] {
            assert_eq!(shown(body), expected);
        }
    }

    #[test]
    fn the_head_is_that_of_a_message() {
        let answer = |status, headers| RestResponse {
            status,
            headers,
            body: Vec::new(),
        };
        let created = answer(201, vec![("Location".to_owned(), "/x".to_owned())]);
        assert_eq!(
            head(&created, false),
            "HTTP/1.1 201 Created\r\nLocation: /x\r\n\r\n"
        );
        let unknown = answer(420, Vec::new());
        assert_eq!(head(&unknown, true), "HTTP/1.1 420 \n\n");
    }
}
