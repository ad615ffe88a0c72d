//! A SHA-256 as it is written.

use sha2::{Digest as _, Sha256};

/// The hexadecimal digits of what was hashed.
pub(crate) fn hex(hashed: Sha256) -> String {
    let digest = hashed.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
