//! `idlers`: connections that were used once, and then say nothing. Reads how many there
//! should be, line by line, and prints each number when there are so many. They end with it.
#![expect(clippy::print_stdout, reason = "the figure is its output")]

use std::io::stdin;

use http::Request;
use http::header::{AUTHORIZATION, HOST};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use sfbox_bench::http::connect;
use sfbox_bench::org::Org;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let org = Org::from_env()?;
    let mut idle = Vec::new();
    // Blocks: between two numbers nothing is to be done.
    for line in stdin().lines() {
        let count: usize = line?.trim().parse()?;
        while idle.len() < count {
            idle.push(used(&org).await?);
        }
        println!("{count}");
    }
    Ok(())
}

/// A connection that has had one request.
async fn used(org: &Org) -> anyhow::Result<SendRequest<Empty<bytes::Bytes>>> {
    let (mut sender, connection) = handshake(TokioIo::new(connect(org).await?)).await?;
    tokio::spawn(connection);
    let request =
        Request::get("/services/data/v66.0/query?q=SELECT%20Id%20FROM%20Account%20LIMIT%201")
            .header(HOST, &org.host)
            .header(AUTHORIZATION, format!("Bearer {}", org.token));
    let response = sender.send_request(request.body(Empty::new())?).await?;
    anyhow::ensure!(response.status().is_success(), "{}", response.status());
    response.into_body().collect().await?;
    Ok(sender)
}
