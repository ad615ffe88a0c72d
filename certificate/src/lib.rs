//! An authority of one's own, and the certificates of servers that it vouches for.
//!
//! Servers of this workspace that run on somebody's own machine show such certificates:
//! the emulator, and `sfbox serve`. Clients trust them by the authority's file.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;

/// No certificate could be made or used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A key or a certificate could not be made.
    #[error("the certificate cannot be made")]
    Certificate(#[source] rcgen::Error),
    /// The certificate cannot be served.
    #[error("the certificate cannot be served")]
    Config(#[source] rustls::Error),
}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error)
    }
}

/// A day: year, month, day of the month.
pub type Day = (i32, u8, u8);

/// The first day of an authority.
const AUTHORITY_FROM: Day = (2020, 1, 1);

/// The day after its last one: it lives for as long as its file.
const AUTHORITY_TO: Day = (2120, 1, 1);

/// An authority that vouches for servers, and for no further authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate and its key.
pub struct Certified {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// The key of it.
    pub key: PrivateKeyDer<'static>,
}

impl Authority {
    /// An authority of this name, with a new key.
    ///
    /// # Errors
    ///
    /// When the machine has no random numbers.
    pub fn new(name: &str) -> Result<Self, TlsError> {
        Self::with_key(name, KeyPair::generate()?)
    }

    /// The authority of this name whose key was kept as [`Authority::key_pem`]. Who
    /// trusts the certificate that it had before trusts what it vouches for now.
    ///
    /// # Errors
    ///
    /// When the text is not a key.
    pub fn from_key_pem(name: &str, pem: &str) -> Result<Self, TlsError> {
        Self::with_key(name, KeyPair::from_pem(pem)?)
    }

    fn with_key(name: &str, key: KeyPair) -> Result<Self, TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ((y, m, d), (to_y, to_m, to_d)) = (AUTHORITY_FROM, AUTHORITY_TO);
        params.not_before = date_time_ymd(y, m, d);
        params.not_after = date_time_ymd(to_y, to_m, to_d);
        Ok(Self(CertifiedIssuer::self_signed(params, key)?))
    }

    /// What clients need to trust it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its key, which nobody else may have.
    pub fn key_pem(&self) -> String {
        self.0.key().serialize_pem()
    }

    /// Makes a certificate for a server: for DNS names, and for addresses without
    /// brackets. It ends at the beginning of its last day.
    ///
    /// # Errors
    ///
    /// When a name cannot stand in a certificate.
    pub fn certify(
        &self,
        name: &str,
        hosts: impl Into<Vec<String>>,
        ((y, m, d), (to_y, to_m, to_d)): (Day, Day),
    ) -> Result<Certified, TlsError> {
        let mut params = CertificateParams::new(hosts)?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // OpenSSL's strict mode, Python's default since 3.13, asks for it.
        params.use_authority_key_identifier_extension = true;
        params.not_before = date_time_ymd(y, m, d);
        params.not_after = date_time_ymd(to_y, to_m, to_d);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        Ok(Certified {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        })
    }
}

impl Certified {
    /// A server that shows it, and speaks these protocols (ALPN).
    ///
    /// # Errors
    ///
    /// When key and certificate are not of one another.
    pub fn server(self, protocols: &[&[u8]]) -> Result<Arc<ServerConfig>, TlsError> {
        server(vec![self.certificate], self.key, protocols)
    }
}

/// A server that shows a chain of certificates, and speaks these protocols (ALPN).
///
/// # Errors
///
/// When key and certificate are not of one another.
pub fn server(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(TlsError::Config)?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: (Day, Day) = ((2020, 1, 1), (2120, 1, 1));

    #[test]
    fn a_certificate_can_be_served_with_its_own_key_only() {
        let authority = Authority::new("test").expect("an authority");
        let certify = || {
            let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
            authority
                .certify("server", hosts, DAYS)
                .expect("a certificate")
        };
        let config = certify().server(&[b"h2"]).expect("a server");
        assert_eq!(config.alpn_protocols, [b"h2".to_vec()]);
        let (one, other) = (certify(), certify());
        let mixed = server(vec![one.certificate], other.key, &[]);
        assert!(matches!(mixed, Err(TlsError::Config(_))));
    }

    #[test]
    fn an_authority_is_the_same_after_its_key_was_kept() {
        let before = Authority::new("test").expect("an authority");
        let after = Authority::from_key_pem("test", &before.key_pem()).expect("the same");
        assert_eq!(after.key_pem(), before.key_pem());
        assert!(Authority::from_key_pem("test", "no key").is_err());
    }

    #[test]
    fn what_is_no_name_is_in_no_certificate() {
        let authority = Authority::new("test").expect("an authority");
        let hosts = ["\u{e9}.example".to_owned()];
        assert!(authority.certify("server", hosts, DAYS).is_err());
    }
}
