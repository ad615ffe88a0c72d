//! Searches, with SOSL and without.

use contract::covers;
use sfbox::{Error, FindOptions, ManyOptions, Options, Parameter, Target, Value};

use crate::org::Org;

fn json(answer: Result<String, Error>) -> serde_json::Value {
    serde_json::from_str(&answer.unwrap()).unwrap()
}

fn text(name: &str, value: &str) -> Vec<Parameter> {
    vec![Parameter {
        name: name.to_owned(),
        values: vec![Value::Text(value.to_owned())],
    }]
}

#[test]
fn a_search_finds_words_and_its_operators_can_be_texts() {
    covers(["search#search", "search#find"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let (call, many) = (Options::default(), ManyOptions::default());
        let accounts =
            ["Zimtstern (A*) {B}", "Zimtstern"].map(|name| format!(r#"{{"Name":"{name}"}}"#));
        library
            .create_many("Account", &accounts, &many)
            .await
            .unwrap();
        let names = |found: &serde_json::Value| -> Vec<String> {
            let found = found["searchRecords"].as_array().unwrap().iter();
            found
                .map(|record| record["Name"].as_str().unwrap().to_owned())
                .collect()
        };
        let sosl = "FIND {Zimtstern} IN NAME FIELDS RETURNING Account(Id, Name ORDER BY Name)";
        let found = json(library.search(sosl, &[], &call).await);
        assert_eq!(names(&found), ["Zimtstern", "Zimtstern (A*) {B}"]);
        let sosl = "FIND :term IN NAME FIELDS RETURNING Account(Id, Name)";
        let found = library
            .search(sosl, &text("term", "Zimtstern (A*) {B}"), &call)
            .await;
        assert_eq!(names(&json(found)), ["Zimtstern (A*) {B}"]);
        // A wildcard that stands for itself finds nothing here.
        let found = library.search(sosl, &text("term", "Zimt*"), &call).await;
        assert!(names(&json(found)).is_empty());
        let target = Target {
            object: "Account".to_owned(),
            fields: vec!["Id".to_owned(), "Name".to_owned()],
            condition: Some("Name LIKE :name".to_owned()),
            max_records: Some(5),
        };
        let name = vec![Parameter {
            name: "name".to_owned(),
            values: vec![Value::Contains("(A".to_owned())],
        }];
        let options = FindOptions::default();
        let found = library.find("Zimtstern", &[target], &name, &options).await;
        assert_eq!(names(&json(found)), ["Zimtstern (A*) {B}"]);
    });
}
