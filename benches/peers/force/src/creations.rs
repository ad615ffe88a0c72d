//! Records that are created. The crate has no sObject collections; what it documents for several
//! records is a batch, of 25 independent requests at most, and a graph, of 500 requests at most
//! that are saved together or not at all. Each of these requests is for one record.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use force::api::composite::Graph;
use sfbox_bench_order::{Created, Order};

use crate::org::Client;
use crate::rounds::run;

/// The crate's own limits, and Salesforce's.
const BATCH: usize = 25;
const GRAPH: usize = 500;

/// What Salesforce answers of a record that it has created.
const CREATED: u16 = 201;

static NEXT: AtomicUsize = AtomicUsize::new(0);

pub(crate) async fn batches(client: &Arc<Client>, order: Order) -> anyhow::Result<Created> {
    let client = Arc::clone(client);
    let times = run(&order, move || batch(Arc::clone(&client))).await?;
    Ok(Created::of(&times, BATCH))
}

pub(crate) async fn graphs(client: &Arc<Client>, order: Order) -> anyhow::Result<Created> {
    let client = Arc::clone(client);
    let times = run(&order, move || graph(Arc::clone(&client))).await?;
    Ok(Created::of(&times, GRAPH))
}

async fn batch(client: Arc<Client>) -> anyhow::Result<()> {
    let mut batch = client.composite().batch();
    for number in numbers(BATCH) {
        batch = batch.post("Account", account(number))?;
    }
    let results = batch.execute().await?.results;
    check(results.iter().map(|result| result.status_code), BATCH)
}

async fn graph(client: Arc<Client>) -> anyhow::Result<()> {
    let mut graph = Graph::new("accounts");
    for number in numbers(GRAPH) {
        graph = graph.post("Account", account(number), &format!("r{number}"))?;
    }
    let request = client.composite().graph().add_graph(graph)?;
    let answer = request.execute().await?;
    let graph = answer.graphs.into_iter().next();
    let graph = graph.context("no graph came back")?;
    ensure!(graph.is_successful, "nothing was created: {graph:?}");
    let nodes = graph.graph_response.context("the graph has no answers")?;
    let nodes = nodes.composite_response.iter();
    check(nodes.map(|node| node.http_status_code), GRAPH)
}

fn check(statuses: impl Iterator<Item = u16>, records: usize) -> anyhow::Result<()> {
    let created = statuses.filter(|&status| status == CREATED).count();
    ensure!(
        created == records,
        "{created} of {records} records were created"
    );
    Ok(())
}

fn numbers(count: usize) -> std::ops::Range<usize> {
    let first = NEXT.fetch_add(count, Ordering::Relaxed);
    first..first + count
}

fn account(number: usize) -> serde_json::Value {
    serde_json::json!({
        "Name": format!("Account {number:07}"),
        "Industry": "Energy",
        "AnnualRevenue": number * 7,
        "NumberOfEmployees": number % 1_000,
        "BillingCity": "Berlin",
    })
}
