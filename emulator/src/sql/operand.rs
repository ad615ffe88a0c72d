//! What has a value in a row: fields, and functions of fields.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::Value;

use super::Fragment;
use super::joins::{Column, Joins};
use super::shape::Form;
use crate::collation::fold;
use crate::schema::{DataType, Field, Kind, Name};
use crate::soql::{Call, DatePart, Expression, Function, SoqlError};

/// A value of every row, in SQL.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// The value as it is stored.
    pub(super) sql: Fragment,
    pub(super) kind: Kind,
    /// The field that it is, or is made of.
    pub(super) field: Arc<Field>,
    /// What it is, in one spelling: two values are the same if this is. The same
    /// SQL is no sign: two fields that nothing has are both null.
    pub(super) identity: String,
    /// How messages name it.
    pub(super) name: String,
    /// The byte of the statement at which it begins.
    pub(super) at: usize,
    /// What it is beside the field.
    pub(super) role: Role,
    /// The objects that an id or a reference can be of.
    pub(super) objects: Vec<Name>,
    /// Whether it is written as users see it.
    pub(super) is_formatted: bool,
    /// How many parents lie between FROM's object and the field's.
    pub(super) parents: usize,
}

/// How a value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Field,
    /// The field's value in another form, under the same name.
    Shown,
    /// A part of a date.
    DatePart,
    /// A function of a group.
    Aggregate,
}

/// What a function cannot have in its parentheses. Source of the words: a third
/// party's record of an org's answers.
const NESTING: &str = "nested functional syntax can only be used in the following manner: \
                       date_function(convertTimezone(columnName))";

impl Operand {
    /// Translates what each row of the tables has.
    pub(super) fn of_row(
        expression: &Expression,
        joins: &mut Joins<'_>,
    ) -> Result<Self, SoqlError> {
        match expression {
            Expression::Field(path) => {
                let column = joins.resolve(path)?;
                Ok(Self::of_column(&column, path.at))
            }
            Expression::Call(call) => Self::of_call(call, joins),
            Expression::Distance(_) => Err(SoqlError::unsupported("DISTANCE()")),
        }
    }

    /// The value of a column. A boolean is never null, not even where the record
    /// that has it is missing.
    ///
    /// Source: SOQL and SOSL Reference, "null Values in Lookup Relationships and
    /// Outer Joins".
    pub(super) fn of_column(column: &Column, at: usize) -> Self {
        let field = &column.field;
        let mut sql = Fragment::new(&column.sql());
        if field.kind == Kind::Boolean && !column.stops.is_empty() {
            sql = sql.between("coalesce(", ", 0)");
        }
        let objects = match (&field.reference, field.kind) {
            (_, Kind::Id) => vec![column.sobject.name.clone()],
            (Some(reference), _) => reference.to.clone(),
            (None, _) => Vec::new(),
        };
        Self {
            sql,
            kind: field.kind,
            field: Arc::clone(field),
            identity: column.full_name(),
            name: field.name.to_string(),
            at,
            role: Role::Field,
            objects,
            is_formatted: false,
            parents: column.stops.len(),
        }
    }

    fn of_call(call: &Call, joins: &mut Joins<'_>) -> Result<Self, SoqlError> {
        let function = call.function;
        match function {
            Function::Date(part) => {
                let argument = date_argument(call, joins)?;
                argument.part(part, call.at, joins)
            }
            Function::ToLabel => Ok(Self::of_row(&call.argument, joins)?.label()),
            // In an org with one currency everything is in the user's.
            Function::ConvertCurrency => {
                let argument = Self::of_row(&call.argument, joins)?;
                if argument.field.data_type == DataType::Currency && argument.role == Role::Field {
                    return Ok(argument.shown());
                }
                let message = format!("field {} is not a currency field", argument.name);
                Err(joins.invalid_field(call.at, &message))
            }
            Function::Format => Ok(Self::of_row(&call.argument, joins)?.formatted()),
            Function::ConvertTimezone => {
                let message = format!("{NESTING}: {}", function.name());
                Err(joins.malformed(call.at, &message))
            }
            Function::Aggregate(_) | Function::Grouping => {
                let message = format!("{}() can only be used with groups", function.name());
                Err(joins.malformed(call.at, &message))
            }
        }
    }

