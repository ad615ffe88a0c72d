//! A certificate authority for one run, and the server's certificate.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::site::write_private;

/// What was written into a folder.
pub(super) const CA: &str = "ca.pem";
pub(super) const CERTIFICATE: &str = "server.pem";
pub(super) const KEY: &str = "server.key";

/// Writes an authority's certificate, and a key and a certificate for these
/// names.
///
/// # Errors
///
/// When they cannot be made or written.
pub(super) fn write(folder: &Path, names: &[&str]) -> anyhow::Result<()> {
    let mut authority = CertificateParams::default();
    authority
        .distinguished_name
        .push(DnType::CommonName, "sfbox bench CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(names)?;
    server.use_authority_key_identifier_extension = true;
    let server = server.signed_by(&key, &authority)?;
    fs::write(folder.join(CA), authority.pem())?;
    fs::write(folder.join(CERTIFICATE), server.pem())?;
    Ok(write_private(&folder.join(KEY), &key.serialize_pem())?)
}
