//! SFBOX_ORG=acme SFBOX_SECRET='{"Domain": "acme.my", …}' cargo run -p sfbox --example embed -- 'SELECT Id FROM Account'
//!
//! Prints every page of a query, a line each. The secret is kept in memory: another
//! process would log in by itself. `sfbox::secret_store::Aws::from_env()` shares it.
//! `SFBOX_CONNECT_TO` and `SFBOX_CACERT` are those of the command line, for a proxy or
//! an emulator.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::env::{args, var};

use anyhow::Context as _;
use sfbox::secret_store::MemoryStore;
use sfbox::{QueryOptions, Runtime};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let name = var("SFBOX_ORG").context("SFBOX_ORG")?;
    let secret = var("SFBOX_SECRET").context("SFBOX_SECRET")?;
    let soql = args().nth(1).context("usage: embed SOQL")?;
    let mut builder = Runtime::builder()
        .store(MemoryStore::new([(name.as_str(), secret)]))
        .org(&name);
    if let Ok(target) = var("SFBOX_CONNECT_TO") {
        builder = builder.connect_to(target.parse()?);
    }
    if let Ok(file) = var("SFBOX_CACERT") {
        builder = builder.extra_ca(std::fs::read(file)?);
    }
    let runtime = builder.build()?;
    let org = runtime.org(&name)?;
    let options = QueryOptions::default();
    let mut page = org.query(&soql, &options).await?;
    println!("{}", page.body);
    while let Some(next) = page.next {
        page = org.query_more(&next, &options).await?;
        println!("{}", page.body);
    }
    runtime.shut_down().await;
    Ok(())
}
