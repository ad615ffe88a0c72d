//! Several composite requests, each of which is kept whole or not at all:
//! `composite/graph`.
//!
//! Source: REST API Developer Guide, "Composite Graph", "Composite Graph Limits".

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Answered, Part, answered, check, check_nesting};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::{ApiError, Blame};
use crate::json_body;

/// Graphs of a request. Source: as above.
const GRAPHS_MAX: usize = 75;

/// Parts of all graphs together. Source: as above.
const NODES_MAX: usize = 500;

/// The version since which parts of graphs can be. Source: as above.
const OLDEST: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Graph {
    graph_id: String,
    composite_request: Vec<Part>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GraphAnswer {
    graph_id: String,
    graph_response: Value,
    is_successful: bool,
}

/// Answers `POST composite/graph`.
pub(crate) fn graph(call: &Call<'_>) -> Result<Answer, ApiError> {
    let Whole { graphs } = json_body::parsed(call.request)?;
    check_nesting(call)?;
    let nodes: usize = graphs
        .iter()
        .map(|graph| graph.composite_request.len())
        .sum();
    if graphs.len() > GRAPHS_MAX || nodes > NODES_MAX {
        return Err(ApiError::invalid_input(
            "there are too many graphs or parts",
        ));
    }
    for graph in &graphs {
        check(&graph.composite_request)?;
        if !graph.composite_request.iter().all(|part| is_row(&part.url)) {
            return Err(ApiError::invalid_input(
                "a graph has records of objects only",
            ));
        }
    }
    let mut blame = Blame::Caller;
    let mut answers = Vec::new();
    for graph in graphs {
        let Answered {
            answers: parts,
            is_kept,
            blame: of_graph,
            // No part of a graph has a statement.
            ignored: _,
        } = answered(call, &graph.composite_request, true)?;
        if of_graph == Blame::Client {
            blame = Blame::Client;
        }
        answers.push(GraphAnswer {
            graph_id: graph.graph_id,
            graph_response: json!({"compositeResponse": parts}),
            is_successful: is_kept,
        });
    }
    let mut answer = Answer::json(StatusCode::OK, &json!({"graphs": answers}));
    answer.blame = blame;
    Ok(answer)
}

/// Whether a URL is that of an object, or of a record by its id or an external
/// one.
fn is_row(url: &str) -> bool {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    let below = path.strip_prefix("/services/data/v");
    let Some((version, path)) = below.and_then(|below| below.split_once(".0/")) else {
        return false;
    };
    let is_served = version
        .parse::<u32>()
        .is_ok_and(|version| version >= OLDEST);
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    is_served && segments.first() == Some(&"sobjects") && (2..=4).contains(&segments.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_are_in_graphs() {
        for (url, is_there) in [
            ("/services/data/v66.0/sobjects/Account", true),
            ("/services/data/v50.0/sobjects/Account/001", true),
            (
                "/services/data/v66.0/sobjects/Account/Ext__c/@{a.id}?updateOnly=true",
                true,
            ),
            ("/services/data/v49.0/sobjects/Account", false),
            ("/services/data/v66.0/sobjects", false),
            ("/services/data/v66.0/sobjects/A/b/c/d", false),
            ("/services/data/v66.0/query?q=/sobjects/A", false),
            ("/services/apexrest/echo", false),
            ("v66.0/sobjects/Account", false),
        ] {
            assert_eq!(is_row(url), is_there, "{url}");
        }
    }
}
