//! GraphQL.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Route;

use crate::client::{Org, with};

async fn send(org: &Org, token: &str, body: &Value) -> Value {
    let request = org.request("POST", "/services/data/v66.0/graphql");
    let request = with(request, "authorization", &format!("Bearer {token}"));
    let reply = org.send(request.map(|_| body.to_string().into())).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()
}

#[tokio::test]
async fn a_document_lists_creates_changes_and_deletes() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let list = "query L($n: Int) { uiapi { query { Account(first: $n) { edges { node { Id Name { value } } } } } } }";
    let answer = send(&org, &token, &json!({"query": list, "variables": {"n": 3}})).await;
    assert_eq!(answer["errors"], json!([]));
    let edges = &answer["data"]["uiapi"]["query"]["Account"]["edges"];
    let rows = org
        .query(&token, "SELECT Id, Name FROM Account LIMIT 3")
        .await
        .json();
    let nodes = rows["records"]
        .as_array()
        .expect("records")
        .iter()
        .map(|row| json!({"node": {"Id": row["Id"], "Name": {"value": row["Name"]}}}));
    assert_eq!(*edges, nodes.collect::<Value>());

    // How many there are, whatever the page.
    let count = "{ uiapi { query { Account(first: 1) { n: totalCount } } } }";
    let answer = send(&org, &token, &json!({"query": count})).await;
    assert_eq!(
        answer["data"]["uiapi"]["query"]["Account"],
        json!({"n": 50})
    );

    let create = "mutation { uiapi { AccountCreate(input: {Account: {Name: \"Zimt\"}}) { Record { Id Name { value } } } } }";
    let answer = send(&org, &token, &json!({"query": create})).await;
    let record = &answer["data"]["uiapi"]["AccountCreate"]["Record"];
    assert_eq!(record["Name"]["value"], "Zimt");
    let both = "mutation U($i: X!) { uiapi { AccountUpdate(input: $i) { Record { Name { value } } } } } \
                mutation D($i: X!) { uiapi { AccountDelete(input: $i) { Id } } }";
    let input = json!({"i": {"Id": record["Id"], "Account": {"Name": "Anis"}}});
    let of = |name: &str| json!({"query": both, "variables": input, "operationName": name});
    let updated = send(&org, &token, &of("U")).await;
    assert_eq!(
        updated["data"]["uiapi"]["AccountUpdate"]["Record"]["Name"]["value"],
        "Anis"
    );
    let deleted = send(&org, &token, &of("D")).await;
    assert_eq!(
        deleted["data"]["uiapi"]["AccountDelete"]["Id"],
        record["Id"]
    );
    assert_eq!(org.emulator.control().stats().writes[&Route::Graphql], 3);
}

#[tokio::test]
async fn what_a_document_does_wrong_is_said_with_status_200() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let create = |name: &str, fields: &str| {
        format!("{name}: AccountCreate(input: {{Account: {{{fields}}}}}) {{ Record {{ Id }} }}")
    };
    let (good, bad) = (create("a", "Name: \"Zimt\""), create("b", ""));
    let both = "query A { uiapi { query { Account { edges { node { Id } } } } } } query B { uiapi { query { User { edges { node { Id } } } } } }";
    for (query, message) in [
        ("{", "unexpected token: '<EOF>'".to_owned()),
        (
            "{ nothing }",
            "this emulator has no field nothing here".to_owned(),
        ),
        (
            both,
            "there is not exactly one operation, and none is named".to_owned(),
        ),
        (
            &format!("mutation {{ uiapi {{ {good} {bad} }} }}"),
            "Required fields are missing: [Name]".to_owned(),
        ),
    ] {
        let answer = send(&org, &token, &json!({"query": query})).await;
        assert_eq!(
            answer,
            json!({"data": null, "errors": [{"message": message}]}),
            "{query}"
        );
    }
    let found = org
        .query(&token, "SELECT COUNT() FROM Account WHERE Name = 'Zimt'")
        .await;
    assert_eq!(
        found.json()["totalSize"],
        0,
        "a mutation writes all or nothing"
    );
}
