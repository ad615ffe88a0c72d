//! What an environment needs around it: an org, its secret, and queues.

use std::fs;
use std::path::PathBuf;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use moto::Moto;
use sfbox_emulator::{Control, Effect, Emulator, Fault, FaultRoute, Route};
use tempfile::TempDir;

/// The name of the org's secret.
pub(crate) const ORG: &str = "prod/salesforce";

/// A recognisable consumer secret, which must never be seen.
const CONSUMER_SECRET: &str = "CANARY-consumer-secret-5b1f";

/// How every token goes on after the org's id.
const ANY_TOKEN: &str = "!AQ";

/// A value in a filter, as a customer's data would be: for no log.
pub(crate) const FILTER: &str = "CANARY-filter-77d0";

/// How many accounts the org has: three pages of the smallest size.
pub(crate) const ACCOUNTS: usize = 450;

/// An emulator, a moto, and a folder for what processes read and write.
pub(crate) struct World {
    emulator: Option<Emulator>,
    runtime: tokio::runtime::Runtime,
    folder: TempDir,
    moto: Moto,
}

impl World {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let builder = Emulator::builder()
            .my_domain("acme.my")
            .credentials("key", CONSUMER_SECRET)
            .body_length_required()
            .accounts(ACCOUNTS);
        let emulator = runtime.block_on(builder.start()).unwrap();
        let world = Self {
            emulator: Some(emulator),
            runtime,
            folder: tempfile::tempdir().unwrap(),
            moto: Moto::start(),
        };
        fs::write(world.cacert(), world.emulator().ca_pem().unwrap()).unwrap();
        let secret = serde_json::json!({
            "Domain": "acme.my", "ConsumerKey": "key", "ConsumerSecret": CONSUMER_SECRET,
        });
        world.block_on(world.moto.create(ORG, &secret.to_string()));
        world
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().unwrap()
    }

    pub(crate) fn control(&self) -> Control {
        self.emulator().control()
    }

    pub(crate) fn logins(&self) -> u64 {
        self.control().stats().logins
    }

    /// Makes something happen to queries.
    pub(crate) fn strike(&self, effect: Effect, count: Option<u64>) {
        let fault = Fault {
            route: FaultRoute::Only(Route::Query),
            skip: 0,
            count,
            effect,
        };
        self.control().faults(vec![fault]).unwrap();
    }

    fn cacert(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A path for a file of this name.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The variables of an environment, those of Lambda itself aside.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let emulator = self.emulator();
        let connect_to = format!("{}:443:{}", emulator.host(), emulator.address());
        let mut variables: Vec<(String, String)> = [
            ("AWS_ENDPOINT_URL_SQS", self.moto.url()),
            ("SFBOX_ORG", ORG),
            ("SFBOX_CONNECT_TO", &connect_to),
            ("SFBOX_CACERT", self.cacert().to_str().unwrap()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let moto = self.moto.environment();
        variables.extend(moto.map(|(name, value)| (name.to_owned(), value.to_owned())));
        variables
    }

    /// The real SDK, as another program would use it.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(self.moto.url())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(moto::http_client())
            .build();
        aws_sdk_sqs::Client::from_conf(config)
    }

    /// Makes a queue whose messages come back after so many seconds, and answers its
    /// URL.
    pub(crate) async fn queue(&self, name: &str, visibility_timeout_s: u32) -> String {
        let timeout = visibility_timeout_s.to_string();
        let made = self
            .sqs()
            .create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::VisibilityTimeout, timeout)
            .send()
            .await
            .unwrap();
        made.queue_url.unwrap()
    }

    /// The token in the secret, if there is one.
    pub(crate) fn stored_token(&self) -> Option<String> {
        let text = self.block_on(self.moto.read(ORG));
        let secret: serde_json::Value = serde_json::from_str(&text).unwrap();
        secret["SessionId"].as_str().map(str::to_owned)
    }

    /// Asserts that there is nothing secret in what was written or answered.
    #[track_caller]
    pub(crate) fn is_clean(&self, written: &str) {
        let mut canaries = vec![CONSUMER_SECRET.to_owned(), ANY_TOKEN.to_owned()];
        if let Some(token) = self.stored_token() {
            assert!(token.contains(ANY_TOKEN), "an opaque token");
            canaries.push(token[token.len() - 24..].to_owned());
        }
        for canary in canaries {
            assert!(!written.contains(&canary), "{canary}");
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // It stops on the runtime that it runs on.
        let _entered = self.runtime.enter();
        self.emulator.take();
    }
}
