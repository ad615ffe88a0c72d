//! The headers of a request or an answer.

pub(super) const CONTENT_TYPE: &str = "Content-Type";

/// What a body is unless a header says otherwise.
pub(super) const JSON: &str = "application/json";

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
    fn headers_are_found_in_any_case() {
        let headers = [("content-type".to_owned(), "text/csv".to_owned())];
        assert!(has(&headers, CONTENT_TYPE));
        assert_eq!(value(&headers, "CONTENT-TYPE"), Some("text/csv"));
        assert!(!has(&headers, "If-Match"));
    }
}
