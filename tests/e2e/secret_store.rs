//! The store over Secrets Manager, through the real SDK.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::ReplicaRegionType;
use moto::Moto;
use secrecy::ExposeSecret as _;
use sfbox::secret_store::{Aws, Claimed, Kind, SecretName, SecretStore, StoreError};
use workspace::{python, root};

const GET: &str = "GetSecretValue";
const PUT: &str = "PutSecretValue";
const MOVE: &str = "UpdateSecretVersionStage";

pub(crate) fn store(moto: &Moto) -> Aws {
    let credentials = Credentials::new("test", "test", None, None, "test");
    store_of(
        moto,
        "eu-central-1",
        SharedCredentialsProvider::new(credentials),
    )
}

fn store_of(moto: &Moto, region: &'static str, credentials: SharedCredentialsProvider) -> Aws {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url(moto.url())
        .credentials_provider(credentials)
        .http_client(http)
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .build();
    Aws::from_config(&config).unwrap()
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

#[tokio::test]
async fn a_secret_is_swapped_if_it_is_still_the_same() {
    let moto = Moto::start();
    moto.create("acme", "one").await;
    let (store, acme) = (store(&moto), name("acme"));
    let first = store.read(&acme).await.unwrap();
    assert_eq!(first.text.expose_secret(), "one");
    let second = store
        .write(&acme, &first.version, "two".into())
        .await
        .unwrap();
    assert_eq!(moto.read("acme").await, "two");
    assert_eq!(store.read(&acme).await.unwrap().version, second);
    let late = store
        .write(&acme, &first.version, "three".into())
        .await
        .unwrap_err();
    assert_eq!(late.kind(), Kind::Conflict);
    assert_eq!(moto.read("acme").await, "two");
}

#[tokio::test]
async fn what_somebody_else_wrote_in_between_is_not_lost() {
    let moto = Moto::start();
    moto.create("acme", "one").await;
    let (store, acme) = (store(&moto), name("acme"));
    let read = store.read(&acme).await.unwrap();
    moto.overwrite("acme", "theirs").await;
    let late = store
        .write(&acme, &read.version, "ours".into())
        .await
        .unwrap_err();
    assert_eq!(late.kind(), Kind::Conflict);
    assert_eq!(moto.read("acme").await, "theirs");
    let read = store.read(&acme).await.unwrap();
    store
        .write(&acme, &read.version, "ours".into())
        .await
        .unwrap();
    assert_eq!(moto.read("acme").await, "ours");
}

#[tokio::test]
async fn no_write_is_lost_among_many_writers() {
    const WRITERS: usize = 4;
    const WRITES: usize = 10;
    let moto = Moto::start();
    moto.create("acme", "0").await;
    let writers = (0..WRITERS).map(|_| {
        let store = store(&moto);
        async move {
            let acme = name("acme");
            let mut written = 0;
            while written < WRITES {
                let read = store.read(&acme).await.unwrap();
                let number: usize = read.text.expose_secret().parse().unwrap();
                let next = (number + 1).to_string();
                match store.write(&acme, &read.version, next.into()).await {
                    Ok(_) => written += 1,
                    Err(error) => assert_eq!(error.kind(), Kind::Conflict, "{error}"),
                }
            }
        }
    });
    futures::future::join_all(writers).await;
    assert_eq!(moto.read("acme").await, (WRITERS * WRITES).to_string());
}

#[tokio::test]
async fn failures_are_told_apart_and_repeat_no_secret() {
    let moto = Moto::start();
    let (store, acme) = (store(&moto), name("acme"));
    let missing = store.read(&acme).await.err().unwrap();
    assert_eq!(missing.kind(), Kind::NotFound);
    let words = missing.to_string();
    assert!(
        words.contains("GetSecretValue of `acme`") && words.contains("ResourceNotFoundException")
    );
    assert!(words.contains("request id"), "{words}");
    moto.create("acme", "{}").await;
    let version = store.read(&acme).await.unwrap().version;
    let long = format!("CANARY{}", "x".repeat(65_536));
    let refused = store.write(&acme, &version, long.into()).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("CANARY"));
    drop(moto);
    let gone = store.read(&acme).await.err().unwrap();
    assert_eq!(gone.kind(), Kind::Unavailable, "{gone}");
}

#[test]
fn what_is_asked_of_a_live_account_holds_on_this_one_too() {
    let moto = Moto::start();
    let output = std::process::Command::new(python())
        .arg(root().join("tests/aws/acceptance.py"))
        .env_clear()
        .envs(moto.environment())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let counts = String::from_utf8_lossy(&output.stdout);
    assert_eq!(counts.matches("'won': 1").count(), 2, "{counts}");
}

