//! What AWS is spoken to with.

use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use secrecy::ExposeSecret as _;

use super::error::AwsError;
use crate::egress::Proxy;

/// One crypto stack in the binary: the one that Salesforce is spoken to with.
const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

/// A client that uses this proxy for HTTPS, or none at all.
pub(super) fn client(proxy: Option<&Proxy>) -> Result<SharedHttpClient, AwsError> {
    let Some(proxy) = proxy else {
        return Ok(Builder::new().tls_provider(TLS).build_https());
    };
    let config = ProxyConfig::https(proxy.url().expose_secret()).map_err(|_| AwsError::Proxy)?;
    let config = config.no_proxy(proxy.all_direct_hosts());
    // The builder of clients has no proxy, only that of connectors has. This one keeps its
    // connectors, as the client without a proxy does; `http_client_fn` makes one a call.
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder().tls_provider(TLS);
            connector.set_proxy_config(Some(config.clone()));
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
            connector.build()
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_shows_nothing_of_its_proxy() {
        let proxy: Proxy = "http://canary-u:canary-p@proxy.example:1".parse().unwrap();
        let shown = format!("{:?}", client(Some(&proxy)).unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn every_proxy_can_be_used_for_aws() {
        for text in [
            "proxy.example:1",
            "HTTP://proxy.example",
            "https://u:p%40@proxy.example",
            "http://[::1]:1",
        ] {
            assert!(client(Some(&text.parse().unwrap())).is_ok(), "{text}");
        }
        assert!(client(None).is_ok());
    }
}
