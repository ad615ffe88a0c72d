//! Whether an output is still that of its input.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// A mark beside an output that says what it was made of. Not for security: it
/// saves work, and a wrong answer would be noticed.
pub(crate) struct Digest {
    mark: PathBuf,
    value: String,
}

impl Digest {
    /// The mark for `output`, made of `inputs`.
    pub(crate) fn new(output: &Path, inputs: &[&[u8]]) -> Self {
        let mut hasher = DefaultHasher::new();
        inputs.hash(&mut hasher);
        let value = format!("{:016x}", hasher.finish());
        Self {
            mark: output.with_extension("made-of"),
            value,
        }
    }

    /// Whether the output was made of just these inputs.
    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.mark).is_ok_and(|value| value == self.value)
    }

    /// Notes that it now is.
    pub(crate) fn set(&self) -> std::io::Result<()> {
        fs::write(&self.mark, &self.value)
    }
}
