//! Several requests in one: built, and their answers read. Source: REST API Developer Guide,
//! "Composite", "Composite Batch" and "Composite Graph".

mod part;
mod tree;

use std::collections::BTreeSet;

use http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::call::{Call, Operation, Path, Repeat};
use crate::contract::composite::{Graph, GraphAnswer, OnFailure, Subrequest, Subresponse};
use crate::error::Error;
use crate::names::ApiVersion;
use crate::sobjects::JSON;
use crate::token::Fingerprint;
use crate::write::Write;
use part::{Answered, Part};
pub(crate) use tree::Tree;

/// Requests of one call.
const REQUESTS_MAX: usize = 25;

/// Those of them that are queries or collections.
const READS_MAX: usize = 5;

const GRAPHS_MAX: usize = 75;

/// Requests of all graphs of a call.
const NODES_MAX: usize = 500;

/// `composite.send`.
pub(crate) struct Composite {
    pub(crate) requests: Vec<Subrequest>,
    pub(crate) on_failure: OnFailure,
    pub(crate) write: Write,
}

/// `composite.batch`.
pub(crate) struct Batch {
    pub(crate) requests: Vec<Subrequest>,
    pub(crate) on_failure: OnFailure,
    pub(crate) write: Write,
}

/// `composite.graphs`.
pub(crate) struct Graphs {
    pub(crate) graphs: Vec<Graph>,
    pub(crate) write: Write,
}

impl Operation for Composite {
    type Output = Vec<Subresponse>;

    fn call(&self) -> Result<Call, Error> {
        let parts = named(&self.requests)?;
        within(parts.len(), REQUESTS_MAX, "requests")?;
        let reads = parts.iter().filter(|part| part.is_query_or_collection());
        if reads.count() > READS_MAX {
            return Err(refused(&format!(
                "more than {READS_MAX} of the requests are queries or collections"
            )));
        }
        let all_or_none = self.on_failure == OnFailure::Stop;
        let class = class(&parts);
        let path = Path::Versioned("composite".to_owned());
        let call = Call::new(Method::POST, path).versioned_body(JSON, move |version| {
            let parts = list(&parts, |part| part.composite(version));
            format!(r#"{{"allOrNone":{all_or_none},"compositeRequest":{parts}}}"#)
        });
        apply(&self.write, call, class)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Vec<Subresponse>, Error> {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow, rename = "compositeResponse")]
            responses: Vec<Answered<'a>>,
        }
        let responses = entries(&answer, self.requests.len(), |body: Body<'_>| {
            body.responses
        })?;
        Ok(responses.into_iter().map(Answered::subresponse).collect())
    }
}

impl Operation for Batch {
    type Output = Vec<Subresponse>;

    fn call(&self) -> Result<Call, Error> {
        let parts = parts(&self.requests)?;
        within(parts.len(), REQUESTS_MAX, "requests")?;
        if parts.iter().any(Part::has_headers) {
            return Err(refused("the requests of a batch have no headers"));
        }
        let halts = self.on_failure == OnFailure::Stop;
        let class = class(&parts);
        let path = Path::Versioned("composite/batch".to_owned());
        let call = Call::new(Method::POST, path).versioned_body(JSON, move |version| {
            let parts = list(&parts, |part| part.batch(version));
            format!(r#"{{"haltOnError":{halts},"batchRequests":{parts}}}"#)
        });
        apply(&self.write, call, class)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Vec<Subresponse>, Error> {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow)]
            results: Vec<Done<'a>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Done<'a> {
            status_code: u16,
            #[serde(borrow)]
            result: Option<&'a RawValue>,
        }
        let results = entries(&answer, self.requests.len(), |body: Body<'_>| body.results)?;
        let response = |result: Done<'_>| Subresponse {
            reference_id: String::new(),
            status: result.status_code,
            headers: Vec::new(),
            body: result.result.map(|json| json.get().to_owned()),
        };
        Ok(results.into_iter().map(response).collect())
    }
}

impl Operation for Graphs {
    type Output = Vec<GraphAnswer>;

