//! The headers that are typed.

use crate::verdict::Usage;

pub(super) const CONTENT_TYPE: &str = "Content-Type";

/// What a body is unless a header says otherwise.
pub(super) const JSON: &str = "application/json";

/// The name and the value of `NAME: VALUE`. Which headers may be sent is the
/// component's to decide.
///
/// # Errors
///
/// When it is no header. Its text may be a secret, and is not repeated.
pub(super) fn parse(typed: &str) -> Result<(String, String), Usage> {
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

/// Whether a header is there, in upper or lower case.
pub(super) fn has(headers: &[(String, String)], name: &str) -> bool {
    value(headers, name).is_some()
}

/// The value of a header.
pub(super) fn value<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
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

    #[test]
    fn headers_are_found_in_any_case() {
        let headers = [("content-type".to_owned(), "text/csv".to_owned())];
        assert!(has(&headers, CONTENT_TYPE));
        assert_eq!(value(&headers, "CONTENT-TYPE"), Some("text/csv"));
        assert!(!has(&headers, "If-Match"));
    }
}
