//! The store over Secrets Manager, through the real SDK.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use secrecy::ExposeSecret as _;
use sfbox::secret_store::{Aws, Kind, SecretName, SecretStore};

use crate::moto::Moto;

fn store(moto: &Moto) -> Aws {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(moto.url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
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
    let second = store.write(&acme, &first.version, "two".into()).await.unwrap();
    assert_eq!(moto.read("acme").await, "two");
    assert_eq!(store.read(&acme).await.unwrap().version, second);
    let late = store.write(&acme, &first.version, "three".into()).await.unwrap_err();
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
    let late = store.write(&acme, &read.version, "ours".into()).await.unwrap_err();
    assert_eq!(late.kind(), Kind::Conflict);
    assert_eq!(moto.read("acme").await, "theirs");
    let read = store.read(&acme).await.unwrap();
    store.write(&acme, &read.version, "ours".into()).await.unwrap();
    assert_eq!(moto.read("acme").await, "ours");
}

#[tokio::test]
async fn no_write_is_lost_among_many_writers() {
    const WRITERS: usize = 4;
    const WRITES: usize = 5;
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
    assert!(words.contains("GetSecretValue of `acme`") && words.contains("ResourceNotFoundException"));
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
