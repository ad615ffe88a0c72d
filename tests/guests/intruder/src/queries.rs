//! Statements, searches and descriptions that would be told the token if anything told it.

use super::bindings::sfbox::client as sfbox;
use super::bindings::sfbox::client::query::Rows;
use super::bindings::sfbox::client::types::{Options, Parameter, Value};
use super::learn;

/// Values that would break out of a statement if they could.
const VALUES: [&str; 3] = ["x' OR Name != '", "\\", "SELECT SessionId FROM AuthSession"];

fn parameters(value: &str) -> Vec<Parameter> {
    vec![Parameter {
        name: "v".to_owned(),
        values: vec![Value::Text(value.to_owned())],
    }]
}

/// All of these.
pub(crate) async fn pry(learned: &mut String, org: &str, statements: &[&str], call: &Options) {
    for soql in statements {
        pry_at_records(learned, org, soql, call).await;
    }
    pry_at_searches(learned, org, call).await;
    pry_at_orgs(learned, org, call).await;
}

/// A statement's plan, and all of its records.
async fn pry_at_records(learned: &mut String, org: &str, soql: &str, call: &Options) {
    let (org, soql) = (org.to_owned(), soql.to_owned());
    let options = super::query_options(call, Rows::Live);
    let plan = sfbox::query::explain(org.clone(), soql.clone(), Vec::new(), options).await;
    learn(learned, "query#explain", &plan);
    let options = sfbox::query_stream::StreamOptions {
        call: call.clone(),
        rows: Rows::All,
        batch_size: Some(200),
        tooling: false,
        composite: true,
        resumable: false,
    };
    let records = sfbox::query_stream::records(org, soql, Vec::new(), options).await;
    let records = match records {
        Ok((beginning, records, ended)) => {
            let records = records.collect().await;
            let records = String::from_utf8_lossy(&records).into_owned();
            Ok((beginning, records, ended.await))
        }
        Err(error) => Err(error),
    };
    learn(learned, "query-stream#records", &records);
}

/// Searches with and without a statement.
async fn pry_at_searches(learned: &mut String, org: &str, call: &Options) {
    for value in VALUES {
        let sosl = "FIND :v IN ALL FIELDS RETURNING Account(Id, Name)".to_owned();
        let parameters = parameters(value);
        let found = sfbox::search::search(org.to_owned(), sosl, parameters, call.clone()).await;
        learn(learned, "search#search", &found);
        let options = sfbox::search::FindOptions {
            call: call.clone(),
            scope: sfbox::search::Scope::All,
            max_records: None,
            offset: None,
        };
        let text = value.to_owned();
        let found =
            sfbox::search::find(org.to_owned(), text, Vec::new(), Vec::new(), options).await;
        learn(learned, "search#find", &found);
    }
}

/// What the org is, and objects that lead elsewhere.
async fn pry_at_orgs(learned: &mut String, org: &str, call: &Options) {
    for object in ["Account", "../../../oauth2/userinfo", "AuthSession", ""] {
        for tooling in [false, true] {
            let options = || sfbox::org::DescribeOptions {
                call: call.clone(),
                tooling,
            };
            let described =
                sfbox::org::describe(org.to_owned(), object.to_owned(), options()).await;
            learn(learned, "org#describe", &described);
            let all = sfbox::org::describe_all(org.to_owned(), options()).await;
            learn(learned, "org#describe-all", &all);
        }
    }
    let limits = sfbox::org::limits(org.to_owned(), call.clone()).await;
    learn(learned, "org#limits", &limits);
    let versions = sfbox::org::versions(org.to_owned(), call.clone()).await;
    learn(learned, "org#versions", &versions);
    let identity = sfbox::org::identity(org.to_owned(), call.clone()).await;
    learn(learned, "org#identity", &identity);
}
