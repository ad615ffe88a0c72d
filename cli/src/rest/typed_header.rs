//! A header as it is typed.

use crate::verdict::Usage;

/// The name and the value of `NAME: VALUE`. Which headers may be sent is the
/// component's to decide.
///
/// # Errors
///
/// When it is no header. Its text may be a secret, and is not repeated.
pub(crate) fn parse(typed: &str) -> Result<(String, String), Usage> {
    let (name, value) = typed
        .split_once(':')
        .ok_or(Usage::new("a header is `NAME: VALUE`: its `:` is missing"))?;
    let is_token =
        |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(Usage::new("the name of a header is invalid"));
    }
    let value = value.trim_matches([' ', '\t']);
    if value
        .chars()
        .any(|letter| letter.is_control() && letter != '\t')
    {
        return Err(Usage::new(format!(
            "the value of the header `{name}` has a control character"
        )));
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_a_name_and_a_value() {
        for (typed, name, value) in [
            ("If-Match: \"a\"", "If-Match", "\"a\""),
            ("X-PrettyPrint:1", "X-PrettyPrint", "1"),
            (
                "Sforce-Call-Options: client=a:b ",
                "Sforce-Call-Options",
                "client=a:b",
            ),
            ("X:", "X", ""),
        ] {
            let expected = (name.to_owned(), value.to_owned());
            assert_eq!(parse(typed).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_header_is_refused_without_repeating_it() {
        for typed in [
            "CANARY",
            ": CANARY",
            "a b: CANARY",
            "X: CANARY\r\nY: 1",
            "é: CANARY",
        ] {
            let refused = parse(typed).unwrap_err().to_string();
            assert!(!refused.contains("CANARY"), "{refused}");
        }
    }
}
