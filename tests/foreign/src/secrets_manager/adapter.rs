//! The adapter by itself, call by call.

use moto::Moto;
use secrecy::ExposeSecret as _;
use sfbox::secret_store::{Claimed, Kind, SecretStore as _};
use sfbox_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wasmtime::Store;
use wasmtime::component::Linker;

use super::{AWS_KEY, environment, native, org, text};
use crate::secret::{ORG, Secret};
use crate::world::{self, World};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package test:adapter;

            world adapter {
                export sfbox:client/secret-store@0.4.0;
            }
        ",
    });
}

use bindings::exports::sfbox::client::secret_store as wit;

const GET: &str = "GetSecretValue";
const PUT: &str = "PutSecretValue";
const MOVE: &str = "UpdateSecretVersionStage";

type Changes = Vec<(String, Option<String>)>;

/// The adapter in its store.
pub(super) struct Adapter {
    store: Store<World>,
    exports: bindings::Adapter,
}

impl Adapter {
    pub(super) async fn with(environment: &[(&str, &str)]) -> Self {
        let engine = world::engine();
        let component = world::component(&engine, "sfbox-secrets-manager");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p3::add_to_linker(&mut linker).unwrap();
        wasmtime_wasi_http::p3::add_to_linker(&mut linker).unwrap();
        // Nothing is sent to it: AWS has an address.
        let emulator = Emulator::builder().start().await.unwrap();
        let world = World::with_environment(&emulator, &Secret::new("unused"), environment);
        let mut store = world::store(&engine, world);
        let exports = bindings::Adapter::instantiate_async(&mut store, &component, &linker)
            .await
            .unwrap();
        Self { store, exports }
    }

    async fn on(moto: &Moto) -> Self {
        Self::with(&environment(moto)).await
    }

    pub(super) async fn get(&mut self, org: &str) -> Result<wit::Document, wit::Error> {
        let exports = self.exports.sfbox_client_secret_store();
        let call = async |accessor: &_| exports.call_get(accessor, org.to_owned()).await;
        self.store.run_concurrent(call).await.unwrap().unwrap()
    }

    async fn replace(&mut self, version: &str, changes: Changes) -> Result<String, wit::Error> {
        let exports = self.exports.sfbox_client_secret_store();
        let call = async |accessor: &_| {
            let (org, version) = (ORG.to_owned(), version.to_owned());
            exports.call_replace(accessor, org, version, changes).await
        };
        self.store.run_concurrent(call).await.unwrap().unwrap()
    }

    async fn claim(&mut self, key: &str) -> Result<wit::Claimed, wit::Error> {
        let exports = self.exports.sfbox_client_secret_store();
        let call = async |accessor: &_| {
            let (org, key) = (ORG.to_owned(), key.to_owned());
            exports.call_claim(accessor, org, key).await
        };
        self.store.run_concurrent(call).await.unwrap().unwrap()
    }

    async fn release(&mut self, key: &str, refusal: Option<&str>) -> Result<(), wit::Error> {
        let exports = self.exports.sfbox_client_secret_store();
        let call = async |accessor: &_| {
            let (org, key) = (ORG.to_owned(), key.to_owned());
            let refusal = refusal.map(str::to_owned);
            exports.call_release(accessor, org, key, refusal).await
        };
        self.store.run_concurrent(call).await.unwrap().unwrap()
    }
}

fn token(token: &str) -> Changes {
    vec![("SessionId".to_owned(), Some(format!("\"{token}\"")))]
}

async fn moto() -> Moto {
    let moto = Moto::start();
    moto.create(ORG, &text("CANARY-consumer-secret")).await;
    moto
}

fn outcomes(moto: &Moto, operation: &str) -> Vec<String> {
    let calls = moto.calls().into_iter();
    calls
        .filter(|(name, _)| name == operation)
        .map(|(_, outcome)| outcome)
        .collect()
}

#[tokio::test]
async fn of_writers_of_both_kinds_one_wins_and_the_others_conflict() {
    let moto = moto().await;
    let (mut first, mut second) = (Adapter::on(&moto).await, Adapter::on(&moto).await);
    let (process, acme) = (native(&moto), org());
    let version = first.get(ORG).await.unwrap().version;
    assert_eq!(second.get(ORG).await.unwrap().version, version);
    let read = process.read(&acme).await.unwrap();
    assert_eq!(read.version, version, "all mean the same by it");
    let (one, two, three) = tokio::join!(
        first.replace(&version, token("one")),
        second.replace(&version, token("two")),
        process.write(&acme, &version, "{\"SessionId\":\"three\"}".into()),
    );
    let kinds = [one.as_ref().err(), two.as_ref().err()];
    let conflicts = kinds.iter().flatten();
    assert!(
        conflicts
            .clone()
            .all(|kind| matches!(kind, wit::Error::Conflict))
    );
    let lost = three.as_ref().err().map(|error| error.kind());
    assert!(matches!(lost, None | Some(Kind::Conflict)));
    let won = usize::from(one.is_ok()) + usize::from(two.is_ok()) + usize::from(three.is_ok());
    assert_eq!(won, 1);
    let current = process.read(&acme).await.unwrap().version;
    let winner = one.or(two).or(three.map_err(|_| wit::Error::Conflict));
    assert_eq!(winner.unwrap(), current);
}