#[tokio::test]
async fn of_many_who_claim_one_wins_and_the_others_learn_how_long_ago() {
    let moto = Moto::start();
    moto.create("acme", "{}").await;
    let acme = name("acme");
    let stores: Vec<Aws> = (0..8).map(|_| store(&moto)).collect();
    let claims = stores.iter().map(|store| store.claim(&acme, "k"));
    let claims = futures::future::try_join_all(claims).await.unwrap();
    let winners: Vec<usize> = (0..8).filter(|n| claims[*n] == Claimed::Won).collect();
    assert_eq!(winners.len(), 1, "{claims:?}");
    moto.advance(Duration::from_secs(7));
    for store in &stores {
        let age = match store.claim(&acme, "k").await.unwrap() {
            Claimed::Held(age) => age,
            other => panic!("{other:?}"),
        };
        assert!((7..=20).contains(&age.as_secs()), "{age:?}");
    }
    assert_eq!(
        store(&moto).claim(&acme, "other").await.unwrap(),
        Claimed::Won
    );
    // That took the stage; the claim is held all the same.
    let held = store(&moto).claim(&acme, "k").await.unwrap();
    assert!(matches!(held, Claimed::Held(_)), "{held:?}");
    assert_eq!(moto.read("acme").await, "{}", "nobody reads claims");
}

#[tokio::test]
async fn a_released_claim_is_won_again_by_somebody_else() {
    let moto = Moto::start();
    moto.create("acme", "{}").await;
    let acme = name("acme");
    let (ours, theirs) = (store(&moto), store(&moto));
    for _ in 0..3 {
        assert_eq!(ours.claim(&acme, "k").await.unwrap(), Claimed::Won);
        theirs.release(&acme, "k", None).await.unwrap();
        let held = theirs.claim(&acme, "k").await.unwrap();
        assert!(matches!(held, Claimed::Held(_)), "not theirs to release");
        ours.release(&acme, "k", None).await.unwrap();
    }
    assert_eq!(theirs.claim(&acme, "k").await.unwrap(), Claimed::Won);
    let refusal = Some("invalid_client");
    theirs.release(&acme, "k", refusal).await.unwrap();
    // Each costs two versions of a hundred: there is an end to it.
    let spent = ours.claim(&acme, "k").await.unwrap();
    assert!(
        matches!(&spent, Claimed::Spent { refusal: told, .. } if told.as_deref() == refusal),
        "{spent:?}"
    );
}

#[tokio::test]
async fn a_released_claim_is_won_again_whatever_was_claimed_since() {
    let moto = Moto::start();
    moto.create("acme", "{}").await;
    let acme = name("acme");
    for round in 0..4 {
        // Another process each time, as commands are: none remembers anything.
        for key in ["a", "b", "c"] {
            let store = store(&moto);
            let claimed = store.claim(&acme, key).await.unwrap();
            assert_eq!(claimed, Claimed::Won, "{key} in round {round}");
            store.release(&acme, key, None).await.unwrap();
        }
    }
    moto.advance(Duration::from_secs(7));
    for key in ["a", "b", "c"] {
        let spent = store(&moto).claim(&acme, key).await.unwrap();
        let Claimed::Spent { age, refusal: None } = spent else {
            panic!("{key}: {spent:?}")
        };
        assert!((7..=20).contains(&age.as_secs()), "{age:?}");
    }
}

#[tokio::test]
async fn a_policy_that_lets_nobody_read_claims_lets_one_win() {
    let moto = Moto::start();
    moto.create("acme", "{}").await;
    let acme = name("acme");
    let (ours, theirs) = (store(&moto), store(&moto));
    ours.read(&acme).await.unwrap();
    theirs.read(&acme).await.unwrap();
    moto.fail(GET, &["denied"; 3]);
    assert_eq!(ours.claim(&acme, "k").await.unwrap(), Claimed::Won);
    let held = theirs.claim(&acme, "k").await.unwrap();
    assert!(matches!(held, Claimed::Held(_)), "{held:?}");
}

#[tokio::test]
async fn a_claim_whose_reply_was_lost_is_won() {
    let moto = Moto::start();
    moto.create("acme", "{}").await;
    let acme = name("acme");
    moto.fail(PUT, &["commit-then-drop"]);
    assert_eq!(store(&moto).claim(&acme, "k").await.unwrap(), Claimed::Won);
    let held = store(&moto).claim(&acme, "k").await.unwrap();
    assert!(matches!(held, Claimed::Held(_)), "{held:?}");
}

