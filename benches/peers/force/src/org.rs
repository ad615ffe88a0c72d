//! The org that all contenders ask, for `force`; `benches/src/org.rs` says how it is named.

use force::auth::{AccessToken, Authenticator, TokenResponse};
use force::client::{ForceClient, ForceClientBuilder};

/// A client of the crate, with the token that xtask has.
pub(crate) type Client = ForceClient<InHand>;

/// Hands out the token that xtask has.
#[derive(Debug)]
pub(crate) struct InHand;

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

pub(crate) async fn connect() -> anyhow::Result<Client> {
    let client = ForceClientBuilder::new().authenticate(InHand);
    Ok(client.build().await?)
}
