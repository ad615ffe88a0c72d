//! Queries whose answers are read into a typed struct, as the crate's README does.

use std::sync::Arc;

use force::api::RestOperation as _;
use serde::Deserialize;
use sfbox_bench_order::{Order, Times};

use crate::org::Client;
use crate::rounds::run;

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

pub(crate) async fn round(client: &Arc<Client>, order: Order) -> anyhow::Result<Times> {
    let (client, soql) = (Arc::clone(client), order.soql.clone());
    run(&order, move || ask(Arc::clone(&client), soql.clone())).await
}

async fn ask(client: Arc<Client>, soql: String) -> anyhow::Result<()> {
    drop(client.rest().query::<Account>(&soql).await?);
    Ok(())
}
