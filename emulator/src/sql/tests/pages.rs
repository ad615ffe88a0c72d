//! Results in pages.

use super::*;

#[test]
fn pages_together_are_the_result_whatever_is_added_meanwhile() {
    for soql in [
        "SELECT Id FROM Account",
        "SELECT Id FROM Account WHERE Rating = 'Hot' LIMIT 9",
        "SELECT Id, Owner.Name FROM Account WHERE Owner.Name != null ORDER BY Name DESC",
        "SELECT Id FROM Account LIMIT 20 OFFSET 3",
        "SELECT Id FROM Account WHERE Name = 'nobody'",
    ] {
        let mut database = database();
        let query = soql::parse(soql).expect("a query");
        let statement =
            translate(&schema(), &query, soql, Rows::Live, date(2024, 1, 16)).expect("SQL");
        let matches = database.matches(&statement).expect("matches");
        let all = database
            .page(
                &statement,
                &matches,
                Place::default(),
                usize::MAX,
                version(),
            )
            .expect("records");
        let mut place = Place::default();
        let mut pages = Vec::new();
        while place.row < matches.count() {
            let page = database
                .page(&statement, &matches, place, 4, version())
                .expect("records");
            pages.extend(page.records);
            place = page.end;
            let schema = schema();
            let account = schema.named("Account").expect("an object");
            let id = seed::record_id(account, 1_000 + place.row as u64);
            let row = vec![
                ("Id", Value::Text(id.to_string())),
                ("Rating", Value::Text("Hot".to_owned())),
            ];
            database.insert(account, [row]).expect("a record");
        }
        let json =
            |records: &[crate::record::Record]| serde_json::to_string(records).expect("JSON");
        assert_eq!(json(&pages), json(&all.records), "{soql}");
    }
}
