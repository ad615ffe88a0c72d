//! A server that contenders ask, and what each has to be told to reach it.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::program::Program;

/// The name that stands for the org's secret, as `benches/src/org.rs` has it.
pub(super) const SECRET: &str = "bench";

/// An org on loopback, and an access token that it takes.
pub(super) struct Site {
    /// Its name, which nobody resolves.
    pub(super) host: String,
    pub(super) port: u16,
    /// The authority that vouches for its certificate.
    pub(super) ca_file: PathBuf,
    /// Invented, or the emulator's: of no value anywhere else.
    pub(super) token: String,
    /// Where `sfbox` finds the token, and `curl` too.
    pub(super) folder: PathBuf,
}

impl Site {
    /// What contenders find in their environment, as `benches/src/org.rs` reads
    /// it.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("BENCH_HOST", self.host.clone().into()),
            ("BENCH_PORT", self.port.to_string().into()),
            ("BENCH_CA", self.ca_file.clone().into()),
            ("BENCH_TOKEN", self.token.clone().into()),
        ]
    }

    /// Whom to trust, as requests, Node, and the `force` driver's client are told.
    pub(super) fn trust(&self) -> Vec<(&'static str, OsString)> {
        ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
            .map(|name| (name, self.ca_file.clone().into()))
            .into()
    }

    /// `--connect-to`'s value, for sfbox and for curl.
    pub(super) fn connect_to(&self) -> String {
        format!("{}:443:127.0.0.1:{}", self.host, self.port)
    }

    /// The org's secret, with a session. The credentials are never used.
    pub(super) fn secret(&self) -> serde_json::Value {
        serde_json::json!({
            "Domain": self.host.trim_end_matches(".salesforce.com"),
            "ConsumerKey": "unused",
            "ConsumerSecret": "unused",
            "SessionId": self.token,
            "Instance": self.host,
        })
    }

    /// `sfbox` on this org, up to the store and the command.
    pub(super) fn sfbox(&self, release: &Path) -> Program {
        Program::new(release.join("sfbox"))
            .args([
                "--org",
                SECRET,
                "--connect-to",
                &self.connect_to(),
                "--cacert",
            ])
            .arg(&self.ca_file)
    }

    /// The same, with the token in a file.
    pub(super) fn sfbox_on_files(&self, release: &Path) -> Program {
        let mut store = OsString::from("file:");
        store.push(self.store());
        self.sfbox(release).arg("--store").arg(store)
    }

    /// Puts a secret where the file store looks for it.
    pub(super) fn put_secret(&self, secret: &serde_json::Value) -> std::io::Result<()> {
        let store = self.store();
        if !store.exists() {
            fs::DirBuilder::new().mode(0o700).create(&store)?;
        }
        write_private(&self.secret_file(), &secret.to_string())
    }

    pub(super) fn secret_file(&self) -> PathBuf {
        self.store().join(SECRET).with_extension("json")
    }

    fn store(&self) -> PathBuf {
        self.folder.join("secrets")
    }
}

/// Writes what only we may read.
pub(super) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(text.as_bytes())
}
