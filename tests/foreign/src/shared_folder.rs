//! A folder with the org's secret, which the programs keep the token in.

use std::fs;
use std::path::Path;

use crate::org::{ORG, Org};

/// It, until it is dropped.
pub(crate) struct SharedFolder(tempfile::TempDir);

impl SharedFolder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.file(), Org::secret()).unwrap();
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self) -> std::path::PathBuf {
        self.path().join(format!("{ORG}.json"))
    }

    /// The token in it.
    pub(crate) fn token(&self) -> Option<String> {
        let secret = fs::read_to_string(self.file()).unwrap();
        let secret: serde_json::Value = serde_json::from_str(&secret).unwrap();
        secret["SessionId"].as_str().map(str::to_owned)
    }
}
