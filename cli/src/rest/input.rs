//! What a request is sent from: files, or stdin.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use anyhow::Context as _;

use crate::verdict::Usage;

/// The longest body, in bytes: it is in memory as a whole. Salesforce's own limit for
/// one request is lower almost everywhere.
const BYTES_MAX: u64 = 64 << 20;

/// Whether this is stdin and not a file.
pub(super) fn is_stdin(name: &Path) -> bool {
    name.as_os_str() == "-"
}

/// The body of `--input`.
///
/// # Errors
///
/// When it cannot be read, or is longer than [`BYTES_MAX`].
pub(super) fn body(name: &Path) -> anyhow::Result<Vec<u8>> {
    read(name).with_context(|| format!("no body in --input {}", name.display()))
}

/// The text of a file that a field names.
///
/// # Errors
///
/// As [`body`], and when it is not UTF-8.
pub(super) fn text(name: &Path) -> anyhow::Result<String> {
    read(name)
        .and_then(|bytes| {
            let text = String::from_utf8(bytes);
            Ok(text.map_err(|_| Usage::new("it is not UTF-8: send it with `--input`"))?)
        })
        .with_context(|| format!("no text in the field's file {}", name.display()))
}

fn read(name: &Path) -> anyhow::Result<Vec<u8>> {
    if is_stdin(name) {
        limited(stdin().lock())
    } else {
        limited(File::open(name)?)
    }
}

fn limited(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        let why = format!("it is longer than {BYTES_MAX} bytes");
        return Err(Usage::new(why).into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_body_has_a_longest_length() {
        let longest = limited(io::repeat(b'x').take(BYTES_MAX)).unwrap();
        assert_eq!(longest.len() as u64, BYTES_MAX);
        let refused = limited(io::repeat(b'x')).unwrap_err().to_string();
        assert!(refused.contains("longer than 67108864 bytes"), "{refused}");
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let refused = body(Path::new("/nowhere/x")).unwrap_err().to_string();
        assert_eq!(refused, "no body in --input /nowhere/x");
    }
}
