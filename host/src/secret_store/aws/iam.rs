//! The IAM statement that would allow what AWS denied, as one pastes it into a
//! policy.
//!
//! Source: Service Authorization Reference, "AWS Secrets Manager" (which action
//! is on a secret, and which on none), and Secrets Manager User Guide, "Secret
//! encryption and decryption" (the key).

use serde::Serialize;

use super::operation;

/// What follows a secret's name in its ARN: a hyphen and six characters of AWS's.
const SUFFIX: &str = "-??????";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    effect: &'a str,
    action: Vec<String>,
    resource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<serde_json::Value>,
}

impl Statement<'_> {
    fn to_text(&self) -> String {
        // Strings always have a text.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Allows `operation` on a secret, by its name or ARN, or on none in particular.
pub(super) fn on_secret(operation: &str, secret: Option<&str>, region: &str) -> String {
    let resource = match secret {
        None => "*".to_owned(),
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(name) => {
            let partition = partition(region);
            // The account is not known before the first answer; an identity's
            // policy allows nothing in another one by itself.
            format!("arn:{partition}:secretsmanager:{region}:*:secret:{name}{SUFFIX}")
        }
    };
    Statement {
        effect: "Allow",
        action: actions(operation),
        resource: &resource,
        condition: None,
    }
    .to_text()
}

/// Allows the use of the secrets' own keys, through Secrets Manager only.
pub(super) fn on_key(region: &str) -> String {
    let via = format!("secretsmanager.{region}.amazonaws.com");
    Statement {
        effect: "Allow",
        action: vec!["kms:Decrypt".to_owned(), "kms:GenerateDataKey".to_owned()],
        resource: &format!("arn:{}:kms:{region}:*:key/*", partition(region)),
        condition: Some(serde_json::json!({"StringEquals": {"kms:ViaService": via}})),
    }
    .to_text()
}

/// What is needed together: a write is a put and a move.
fn actions(operation: &str) -> Vec<String> {
    let operations = match operation {
        operation::PUT | operation::MOVE => vec![operation::PUT, operation::MOVE],
        other => vec![other],
    };
    let action = |operation| format!("secretsmanager:{operation}");
    operations.into_iter().map(action).collect()
}

/// AWS General Reference, "Amazon Resource Names": which regions are apart.
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_allows_the_operation_on_that_secret() {
        const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf";
        for (operation, secret, statement) in [
            (
                operation::GET,
                Some("prod/x"),
                r#"{"Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":"arn:aws:secretsmanager:eu-west-1:*:secret:prod/x-??????"}"#,
            ),
            (
                operation::DESCRIBE,
                Some(ARN),
                r#"{"Effect":"Allow","Action":["secretsmanager:DescribeSecret"],"Resource":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf"}"#,
            ),
            (
                operation::LIST,
                None,
                r#"{"Effect":"Allow","Action":["secretsmanager:ListSecrets"],"Resource":"*"}"#,
            ),
        ] {
            assert_eq!(on_secret(operation, secret, "eu-west-1"), statement);
        }
        for write in [operation::PUT, operation::MOVE] {
            let statement = on_secret(write, Some("x"), "eu-west-1");
            assert!(
                statement.contains(
                    r#"["secretsmanager:PutSecretValue","secretsmanager:UpdateSecretVersionStage"]"#
                ),
                "{statement}"
            );
        }
    }

    #[test]
    fn a_key_is_allowed_for_secrets_only() {
        assert_eq!(
            on_key("eu-west-1"),
            r#"{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"arn:aws:kms:eu-west-1:*:key/*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"}}}"#
        );
    }

    #[test]
    fn regions_apart_have_partitions_of_their_own() {
        for (region, partition) in [
            ("eu-central-1", "aws"),
            ("us-east-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("", "aws"),
        ] {
            assert_eq!(super::partition(region), partition, "{region}");
        }
    }
}
