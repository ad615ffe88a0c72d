//! Embeds the component's native image: `$SFBOX_IMAGE`, else
//! `target/component/sfbox.cwasm`, else nothing, so that `cargo check` and
//! editors work without one.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SFBOX_IMAGE");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let image = match env::var_os("SFBOX_IMAGE") {
        Some(image) => Some(PathBuf::from(image)),
        None => built(&out),
    };
    let code = match image {
        Some(image) => {
            // Also while it does not exist: it may come later.
            println!("cargo::rerun-if-changed={}", image.display());
            if image.exists() {
                embed(&image, &out)?
            } else {
                NONE.to_owned()
            }
        }
        None => NONE.to_owned(),
    };
    fs::write(out.join("image.rs"), code)?;
    Ok(())
}

const NONE: &str = "pub(super) const IMAGE: Option<&[u8]> = None;\n";

/// The image that `cargo xtask component` makes, in the target folder: some
/// levels above ours, fewer without a target triple. While there is none, where
/// it will be.
fn built(out: &Path) -> Option<PathBuf> {
    const LEVELS_MAX: usize = 7;
    let folders = || out.ancestors().take(LEVELS_MAX);
    let image = |folder: &Path| folder.join("component/sfbox.cwasm");
    let is_target = |folder: &&Path| folder.join("CACHEDIR.TAG").exists();
    folders()
        .map(image)
        .find(|image| image.exists())
        // A folder that somebody else made has no tag.
        .or_else(|| folders().find(is_target).or(folders().nth(4)).map(image))
}

/// A copy, so that a build that runs meanwhile changes nothing under us.
fn embed(image: &Path, out: &Path) -> std::io::Result<String> {
    fs::copy(image, out.join("sfbox.cwasm"))?;
    Ok("pub(super) const IMAGE: Option<&[u8]> =\n    \
        Some(include_bytes!(concat!(env!(\"OUT_DIR\"), \"/sfbox.cwasm\")));\n"
        .to_owned())
}
