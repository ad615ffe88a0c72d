//! Semi-joins and anti-joins: `IN` and `NOT IN` with a statement.
//!
//! Source of the rules: SOQL and SOSL Reference, "Comparison Operators". Source
//! of the words: what users report of them, but where it is said.

use super::super::joins::Joins;
use super::super::operand::{Operand, Role};
use super::super::{Environment, Fragment};
use super::Filter;
use crate::schema::{Kind, SObject};
use crate::soql::{Code, Condition, Expression, Item, Path, Query, Selection, SoqlError};

/// How many a WHERE clause may have.
pub(in crate::sql) const SEMI_JOINS_MAX: usize = 2;

/// Objects that the statement of a semi-join cannot be about.
const REFUSED: [&str; 7] = [
    "ActivityHistory",
    "Attachment",
    "Event",
    "Note",
    "OpenActivity",
    "Task",
    // forcedotcom/cli and others report it.
    "ContentDocumentLink",
];

/// What is said of one that is not at the top.
pub(in crate::sql) const NESTED: &str = "Semi join sub-selects are only allowed at the top level WHERE expressions and \
                                         not in nested WHERE expressions.";

/// Where a condition stands.
#[derive(Clone, Copy)]
enum Position {
    /// It is the whole clause, or one of the conditions that AND joins in it.
    Top,
    /// It is an operand of the clause's OR.
    Alternative,
    /// Deeper.
    Nested,
}

/// Checks the semi-joins of a statement's WHERE clause.
pub(in crate::sql) fn check(condition: &Condition) -> Result<(), SoqlError> {
    let mut found = 0;
    walk(condition, Position::Top, &mut found)?;
    if found > SEMI_JOINS_MAX {
        return Err(malformed("Maximum 2 semi join sub-selects are allowed"));
    }
    Ok(())
}

/// Refuses them, in a clause that cannot have any.
pub(in crate::sql) fn refuse(condition: &Condition, message: &str) -> Result<(), SoqlError> {
    if has_any(condition) {
        return Err(malformed(message));
    }
    Ok(())
}

fn walk(condition: &Condition, position: Position, found: &mut usize) -> Result<(), SoqlError> {
    match condition {
        Condition::And(operands) | Condition::Or(operands) => {
            let of_operands = match (condition, position) {
                (Condition::And(_), Position::Top) => Position::Top,
                (_, Position::Top) => Position::Alternative,
                _ => Position::Nested,
            };
            for operand in operands {
                let position = match operand {
                    Condition::And(_) | Condition::Or(_) => Position::Nested,
                    _ => of_operands,
                };
                walk(operand, position, found)?;
            }
            Ok(())
        }
        // The words are by analogy with those of OR.
        Condition::Not(operand) => refuse(
            operand,
            "Semi join sub-selects are not allowed with the 'NOT' operator",
        ),
        Condition::InQuery { .. } => match position {
            Position::Top => {
                *found += 1;
                Ok(())
            }
            Position::Alternative => Err(malformed(
                "Semi join sub-selects are not allowed with the 'OR' operator",
            )),
            Position::Nested => Err(malformed(NESTED)),
        },
        Condition::Compare { .. } | Condition::In { .. } | Condition::Includes { .. } => Ok(()),
    }
}

fn has_any(condition: &Condition) -> bool {
    match condition {
        Condition::And(operands) | Condition::Or(operands) => operands.iter().any(has_any),
        Condition::Not(operand) => has_any(operand),
        Condition::InQuery { .. } => true,
        Condition::Compare { .. } | Condition::In { .. } | Condition::Includes { .. } => false,
    }
}

