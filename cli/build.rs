//! Refuses to build a binary that somebody will install and that has no component
//! in it. `host/build.rs` looks for the component's image, and says whether it has
//! found one.
//!
//! In the workspace only an optimized build is refused, so that `cargo check` and
//! editors work without the component.

use std::env;
use std::error::Error;

/// What `host/build.rs` says: `true` or `false`.
const HAS_IMAGE: &str = "DEP_SFBOX_IMAGE";

/// Where the workspace has its image. `.cargo/config.toml` sets it, and only there.
const OF_WORKSPACE: &str = "SFBOX_WORKSPACE_IMAGE";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={OF_WORKSPACE}");
    let has_image = env::var(HAS_IMAGE)?.parse()?;
    let in_workspace = env::var_os(OF_WORKSPACE).is_some();
    let is_release = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    match refusal(has_image, in_workspace, is_release) {
        Some(why) => Err(why.into()),
        None => Ok(()),
    }
}

/// Why this binary is not built.
fn refusal(has_image: bool, in_workspace: bool, is_release: bool) -> Option<&'static str> {
    match (has_image, in_workspace) {
        (true, _) => None,
        (false, true) if !is_release => None,
        (false, true) => Some(
            "the binary would have no component in it: run `cargo xtask build`, or \
             `cargo xtask install`, which build the component first",
        ),
        (false, false) => Some(
            "the binary `sfbox` would have no component in it: clone sfbox and run `cargo xtask \
             install` there, which builds the component first. Or set SFBOX_IMAGE to the absolute \
             path of a sfbox.cwasm, which `cargo xtask image` builds there",
        ),
    }
}
