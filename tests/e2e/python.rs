//! The Python package that the idea comes from, as it is, on the same secret
//! and org.

use std::process::Command;

use moto::Moto;
use workspace::{python, root};

use crate::org::{NAME, Org};

/// Runs the unmodified `simple-salesforce-extends`; answers the ids it read.
fn extends(org: &Org, moto: &Moto) -> Vec<String> {
    let output = command(org, moto).output().expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).expect("a list of ids")
}

/// The unmodified `simple-salesforce-extends`, about to query.
pub(crate) fn command(org: &Org, moto: &Moto) -> Command {
    let emulator = org.emulator();
    let mut command = Command::new(python());
    command
        .arg(root().join("tests/python/extends_client.py"))
        .args([
            NAME,
            emulator.host(),
            &emulator.address().port().to_string(),
        ])
        .env_clear()
        .envs(moto.environment())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("REQUESTS_CA_BUNDLE", org.cacert());
    command
}

fn ours(org: &Org, moto: &Moto) -> Vec<String> {
    let soql = "SELECT Id, Name FROM Account ORDER BY Id LIMIT 5";
    let records = org.sfbox_on(moto, &["query", soql]).records();
    records
        .iter()
        .map(|record| record["Id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn python_reuses_our_token_without_a_login() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    let read = ours(&org, &moto);
    assert_eq!(org.logins(), 1);
    assert_eq!(extends(&org, &moto), read);
    assert_eq!(org.logins(), 1);
}

#[test]
fn we_reuse_the_token_that_python_wrote() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    let read = extends(&org, &moto);
    assert_eq!(org.logins(), 1);
    assert_eq!(ours(&org, &moto), read);
    assert_eq!(
        org.logins(),
        1,
        "the emulator works for a client that nobody here wrote"
    );
    // And back, after an expiry.
    org.control().expire_sessions();
    assert_eq!(ours(&org, &moto), read);
    assert_eq!(extends(&org, &moto), read);
    assert_eq!(org.logins(), 2);
}
