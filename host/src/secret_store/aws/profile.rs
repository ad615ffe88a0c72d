//! The AWS profile that the environment names.

use aws_types::os_shim_internal::{Env, Fs};

/// The variable that names it. Source: AWS SDKs and Tools Reference Guide, "Shared
/// config and credentials files".
const VARIABLE: &str = "AWS_PROFILE";

/// A profile that was asked for by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
    /// Whether the files of AWS's tools have it.
    pub(super) is_there: bool,
}

impl Profile {
    /// The one of the environment, if it names one.
    #[expect(
        clippy::default_trait_access,
        reason = "the type of the files is of a crate that is not used otherwise"
    )]
    pub(super) async fn from_env() -> Option<Self> {
        let name = std::env::var(VARIABLE).ok()?;
        let (fs, env, files) = (Fs::real(), Env::real(), Default::default());
        let known = aws_config::profile::load(&fs, &env, &files, None).await;
        // Files that cannot be read say so when they are used.
        let is_there = known.map_or(true, |known| known.get_profile(&name).is_some());
        Some(Self { name, is_there })
    }
}
