//! What a client of the built-in org needs on the disk.
//!
//! The folder may be one of others, such as `/tmp/org`. A link in it is replaced, and
//! never written through.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sfbox_emulator::Emulator;
use sfbox_secret::key::{CONSUMER_KEY, CONSUMER_SECRET, DOMAIN};
use tempfile::TempDir;

use crate::verdict::Usage;

/// The name of the secret with the org's credentials.
const ORG: &str = "emulator";

/// The files, of which only this user can read the contents.
pub(super) struct Files {
    ca: PathBuf,
    secrets: PathBuf,
    config: PathBuf,
    _private: Option<TempDir>,
}

/// How sfbox reaches the org: global options, by their long names, and their values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way([(&'static str, String); 4]);

impl Files {
    /// Makes the folder, and the one of the secrets in it.
    pub(super) fn new(dir: Option<&Path>) -> anyhow::Result<Self> {
        let private = match dir {
            None => Some(tempfile::Builder::new().prefix("sfbox-").tempdir()?),
            Some(_) => None,
        };
        let dir = dir
            .or(private.as_ref().map(TempDir::path))
            .unwrap_or(Path::new("."));
        let unusable = || format!("--dir {} cannot be used", dir.display());
        make_folder(dir).with_context(unusable)?;
        // What the name itself leads to is its user's choice.
        let dir = dir.canonicalize().with_context(unusable)?;
        let secrets = dir.join("secrets");
        make_folder(&secrets).with_context(unusable)?;
        if !fs::symlink_metadata(&secrets)
            .with_context(unusable)?
            .is_dir()
        {
            let why = format!("{} is a link: remove it", secrets.display());
            return Err(Usage::new(why).into());
        }
        Ok(Self {
            ca: dir.join("ca.pem"),
            secrets,
            config: dir.join("config.toml"),
            _private: private,
        })
    }

    /// Writes them, and answers how sfbox reaches the org: not at all without TLS.
    pub(super) fn write(&self, emulator: &Emulator) -> anyhow::Result<Option<Way>> {
        let credentials = emulator.credentials();
        let secret = serde_json::json!({
            (DOMAIN): credentials.domain,
            (CONSUMER_KEY): credentials.consumer_key,
            (CONSUMER_SECRET): credentials.consumer_secret.expose(),
        });
        write(
            &self.secrets.join(ORG).with_extension("json"),
            &secret.to_string(),
        )?;
        let Some(ca) = emulator.ca_pem() else {
            return Ok(None);
        };
        write(&self.ca, ca)?;
        let connect_to = format!("{}:443:{}", emulator.host(), emulator.address());
        let way = Way([
            ("store", format!("file:{}", text(&self.secrets)?)),
            ("org", ORG.to_owned()),
            ("connect-to", connect_to),
            ("cacert", text(&self.ca)?),
        ]);
        write(&self.config, &way.config()?)?;
        Ok(Some(way))
    }

    pub(super) fn ca(&self) -> &Path {
        &self.ca
    }

    pub(super) fn config(&self) -> &Path {
        &self.config
    }
}

impl Way {
    /// As it is typed.
    pub(super) fn flags(&self) -> Vec<String> {
        let Self(options) = self;
        options
            .iter()
            .flat_map(|(name, value)| [format!("--{name}"), value.clone()])
            .collect()
    }

    /// As a configuration file has it. A string of JSON is one of TOML, but for DEL.
    fn config(&self) -> serde_json::Result<String> {
        let Self(options) = self;
        let mut text =
            "# The org of `sfbox emulate`: sfbox --config THIS-FILE query \"…\"\n".to_owned();
        for (name, value) in options {
            let value = serde_json::to_string(value)?.replace('\u{7f}', "\\u007f");
            text.push_str(&format!("{name} = {value}\n"));
        }
        Ok(text)
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().map(str::to_owned);
    Ok(text.ok_or(Usage::new("the path of --dir is not UTF-8"))?)
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Puts a whole file, of mode 0600, in the place of what has that name.
fn write(name: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let folder = name.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(name)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", name.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn nothing_is_written_through_a_link() {
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink(&victim, at("link")).unwrap();
        fs::hard_link(&victim, at("second-name")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        for name in ["link", "second-name", "dangling", "new"] {
            write(&at(name), "ours").unwrap();
            let found = fs::symlink_metadata(at(name)).unwrap();
            assert!(found.is_file(), "{name}");
            assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "ours");
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert!(!at("nowhere").exists());
    }

    #[test]
    fn a_link_in_the_place_of_the_secrets_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        symlink(outside.path(), folder.path().join("secrets")).unwrap();
        let refused = Files::new(Some(folder.path())).err().unwrap();
        assert!(refused.to_string().contains("is a link"), "{refused}");
        // The folder itself may be one: that is its user's choice.
        let link = outside.path().join("link");
        let real = tempfile::tempdir().unwrap();
        symlink(real.path(), &link).unwrap();
        assert!(Files::new(Some(&link)).is_ok());
        assert!(real.path().join("secrets").is_dir());
    }

    #[test]
    fn flags_and_configuration_say_the_same() {
        let way = Way([
            ("store", "file:/a b/\"c\"\\\u{7f}\t/é".to_owned()),
            ("org", ORG.to_owned()),
            (
                "connect-to",
                "acme.my.salesforce.com:443:127.0.0.1:1".to_owned(),
            ),
            ("cacert", "/a b/ca.pem".to_owned()),
        ]);
        let text = way.config().unwrap();
        let config = toml::de::DeTable::parse(&text).unwrap().into_inner();
        assert_eq!(config.len(), 4);
        for pair in way.flags().chunks(2) {
            let [option, value] = pair else {
                unreachable!("pairs")
            };
            let key = option.trim_start_matches("--");
            let configured = config.get(key).unwrap().get_ref().as_str();
            assert_eq!(configured, Some(value.as_str()), "{key}");
        }
    }
}
