//! What arrives is signed as AWS asks: botocore comes to the same signature.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use workspace::{python, root};

use super::AWS_KEY;
use super::adapter::{Adapter, answer};
use crate::secret::ORG;

/// What `GetSecretValue` is called with.
const BODY: &str = r#"{"SecretId":"acme","VersionStage":"AWSCURRENT"}"#;

/// botocore's signature.
fn expected(request: &Value) -> String {
    let mut signer = Command::new(python())
        .arg(root().join("tests/moto/signature.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = signer.stdin.take().unwrap();
    input.write_all(request.to_string().as_bytes()).unwrap();
    drop(input);
    let output = signer.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn what_arrives_is_signed_as_botocore_would_sign_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    for token in [None, Some("CANARY-session")] {
        let mut environment = vec![
            ("SFBOX_ORGS", ORG),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", url.as_str()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", AWS_KEY),
        ];
        environment.extend(token.map(|token| ("AWS_SESSION_TOKEN", token)));
        let mut adapter = Adapter::with(&environment).await;
        let read = r#"{"ARN":"arn","VersionId":"v","SecretString":"{}"}"#;
        let (outcome, head) = tokio::join!(adapter.get(ORG), answer(&listener, read));
        outcome.unwrap();

        let headers: BTreeMap<&str, &str> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .collect();
        let authorization = headers["authorization"];
        let part = |name: &str| {
            let rest = authorization.split_once(name).unwrap().1;
            rest.split(',').next().unwrap()
        };
        let signed: BTreeMap<&str, &str> = part("SignedHeaders=")
            .split(';')
            .map(|name| (name, headers[name]))
            .collect();
        assert_eq!(signed.get("x-amz-security-token").copied(), token);
        let request = json!({"url": url, "headers": signed, "body": BODY,
            "key_id": "AKIDEXAMPLE", "key": AWS_KEY, "region": "eu-central-1"});
        assert_eq!(part("Signature="), expected(&request));
    }
}
