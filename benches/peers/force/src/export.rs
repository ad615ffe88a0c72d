//! All rows of a query to stdout, each read into a typed struct by the crate's stream, and
//! written by serde_json or csv.

use std::io::{BufWriter, Write as _, stdout};
use std::pin::pin;

use force::api::RestOperation as _;
use futures::{Stream, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use crate::org::Client;

/// A row of the wide answers.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    name: Option<String>,
    account_number: Option<String>,
    industry: Option<String>,
    r#type: Option<String>,
    rating: Option<String>,
    annual_revenue: Option<f64>,
    number_of_employees: Option<i64>,
    phone: Option<String>,
    website: Option<String>,
    billing_street: Option<String>,
    billing_city: Option<String>,
    billing_postal_code: Option<String>,
    billing_country: Option<String>,
    description: Option<String>,
    owner_id: Option<String>,
    is_deleted: bool,
    created_date: Option<String>,
    last_modified_date: Option<String>,
    system_modstamp: Option<String>,
}

pub(crate) async fn print(client: &Client, form: &str, soql: &str) -> anyhow::Result<()> {
    let rows = client.rest().query_stream::<Account>(soql).into_stream();
    match form {
        "ndjson" => ndjson(rows).await,
        "csv" => csv(rows).await,
        _ => anyhow::bail!("no such form: {form}"),
    }
}

async fn ndjson(rows: impl Stream<Item = force::error::Result<Account>>) -> anyhow::Result<()> {
    let mut rows = pin!(rows);
    let mut out = BufWriter::new(stdout().lock());
    while let Some(row) = rows.try_next().await? {
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

async fn csv(rows: impl Stream<Item = force::error::Result<Account>>) -> anyhow::Result<()> {
    let mut rows = pin!(rows);
    let mut out = csv::Writer::from_writer(stdout().lock());
    while let Some(row) = rows.try_next().await? {
        out.serialize(&row)?;
    }
    Ok(out.flush()?)
}