#[tokio::test]
async fn secrets_are_made_once_listed_and_their_rotation_is_known() {
    let moto = Moto::start();
    let (store, acme) = (store(&moto), name("team/acme"));
    let version = store.create(&acme, "{}".into()).await.unwrap();
    assert_eq!(store.read(&acme).await.unwrap().version, version);
    let again = store.create(&acme, "CANARY".into()).await.unwrap_err();
    assert_eq!(again.kind(), Kind::Conflict, "{again}");
    assert_eq!(moto.read("team/acme").await, "{}");
    moto.create("other", "{}").await;
    assert_eq!(store.list("").await.unwrap(), [name("other"), acme.clone()]);
    assert_eq!(store.list("team/").await.unwrap(), [name("team/acme")]);
    assert!(!store.is_rotated(&acme).await.unwrap());
    let denied = "secretsmanager:ListSecrets";
    moto.fail("ListSecrets", &["denied"]);
    let refused = store.list("").await.unwrap_err();
    assert!(refused.to_string().contains(denied), "{refused}");
}

/// A store whose operation fails so, and a secret that was read from it.
struct Failing {
    moto: Moto,
    store: Aws,
    acme: SecretName,
    version: String,
}

impl Failing {
    async fn start(operation: &str, outcomes: &[&str]) -> Self {
        let moto = Moto::start();
        moto.create("acme", "one").await;
        let (store, acme) = (store(&moto), name("acme"));
        let version = store.read(&acme).await.unwrap().version;
        moto.fail(operation, outcomes);
        Self {
            moto,
            store,
            acme,
            version,
        }
    }

    async fn write(&self) -> Result<String, StoreError> {
        self.store
            .write(&self.acme, &self.version, "two".into())
            .await
    }

    /// How often an operation was called since.
    fn count(&self, operation: &str) -> usize {
        self.moto
            .calls()
            .iter()
            .filter(|(called, _)| called == operation)
            .count()
    }

    /// Nothing was written, and the secret can be.
    async fn is_as_it_was(&self) {
        assert_eq!(self.moto.read("acme").await, "one");
        self.write().await.unwrap();
        assert_eq!(self.moto.read("acme").await, "two");
    }
}

#[tokio::test]
async fn a_write_whose_reply_is_lost_has_worked() {
    for operation in [PUT, MOVE] {
        let failing = Failing::start(operation, &["commit-then-drop"]).await;
        let version = failing.write().await.unwrap();
        assert_eq!(failing.moto.read("acme").await, "two");
        assert_eq!(
            failing.store.read(&failing.acme).await.unwrap().version,
            version
        );
        assert_eq!(failing.count(operation), 2, "the SDK's second attempt");
        assert_eq!(
            failing.moto.versions("acme").await,
            2,
            "one write is one version"
        );
    }
}

#[tokio::test]
async fn a_move_that_did_not_happen_is_no_conflict() {
    for (outcome, kind) in [
        ("error", Kind::Unavailable),
        ("throttle", Kind::Throttled(None)),
    ] {
        let failing = Failing::start(MOVE, &[outcome; 3]).await;
        let refused = failing.write().await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{refused}");
        assert_eq!(failing.count(MOVE), 3);
        failing.is_as_it_was().await;
    }
}

#[tokio::test]
async fn a_passing_failure_is_not_noticed() {
    let failing = Failing::start(GET, &[]).await;
    for outcome in ["throttle", "error", "hang", "html"] {
        failing.moto.fail(GET, &[outcome]);
        let read = failing.store.read(&failing.acme).await;
        // What a proxy answers in AWS's place is no failure of AWS's to retry.
        assert_eq!(read.is_ok(), outcome != "html", "{outcome}");
        let again = failing.store.read(&failing.acme).await.unwrap();
        assert_eq!(again.text.expose_secret(), "one");
    }
}

/// What an operation meets, how it fails, and which words say so.
const LASTING: [(&str, &str, Kind, &str); 10] = [
    (
        GET,
        "throttle",
        Kind::Throttled(None),
        "ThrottlingException",
    ),
    (GET, "error", Kind::Unavailable, "InternalServiceError"),
    (
        GET,
        "html",
        Kind::Unavailable,
        "HTTP 200 with a body that is not from AWS",
    ),
    (
        GET,
        "denied",
        Kind::Denied,
        "allow `secretsmanager:GetSecretValue`",
    ),
    (GET, "no-decryption", Kind::Denied, "allow `kms:Decrypt`"),
    (
        GET,
        "expired-token",
        Kind::Denied,
        "renew the AWS credentials",
    ),
    (
        PUT,
        "denied",
        Kind::Denied,
        "allow `secretsmanager:PutSecretValue`",
    ),
    (PUT, "kms-denied", Kind::Denied, "`kms:GenerateDataKey`"),
    (
        PUT,
        "limit",
        Kind::Denied,
        "has reached AWS's limit on versions",
    ),
    (
        MOVE,
        "denied",
        Kind::Denied,
        "allow `secretsmanager:UpdateSecretVersionStage`",
    ),
];

