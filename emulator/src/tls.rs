//! The emulator's own certificate authority, and its server's certificate.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use crate::names::{LOGIN_HOSTS, Names};

/// What kind of certificate the server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CertificateKind {
    /// One that its authority vouches for.
    #[default]
    Valid,
    /// One that ended years ago.
    Expired,
}

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

/// What a server needs, and what its clients need to trust it.
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) ca_pem: String,
}

impl Tls {
    /// Makes an authority and a certificate for the org's names and the shared login
    /// hosts.
    pub(crate) fn new(
        names: &Names,
        kind: CertificateKind,
        protocols: &[&[u8]],
    ) -> Result<Self, TlsError> {
        let authority = CertifiedIssuer::self_signed(authority_params(), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = server_params(names, kind)?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .and_then(|builder| {
                    builder
                        .with_no_client_auth()
                        .with_single_cert(vec![certificate.der().clone()], key)
                })
                .map_err(TlsError::Config)?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Self {
            config: Arc::new(config),
            ca_pem: authority.pem(),
        })
    }
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "sfbox emulator CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params
}

fn server_params(names: &Names, kind: CertificateKind) -> Result<CertificateParams, rcgen::Error> {
    // A My Domain that is not the org's gets an answer, too, and no failed handshake.
    let others = ["*.my.salesforce.com"].into_iter().chain(LOGIN_HOSTS);
    // An address in a certificate has no brackets.
    let bare = |name: &str| name.trim_matches(['[', ']']).to_owned();
    let every = names.all().into_iter().chain(others).map(bare);
    let mut params = CertificateParams::new(every.collect::<Vec<_>>())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "sfbox emulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // OpenSSL's strict mode, Python's default since 3.13, asks for it.
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = match kind {
        CertificateKind::Valid => date_time_ymd(2120, 1, 1),
        CertificateKind::Expired => date_time_ymd(2020, 2, 1),
    };
    Ok(params)
}