    fn call(&self) -> Result<Call, Error> {
        within(self.graphs.len(), GRAPHS_MAX, "graphs")?;
        unique(self.graphs.iter().map(|graph| &*graph.id), "a graph")?;
        let graphs: Vec<(String, Vec<Part>)> = self
            .graphs
            .iter()
            .map(|graph| Ok((graph.id.clone(), named(&graph.requests)?)))
            .collect::<Result<_, Error>>()?;
        for (_, parts) in &graphs {
            within(parts.len(), NODES_MAX, "requests in a graph")?;
        }
        let nodes = graphs.iter().map(|(_, parts)| parts.len()).sum();
        within(nodes, NODES_MAX, "requests in all graphs")?;
        let path = Path::Versioned("composite/graph".to_owned());
        let call = Call::new(Method::POST, path)
            .since(ApiVersion::GRAPHS)
            .versioned_body(JSON, move |version| {
                let graphs = list(&graphs, |(id, parts)| {
                    let parts = list(parts, |part| part.composite(version));
                    format!(r#"{{"graphId":"{id}","compositeRequest":{parts}}}"#)
                });
                format!(r#"{{"graphs":{graphs}}}"#)
            });
        apply(&self.write, call, Repeat::UnlessExecuted)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Vec<GraphAnswer>, Error> {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow)]
            graphs: Vec<One<'a>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct One<'a> {
            graph_id: String,
            #[serde(borrow)]
            graph_response: Responses<'a>,
            is_successful: bool,
        }
        #[derive(Deserialize)]
        struct Responses<'a> {
            #[serde(borrow, rename = "compositeResponse")]
            responses: Vec<Answered<'a>>,
        }
        let graphs = entries(&answer, self.graphs.len(), |body: Body<'_>| body.graphs)?;
        let graph = |one: One<'_>| GraphAnswer {
            id: one.graph_id,
            successful: one.is_successful,
            responses: one
                .graph_response
                .responses
                .into_iter()
                .map(Answered::subresponse)
                .collect(),
        };
        Ok(graphs.into_iter().map(graph).collect())
    }
}

/// The list in an answer, which has an entry for each request.
fn entries<'a, B: Deserialize<'a>, T>(
    answer: &'a Answer,
    number: usize,
    list: impl FnOnce(B) -> Vec<T>,
) -> Result<Vec<T>, Error> {
    if !answer.is_success() {
        return Err(answer.failure());
    }
    let body: Option<B> = serde_json::from_slice(&answer.body).ok();
    let entries = body.map(list).filter(|entries| entries.len() == number);
    entries.ok_or_else(|| answer.unexpected("no list with one entry for each request"))
}

/// Requests that others refer to.
fn named(requests: &[Subrequest]) -> Result<Vec<Part>, Error> {
    unique(
        requests.iter().map(|request| &*request.reference_id),
        "a request",
    )?;
    parts(requests)
}

fn parts(requests: &[Subrequest]) -> Result<Vec<Part>, Error> {
    let parts = requests.iter().enumerate();
    let parts = parts.map(|(place, request)| {
        Part::new(request).map_err(|error| error.of_item("request", place))
    });
    parts.collect()
}

/// Refuses names that are not valid, or that occur twice.
fn unique<'a>(names: impl Iterator<Item = &'a str>, of: &str) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for name in names {
        let is_name = (1..=40).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(refused(&format!(
                "the name of {of} has 1 to 40 letters, digits and `_`"
            )));
        }
        if !seen.insert(name) {
            return Err(refused(&format!("the name of {of} occurs twice")));
        }
    }
    Ok(())
}

fn within(number: usize, most: usize, of: &str) -> Result<(), Error> {
    match number {
        0 => Err(refused(&format!("there are no {of}"))),
        number if number > most => Err(refused(&format!(
            "there are {number} {of}, and {most} are allowed"
        ))),
        _ => Ok(()),
    }
}

/// Only requests that read do the same when they are sent twice.
fn class(parts: &[Part]) -> Repeat {
    match parts.iter().all(Part::reads) {
        true => Repeat::Always,
        false => Repeat::UnlessExecuted,
    }
}

fn apply(write: &Write, call: Call, class: Repeat) -> Result<Call, Error> {
    write.unkeyed("write the records one at a time with `sobjects`, or upsert them")?;
    write.apply(call, class)
}

fn list<T>(items: &[T], json: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(json).collect();
    format!("[{}]", items.join(","))
}

fn refused(why: &str) -> Error {
    Error::InvalidInput(why.to_owned())
}

#[cfg(test)]
mod tests;
