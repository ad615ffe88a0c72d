//! `--store`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context as _;
use sfbox::egress::Proxy;
#[cfg(feature = "aws")]
use sfbox::secret_store::Aws;
use sfbox::secret_store::{FileStore, SecretStore};

/// Where secrets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// AWS Secrets Manager, configured by the environment as every AWS tool is.
    Aws,
    /// A directory; `None` is the default one.
    File(Option<PathBuf>),
}

impl FromStr for Store {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "aws" => Ok(Self::Aws),
            Some(("file", "")) => Ok(Self::File(None)),
            Some(("file", directory)) => Ok(Self::File(Some(directory.into()))),
            _ => Err("expected `aws` or `file:DIR`"),
        }
    }
}

impl Store {
    /// The store itself, through a proxy if it is on the network and there is one. Nothing
    /// is read yet.
    #[cfg_attr(
        not(feature = "aws"),
        expect(unused_variables, reason = "nothing is on the network")
    )]
    pub(crate) async fn open(&self, proxy: Option<&Proxy>) -> anyhow::Result<Arc<dyn SecretStore>> {
        Ok(match self {
            #[cfg(feature = "aws")]
            Self::Aws => {
                let aws = Aws::from_env_through(proxy).await;
                Arc::new(aws.context("--store aws")?)
            }
            #[cfg(not(feature = "aws"))]
            Self::Aws => anyhow::bail!("this build does not support AWS: use `--store file:DIR`"),
            Self::File(Some(directory)) => Arc::new(FileStore::new(directory)),
            Self::File(None) => Arc::new(FileStore::in_state_home().context("--store file:")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_aws_or_a_directory() {
        for (text, store) in [
            ("aws", Ok(Store::Aws)),
            ("file:", Ok(Store::File(None))),
            (
                "file:/var/lib/x:y",
                Ok(Store::File(Some("/var/lib/x:y".into()))),
            ),
            ("file", Err(())),
            ("aws:", Err(())),
            ("vault:x", Err(())),
            ("", Err(())),
        ] {
            assert_eq!(text.parse::<Store>().map_err(|_| ()), store, "{text}");
        }
    }
}
