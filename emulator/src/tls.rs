//! The emulator's own certificate authority, and its server's certificate.

use std::sync::Arc;

use rustls::ServerConfig;
use sfbox_certificate::{Authority, Day};

pub use sfbox_certificate::TlsError;

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
        let authority = Authority::new("sfbox emulator CA")?;
        let certified = authority.certify("sfbox emulator", hosts(names), days(kind))?;
        Ok(Self {
            config: certified.server(protocols)?,
            ca_pem: authority.pem(),
        })
    }
}

/// The first day of a certificate, and the one on which it has ended.
fn days(kind: CertificateKind) -> (Day, Day) {
    let last = match kind {
        CertificateKind::Valid => (2120, 1, 1),
        CertificateKind::Expired => (2020, 2, 1),
    };
    ((2020, 1, 1), last)
}

fn hosts(names: &Names) -> Vec<String> {
    // A My Domain that is not the org's gets an answer, too, and no failed handshake.
    let others = ["*.my.salesforce.com"].into_iter().chain(LOGIN_HOSTS);
    // An address in a certificate has no brackets.
    let bare = |name: &str| name.trim_matches(['[', ']']).to_owned();
    names.all().into_iter().chain(others).map(bare).collect()
}
