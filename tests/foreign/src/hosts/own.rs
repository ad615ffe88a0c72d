//! sfbox's own host: what the others are beside.

use std::sync::Arc;

use futures::future::join_all;
use secrecy::ExposeSecret as _;
use sfbox::secret_store::{MemoryStore, SecretName, SecretStore as _};
use sfbox::{Error, Options, QueryOptions, Runtime};

use crate::conversation::{Guest, Host, Outcome, Page};
use crate::org::{ORG, Org};
use crate::report::{Row, held};

struct Own<'a> {
    org: &'a Org,
    store: Arc<MemoryStore>,
}

/// An instance in a runtime of its own.
struct Instance {
    runtime: Runtime,
    org: sfbox::Org,
}

impl Host for Own<'_> {
    type Guest = Instance;

    async fn instance(&mut self) -> Instance {
        let emulator = &self.org.emulator;
        let connect_to = format!("{}:443:{}", emulator.host(), emulator.address());
        let runtime = Runtime::builder()
            .store(Arc::clone(&self.store))
            .org(ORG)
            .connect_to(connect_to.parse().unwrap())
            .extra_ca(emulator.ca_pem().unwrap())
            .build()
            .unwrap();
        let org = runtime.org(ORG).unwrap();
        Instance { runtime, org }
    }

    async fn stored(&self) -> Option<String> {
        let name = SecretName::parse(ORG).unwrap();
        let secret = self.store.read(&name).await.unwrap();
        let secret = serde_json::from_str::<serde_json::Value>(secret.text.expose_secret());
        Some(secret.unwrap()["SessionId"].as_str()?.to_owned())
    }
}

impl Guest for Instance {
    async fn query(&mut self, soql: &str, batch_size: Option<u16>) -> Outcome<Page> {
        let options = QueryOptions {
            batch_size,
            ..QueryOptions::default()
        };
        page(self.org.query(soql, &options).await)
    }

    async fn query_more(&mut self, next: &str) -> Outcome<Page> {
        page(self.org.query_more(next, &QueryOptions::default()).await)
    }

    async fn status(&mut self) -> Outcome<String> {
        let status = self.org.session_status(&Options::default()).await;
        status.map(|status| format!("{status:?}")).map_err(told)
    }

    async fn together(&mut self, soql: &str, count: usize) -> Vec<Outcome<Page>> {
        let options = QueryOptions::default();
        let calls = (0..count).map(|_| self.org.query(soql, &options));
        let answers = join_all(calls).await;
        self.runtime.settle().await;
        answers.into_iter().map(page).collect()
    }
}

fn page(answer: Result<sfbox::Page, Error>) -> Outcome<Page> {
    let page = answer.map_err(told)?;
    Ok(Page {
        body: page.body,
        next: page.next,
    })
}

fn told(error: Error) -> String {
    match error {
        Error::Call { failure, .. } => format!("{failure:?}"),
        lost @ Error::Lost { .. } => lost.to_string(),
    }
}

#[tokio::test]
async fn sfbox_itself() {
    let row = Row {
        order: 0,
        host: "sfbox",
        wasi: "0.3",
    };
    let org = Org::start().await;
    let store = MemoryStore::new([(ORG, Org::secret())]);
    let mut host = Own {
        org: &org,
        store: Arc::new(store),
    };
    held(&row, &org, &mut host).await;
}
