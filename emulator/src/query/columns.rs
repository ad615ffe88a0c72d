//! What the columns of a statement are: `query?columns=true`.
//!
//! Salesforce documents the names in the Tooling API Developer Guide alone
//! (`QueryResultMetadata` of "SOQLResult"). Source of the members of a column: the
//! answers in salesforcecli/plugin-data's tests (`queryFields.exemplars.ts`); what
//! they do not have, functions of fields outside of groups and TYPEOF, could not be
//! confirmed.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::schema::{Field, Kind, SObject, Schema, is_custom};
use crate::soql::{Aggregate, Expression, FieldSet, Function, Item, Path, Query, Selection};

/// What is told of a statement.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    column_metadata: Vec<Column>,
    entity_name: String,
    group_by: bool,
    id_selected: bool,
    key_prefix: Option<String>,
}

/// One column; of a relationship with columns of its own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    aggregate: bool,
    apex_type: Option<&'static str>,
    boolean_type: bool,
    column_name: String,
    custom: bool,
    display_name: String,
    foreign_key_name: Option<String>,
    insertable: bool,
    join_columns: Vec<Column>,
    number_type: bool,
    text_type: bool,
    updatable: bool,
}

/// Answers what is told of a statement that can be run.
pub(super) fn answer(
    schema: &Schema,
    sobject: &SObject,
    query: &Query,
) -> Result<Answer, ApiError> {
    let columns = columns(schema, sobject, query);
    let metadata = Metadata {
        id_selected: columns.iter().any(|column| column.column_name == "Id"),
        column_metadata: columns,
        entity_name: sobject.name.to_string(),
        group_by: query.is_grouped(),
        key_prefix: Some(sobject.key_prefix.to_string()).filter(|prefix| !prefix.is_empty()),
    };
    Ok(Answer::json(StatusCode::OK, &metadata))
}

fn columns(schema: &Schema, sobject: &SObject, query: &Query) -> Vec<Column> {
    let Selection::Members(items) = &query.selection else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    let mut unnamed = 0;
    let own = [Some(&query.from.name), query.from.alias.as_ref()];
    let own: Vec<&str> = own
        .into_iter()
        .flatten()
        .map(|name| name.text.as_str())
        .collect();
    for item in items {
        match item {
            Item::Value { expression, alias } => {
                let alias = alias.as_ref().map(|alias| alias.text.clone());
                let name = alias.unwrap_or_else(|| format!("expr{unnamed}"));
                match expression {
                    Expression::Field(path) => {
                        add(schema, sobject, &parts(path, &own), &mut columns);
                    }
                    Expression::Call(call) => {
                        let is_unnamed = name == format!("expr{unnamed}");
                        unnamed += usize::from(is_unnamed && groups(call.function));
                        columns.push(of_call(schema, sobject, expression, &own, name));
                    }
                    Expression::Distance(_) => columns.push(Column {
                        number_type: true,
                        ..Column::named(&name)
                    }),
                }
            }
            Item::Fields { set, .. } => {
                let fields = sobject.fields.iter().filter(|field| is_in(*set, field));
                columns.extend(fields.map(|field| Column::of(field)));
            }
            Item::TypeOf(type_of) => columns.push(Column::named(&type_of.relationship.field)),
            Item::Children(children) => columns.push(of_children(schema, sobject, children)),
        }
    }
    columns
}

fn is_in(set: FieldSet, field: &Field) -> bool {
    match set {
        FieldSet::All => true,
        FieldSet::Standard => !is_custom(&field.name),
        FieldSet::Custom => is_custom(&field.name),
    }
}

/// The names of a path, without the object's own.
fn parts<'p>(path: &'p Path, own: &[&str]) -> Vec<&'p str> {
    let mut parts: Vec<&str> = path.parents.iter().map(String::as_str).collect();
    if let Some(first) = parts.first()
        && own.iter().any(|own| own.eq_ignore_ascii_case(first))
    {
        parts.remove(0);
    }
    parts.push(&path.field);
    parts
}

