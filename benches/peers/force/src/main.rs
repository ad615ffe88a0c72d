//! Contender: the crate `force` as it is, answers read into a typed struct as its
//! README does. `force THREADS`.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use force::api::RestOperation as _;
use force::auth::{AccessToken, Authenticator, TokenResponse};
use force::client::{ForceClient, ForceClientBuilder};
use sfbox_bench_order::{Order, Times, lane, serve};
use serde::Deserialize;

/// A record of the fixed answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "they are read, and then thrown away")]
struct Account {
    id: String,
    name: Option<String>,
    industry: Option<String>,
    annual_revenue: Option<f64>,
    created_date: Option<String>,
}

/// Hands out the token that xtask has.
#[derive(Debug)]
struct InHand;

#[async_trait::async_trait]
impl Authenticator for InHand {
    async fn authenticate(&self) -> force::error::Result<AccessToken> {
        let variable = |name| std::env::var(name).unwrap_or_default();
        Ok(AccessToken::from_response(TokenResponse {
            access_token: variable("BENCH_TOKEN").into(),
            // It has no way to dial another address, and the certificate is
            // good for this name too.
            instance_url: format!("https://localhost:{}", variable("BENCH_PORT")),
            token_type: "Bearer".to_owned(),
            issued_at: String::new(),
            signature: String::new(),
            expires_in: None,
            refresh_token: None,
        }))
    }

    async fn refresh(&self) -> force::error::Result<AccessToken> {
        self.authenticate().await
    }
}

fn main() -> anyhow::Result<()> {
    let threads: usize = std::env::args()
        .nth(1)
        .context("usage: force THREADS")?
        .parse()
        .context("THREADS is a number")?;
    let mut runtime = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(threads).enable_all().build()?;
    runtime.block_on(async {
        let client = ForceClientBuilder::new()
            .authenticate(InHand)
            .build()
            .await?;
        let client = Arc::new(client);
        serve(async |order| round(&client, order).await).await
    })
}

/// A task a call in flight, so that all threads have something to do.
async fn round(client: &Arc<ForceClient<InHand>>, order: Order) -> anyhow::Result<Times> {
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..order.in_flight {
        let (client, order) = (Arc::clone(client), order.clone());
        tasks.spawn(async move { lane(order.end(begun), || ask(&client, &order.soql)).await });
    }
    let lanes: anyhow::Result<Vec<_>> = tasks.join_all().await.into_iter().collect();
    Ok(Times::of(begun, &lanes?))
}

async fn ask(client: &ForceClient<InHand>, soql: &str) -> anyhow::Result<()> {
    drop(client.rest().query::<Account>(soql).await?);
    Ok(())
}
