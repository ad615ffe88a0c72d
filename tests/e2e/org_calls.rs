//! Descriptions, limits, versions, the identity, plans, and values.

use contract::covers;
use sfbox::{DescribeOptions, Error, Failure, Options, Parameter, QueryOptions, Value};
use sfbox_emulator::Route;

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
fn an_org_is_described() {
    covers([
        "org#describe",
        "org#describe-all",
        "org#limits",
        "org#versions",
        "org#identity",
    ]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let options = DescribeOptions::default();
        let account = json(library.describe("Account", &options).await);
        assert_eq!(account["name"], "Account");
        assert!(account["fields"].as_array().unwrap().len() > 10);
        let all = json(library.describe_all(&options).await);
        assert!(all["sobjects"].as_array().unwrap().len() > 5);
        let tooling = DescribeOptions {
            tooling: true,
            ..DescribeOptions::default()
        };
        assert!(json(library.describe_all(&tooling).await)["sobjects"].is_array());
        let call = Options::default();
        assert!(json(library.limits(&call).await)["DailyApiRequests"]["Max"].is_number());
        assert!(json(library.versions(&call).await)[0]["version"].is_string());
        let identity = json(library.identity(&call).await);
        assert!(identity["user_id"].as_str().unwrap().starts_with("005"));
        assert!(
            identity["organization_id"]
                .as_str()
                .unwrap()
                .starts_with("00D")
        );
    });
}

#[test]
fn a_description_is_transferred_once() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let options = DescribeOptions::default();
        let first = library.describe("Account", &options).await.unwrap();
        for _ in 0..3 {
            assert_eq!(library.describe("Account", &options).await.unwrap(), first);
        }
        // It is asked each time whether it has changed.
        assert_eq!(org.requests(Route::Describe), 4);
    });
}

#[test]
fn a_name_that_no_object_has_is_refused_before_anything_is_sent() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        for name in ["../", "//evil.example/x", "%2e%2e", "Account?x=", "😀", ""] {
            let refused = library.describe(name, &DescribeOptions::default()).await;
            let Err(Error::Call { failure, .. }) = refused else {
                panic!("{name}")
            };
            assert!(matches!(*failure, Failure::InvalidInput(_)), "{name}");
        }
        assert_eq!(org.logins(), 0);
    });
}

#[test]
fn a_statement_is_explained_and_the_tooling_api_is_queried() {
    covers(["query#explain"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let options = QueryOptions::default();
        let soql = "SELECT Id FROM Account WHERE Name = :name";
        let plans = json(library.explain(soql, &text("name", "x"), &options).await);
        assert!(plans["plans"][0]["relativeCost"].is_number(), "{plans}");
        let tooling = QueryOptions {
            tooling: true,
            ..QueryOptions::default()
        };
        let page = library
            .query("SELECT Id, Name FROM ApexClass", &tooling)
            .await;
        assert_eq!(page.unwrap().total_size, Some(0));
        assert_eq!(org.requests(Route::ToolingQuery), 1);
    });
}

#[test]
fn values_find_what_they_say_and_nothing_else() {
    let org = Org::start();
    let library = org.library();
    let names = [
        "O'Hara",
        r"back\slash",
        "50% off_x",
        "50x off_x",
        "\"quoted\"",
        "a\nb",
        "日本 😀",
    ];
    org.block_on(async {
        let accounts: Vec<String> = names
            .iter()
            .map(|name| serde_json::json!({ "Name": name }).to_string())
            .collect();
        let many = sfbox::ManyOptions::default();
        library
            .create_many("Account", &accounts, &many)
            .await
            .unwrap();
        let options = QueryOptions::default();
        let found = async |soql: &str, parameters: &[Parameter]| {
            let page = library
                .query_with(soql, parameters, &options)
                .await
                .unwrap();
            let page: serde_json::Value = serde_json::from_str(&page.body).unwrap();
            let records = page["records"].as_array().unwrap().iter();
            let names = records.map(|record| record["Name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        for name in names {
            for soql in [
                "SELECT Name FROM Account WHERE Name = :name",
                "SELECT Name FROM Account WHERE Name IN :name",
                "SELECT Name FROM Account WHERE Name LIKE :name",
            ] {
                assert_eq!(found(soql, &text("name", name)).await, [name], "{soql}");
            }
        }
        let begins = vec![Parameter {
            name: "name".to_owned(),
            values: vec![Value::StartsWith("50%".to_owned())],
        }];
        let soql = "SELECT Name FROM Account WHERE Name LIKE :name";
        assert_eq!(found(soql, &begins).await, ["50% off_x"]);
        let injected = text("name", "x' OR Name != '");
        let soql = "SELECT Name FROM Account WHERE Name = :name";
        assert!(found(soql, &injected).await.is_empty());
    });
}
