//! What is said when AWS gives no credentials, or cannot be asked: by the real SDK,
//! against services on loopback in place of AWS's.

use std::fs;
use std::process::Command;

use moto::Moto;
use serde_json::Value;
use tempfile::TempDir;

use crate::plain_service::{PlainService, refused_url};
use crate::sfbox::{Run, command};

const QUERY: [&str; 4] = ["--org", "prod/acme", "query", "SELECT Id FROM Account"];

/// The parts of the hint when there is no source of credentials at all.
const TO_DO: [&str; 4] = [
    "`aws configure`",
    "`aws sso login`",
    "AWS_PROFILE",
    "an AWS role",
];

/// A person's machine: a home, and a Secrets Manager that is not to be asked.
struct Machine {
    home: TempDir,
    store: PlainService,
}

impl Machine {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            store: PlainService::saying(500, "{}"),
        }
    }

    /// With `~/.aws/config`.
    fn with_config(text: &str) -> Self {
        let machine = Self::new();
        machine.write(".aws/config", text);
        machine
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.home.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = command();
        command
            .env("HOME", self.home.path())
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.store.url())
            .envs(variables.iter().copied());
        command
    }

    /// Runs a query without credentials: nothing is asked of the store.
    fn query(&self, variables: &[(&str, &str)]) -> Run {
        let run = Run::of(self.command(variables).args(QUERY).output().unwrap());
        assert!(self.store.asked().is_empty(), "{:?}", self.store.asked());
        run
    }
}

/// The hint of a run.
fn hint(run: &Run) -> &str {
    run.stderr.split("\nhint: ").nth(1).unwrap_or_default()
}

#[track_caller]
fn is(run: &Run, status: i32, words: &str, to_do: &str) {
    run.fails(status, words);
    assert!(hint(run).contains(to_do), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("no request was sent to the secret store"),
        "{}",
        run.stderr
    );
    // No chain of providers, and no policy that nobody has refused by.
    for noise in [
        "Ec2InstanceMetadata",
        "providers",
        "IAM policy",
        "Attempted",
    ] {
        assert!(!run.stderr.contains(noise), "{noise}: {}", run.stderr);
    }
    assert!(run.stderr.lines().count() <= 5, "{}", run.stderr);
}

/// A machine that asks this metadata service.
fn with_metadata(url: &str) -> Run {
    let machine = Machine::new();
    machine.query(&[
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url),
    ])
}

#[test]
fn no_source_at_all_is_told_with_what_to_do() {
    let run = Machine::new().query(&[]);
    for to_do in TO_DO {
        is(&run, 3, "no AWS credentials were found", to_do);
    }
    let verbose = Machine::new();
    let verbose = Run::of(verbose.command(&[]).args(QUERY).arg("-v").output().unwrap());
    verbose.fails(3, "no AWS credentials were found");
    for provider in ["Environment", "Profile", "WebIdentityToken", "EcsContainer"] {
        assert!(verbose.stderr.contains(provider), "{}", verbose.stderr);
    }
}

#[test]
fn every_command_on_the_store_says_it() {
    let machine = Machine::new();
    for arguments in [&["org", "list"][..], &["--org", "x", "session", "status"]] {
        let run = Run::of(machine.command(&[]).args(arguments).output().unwrap());
        run.fails(3, "no AWS credentials were found");
        assert!(hint(&run).contains("`aws configure`"), "{}", run.stderr);
    }
    let check = ["--org", "x", "org", "check"];
    let check = Run::of(machine.command(&[]).args(check).output().unwrap());
    check.fails(3, "org `x` fails at the step `secret`");
    let steps: Vec<Value> = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!(
        steps[0]["detail"],
        "GetSecretValue of `x` failed: no AWS credentials were found"
    );
    assert!(
        steps[0]["fix"]
            .as_str()
            .unwrap()
            .contains("`aws sso login`")
    );
    assert!(steps[0].get("statement").is_none(), "{}", check.stdout);
}

#[test]
fn a_metadata_service_that_refuses_has_no_credentials() {
    let refusing = |status| PlainService::saying(status, "no");
    for service in [refusing(403), refusing(404)] {
        is(
            &with_metadata(service.url()),
            3,
            "no AWS credentials were found",
            TO_DO[0],
        );
        assert!(!service.asked().is_empty());
    }
    is(
        &with_metadata(&refused_url()),
        3,
        "no AWS credentials were found",
        TO_DO[0],
    );
    // It gives a token, and has no role.
    for status in [403, 404] {
        let service = PlainService::start(move |line| {
            let is_token = line.starts_with("PUT /latest/api/token");
            Some(if is_token {
                (200, "t".to_owned())
            } else {
                (status, "no".to_owned())
            })
        });
        is(
            &with_metadata(service.url()),
            3,
            "no AWS credentials were found",
            TO_DO[0],
        );
    }
}

