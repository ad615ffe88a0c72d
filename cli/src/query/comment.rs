//! Comments in a file with a statement, which Salesforce does not know.

/// A comment that begins and does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the comment `/*` in line {line} does not end")]
pub(super) struct Endless {
    /// Counted from 1.
    line: usize,
}

/// The statement without `-- …`, `// …` and `/* … */`, unless they are in a
/// string. Line breaks stay: Salesforce tells by them where a mistake is.
///
/// # Errors
///
/// [`Endless`].
pub(super) fn removed(soql: &str) -> Result<String, Endless> {
    let mut statement = String::with_capacity(soql.len());
    let mut rest = soql;
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' {
            string_bytes(rest)
        } else if rest.starts_with("--") || rest.starts_with("//") {
            rest = &rest[rest.find(['\n', '\r']).unwrap_or(rest.len())..];
            continue;
        } else if let Some(inside) = rest.strip_prefix("/*") {
            let end = inside.find("*/").ok_or_else(|| Endless {
                line: 1 + statement.matches('\n').count(),
            })?;
            // A comment separates words, as white space does.
            statement.push(' ');
            statement.extend(inside[..end].matches('\n'));
            rest = &inside[end + "*/".len()..];
            continue;
        } else {
            first.len_utf8()
        };
        let (kept, after) = rest.split_at(length);
        statement.push_str(kept);
        rest = after;
    }
    Ok(statement)
}

/// How long the string is that the text begins with. Source: SOQL and SOSL
/// Reference, "Quoted String Escape Sequences".
fn string_bytes(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_are_removed() {
        for (soql, statement) in [
            ("-- all of them\nSELECT Id\nFROM A", "\nSELECT Id\nFROM A"),
            (
                "SELECT Id -- the id\r\n, Name // the name\nFROM A",
                "SELECT Id \r\n, Name \nFROM A",
            ),
            ("SELECT/* a\nb */Id FROM A", "SELECT \nId FROM A"),
            ("SELECT Id FROM A -- the end", "SELECT Id FROM A "),
            ("SELECT Id /* -- */ FROM A", "SELECT Id   FROM A"),
            ("/**/SELECT Id FROM A//", " SELECT Id FROM A"),
            ("-- it's\nSELECT Id FROM A", "\nSELECT Id FROM A"),
        ] {
            assert_eq!(removed(soql).unwrap(), statement, "{soql}");
        }
    }

    #[test]
    fn what_is_in_a_string_stays() {
        for soql in [
            "SELECT Id FROM A WHERE N = 'a -- b // c /* d */'",
            "SELECT Id FROM A WHERE N = 'it\\'s -- no comment'",
            "SELECT Id FROM A WHERE N = '\\\\' AND M = '--'",
            "SELECT Id FROM A WHERE N > -1 AND M = 4/2",
            "SELECT Id FROM A WHERE Url__c = 'https://acme.example'",
            "SELECT Id FROM A WHERE N = 'does not end -- ",
        ] {
            assert_eq!(removed(soql).unwrap(), soql);
        }
        let mixed = removed("SELECT Id FROM A WHERE N = '\\\\' -- it's\nAND M = '--'").unwrap();
        assert_eq!(mixed, "SELECT Id FROM A WHERE N = '\\\\' \nAND M = '--'");
    }

    #[test]
    fn a_comment_that_does_not_end_is_a_mistake() {
        assert_eq!(removed("SELECT Id\n/* FROM A"), Err(Endless { line: 2 }));
        assert_eq!(removed("/*/"), Err(Endless { line: 1 }));
    }

    proptest! {
        #[test]
        fn what_is_left_has_no_comment(soql in "[a '\\\\/*\n-]{0,30}") {
            if let Ok(statement) = removed(&soql) {
                let rows = |text: &str| text.matches('\n').count();
                prop_assert_eq!(rows(&statement), rows(&soql));
            }
        }
    }
}
