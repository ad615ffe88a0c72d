//! The component with the adapter over AWS Secrets Manager in it, on a host that
//! knows nothing of sfbox, and on the other side of the same secret a process of
//! sfbox itself.

mod adapter;
mod fleet;
mod signature;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::tls;
use moto::Moto;
use serde_json::Value;
use sfbox::secret_store::{Aws, SecretName};
use sfbox_emulator::Emulator;

use crate::conversation::{Guest, Kept, Outcome, Page};
use crate::hosts::library::{Embedded, converse};
use crate::report::Row;
use crate::secret::{ORG, Secret};
use crate::wasi_0_3;
use crate::world::World;

/// A recognisable key to sign with, which must never be seen.
const AWS_KEY: &str = "CANARY-aws-key";

/// What the adapter finds in its environment.
pub(crate) fn environment(moto: &Moto) -> [(&str, &str); 5] {
    [
        ("SFBOX_ORGS", ORG),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto.url()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", AWS_KEY),
    ]
}

/// The secret, with something of somebody else's in it.
fn text(consumer_secret: &str) -> String {
    format!(
        "{{\"Domain\": \"acme.my\", \"ConsumerKey\": \"key\", \"ConsumerSecret\": \
         \"{consumer_secret}\",\n \"other\" : 1.50 }}\n"
    )
}

fn org() -> SecretName {
    SecretName::parse(ORG).unwrap()
}

/// The store of sfbox itself.
fn native(moto: &Moto) -> Aws {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(moto.url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    Aws::from_config(&config).unwrap()
}

/// The component with the adapter in it.
struct Composed(wasi_0_3::Host);

impl Composed {
    async fn with(emulator: &Emulator, environment: &[(&str, &str)]) -> Self {
        let world = World::with_environment(emulator, &Secret::new("unused"), environment);
        Self(wasi_0_3::Host::run("sfbox-with-secrets-manager", world, |_| {}).await)
    }
}

impl Kept for Moto {
    async fn keep(consumer_secret: &str) -> Self {
        let moto = Self::start();
        moto.create(ORG, &text(consumer_secret)).await;
        moto
    }

    async fn token(&self) -> Option<String> {
        let text = self.read(ORG).await;
        let secret: Value = serde_json::from_str(&text).unwrap();
        Some(secret.get("SessionId")?.as_str()?.to_owned())
    }
}

impl Embedded for Composed {
    type Secret = Moto;

    async fn start(emulator: &Emulator, moto: &Moto) -> Self {
        Self::with(emulator, &environment(moto)).await
    }
}

impl Guest for Composed {
    async fn query(&mut self, soql: &str, batch_size: Option<u16>) -> Outcome<Page> {
        self.0.query(soql, batch_size).await
    }

    async fn query_more(&mut self, next: &str) -> Outcome<Page> {
        self.0.query_more(next).await
    }

    async fn status(&mut self) -> Outcome<String> {
        self.0.status().await
    }

    async fn together(&mut self, soql: &str, count: usize) -> Vec<Outcome<Page>> {
        self.0.together(soql, count).await
    }
}

#[tokio::test]
async fn the_component_with_the_adapter_holds_the_conversation() {
    let row = Row {
        order: 11,
        host: "wasmtime 48 as a library, with sfbox-secrets-manager",
        wasi: "0.3",
    };
    converse::<Composed>(&row, &[]).await;
}
