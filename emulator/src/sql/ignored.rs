//! What a statement says that has no meaning in this org.

use std::collections::BTreeSet;

use super::rows::MINE;
use crate::schema::Schema;
use crate::soql::{
    Condition, Item, Literal, Purpose, Query, Selection, Setting, Statistic, Value, With,
};

/// The currency of all amounts.
const CURRENCY: &str = "USD";

/// Clauses whose rows are answered as if they were not there, each by its name.
pub(crate) fn ignored(query: &Query, schema: &Schema) -> Vec<String> {
    let mut found = BTreeSet::new();
    collect(query, schema, &mut found);
    found.into_iter().collect()
}

fn collect(query: &Query, schema: &Schema, found: &mut BTreeSet<String>) {
    if let Some(scope) = &query.scope {
        let sobject = schema.named(&query.from.name.text);
        let has_owner = sobject.is_none_or(|sobject| sobject.field("OwnerId").is_some());
        let is_mine = scope.text.eq_ignore_ascii_case(MINE) && has_owner;
        if !is_mine && !scope.text.eq_ignore_ascii_case("everything") {
            found.insert(format!("USING SCOPE {}", scope.text));
        }
    }
    for with in &query.with {
        found.insert(match with {
            With::Mode(name) => format!("WITH {}", name.text),
            With::DataCategory(_) => "WITH DATA CATEGORY".to_owned(),
            With::Setting(Setting { name, .. }) | With::Settings { name, .. } => {
                format!("WITH {}", name.text)
            }
        });
    }
    for purpose in &query.purposes {
        found.insert(match purpose {
            Purpose::View => "FOR VIEW".to_owned(),
            Purpose::Reference => "FOR REFERENCE".to_owned(),
            Purpose::Update => "FOR UPDATE".to_owned(),
        });
    }
    if query.statistics.contains(&Statistic::Tracking) {
        found.insert("UPDATE TRACKING".to_owned());
    }
    for option in &query.options {
        found.insert(format!("SET OPTIONS {}", option.name.text));
    }
    for condition in query.condition.iter().chain(&query.having) {
        conditions(condition, schema, found);
    }
    if let Selection::Members(items) = &query.selection {
        for item in items {
            if let Item::Children(query) = item {
                collect(query, schema, found);
            }
        }
    }
}

fn conditions(condition: &Condition, schema: &Schema, found: &mut BTreeSet<String>) {
    match condition {
        Condition::And(operands) | Condition::Or(operands) => {
            for operand in operands {
                conditions(operand, schema, found);
            }
        }
        Condition::Not(operand) => conditions(operand, schema, found),
        Condition::Compare { value, .. } => currency(value, found),
        Condition::In { values, .. } | Condition::Includes { values, .. } => {
            for value in values {
                currency(value, found);
            }
        }
        Condition::InQuery { query, .. } => collect(query, schema, found),
    }
}

/// An amount in another currency is taken as one in the org's.
fn currency(value: &Value, found: &mut BTreeSet<String>) {
    if let Literal::Currency { code, .. } = &value.literal
        && code != CURRENCY
    {
        found.insert(format!("currency {code}"));
    }
}
