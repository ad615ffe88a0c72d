//! `template.yaml`, as far as it decides what the function may do and when it is
//! called again.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

fn path() -> std::path::PathBuf {
    workspace::root().join("lambda/template.yaml")
}

fn template() -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path()).unwrap()).unwrap()
}

fn properties(name: &str) -> Value {
    template()["Resources"][name]["Properties"].clone()
}

/// All texts in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn the_function_may_do_what_is_listed_here_and_nothing_else() {
    let role = properties("Role");
    assert!(role.get("ManagedPolicyArns").is_none());
    let policies = role["Policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1);
    let statements = policies[0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap();
    let allowed: Vec<_> = statements
        .iter()
        .map(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            assert_eq!(statement.as_object().unwrap().len(), 4, "{statement}");
            (statement["Action"].clone(), statement["Resource"].clone())
        })
        .collect();
    let arn = |resource: &str| json!({"Fn::GetAtt": [resource, "Arn"]});
    assert_eq!(
        allowed,
        [
            (
                json!([
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage",
                ]),
                json!({"Ref": "SecretArn"}),
            ),
            (
                json!([
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage"
                ]),
                arn("Queries"),
            ),
            (json!(["sqs:SendMessage"]), arn("Results")),
            (
                json!(["logs:CreateLogStream", "logs:PutLogEvents"]),
                arn("LogGroup")
            ),
        ]
    );
    let mut found = Vec::new();
    texts(&role, &mut found);
    assert!(found.iter().all(|text| !text.contains('*')), "{found:?}");
}

#[test]
fn the_function_has_this_role_and_no_policy_that_sam_would_add() {
    let function = properties("Function");
    assert_eq!(function["Role"], json!({"Fn::GetAtt": ["Role", "Arn"]}));
    assert!(function.get("Policies").is_none());
    assert_eq!(function["FunctionUrlConfig"]["AuthType"], "AWS_IAM");
    assert_eq!(function["Runtime"], "provided.al2023");
}

#[test]
fn every_variable_of_the_function_is_one_that_the_bootstrap_knows() {
    let settings = fs::read_to_string(workspace::root().join("lambda/src/settings.rs")).unwrap();
    let variables = properties("Function")["Environment"]["Variables"].clone();
    let variables: BTreeSet<&String> = variables.as_object().unwrap().keys().collect();
    assert!(!variables.is_empty());
    for name in variables {
        assert!(settings.contains(&format!("\"{name}\"")), "{name}");
    }
}

/// Who may invoke the function may send requests: to write, somebody has to say so.
#[test]
fn as_it_comes_it_only_reads() {
    let policy = &template()["Parameters"]["Policy"];
    assert_eq!(policy["Default"], "read-only");
    let levels = json!(["read-only", "no-delete", "everything"]);
    assert_eq!(policy["AllowedValues"], levels);
    assert_eq!(template()["Parameters"]["AllowPath"]["Default"], "");
    let variables = properties("Function")["Environment"]["Variables"].clone();
    assert_eq!(variables["SFBOX_POLICY"], json!({"Ref": "Policy"}));
    assert_eq!(variables["SFBOX_ALLOW_PATH"], json!({"Ref": "AllowPath"}));
}

#[test]
fn a_message_that_fails_comes_back_alone_and_not_while_it_is_worked_on() {
    let function = properties("Function");
    let mapping = &function["Events"]["Queue"]["Properties"];
    assert_eq!(
        mapping["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
    assert_eq!(
        mapping["ScalingConfig"]["MaximumConcurrency"],
        json!({"Ref": "MaximumConcurrency"})
    );
    let timeout = function["Timeout"].as_u64().unwrap();
    let queries = properties("Queries");
    // Lambda Developer Guide, "Configuring a queue to use with Lambda".
    assert!(queries["VisibilityTimeout"].as_u64().unwrap() >= 6 * timeout);
    let redrive = &queries["RedrivePolicy"];
    assert!(redrive["maxReceiveCount"].as_u64().unwrap() >= 5);
    assert_eq!(
        redrive["deadLetterTargetArn"],
        json!({"Fn::GetAtt": ["Failed", "Arn"]})
    );
}

/// 25 requests that take 20 s and more are what an org has at once: the template's own
/// numbers stay below.
#[test]
fn as_it_comes_it_asks_salesforce_for_less_than_an_org_can_do() {
    let parameters = &template()["Parameters"];
    let default = |name: &str| parameters[name]["Default"].as_u64().unwrap();
    assert!(default("MaximumConcurrency") * default("BatchSize") <= 25);
}

#[test]
fn the_makers_of_cloud_formation_find_nothing_to_complain_about() {
    let lint = workspace::python().with_file_name("cfn-lint");
    let run = Command::new(lint).arg(path()).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{told}");
}
