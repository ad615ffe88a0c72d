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
        let (matching, record) = records(soql);
        let matches = database.matches(&matching).expect("matches");
        let all = database
            .page(&record, &matches, &Place::default(), WHOLE, version())
            .expect("records");
        let mut place = Place::default();
        let mut pages = Vec::new();
        let batch = Batch { rows: 4, ..WHOLE };
        while place.row < matches.count() {
            let page = database
                .page(&record, &matches, &place, batch, version())
                .expect("records");
            assert!(page.records.len() <= 4);
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
