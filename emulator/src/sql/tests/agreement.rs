//! The translation and the naive evaluator agree.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::dice::Dice;
use super::statements::{Writer, Written};
use super::{WHOLE, version, world};
use crate::database::{Database, Place};
use crate::id::RecordId;
use crate::soql;
use crate::sql::{Environment, Rows, Statement, translate};

/// Statements that each random org is asked.
const STATEMENTS: usize = 16;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        // The number says nothing: the statement and the records do.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_statements_mean_the_same_to_both(number in any::<u64>()) {
        let mut dice = Dice(number);
        let (world, database) = world::random(&mut dice);
        let mut writer = Writer { world: &world, dice };
        for _ in 0..STATEMENTS {
            let Written { soql, is_ordered } = writer.statement();
            let rows = if writer.dice.once_in(4) { Rows::All } else { Rows::Live };
            let query = soql::parse(&soql);
            let query = query.unwrap_or_else(|error| panic!("{soql}\n{error}"));
            let user = RecordId::parse(&world.user).expect("an id");
            let environment = Environment {
                schema: &world.schema,
                rows,
                today: world.today,
                user: &user,
                version: version(),
            };
            let statement = translate(&query, &soql, environment);
            let statement = statement.unwrap_or_else(|error| panic!("{soql}\n{error}"));
            let mut answered = answer(&database, &statement);
            let mut expected = world.answer(&query, rows);
            if !is_ordered {
                answered.sort_by_key(Json::to_string);
                expected.sort_by_key(Json::to_string);
            }
            prop_assert_eq!(answered, expected, "{}", soql);
        }
    }
}

/// The records of a statement without their attributes.
fn answer(database: &Database, statement: &Statement) -> Vec<Json> {
    let records = match statement {
        Statement::Count(count) => {
            return vec![Json::Null; database.number(count).expect("a number")];
        }
        Statement::Groups(query) => database.groups(query).expect("groups"),
        Statement::Records { matching, record } => {
            let matches = database.matches(matching).expect("matches");
            let page = database.page(record, &matches, &Place::default(), WHOLE, version());
            page.expect("a page").records
        }
    };
    let records = records.iter();
    records
        .map(|record| without_attributes(serde_json::to_value(record).expect("JSON")))
        .collect()
}

fn without_attributes(mut value: Json) -> Json {
    match &mut value {
        Json::Object(members) => {
            members.remove("attributes");
            for member in members.values_mut() {
                *member = without_attributes(member.take());
            }
        }
        Json::Array(values) => {
            for value in values {
                *value = without_attributes(value.take());
            }
        }
        _ => {}
    }
    value
}
