//! Records with their children, all of them created or none: `composite/tree`.
//!
//! Source: REST API Developer Guide, "sObject Tree", "sObject Tree Request Body",
//! "sObject Tree Response Body", "Create Nested Records".

mod plan;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::check_nesting;
use super::item_error::ItemError;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::json_body;
use crate::sobject::writer::Writer;
use crate::sobject::{self, foreign_key, write};
use crate::transaction::Transaction;
use plan::{Node, Plan, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    records: Vec<Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results<'p> {
    has_errors: bool,
    results: Vec<NodeResult<'p>>,
}

/// A record's id, or why it was not created.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeResult<'p> {
    reference_id: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[ItemError; 1]>,
}

/// Answers `POST composite/tree/{object}`.
pub(crate) fn tree(call: &Call<'_>) -> Result<Answer, ApiError> {
    let root = sobject::object(call)?;
    let Body { records } = json_body::parsed(call.request)?;
    check_nesting(call)?;
    let plan = Plan::read(&call.org.schema, root, records)?;
    let problems = plan.problems();
    if !problems.is_empty() {
        let results = problems.into_iter();
        return Ok(failed(
            results.map(|(node, problem)| NodeResult::failed(node, problem.into())),
        ));
    }
    let transaction = Transaction::begin(call, true)?;
    let part = Call {
        is_part: true,
        ..*call
    };
    let created = created(&part, &plan);
    transaction.end(created.is_ok())?;
    Ok(match created {
        Ok(ids) => {
            let results = plan.nodes().iter().zip(ids);
            let results = results.map(|(node, id)| NodeResult::created(node, &id));
            answer(StatusCode::CREATED, false, results.collect())
        }
        Err(errors) => failed(
            errors
                .into_iter()
                .map(|(node, error)| NodeResult::failed(node, error)),
        ),
    })
}

/// Creates the records level by level, and answers their ids. The first level in which
/// some fail is the last one; why each of them failed is answered.
fn created<'p>(
    call: &Call<'_>,
    plan: &'p Plan<'_>,
) -> Result<Vec<RecordId>, Vec<(&'p Node<'p>, ApiError)>> {
    let mut ids: Vec<RecordId> = Vec::new();
    for level in plan.levels() {
        let mut own = Vec::new();
        let mut errors = Vec::new();
        for node in level {
            let body = node.body(&ids);
            let written = call.write(|database| {
                foreign_key::refuse_all(node.sobject, &body)?;
                write::create(&Writer::of(call), database, node.sobject, &body)
            });
            match written {
                Ok(id) => own.push(id),
                Err(error) => errors.push((node, error)),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        ids.append(&mut own);
    }
    Ok(ids)
}

fn failed<'p>(results: impl Iterator<Item = NodeResult<'p>>) -> Answer {
    answer(StatusCode::BAD_REQUEST, true, results.collect())
}

fn answer(status: StatusCode, has_errors: bool, results: Vec<NodeResult<'_>>) -> Answer {
    let results = Results {
        has_errors,
        results,
    };
    Answer::json(status, &results)
}

impl<'p> NodeResult<'p> {
    fn created(node: &'p Node<'_>, id: &RecordId) -> Self {
        Self {
            reference_id: &node.reference,
            id: Some(id.to_string()),
            errors: None,
        }
    }

    fn failed(node: &'p Node<'_>, error: ApiError) -> Self {
        Self {
            reference_id: &node.reference,
            id: None,
            errors: Some([error.into()]),
        }
    }
}

impl From<Problem> for ApiError {
    /// The words for doubled references and missing types are those of captured
    /// answers; the others' are the emulator's own.
    fn from(problem: Problem) -> Self {
        let words = match problem {
            Problem::DoubledReference => "Duplicate ReferenceId provided in the request.",
            Problem::NoType => "Include an entity type for each record in the request.",
            Problem::OtherType => "The type of a record is not the one of its place in the tree.",
        };
        Self::invalid_input(words)
    }
}