#[tokio::test]
async fn a_lasting_failure_says_what_it_is_and_what_to_do() {
    let failing = Failing::start(GET, &[]).await;
    for (operation, outcome, kind, words) in LASTING {
        failing.moto.fail(operation, &[outcome; 3]);
        let failed = match operation {
            GET => failing.store.read(&failing.acme).await.map(|_| ()),
            _ => failing.write().await.map(|_| ()),
        };
        let failed = failed.unwrap_err();
        assert_eq!(failed.kind(), kind, "{outcome}: {failed}");
        let said = failed.to_string();
        assert!(
            said.starts_with(&format!("{operation} of `acme` failed")),
            "{said}"
        );
        assert!(said.contains(words), "{said}");
        if outcome.ends_with("denied") {
            let calls = failing.moto.calls().len();
            let through = usize::from(operation == MOVE);
            assert_eq!(
                calls,
                1 + through,
                "what is denied is neither repeated nor verified"
            );
        }
        failing.moto.fail(operation, &[]);
    }
    failing.is_as_it_was().await;
}

#[tokio::test]
async fn every_byte_of_a_text_arrives() {
    let moto = Moto::start();
    let text = "{\r\n\t\"\\u0053essionId\" : 1.50e0,\"\u{e9}\u{1f600}\u{7f}\":\"\\/\" }\n\n";
    moto.create("acme", "{}").await;
    let (store, acme) = (store(&moto), name("acme"));
    let version = store.read(&acme).await.unwrap().version;
    store.write(&acme, &version, text.into()).await.unwrap();
    assert_eq!(moto.read("acme").await, text);
    assert_eq!(store.read(&acme).await.unwrap().text.expose_secret(), text);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_malformed() {
    let moto = Moto::start();
    let blob = Blob::new([0xff, 0xfe]);
    let created = moto
        .client()
        .create_secret()
        .name("acme")
        .secret_binary(blob)
        .send()
        .await;
    created.unwrap();
    let refused = store(&moto).read(&name("acme")).await.err().unwrap();
    assert_eq!(refused.kind(), Kind::Malformed);
}

#[tokio::test]
async fn a_secret_that_is_deleted_or_in_another_region_is_not_found() {
    let moto = Moto::start();
    moto.create("acme", "one").await;
    let credentials =
        SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test"));
    let elsewhere = store_of(&moto, "us-east-1", credentials);
    let missing = elsewhere.read(&name("acme")).await.err().unwrap();
    assert_eq!(missing.kind(), Kind::NotFound);
    assert!(
        missing
            .to_string()
            .contains("that it is in region us-east-1"),
        "{missing}"
    );
    moto.client()
        .delete_secret()
        .secret_id("acme")
        .send()
        .await
        .unwrap();
    let deleted = store(&moto).read(&name("acme")).await.err().unwrap();
    assert_eq!(deleted.kind(), Kind::NotFound);
    assert!(deleted.to_string().contains("restore it"), "{deleted}");
}

#[tokio::test]
async fn a_replica_is_read_and_not_written() {
    let moto = Moto::start();
    let replica = ReplicaRegionType::builder().region("us-east-1").build();
    let create = moto
        .client()
        .create_secret()
        .name("acme")
        .secret_string("one");
    create.add_replica_regions(replica).send().await.unwrap();
    let credentials =
        SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test"));
    let (store, acme) = (store_of(&moto, "us-east-1", credentials), name("acme"));
    let read = store.read(&acme).await.unwrap();
    assert_eq!(read.text.expose_secret(), "one");
    let refused = store
        .write(&acme, &read.version, "two".into())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), Kind::Denied);
    assert!(refused.to_string().contains("primary region"), "{refused}");
    assert_eq!(moto.read("acme").await, "one");
}

#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("there is no profile")))
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let moto = Moto::start();
    moto.fail(GET, &[]);
    let store = store_of(
        &moto,
        "eu-central-1",
        SharedCredentialsProvider::new(NoCredentials),
    );
    let refused = store.read(&name("acme")).await.err().unwrap();
    assert_eq!(refused.kind(), Kind::Denied);
    assert!(
        refused.to_string().contains("no AWS credentials"),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("there is no profile"),
        "{refused}"
    );
    assert!(moto.calls().is_empty());
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_sdk_logs_no_secret_even_at_trace_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let failing = Failing::start(MOVE, &["commit-then-drop"]).await;
    let (read_before, written) = ("CANARY-read", "CANARY-written");
    failing.moto.overwrite("acme", read_before).await;
    let read = failing.store.read(&failing.acme).await.unwrap();
    log.0.lock().unwrap().clear();
    failing.store.read(&failing.acme).await.unwrap();
    failing
        .store
        .write(&failing.acme, &read.version, written.into())
        .await
        .unwrap();
    let stale = failing
        .store
        .write(&failing.acme, &read.version, written.into())
        .await;
    assert_eq!(stale.unwrap_err().kind(), Kind::Conflict);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("TRACE"), "nothing was logged");
    assert!(!log.contains("CANARY"), "{log}");
}