#[tokio::test]
async fn a_claim_means_the_same_to_both() {
    let moto = moto().await;
    let mut adapter = Adapter::on(&moto).await;
    let (process, acme) = (native(&moto), org());

    assert_eq!(process.claim(&acme, "k").await.unwrap(), Claimed::Won);
    moto.advance(std::time::Duration::from_secs(7));
    let held = adapter.claim("k").await.unwrap();
    assert!(
        matches!(held, wit::Claimed::Held(7_000..12_000)),
        "{held:?}"
    );
    adapter.release("k", None).await.unwrap();
    assert!(
        matches!(adapter.claim("k").await.unwrap(), wit::Claimed::Held(_)),
        "not its own"
    );
    process.release(&acme, "k", None).await.unwrap();

    assert!(matches!(
        adapter.claim("k").await.unwrap(),
        wit::Claimed::Won
    ));
    assert!(matches!(
        process.claim(&acme, "k").await.unwrap(),
        Claimed::Held(_)
    ));
    adapter.release("k", None).await.unwrap();
    assert_eq!(process.claim(&acme, "k").await.unwrap(), Claimed::Won);

    // The last time: each tells what the other's login was refused with.
    let refusal = Some("invalid_client");
    process.release(&acme, "k", refusal).await.unwrap();
    assert!(matches!(
        adapter.claim("k").await.unwrap(),
        wit::Claimed::Won
    ));
    adapter.release("k", refusal).await.unwrap();
    let spent = process.claim(&acme, "k").await.unwrap();
    assert!(
        matches!(&spent, Claimed::Spent { refusal: told, .. } if told.as_deref() == refusal),
        "{spent:?}"
    );
    let spent = adapter.claim("k").await.unwrap();
    assert!(
        matches!(&spent, wit::Claimed::Spent(spent) if spent.refusal.as_deref() == refusal),
        "{spent:?}"
    );
}

#[tokio::test]
async fn of_many_that_claim_at_once_one_wins() {
    let moto = moto().await;
    let mut adapters = Vec::new();
    for _ in 0..4 {
        adapters.push(Adapter::on(&moto).await);
    }
    let claims = adapters.iter_mut().map(|adapter| adapter.claim("k"));
    let claimed: Vec<_> = futures::future::join_all(claims).await;
    let won = claimed
        .iter()
        .filter(|claimed| matches!(claimed, Ok(wit::Claimed::Won)));
    assert_eq!(won.count(), 1, "{claimed:?}");
    assert!(claimed.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_write_whose_reply_was_lost_is_found_to_have_worked() {
    for (operation, attempts) in [(PUT, 2), (MOVE, 2)] {
        let moto = moto().await;
        let mut adapter = Adapter::on(&moto).await;
        let version = adapter.get(ORG).await.unwrap().version;
        moto.fail(operation, &["commit-then-drop"]);
        let written = adapter.replace(&version, token("new")).await.unwrap();
        assert_eq!(outcomes(&moto, operation).len(), attempts, "{operation}");
        let current = native(&moto).read(&org()).await.unwrap();
        assert_eq!(current.version, written, "{operation}");
        assert!(
            current
                .text
                .expose_secret()
                .contains("\"SessionId\": \"new\"")
        );
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_and_told_if_it_does_not() {
    let moto = moto().await;
    let mut adapter = Adapter::on(&moto).await;
    moto.fail(GET, &["throttle", "error"]);
    adapter.get(ORG).await.unwrap();
    assert_eq!(outcomes(&moto, GET), ["throttle", "error", "ok"]);
    moto.fail(GET, &["throttle"; 3]);
    let refused = adapter.get(ORG).await.unwrap_err();
    assert!(
        matches!(refused, wit::Error::Throttled(None)),
        "{refused:?}"
    );
    assert_eq!(outcomes(&moto, GET).len(), 3, "and no more");
    moto.fail(GET, &["hang"]);
    adapter.get(ORG).await.unwrap();
    assert_eq!(outcomes(&moto, GET), ["hang", "ok"]);
    moto.fail(GET, &["kms-denied"]);
    let refused = adapter.get(ORG).await.unwrap_err();
    assert!(matches!(refused, wit::Error::Denied), "{refused:?}");
    assert_eq!(outcomes(&moto, GET).len(), 1, "a refusal stands");
}

#[tokio::test]
async fn a_write_that_aws_forbids_is_denied_and_the_secret_stays() {
    let moto = moto().await;
    let mut adapter = Adapter::on(&moto).await;
    let version = adapter.get(ORG).await.unwrap().version;
    for (operation, fault) in [(PUT, "denied"), (PUT, "limit"), (MOVE, "denied")] {
        moto.fail(operation, &[fault]);
        let refused = adapter.replace(&version, token("new")).await.unwrap_err();
        assert!(matches!(refused, wit::Error::Denied), "{operation} {fault}");
    }
    assert_eq!(moto.read(ORG).await, text("CANARY-consumer-secret"));
}

#[tokio::test]
async fn the_operators_facts_are_handed_on() {
    let moto = moto().await;
    let mut environment = environment(&moto).to_vec();
    environment.push(("SFBOX_SESSION_TTL", "7200"));
    environment.push(("SFBOX_REQUIRE_SHARED", "true"));
    let settings = Adapter::with(&environment).await.get(ORG).await.unwrap();
    assert_eq!(settings.settings.session_ttl_s, Some(7_200));
    assert!(settings.settings.require_shared);
    environment.push(("AWS_ENDPOINT_URL", "not a URL"));
    assert!(Adapter::with(&environment).await.get(ORG).await.is_ok());
}

/// What a container's agent answers.
fn handed_out() -> String {
    format!(
        r#"{{"AccessKeyId":"AKID","SecretAccessKey":"{AWS_KEY}","Token":"CANARY-session",
            "Expiration":"2099-01-01T00:00:00Z"}}"#
    )
}

/// Answers one request, and tells its head.
pub(super) async fn answer(listener: &TcpListener, body: &str) -> String {
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(connection.read_u8().await.unwrap());
    }
    let request = String::from_utf8(request).unwrap();
    let length = request.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split_once("\r\n"));
    let length: usize = length.map_or(0, |(length, _)| length.parse().unwrap());
    // What is left unread would reset the connection.
    let mut rest = vec![0; length];
    connection.read_exact(&mut rest).await.unwrap();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let answer = format!("{head}{body}");
    // Who has read enough hangs up.
    _ = connection.write_all(answer.as_bytes()).await;
    request
}