/// Adds a field, below the columns of the relationships that lead to it.
fn add(schema: &Schema, sobject: &SObject, parts: &[&str], columns: &mut Vec<Column>) {
    let Some((first, rest)) = parts.split_first() else {
        return;
    };
    if rest.is_empty() {
        columns.push(match sobject.field(first) {
            Some(field) => Column::of(field),
            None => Column::named(first),
        });
        return;
    }
    let Some(parent) = schema.parent(sobject, first) else {
        columns.push(Column::named(&parts.join(".")));
        return;
    };
    let name = &*parent.relationship;
    let place = columns
        .iter()
        .position(|column| column.column_name == *name && column.foreign_key_name.is_some());
    let place = place.unwrap_or_else(|| {
        columns.push(Column {
            foreign_key_name: Some(parent.field.name.to_string()),
            ..Column::named(name)
        });
        columns.len() - 1
    });
    add(
        schema,
        &parent.sobject,
        rest,
        &mut columns[place].join_columns,
    );
}

const fn groups(function: Function) -> bool {
    matches!(
        function,
        Function::Aggregate(_) | Function::Date(_) | Function::Grouping
    )
}

/// A function: of groups it has a name of its own.
fn of_call(
    schema: &Schema,
    sobject: &SObject,
    expression: &Expression,
    own: &[&str],
    name: String,
) -> Column {
    let (mut display, mut closing) = (String::new(), String::new());
    let (mut is_grouped, mut is_number) = (false, false);
    let mut inner = expression;
    while let Expression::Call(call) = inner {
        // As the captured answer has it: `avg(Amount)`.
        let function = call.function.name();
        let is_own = groups(call.function);
        display.push_str(&if is_own {
            function.to_ascii_lowercase()
        } else {
            function.to_owned()
        });
        display.push('(');
        closing.push(')');
        is_grouped |= is_own;
        is_number |= is_own
            && !matches!(
                call.function,
                Function::Aggregate(Aggregate::Minimum | Aggregate::Maximum)
            );
        inner = &call.argument;
    }
    let mut field = Vec::new();
    if let Expression::Field(path) = inner {
        let parts = parts(path, own);
        display.push_str(&parts.join("."));
        add(schema, sobject, &parts, &mut field);
    }
    display.push_str(&closing);
    let field = innermost(field);
    let shown = field.as_ref().map(|field| field.column_name.clone());
    Column {
        aggregate: is_grouped,
        number_type: is_number || field.as_ref().is_some_and(|field| field.number_type),
        text_type: !is_number && field.as_ref().is_some_and(|field| field.text_type),
        display_name: display,
        ..Column::named(&if is_grouped {
            name
        } else {
            shown.unwrap_or(name)
        })
    }
}

fn innermost(mut columns: Vec<Column>) -> Option<Column> {
    loop {
        let mut last = columns.pop()?;
        if last.join_columns.is_empty() {
            return Some(last);
        }
        columns = std::mem::take(&mut last.join_columns);
    }
}

fn of_children(schema: &Schema, sobject: &SObject, query: &Query) -> Column {
    let relationship = &query.from.name.text;
    let (name, join_columns) = match schema.children(sobject, relationship) {
        Some(children) => (
            children.relationship.to_string(),
            columns(schema, &children.sobject, query),
        ),
        None => (relationship.clone(), Vec::new()),
    };
    Column {
        aggregate: true,
        join_columns,
        ..Column::named(&name)
    }
}

impl Column {
    /// A column of that name, of which nothing more is known.
    fn named(name: &str) -> Self {
        Self {
            aggregate: false,
            apex_type: None,
            boolean_type: false,
            column_name: name.to_owned(),
            custom: false,
            display_name: name.to_owned(),
            foreign_key_name: None,
            insertable: false,
            join_columns: Vec::new(),
            number_type: false,
            text_type: false,
            updatable: false,
        }
    }

    fn of(field: &Field) -> Self {
        let apex_type = match field.kind {
            Kind::Id | Kind::Reference => "Id",
            Kind::Text | Kind::LongText | Kind::MultiPicklist | Kind::Encrypted => "String",
            Kind::Boolean => "Boolean",
            Kind::Integer => "Integer",
            Kind::Double => "Double",
            Kind::Date => "Date",
            Kind::DateTime => "Datetime",
            Kind::Time => "Time",
            Kind::Base64 => "Blob",
            Kind::Address => "Address",
            Kind::Location => "Location",
        };
        Self {
            apex_type: Some(apex_type),
            boolean_type: apex_type == "Boolean",
            custom: is_custom(&field.name),
            insertable: field.createable,
            number_type: matches!(apex_type, "Integer" | "Double"),
            text_type: apex_type == "String",
            updatable: field.updateable,
            ..Self::named(&field.name)
        }
    }
}
