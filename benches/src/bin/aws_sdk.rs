//! Contender for cold start: what one would write with the AWS SDK and hyper.
//! `aws_sdk SECRET SOQL` reads the token from Secrets Manager, runs the query
//! and prints the answer.

use std::io::{Write as _, stdout};

use anyhow::Context as _;
use aws_config::BehaviorVersion;
use aws_smithy_http_client::tls;
use serde::Deserialize;
use sfbox_bench::http::{Querier, Versions};
use sfbox_bench::org::Org;

/// The members that a query needs.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Session {
    session_id: String,
    instance: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(secret), Some(soql)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: aws_sdk SECRET SOQL");
    };
    // As the host has it.
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    let secret = aws_sdk_secretsmanager::Client::new(&config)
        .get_secret_value()
        .secret_id(secret)
        .send()
        .await
        // The SDK's own words could show the secret.
        .map_err(|_| anyhow::anyhow!("the secret cannot be read"))?;
    let text = secret.secret_string.context("the secret is not text")?;
    let session: Session = serde_json::from_str(&text).context("the secret has no session")?;
    let mut org = Org::from_env()?;
    (org.token, org.host) = (session.session_id, session.instance);
    let answer = Querier::new(&org, Versions::All)?.query(&soql).await?;
    Ok(stdout().write_all(&answer)?)
}
