//! Embeds the component's native image: `$SFBOX_IMAGE`, else in the workspace the
//! one that xtask builds, else nothing, so that `cargo check` and editors work
//! without one.
//!
//! The image is machine code that the host runs. So it is taken only from a file
//! that the builder named, or from the workspace's own target folder, which
//! `.cargo/config.toml` names; never from a folder that was found by looking.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

/// The builder's choice.
const CHOSEN: &str = "SFBOX_IMAGE";

/// Where the workspace has its image, if it has been built.
const OF_WORKSPACE: &str = "SFBOX_WORKSPACE_IMAGE";

const WAYS: &str = "set SFBOX_IMAGE to the absolute path of a sfbox.cwasm, which `cargo xtask \
    image` builds in a clone of sfbox; or turn the feature `compiler` on and call \
    `Builder::component`; or call `Builder::native_image`";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={CHOSEN}");
    println!("cargo::rerun-if-env-changed={OF_WORKSPACE}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let image = image()?;
    // `cli/build.rs` reads it, for a binary that somebody will install.
    println!("cargo::metadata=image={}", image.is_some());
    let code = match image {
        Some(image) => embed(&image, &out)?,
        None => {
            warn();
            "pub(super) const IMAGE: Option<&[u8]> = None;\n"
        }
    };
    fs::write(out.join("image.rs"), code)?;
    Ok(())
}

/// The image, if there is one.
///
/// # Errors
///
/// When the one that was chosen does not exist.
fn image() -> Result<Option<PathBuf>, Box<dyn Error>> {
    if let Some(chosen) = variable(CHOSEN) {
        if !chosen.is_absolute() || !chosen.is_file() {
            let chosen = chosen.display();
            return Err(format!("{CHOSEN}={chosen} is not the absolute path of a file").into());
        }
        println!("cargo::rerun-if-changed={}", chosen.display());
        return Ok(Some(chosen));
    }
    let Some(image) = variable(OF_WORKSPACE) else {
        return Ok(None);
    };
    if image.is_file() {
        println!("cargo::rerun-if-changed={}", image.display());
        return Ok(Some(image));
    }
    if let Some(folder) = image.parent() {
        watch(folder);
    }
    Ok(None)
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<PathBuf> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.into())
}

/// Has this script run again when a file comes into the folder. A file that is
/// missing cannot be watched: cargo would run the script each time. For the same
/// reason a folder that is created now must look old.
fn watch(folder: &Path) {
    if !folder.exists() {
        let created = fs::create_dir_all(folder).and_then(|()| fs::File::open(folder));
        let aged = created.and_then(|folder| folder.set_modified(SystemTime::UNIX_EPOCH));
        if aged.is_err() {
            return;
        }
    }
    println!("cargo::rerun-if-changed={}", folder.display());
}

/// Says what a library without an image needs, which may be all right.
fn warn() {
    if env::var_os("CARGO_FEATURE_COMPILER").is_some() {
        return;
    }
    if env::var_os(OF_WORKSPACE).is_some() {
        println!("cargo::warning=there is no component to build in: run `cargo xtask image`");
    } else {
        println!("cargo::warning=there is no component to build in: {WAYS}");
    }
}

/// A copy, so that a build that runs meanwhile changes nothing under us.
fn embed(image: &Path, out: &Path) -> std::io::Result<&'static str> {
    fs::copy(image, out.join("sfbox.cwasm"))?;
    Ok("pub(super) const IMAGE: Option<&[u8]> =\n    \
        Some(include_bytes!(concat!(env!(\"OUT_DIR\"), \"/sfbox.cwasm\")));\n")
}
