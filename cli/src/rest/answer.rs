//! An answer on its way out.

use std::io::{self, Write};

use http::StatusCode;
use sfbox::RestResponse;

use super::pretty;
use crate::destination::{Destination, Escape, Place};

/// Prints an answer: to `place`, or to stdout. `include`: its status and headers first.
pub(super) fn print(
    answer: &RestResponse,
    include: bool,
    place: Option<Place>,
) -> anyhow::Result<()> {
    let is_json = pretty::is_json(&answer.body);
    // As JSON the text stays JSON.
    let escape = if is_json { Escape::Json } else { Escape::Text };
    let mut out = match place {
        Some(place) => Destination::at(place, escape)?,
        None => Destination::stdout(escape),
    };
    let is_seen = out.is_terminal();
    if include {
        out.write_all(head(answer, if is_seen { "\n" } else { "\r\n" }).as_bytes())?;
    }
    if is_seen {
        show(&answer.body, is_json, &mut out)?;
    } else {
        out.write_all(&answer.body)?;
    }
    Ok(out.finish()?)
}

/// The status line and the headers as HTTP/1.1 writes them, whichever version it was:
/// `curl -i` and `gh api --include` print the same form, and other programs read it.
fn head(answer: &RestResponse, end: &str) -> String {
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
            head(&created, "\r\n"),
            "HTTP/1.1 201 Created\r\nLocation: /x\r\n\r\n"
        );
        let unknown = answer(420, Vec::new());
        assert_eq!(head(&unknown, "\n"), "HTTP/1.1 420 \n\n");
    }
}
