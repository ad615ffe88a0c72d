//! FIELDS(): which fields it stands for, and where it may.
//!
//! Source: SOQL and SOSL Reference, "SELECT".

use crate::schema::SObject;
use crate::soql::{
    Code, Comparison, Condition, Expression, FieldSet, Item, Path, Query, SoqlError,
};

/// Rows that a statement may answer whose fields nobody has listed.
const ROWS_MAX: u64 = 200;

/// The fields that an item stands for; none, if it is not FIELDS().
pub(super) fn paths(sobject: &SObject, item: &Item) -> Result<Vec<Path>, SoqlError> {
    let Item::Fields { set, at } = item else {
        return Ok(Vec::new());
    };
    let is_meant = |is_custom: bool| match set {
        FieldSet::All => true,
        FieldSet::Standard => !is_custom,
        FieldSet::Custom => is_custom,
    };
    let fields = sobject.fields.iter();
    let fields = fields.filter(|field| is_meant(field.name.contains("__")));
    let paths: Vec<Path> = fields
        .map(|field| Path {
            parents: Vec::new(),
            field: field.name.to_string(),
            at: *at,
        })
        .collect();
    // The words are the emulator's own.
    if paths.is_empty() {
        let message = format!("{} has no custom fields for FIELDS(CUSTOM)", sobject.name);
        return Err(SoqlError::new(Code::MalformedQuery, message));
    }
    Ok(paths)
}

/// Refuses an unbounded set of fields without a bound of the rows. Source of the
/// words: activepieces/activepieces#14521.
pub(super) fn check(query: &Query, set: FieldSet) -> Result<(), SoqlError> {
    let is_limited = query.limit.is_some_and(|limit| limit <= ROWS_MAX);
    let ids = query.condition.as_ref().and_then(ids);
    let is_bounded = is_limited || ids.is_some_and(|ids| ids as u64 <= ROWS_MAX);
    if set == FieldSet::Standard || is_bounded {
        return Ok(());
    }
    Err(SoqlError::new(
        Code::MalformedQuery,
        format!("The SOQL FIELDS function must have a LIMIT of at most {ROWS_MAX}"),
    ))
}

/// How many ids a condition lets through at most; `None` if it says nothing
/// about that.
fn ids(condition: &Condition) -> Option<usize> {
    match condition {
        Condition::And(operands) => operands.iter().filter_map(ids).min(),
        Condition::Or(operands) => {
            let each = operands.iter().map(ids).collect::<Option<Vec<_>>>()?;
            Some(each.iter().sum())
        }
        Condition::In {
            subject,
            negated: false,
            values,
        } if is_id(subject) => Some(values.len()),
        Condition::Compare {
            subject,
            comparison: Comparison::Equal,
            ..
        } if is_id(subject) => Some(1),
        _ => None,
    }
}

fn is_id(subject: &Expression) -> bool {
    match subject {
        Expression::Field(path) => path.parents.is_empty() && path.field.eq_ignore_ascii_case("Id"),
        Expression::Call(_) | Expression::Distance(_) => false,
    }
}