#[test]
fn a_metadata_service_that_is_silent_or_broken_is_tried_later() {
    let silent = PlainService::silent();
    is(
        &with_metadata(silent.url()),
        4,
        "did not answer in time",
        "in a moment",
    );
    assert!(!silent.asked().is_empty());
    let broken = PlainService::start(|line| {
        let is_token = line.starts_with("PUT /latest/api/token");
        Some(if is_token {
            (200, "t".to_owned())
        } else {
            (503, "no".to_owned())
        })
    });
    with_metadata(broken.url()).fails(4, "caused by: ");
}

#[test]
fn a_containers_credentials_service_has_its_own_causes() {
    let asked = |url: &str| {
        let uri = format!("{url}/credentials");
        Machine::new().query(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri)])
    };
    for status in [403, 404] {
        let run = asked(PlainService::saying(status, "no").url());
        is(
            &run,
            3,
            &format!("it answered {status}"),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        );
    }
    let silent = PlainService::silent();
    is(&asked(silent.url()), 4, "in time", "in a moment");
    // The SDK tries again, and perhaps for too long.
    is(&asked(&refused_url()), 4, "", "in a moment");
    let broken = asked(PlainService::saying(500, "no").url());
    is(&broken, 4, "", "in a moment");
    let elsewhere = asked("http://192.0.2.1");
    is(
        &elsewhere,
        3,
        "the AWS configuration cannot be used",
        "AWS_",
    );
}

#[test]
fn a_profile_that_there_is_not_is_named() {
    let machine = Machine::with_config("[profile prod]\nregion = eu-central-1\n");
    let missing = machine.query(&[("AWS_PROFILE", "nope")]);
    is(
        &missing,
        3,
        "there is no AWS profile `nope`",
        "aws configure list-profiles",
    );
    // It has no credentials, but it is there.
    is(
        &machine.query(&[("AWS_PROFILE", "prod")]),
        3,
        "no AWS credentials were found",
        TO_DO[0],
    );
    let mut without_region = machine.command(&[("AWS_PROFILE", "nope")]);
    without_region.env_remove("AWS_REGION").args(QUERY);
    Run::of(without_region.output().unwrap()).fails(2, "there is no AWS profile `nope`");
    let mut no_profile = Machine::new().command(&[]);
    no_profile.env_remove("AWS_REGION").args(QUERY);
    Run::of(no_profile.output().unwrap()).fails(2, "no AWS region");
    // A profile's own source is missing.
    let machine = Machine::with_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n",
    );
    is(
        &machine.query(&[("AWS_PROFILE", "prod")]),
        3,
        "`base`",
        "~/.aws/config",
    );
}

