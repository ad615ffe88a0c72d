//! Whom to trust.

use std::io;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
#[cfg(all(unix, not(target_vendor = "apple")))]
use rustls_native_certs::load_certs_from_paths;
use rustls_native_certs::{CertificateResult, load_native_certs};

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// An extra certificate authority is not PEM.
    #[error("the extra certificate authority (`--cacert`) contains no PEM certificate")]
    ExtraCa(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system has no certificate authorities, and none was given.
    #[error("this system has no certificate authorities; on Debian they are in `ca-certificates`")]
    NoRoots,
    /// TLS itself cannot be set up.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// HTTP/2 if the server has it.
const HTTP: [&str; 2] = ["h2", "http/1.1"];

/// What CONNECT is sent in.
const HTTP_1: [&str; 1] = ["http/1.1"];

/// For Salesforce: the system's certificate authorities and the extra ones. One
/// configuration for all workers, so that they share sessions to resume.
pub(super) fn client_config(extra_ca_pem: &[Vec<u8>]) -> Result<Arc<ClientConfig>, TlsError> {
    trusting(extra_ca_pem, &HTTP)
}

/// For a proxy: the system's certificate authorities alone, as for AWS.
pub(super) fn proxy_client_config() -> Result<Arc<ClientConfig>, TlsError> {
    trusting(&[], &HTTP_1)
}

fn trusting(extra_ca_pem: &[Vec<u8>], protocols: &[&str]) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    let system = system_authorities();
    for error in &system.errors {
        tracing::debug!(%error, "a certificate authority of the system cannot be read");
    }
    roots.add_parsable_certificates(system.certs);
    for pem in extra_ca_pem {
        let refused = |error| TlsError::ExtraCa(error);
        let mut certificates = CertificateDer::pem_slice_iter(pem).peekable();
        if certificates.peek().is_none() {
            return Err(refused(
                io::Error::from(io::ErrorKind::UnexpectedEof).into(),
            ));
        }
        for certificate in certificates {
            let certificate = certificate.map_err(|error| refused(error.into()))?;
            roots
                .add(certificate)
                .map_err(|error| refused(error.into()))?;
        }
    }
    if roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    Ok(Arc::new(config))
}

/// The system's certificate authorities, from their one file where there is one: the
/// directory beside it holds the same ones again, and reading them all twice took
/// longer than the rest of a program's first call.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn system_authorities() -> CertificateResult {
    // Whoever names a file or a directory means that one.
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    if named.iter().all(|name| std::env::var_os(name).is_none())
        && let Some(file) = openssl_probe::probe().cert_file
    {
        let bundle = load_certs_from_paths(Some(&file), None);
        if !bundle.certs.is_empty() {
            return bundle;
        }
    }
    load_native_certs()
}

/// The system's certificate authorities.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn system_authorities() -> CertificateResult {
    load_native_certs()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_system_s_one_file_has_all_of_its_authorities() {
        let by_name = |found: CertificateResult| -> BTreeSet<Vec<u8>> {
            found.certs.into_iter().map(|one| one.to_vec()).collect()
        };
        assert_eq!(by_name(system_authorities()), by_name(load_native_certs()));
    }

    #[test]
    fn an_extra_authority_must_be_a_certificate() {
        for pem in [
            "",
            "nonsense",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        ] {
            let refused = client_config(&[pem.as_bytes().to_vec()]);
            assert!(matches!(refused, Err(TlsError::ExtraCa(_))), "{pem}");
        }
    }
}
