//! The parts of a composite request.

use super::allowed_path::method_name;
use super::class::Shape;
use super::decision::Ambiguity;
use super::json::{Json, Trouble};

/// A request in a request.
pub(super) struct Part<'a> {
    pub(super) method: &'static str,
    pub(super) url: &'a str,
    pub(super) headers: Option<&'a Json>,
    pub(super) body: Option<&'a Json>,
    pub(super) reference: Option<&'a str>,
}

/// The parts, in groups within which they can refer to each other.
pub(super) fn groups(shape: Shape, body: &Json) -> Result<Vec<Vec<Part<'_>>>, Trouble> {
    match shape {
        Shape::Composite => {
            body.only(&["allOrNone", "collateSubrequests", "compositeRequest"])?;
            Ok(vec![parts(body.array("compositeRequest")?)?])
        }
        Shape::Batch => {
            body.only(&["haltOnError", "batchRequests"])?;
            let parts = body.array("batchRequests")?.iter().map(batch_part);
            Ok(vec![parts.collect::<Result<_, _>>()?])
        }
        Shape::Graph => {
            body.only(&["graphs"])?;
            let graphs = body.array("graphs")?.iter().map(|graph| {
                graph.only(&["graphId", "compositeRequest"])?;
                parts(graph.array("compositeRequest")?)
            });
            graphs.collect()
        }
    }
}

fn parts(parts: &[Json]) -> Result<Vec<Part<'_>>, Trouble> {
    let mut seen = Vec::new();
    let mut read = Vec::new();
    for part in parts {
        part.only(&["method", "url", "referenceId", "body", "httpHeaders"])?;
        let reference = match part.member("referenceId")? {
            Some(_) => Some(part.text("referenceId")?),
            None => None,
        };
        if let Some(reference) = reference {
            if seen.contains(&reference) {
                return Err(Ambiguity::DoubledReference.into());
            }
            seen.push(reference);
        }
        read.push(Part {
            method: method(part)?,
            url: part.text("url")?,
            headers: part.member("httpHeaders")?,
            body: part.member("body")?,
            reference,
        });
    }
    Ok(read)
}

fn batch_part(part: &Json) -> Result<Part<'_>, Trouble> {
    part.only(&["method", "url", "richInput"])?;
    Ok(Part {
        method: method(part)?,
        url: part.text("url")?,
        headers: None,
        body: part.member("richInput")?,
        reference: None,
    })
}

fn method(part: &Json) -> Result<&'static str, Trouble> {
    Ok(method_name(part.text("method")?).ok_or(Ambiguity::Method)?)
}

/// The whole path of a part, which can be relative to `/services/data/`.
pub(super) fn absolute(url: &str) -> Result<String, Ambiguity> {
    let mut start = url.chars();
    if url.starts_with("/services/") {
        Ok(url.to_owned())
    } else if start.next() == Some('v') && start.next().is_some_and(|c| c.is_ascii_digit()) {
        Ok(format!("/services/data/{url}"))
    } else {
        Err(Ambiguity::Url)
    }
}