    /// A part of the date that it is.
    pub(super) fn part(
        self,
        part: DatePart,
        at: usize,
        joins: &Joins<'_>,
    ) -> Result<Self, SoqlError> {
        let function = Function::Date(part).name();
        let needs_time = matches!(part, DatePart::DayOnly | DatePart::HourInDay);
        match self.kind {
            Kind::DateTime => {}
            Kind::Date if !needs_time => {}
            _ => {
                let message = format!("field {} does not support function {function}", self.name);
                return Err(joins.invalid_field(at, &message));
            }
        }
        Ok(Self {
            sql: self.sql.between(&format!("{function}("), ")"),
            kind: match part {
                DatePart::DayOnly => Kind::Date,
                _ => Kind::Integer,
            },
            identity: format!("{function}({})", self.identity),
            name: format!("{function}({})", self.name),
            at,
            role: Role::DatePart,
            ..self
        })
    }

    /// What users see of it, if it is a picklist: a picklist is in the language
    /// of its schema. Of other texts that is the text itself.
    pub(super) fn label(self) -> Self {
        let choices = self.field.picklist.values.iter();
        let labels: HashMap<String, &str> = choices
            .filter(|choice| choice.label != choice.value)
            .map(|choice| (fold(&choice.value), &*choice.label))
            .collect();
        let labels = (!labels.is_empty()).then(|| serde_json::to_string(&labels));
        let mut shown = self.clone().shown();
        shown.identity = format!("toLabel({})", self.identity);
        if let Some(Ok(labels)) = labels {
            let sql = shown.sql.between("label(", "");
            shown.sql = sql.then(", ?)", Value::Text(labels));
        }
        shown
    }

    /// The same, as users see it.
    pub(super) fn formatted(self) -> Self {
        Self {
            role: match self.role {
                Role::Field => Role::Shown,
                other => other,
            },
            is_formatted: true,
            ..self
        }
    }

    fn shown(self) -> Self {
        Self {
            role: Role::Shown,
            ..self
        }
    }

    /// How it is written.
    pub(super) fn form(&self) -> Form {
        if self.is_formatted {
            Form::Formatted(self.kind, Arc::clone(&self.field))
        } else {
            Form::Plain(self.kind)
        }
    }

    /// The value as it is compared: text without its case, unless its field
    /// distinguishes that.
    pub(super) fn comparable(&self) -> Fragment {
        if self.is_folded() {
            self.sql.clone().between("fold(", ")")
        } else {
            self.sql.clone()
        }
    }

    /// The value as it is sorted: a picklist's by its place in the picklist.
    ///
    /// Source: SOQL and SOSL Reference, "ORDER BY".
    pub(super) fn sortable(&self) -> Fragment {
        let choices = &self.field.picklist.values;
        let is_ranked = self.kind == Kind::Text && self.role != Role::Shown && !choices.is_empty();
        if !is_ranked {
            return self.comparable();
        }
        let choices: Vec<String> = choices.iter().map(|choice| fold(&choice.value)).collect();
        let choices = serde_json::to_string(&choices).unwrap_or_default();
        let sql = self.sql.clone().between("rank(", "");
        sql.then(", ?)", Value::Text(choices))
    }

    /// Whether texts that differ in case alone are the same.
    pub(super) fn is_folded(&self) -> bool {
        let is_text = matches!(self.kind, Kind::Text | Kind::LongText | Kind::MultiPicklist);
        is_text && !self.field.case_sensitive
    }

    /// A text as the value is compared with it.
    pub(super) fn folded(&self, text: &str) -> Value {
        Value::Text(if self.is_folded() {
            fold(text)
        } else {
            text.to_owned()
        })
    }
}

/// What a date function is of: a field, or a field in the user's time zone,
/// which is GMT.
fn date_argument(call: &Call, joins: &mut Joins<'_>) -> Result<Operand, SoqlError> {
    match &*call.argument {
        Expression::Call(inner) if inner.function == Function::ConvertTimezone => {
            let argument = Operand::of_row(&inner.argument, joins)?;
            if argument.kind == Kind::DateTime && argument.role == Role::Field {
                return Ok(argument);
            }
            let message = format!(
                "field {} does not support function convertTimezone",
                argument.name
            );
            Err(joins.invalid_field(inner.at, &message))
        }
        field @ Expression::Field(_) => Operand::of_row(field, joins),
        _ => {
            let message = format!("{NESTING}: {}", call.function.name());
            Err(joins.malformed(call.at, &message))
        }
    }
}