#[tokio::test]
async fn a_containers_agent_is_asked_once_for_credentials() {
    let moto = moto().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/credentials", listener.local_addr().unwrap());
    let environment = [
        ("SFBOX_ORGS", ORG),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", moto.url()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "CANARY-agent"),
    ];
    let mut adapter = Adapter::with(&environment).await;
    let body = handed_out();
    let (read, asked) = tokio::join!(adapter.get(ORG), answer(&listener, &body));
    read.unwrap();
    assert!(
        asked.starts_with("GET /credentials HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("authorization: CANARY-agent\r\n"), "{asked}");
    // Nobody answers a second time.
    drop(listener);
    adapter.get(ORG).await.unwrap();
}

/// What `GetSecretValue` answers, with so much white space that it has that length.
fn read_of(length: usize) -> String {
    let body = r#"{"ARN":"arn","VersionId":"v","SecretString":"{}"}"#;
    format!("{body}{}", " ".repeat(length - body.len()))
}

#[tokio::test]
async fn an_answer_that_is_longer_than_any_secret_is_not_read_to_its_end() {
    // `ANSWER_BYTES_MAX` of `adapters/secrets-manager/src/answer.rs`.
    let longest = 6 * 65_536 + 16 * 1_024;
    for (length, read) in [(longest, true), (longest + 1, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let environment = [
            ("SFBOX_ORGS", ORG),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", &url),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", AWS_KEY),
        ];
        let mut adapter = Adapter::with(&environment).await;
        let body = read_of(length);
        let (outcome, head) = tokio::join!(adapter.get(ORG), answer(&listener, &body));
        assert!(head.contains("x-amz-target: secretsmanager.GetSecretValue\r\n"));
        assert!(!head.contains("CANARY"), "{head}");
        match outcome {
            Ok(document) => assert!(read && document.version == "v"),
            Err(refused) => assert!(!read && matches!(refused, wit::Error::Unavailable)),
        }
    }
}

#[tokio::test]
async fn an_agent_that_says_too_much_gives_no_credentials() {
    // `ANSWER_BYTES_MAX` of `adapters/secrets-manager/src/credentials.rs`.
    let longest = 64 * 1_024;
    for (length, given) in [(longest, true), (longest + 1, false)] {
        let moto = moto().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        let environment = [
            ("SFBOX_ORGS", ORG),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", moto.url()),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
        ];
        let mut adapter = Adapter::with(&environment).await;
        let body = handed_out();
        let body = format!("{body}{}", " ".repeat(length - body.len()));
        let (outcome, _) = tokio::join!(adapter.get(ORG), answer(&listener, &body));
        assert_eq!(outcome.is_ok(), given, "{outcome:?}");
    }
}
