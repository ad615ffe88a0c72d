//! A search, run: every record that the clauses of its object leave is read, and
//! those are kept that have what is looked for.

use std::sync::{Arc, MutexGuard};

use super::share::shares;
use crate::call::Call;
use crate::database::{Batch, Database, Matches, Page, Place};
use crate::error::ApiError;
use crate::ignored::Ignored;
use crate::query::environment;
use crate::record::Record;
use crate::schema::{DataType, Field, SObject};
use crate::settings::ChildPages;
use crate::soql::{self, Selection};
use crate::sosl::{Find, Group, ROWS_MAX, Returning, Search, Words, malformed};
use crate::sql::{Matching, RecordQuery, Rows, Statement, translate};

/// Records that are read at once.
const STEP_ROWS: usize = 2_000;

/// Objects that have to be named to be searched. Source: SOQL and SOSL Reference,
/// "RETURNING FieldSpec".
const NAMED_ONLY: [&str; 3] = ["ContentDocument", "ContentVersion", "Product2"];

/// Further fields of NAME FIELDS. Source: SOQL and SOSL Reference, "IN SearchGroup".
const NAMES: [(&str, &[&str]); 6] = [
    ("Account", &["Website", "Site"]),
    ("Case", &["SuppliedName", "SuppliedCompany", "Subject"]),
    ("Contact", &["AssistantName"]),
    ("Event", &["Subject"]),
    ("Lead", &["Company"]),
    ("Task", &["Subject"]),
];

/// An object, ready to be searched.
struct Target<'s> {
    sobject: &'s Arc<SObject>,
    /// Reads what is answered of a record.
    answered: Arc<RecordQuery>,
    /// Finds the records that the clauses leave, in their order.
    matching: Matching,
    /// Records that come after so many, and at most so many.
    offset: usize,
    limit: usize,
    /// What its clauses say and the org ignores.
    ignored: Ignored,
}

/// The records that a search finds, and what its clauses say and the org ignores.
pub(super) fn run(call: &Call<'_>, search: &Search) -> Result<(Vec<Record>, Ignored), ApiError> {
    let schema = &call.org.schema;
    let returning = match search.returning.as_slice() {
        [] => {
            let all = schema
                .stored()
                .filter(|sobject| is_searched_unasked(sobject));
            all.map(|sobject| Returning::ids(&sobject.name)).collect()
        }
        named => named.to_vec(),
    };
    let targets: Vec<Target<'_>> = returning
        .iter()
        .map(|of| target(call, of))
        .collect::<Result<_, _>>()?;
    if targets.len() > 1 && targets.iter().any(|target| target.offset > 0) {
        return Err(malformed("OFFSET can be used only with a single object"));
    }
    // No record may change between the steps.
    let database = call.org.database();
    let mut found = Vec::with_capacity(targets.len());
    for target in &targets {
        found.push(keys(call, &database, search, target)?);
    }
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    let mut records = Vec::new();
    for ((target, mut keys), rows) in targets.iter().zip(found).zip(shares(&counts, search.limit)) {
        keys.truncate(rows);
        records.extend(page(call, &database, &target.answered, keys)?.records);
    }
    let mut ignored = Ignored::default();
    for target in targets {
        ignored.add(target.ignored);
    }
    Ok((records, ignored))
}

fn is_searched_unasked(sobject: &SObject) -> bool {
    sobject.searchable && !sobject.is_external() && !NAMED_ONLY.contains(&&*sobject.name)
}

