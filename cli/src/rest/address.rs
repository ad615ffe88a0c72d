//! The path of a request, and the fields in its query string.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::fields::Field;

/// All but the unreserved characters of RFC 3986, 2.3. A space is `%20`, which is the
/// same everywhere; `+` is not.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path with these fields added to its query string.
pub(super) fn with_query(path: &str, fields: &[Field]) -> String {
    let mut address = path.to_owned();
    let mut before = match path.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    for field in fields {
        if let Some(value) = field.value.in_query() {
            let key = utf8_percent_encode(&field.key, ENCODED);
            let value = utf8_percent_encode(value, ENCODED);
            address.push_str(&format!("{before}{key}={value}"));
            before = "&";
        }
    }
    address
}

/// The statement in a query string, decoded: of `query?q=SELECT…`. Empty if there is
/// none.
pub(super) fn statement(path: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let coded = query.split('&').find_map(|pair| pair.strip_prefix("q="));
    let coded = coded.unwrap_or_default().replace('+', " ");
    percent_encoding::percent_decode_str(&coded)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::typed::Value;
    use super::*;

    fn field(key: &str, value: &str) -> Field {
        Field {
            key: key.to_owned(),
            value: Value::Text(value.to_owned()),
        }
    }

    #[test]
    fn fields_follow_the_query_string_that_is_there() {
        let fields = [field("q", "a b&c=é+'"), field("x[y]", "")];
        let coded = "q=a%20b%26c%3D%C3%A9%2B%27&x%5By%5D=";
        for (path, before) in [
            ("query", "query?"),
            ("query?", "query?"),
            ("query?a=1", "query?a=1&"),
            ("query?a=1&", "query?a=1&"),
        ] {
            assert_eq!(with_query(path, &fields), format!("{before}{coded}"));
            assert_eq!(with_query(path, &[]), path);
        }
    }

    #[test]
    fn literals_are_typed_as_they_are_and_null_is_empty() {
        let literal = |key: &str, text: &str| Field {
            key: key.to_owned(),
            value: Value::Literal(text.to_owned()),
        };
        let list = Field {
            key: "l".to_owned(),
            value: Value::EmptyList,
        };
        let fields = [literal("a", "true"), list, literal("b", "null")];
        assert_eq!(with_query("x", &fields), "x?a=true&b=");
    }

    #[test]
    fn the_statement_is_found_however_it_was_encoded() {
        for (path, expected) in [
            ("query?q=SELECT+Id%20FROM+User", "SELECT Id FROM User"),
            ("query?x=1&q=a%26b", "a&b"),
            ("query", ""),
            ("/services/data/v66.0/query/01g-2000", ""),
        ] {
            assert_eq!(statement(path), expected);
        }
    }
}