/// Translates one, in a statement about `outer`: whether `left` is among what
/// `query` finds.
pub(super) fn translate(
    left: &Operand,
    query: &Query,
    outer: &SObject,
    soql: &str,
    environment: Environment<'_>,
) -> Result<Fragment, SoqlError> {
    let from = &query.from.name;
    let sobject = environment.object(from, soql)?;
    if sobject.name == outer.name {
        return Err(malformed(
            "The inner and outer selects should not be on the same object type",
        ));
    }
    if REFUSED.iter().any(|refused| sobject.name == *refused) {
        let message = format!(
            "Entity '{}' is not supported for semi join inner selects",
            sobject.name
        );
        return Err(SoqlError::at(Code::MalformedQuery, soql, from.at, &message));
    }
    check_clauses(query)?;
    let path = selected(query)?;
    let names = query.from.alias.iter().map(|alias| alias.text.as_str());
    let names = names.chain([&*sobject.name]).collect();
    let mut joins = Joins::new(environment, soql, sobject, names);
    let column = joins.resolve(path)?;
    let right = Operand::of_column(&column, path.at);
    if !matches!(right.kind, Kind::Id | Kind::Reference) || !column.stops.is_empty() {
        let name = path.field.as_str();
        return Err(malformed(&format!(
            "semi join sub-selects can only query id fields, cannot use: '{name}'"
        )));
    }
    check_objects(left, &right, soql)?;
    let mut condition = Fragment::new(environment.rows.condition());
    condition.push_text(&format!(" AND {} IS NOT NULL", right.sql.text));
    if let Some(wanted) = &query.condition {
        let mut operand = |expression: &Expression| Operand::of_row(expression, &mut joins);
        let mut filter = Filter {
            environment,
            soql,
            sobject,
            operand: &mut operand,
        };
        condition = condition.and(filter.translate(wanted)?);
    }
    joins.check()?;
    let mut found = left.sql.clone().between("(", " IS NOT NULL AND ");
    found.push(left.sql.clone());
    let (right, from) = (&right.sql.text, joins.clause());
    found.push_text(&format!(" IN (SELECT {right} FROM {from} WHERE "));
    found.push(condition);
    found.push_text("))");
    Ok(found)
}

/// Refuses the clauses that the statement of a semi-join cannot have, as a
/// parser would that does not know them there.
fn check_clauses(query: &Query) -> Result<(), SoqlError> {
    if let Some(condition) = &query.condition {
        refuse(
            condition,
            "Nesting of semi join sub-selects is not supported",
        )?;
    }
    for (is_there, clause) in [
        (query.group.is_some(), "GROUP"),
        (!query.order.is_empty(), "ORDER"),
        (query.limit.is_some(), "LIMIT"),
        (query.offset.is_some(), "OFFSET"),
        (!query.purposes.is_empty(), "FOR"),
    ] {
        if is_there {
            return Err(malformed(&format!("missing value at '{clause}'")));
        }
    }
    Ok(())
}

/// The one field that the statement selects.
fn selected(query: &Query) -> Result<&Path, SoqlError> {
    if let Selection::Members(items) = &query.selection
        && let [
            Item::Value {
                expression: Expression::Field(path),
                alias: None,
            },
        ] = items.as_slice()
    {
        return Ok(path);
    }
    // The words are the emulator's own.
    Err(malformed(
        "semi join sub-selects must select exactly one id field",
    ))
}

/// Both sides must be ids of one object.
fn check_objects(left: &Operand, right: &Operand, soql: &str) -> Result<(), SoqlError> {
    let is_id = left.role == Role::Field && matches!(left.kind, Kind::Id | Kind::Reference);
    let mut objects = right.objects.iter();
    let message = if !is_id || !objects.any(|object| left.objects.contains(object)) {
        format!(
            "The selected field '{}' in the subquery and the left operand field in the where expression in the outer \
             query '{}' should point to the same object type",
            right.name, left.name
        )
    } else if left.parents > 0 {
        // The words are the emulator's own.
        format!(
            "semi join sub-selects cannot be compared with the field '{}' of a parent",
            left.name
        )
    } else {
        return Ok(());
    };
    let code = Code::MalformedQuery;
    Err(SoqlError::at(code, soql, left.at, &message))
}

fn malformed(message: &str) -> SoqlError {
    SoqlError::new(Code::MalformedQuery, message)
}