fn target<'c>(call: &Call<'c>, of: &Returning) -> Result<Target<'c>, ApiError> {
    let Returning {
        object,
        fields,
        clauses,
    } = of;
    let soql = format!("SELECT {fields} FROM {object} {clauses}");
    let mut query = soql::parse(&soql)?;
    if query.is_grouped() || query.selection == Selection::Count {
        return Err(no_aggregates());
    }
    let limit = query.limit.take();
    let offset = query.offset.take().unwrap_or(0);
    if query.order.is_empty() {
        // Salesforce orders by relevance; here the oldest come first.
        query.order = soql::parse("SELECT Id FROM User ORDER BY Id")?.order;
    }
    let statement = translate(&query, &soql, environment(call, Rows::Live))?;
    let Statement::Records { matching, record } = statement else {
        return Err(no_aggregates());
    };
    let sobject = call.org.schema.named(&query.from.name.text);
    let sobject = sobject
        .filter(|sobject| sobject.searchable)
        .ok_or_else(|| {
            // The words could not be confirmed.
            malformed(&format!("entity type {object} does not support search"))
        })?;
    let rows = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
    Ok(Target {
        sobject,
        answered: record,
        matching,
        offset: rows(offset),
        limit: limit.map_or(ROWS_MAX, rows).min(ROWS_MAX),
        ignored: Ignored::of(&query, &call.org.schema),
    })
}

/// The words could not be confirmed.
fn no_aggregates() -> ApiError {
    malformed("a search returns fields, and no aggregates")
}

/// The keys of an object's records that have what is looked for.
fn keys(
    call: &Call<'_>,
    database: &MutexGuard<'_, Database>,
    search: &Search,
    target: &Target<'_>,
) -> Result<Vec<i64>, ApiError> {
    let searched = searched(target.sobject, search.group);
    if searched.is_empty() || search.find == Find::Nothing {
        return Ok(Vec::new());
    }
    let text = text_query(call, target.sobject, &searched)?;
    let matches = database.matches(&target.matching);
    let matches = matches.map_err(|error| ApiError::internal(&error))?;
    let Matches::Keys(keys) = matches else {
        return Ok(Vec::new());
    };
    let wanted = target.offset.saturating_add(target.limit);
    let mut kept = Vec::new();
    for step in keys.chunks(STEP_ROWS) {
        let texts = page(call, database, &text, step.to_vec())?.records;
        for (key, record) in step.iter().zip(texts) {
            let values = record.values(&text.selected);
            let words = Words::of(values.iter().map(String::as_str));
            if kept.len() < wanted && search.find.is_in(&words) {
                kept.push(*key);
            }
        }
        if kept.len() >= wanted {
            break;
        }
    }
    Ok(kept.split_off(target.offset.min(kept.len())))
}

/// Reads the texts of a record by its key.
fn text_query(
    call: &Call<'_>,
    sobject: &SObject,
    fields: &[&Arc<Field>],
) -> Result<Arc<RecordQuery>, ApiError> {
    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    let soql = format!(
        "SELECT {} FROM {} ORDER BY Id",
        names.join(", "),
        sobject.name
    );
    let query = soql::parse(&soql)?;
    match translate(&query, &soql, environment(call, Rows::Live))? {
        Statement::Records { record, .. } => Ok(record),
        Statement::Count(_) | Statement::Groups(_) => Err(malformed("no text is selected")),
    }
}

/// The fields in which words are looked for. Which types of fields are searchable is
/// in Salesforce Help, "Search Fields by Object", and could not be confirmed for
/// picklists.
fn searched(sobject: &SObject, group: Group) -> Vec<&Arc<Field>> {
    let further = NAMES.iter().find(|(object, _)| sobject.name == **object);
    let further = further.map_or(&[][..], |(_, fields)| fields);
    let is_in = |field: &&Arc<Field>| match (group, field.data_type) {
        (Group::Name, _) => field.name_field || further.contains(&&*field.name),
        (Group::All | Group::Email, DataType::Email) => true,
        (Group::All | Group::Phone, DataType::Phone) => true,
        (
            Group::All,
            DataType::String
            | DataType::Picklist
            | DataType::MultiPicklist
            | DataType::ComboBox
            | DataType::TextArea
            | DataType::Url,
        ) => true,
        _ => false,
    };
    sobject.fields.iter().filter(is_in).collect()
}

fn page(
    call: &Call<'_>,
    database: &MutexGuard<'_, Database>,
    query: &RecordQuery,
    keys: Vec<i64>,
) -> Result<Page, ApiError> {
    let batch = Batch {
        rows: keys.len(),
        children: ChildPages::OwnLocator,
    };
    let matches = Matches::Keys(keys.into());
    database
        .page(query, &matches, &Place::default(), batch, call.version)
        .map_err(|error| ApiError::internal(&error))
}
