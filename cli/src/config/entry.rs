//! What a line of the file says.

use toml::de::DeValue;

/// A key, what it is set to, and where.
pub(super) struct Entry<'f> {
    pub(super) name: &'f str,
    pub(super) value: &'f DeValue<'f>,
    /// Counted from 1.
    pub(super) line: usize,
}
