//! `query?explain=`: how a statement would be run.
//!
//! Source: REST API Developer Guide, "Query Performance Feedback (Beta)". Which
//! fields are indexed, and from which share of the records on an index does not
//! pay: Apex Developer Guide, "Working with Very Large SOQL Queries", and
//! Salesforce's "Query & Search Optimization Cheat Sheet". How Salesforce weighs
//! a scan is not documented: here it is by what it reads, as the rest is.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::ignored::Ignored;
use crate::list_view;
use crate::schema::{Field, Kind, Name, SObject};
use crate::soql::{self, Comparison, Condition, Expression, Path, Query, Selection};
use crate::sql::{Environment, Statement, translate};

/// What is said of a filter that no index helps.
const UNINDEXED: &str = "Not considering filter for optimization because unindexed";

/// Records up to which the larger shares hold.
const FIRST_RECORDS: f64 = 1_000_000.0;

#[derive(Serialize)]
struct Feedback {
    plans: Vec<Plan>,
}

/// One way to run a statement.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    cardinality: usize,
    fields: Vec<Name>,
    leading_operation_type: &'static str,
    notes: Vec<Note>,
    relative_cost: f64,
    sobject_cardinality: usize,
    sobject_type: Name,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    description: &'static str,
    fields: Vec<Name>,
    table_enum_or_id: Name,
}

/// Answers the plans of a statement, or of a list view's, the best one first.
pub(super) fn answer(
    call: &Call<'_>,
    text: &str,
    environment: Environment<'_>,
) -> Result<Answer, ApiError> {
    if let Some(id) = RecordId::parse(text.trim()) {
        return match list_view::with_id(call, &id) {
            Some(view) => of_statement(call, &view.query(call), environment),
            None => Err(unknown_view(text.trim())),
        };
    }
    of_statement(call, text, environment)
}

/// This org has no reports. The words are the emulator's own.
fn unknown_view(id: &str) -> ApiError {
    let message = format!("there is no report or list view {id}");
    ApiError::caller(StatusCode::BAD_REQUEST, "INVALID_ID", message)
}

fn of_statement(
    call: &Call<'_>,
    text: &str,
    environment: Environment<'_>,
) -> Result<Answer, ApiError> {
    let query = soql::parse(text)?;
    translate(&query, text, environment)?;
    let Some(sobject) = environment.schema.named(&query.from.name.text) else {
        return Err(ApiError::missing_query()); // its translation would have failed
    };
    let number = |condition: Option<Condition>| -> Result<usize, ApiError> {
        let counted = counting(&query, condition);
        match translate(&counted, text, environment)? {
            Statement::Count(count) => {
                let number = call.org.database().number(&count);
                number.map_err(|error| ApiError::internal(&error))
            }
            Statement::Records { .. } | Statement::Groups(_) => Ok(0),
        }
    };
    let all = number(None)?;
    let filters = filters(&query, sobject);
    let plan = |operation, fields, cardinality, relative_cost| Plan {
        cardinality,
        fields,
        leading_operation_type: operation,
        notes: notes(sobject, &filters),
        relative_cost,
        sobject_cardinality: all,
        sobject_type: sobject.name.clone(),
    };
    let mut plans = Vec::new();
    for Filter { field, condition } in &filters {
        if let Some(shares) = shares(field)
            && is_selective(condition)
        {
            let found = number(Some((*condition).clone()))?;
            let cost = cost(found, all, shares);
            plans.push(plan("Index", vec![field.name.clone()], found, cost));
        }
    }
    let found = number(query.condition.clone())?;
    let scan = cost(all, all, STANDARD_INDEX);
    plans.push(plan("TableScan", Vec::new(), found, scan));
    plans.sort_by(|one, other| one.relative_cost.total_cmp(&other.relative_cost));
    let answer = Answer::json(StatusCode::OK, &Feedback { plans });
    Ok(Ignored::of(&query, environment.schema).named_in(answer))
}

/// The statement that counts what a condition finds.
fn counting(query: &Query, condition: Option<Condition>) -> Query {
    Query {
        selection: Selection::Count,
        condition,
        group: None,
        having: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        ..query.clone()
    }
}

/// A condition that holds of every row of the result, about a field of FROM's
/// object.
struct Filter<'q> {
    field: &'q Field,
    condition: &'q Condition,
}

fn filters<'q>(query: &'q Query, sobject: &'q SObject) -> Vec<Filter<'q>> {
    let conditions = match &query.condition {
        Some(Condition::And(operands)) => operands.iter().collect(),
        Some(other) => vec![other],
        None => Vec::new(),
    };
    let filters = conditions.into_iter().filter_map(|condition| {
        let path = subject(condition)?;
        let field = sobject.field(&path.field)?;
        path.parents
            .is_empty()
            .then_some(Filter { field, condition })
    });
    filters.collect()
}

fn subject(condition: &Condition) -> Option<&Path> {
    let (Condition::Compare { subject, .. }
    | Condition::In { subject, .. }
    | Condition::InQuery { subject, .. }
    | Condition::Includes { subject, .. }) = condition
    else {
        return None;
    };
    match subject {
        Expression::Field(path) => Some(path),
        Expression::Call(_) | Expression::Distance(_) => None,
    }
}

/// Whether an index helps with it: it says what a value is, not what it is not.
fn is_selective(condition: &Condition) -> bool {
    match condition {
        Condition::Compare { comparison, .. } => *comparison != Comparison::NotEqual,
        Condition::In { negated, .. } | Condition::InQuery { negated, .. } => !negated,
        _ => false,
    }
}

/// From which share of the first records, and of the others, an index does not
/// pay.
type Shares = (f64, f64);

const STANDARD_INDEX: Shares = (0.3, 0.15);
const CUSTOM_INDEX: Shares = (0.1, 0.05);

/// The shares of a field's index, if it has one.
fn shares(field: &Field) -> Option<Shares> {
    const INDEXED: [&str; 3] = ["Name", "CreatedDate", "SystemModstamp"];
    let is_key = matches!(field.kind, Kind::Id | Kind::Reference);
    if is_key || INDEXED.contains(&&*field.name) {
        return Some(STANDARD_INDEX);
    }
    (field.external_id || field.unique).then_some(CUSTOM_INDEX)
}

/// What reading `found` of `all` records costs: 1 where an index begins not to
/// pay.
fn cost(found: usize, all: usize, (first, others): Shares) -> f64 {
    let all = all as f64;
    let threshold = all.min(FIRST_RECORDS) * first + (all - FIRST_RECORDS).max(0.0) * others;
    if threshold > 0.0 {
        found as f64 / threshold
    } else {
        0.0
    }
}

/// What is said of filters that no index helps, of that for deleted records too.
fn notes(sobject: &SObject, filters: &[Filter<'_>]) -> Vec<Note> {
    let filtered = filters
        .iter()
        .filter(|filter| shares(filter.field).is_none());
    let mut names = vec![Name::from("IsDeleted")];
    for filter in filtered {
        if !names.contains(&filter.field.name) {
            names.push(filter.field.name.clone());
        }
    }
    let note = |name| Note {
        description: UNINDEXED,
        fields: vec![name],
        table_enum_or_id: sobject.name.clone(),
    };
    names.into_iter().map(note).collect()
}
