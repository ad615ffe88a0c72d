//! SOQL and SOSL, for the second judge: strings are cut out first.

use super::{Effect, READ, WRITE};

pub(super) fn worst(
    parameters: &[(String, String)],
    changing: impl Fn(&str, &str) -> bool,
) -> Effect {
    let mut all = parameters.iter().filter(|(name, _)| name != "_HttpMethod");
    if all.any(|(name, value)| changing(name, value)) {
        WRITE
    } else {
        READ
    }
}

/// Whether a statement does more than read, or may.
pub(super) fn changes(text: &str, sosl: bool) -> bool {
    let Some(bare) = without_strings(text, sosl) else {
        return true;
    };
    let upper = bare.to_ascii_uppercase();
    let mut words = upper.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.any(|word| ["FOR", "UPDATE", "TRACKING", "VIEWSTAT"].contains(&word))
}

/// A statement with `|` for each string and search text.
pub(super) fn without_strings(text: &str, sosl: bool) -> Option<String> {
    let mut bare = String::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        at += 1;
        let close = match byte {
            b'\'' => b'\'',
            b'{' if sosl => b'}',
            b if b.is_ascii_alphanumeric() || b"_()<>=!,.:+-&|[] \t\r\n".contains(b) => {
                bare.push(char::from(*b));
                continue;
            }
            _ => return None,
        };
        bare.push('|');
        loop {
            let inner = *bytes.get(at)?;
            at += 1;
            if inner == close {
                break;
            }
            if inner == b'\\' {
                let escaped = *bytes.get(at)?;
                at += 1;
                let known = if close == b'}' {
                    !b"{}".contains(&escaped)
                } else {
                    b"nNrRtTbBfF\"'\\_%uU".contains(&escaped)
                };
                if !known {
                    return None;
                }
            } else if inner == b'{' && close == b'}' {
                return None;
            }
        }
    }
    (!bare.contains("--")).then_some(bare)
}