#[test]
fn an_sso_session_that_has_ended_is_told_with_the_login() {
    let machine = Machine::with_config(
        "[profile prod]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = x\n\
         [sso-session work]\nsso_region = eu-central-1\nsso_start_url = https://x.awsapps.com/start\n",
    );
    let prod = [("AWS_PROFILE", "prod")];
    let login = "`aws sso login --profile prod`";
    is(
        &machine.query(&prod),
        3,
        "SSO session is missing or has expired",
        login,
    );
    let token = |expires: &str| format!(r#"{{"accessToken":"CANARY","expiresAt":"{expires}"}}"#);
    machine.write(&sso_cache("work"), &token("2020-01-01T00:00:00Z"));
    let ended = machine.query(&prod);
    is(&ended, 3, "SSO session is missing or has expired", login);
    machine.write(&sso_cache("work"), &token("2099-01-01T00:00:00Z"));
    for (status, body, code, words) in [
        (
            401,
            "UnauthorizedException",
            3,
            "SSO session is missing or has expired",
        ),
        (
            403,
            "ForbiddenException",
            3,
            "account and role: ForbiddenException",
        ),
        (503, "ServiceUnavailable", 4, ""),
    ] {
        let body = format!(r#"{{"__type":"{body}","message":"x"}}"#);
        let sso = PlainService::saying(status, &body);
        let run = machine.query(&[prod[0], ("AWS_ENDPOINT_URL_SSO", sso.url())]);
        run.fails(code, words);
        assert!(!run.stderr.contains("CANARY"), "{}", run.stderr);
        assert!(!sso.asked().is_empty());
    }
}

/// The file of an SSO session's token, which is named for the SHA-1 of the session's name.
fn sso_cache(session: &str) -> String {
    let output = Command::new(workspace::python())
        .args([
            "-c",
            "import hashlib, sys; print(hashlib.sha1(sys.argv[1].encode()).hexdigest())",
        ])
        .arg(session)
        .output()
        .unwrap();
    let digest = String::from_utf8(output.stdout).unwrap();
    format!(".aws/sso/cache/{}.json", digest.trim())
}

/// An error of AWS STS.
fn sts_error(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>CANARY</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    )
}

const ROLE: (&str, &str) = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x");

#[test]
fn a_web_identity_that_is_refused_is_told_with_its_cause() {
    let machine = Machine::new();
    let file = machine.path("token");
    let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", file.as_str());
    is(&machine.query(&[ROLE, token]), 3, "cannot be read", token.0);
    machine.write("token", "CANARY-of-a-token");
    for (status, code, exit, words, to_do) in [
        (
            400,
            "ExpiredTokenException",
            3,
            "the web identity token has expired",
            token.0,
        ),
        (
            400,
            "InvalidIdentityToken",
            3,
            "refuses the web identity token",
            "audience",
        ),
        (
            403,
            "AccessDenied",
            3,
            "refuses to assume the role",
            "trust policy",
        ),
        (400, "IDPCommunicationError", 4, "", "in a moment"),
    ] {
        let sts = PlainService::saying(status, &sts_error(code));
        let run = machine.query(&[ROLE, token, ("AWS_ENDPOINT_URL_STS", sts.url())]);
        is(&run, exit, words, to_do);
        assert!(!run.stderr.contains("CANARY"), "{}", run.stderr);
        assert!(!sts.asked().is_empty());
    }
    let down = refused_url();
    let run = machine.query(&[ROLE, token, ("AWS_ENDPOINT_URL_STS", &down)]);
    is(&run, 4, "", "in a moment");
}

#[test]
fn a_role_that_may_not_be_assumed_is_told_with_its_cause() {
    let machine = Machine::with_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n\
         [profile base]\naws_access_key_id = a\naws_secret_access_key = CANARY-key\n\
         [profile none]\nrole_arn = arn:aws:iam::123456789012:role/x\n\
         credential_source = Environment\n\
         [profile program]\ncredential_process = sh -c 'echo CANARY-stderr >&2; exit 3'\n",
    );
    for (code, words, to_do) in [
        (
            "AccessDenied",
            "refuses to assume the role",
            "sts:AssumeRole",
        ),
        ("ExpiredToken", "have expired", "renew them"),
        (
            "InvalidClientTokenId",
            "does not accept the credentials",
            "clock",
        ),
    ] {
        let sts = PlainService::saying(403, &sts_error(code));
        let run = machine.query(&[("AWS_PROFILE", "prod"), ("AWS_ENDPOINT_URL_STS", sts.url())]);
        is(&run, 3, words, to_do);
        assert!(!run.stderr.contains("CANARY"), "{}", run.stderr);
    }
    is(
        &machine.query(&[("AWS_PROFILE", "none")]),
        3,
        "no AWS credentials were found",
        TO_DO[0],
    );
    let program = [("AWS_PROFILE", "program")];
    is(
        &machine.query(&program),
        3,
        "`credential_process`",
        "by hand",
    );
    let mut verbose = machine.command(&program);
    let verbose = Run::of(verbose.args(QUERY).arg("-vvv").output().unwrap());
    assert!(!verbose.stderr.contains("CANARY"), "{}", verbose.stderr);
}

/// Credentials that nobody has to give.
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];

#[test]
fn a_store_that_does_not_answer_is_tried_later() {
    let silent = PlainService::silent();
    let down = refused_url();
    for url in [silent.url(), &down] {
        let mut machine = Machine::new().command(&KEYS);
        machine.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", url);
        let run = Run::of(machine.args(QUERY).output().unwrap());
        run.fails(4, "the secret store did not answer");
        assert!(!run.stderr.contains("credentials were"), "{}", run.stderr);
    }
}

#[test]
fn an_arn_of_another_region_is_told_before_anybody_is_asked() {
    let moto = Moto::start();
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme-AbCdEf";
    let mut command = command();
    command.envs(moto.environment());
    moto.fail("GetSecretValue", &[]);
    let run = Run::of(
        command
            .args(["--org", arn, "session", "status"])
            .output()
            .unwrap(),
    );
    run.fails(
        3,
        "region `us-east-1`, but the configured region is `eu-central-1`",
    );
    assert!(
        hint(&run).starts_with("set AWS_REGION=us-east-1"),
        "{}",
        run.stderr
    );
    assert!(moto.calls().is_empty(), "{:?}", moto.calls());
}
