//! The functions that a page may ask to be called: JSONP.
//!
//! Source: Salesforce Help, "Identity URLs" and "Revoke OAuth Tokens", the
//! parameter `callback`.

/// Characters of the longest name.
const NAME_MAX: usize = 100;

/// Whether a text is the name of a JavaScript function, and nothing more: it is
/// written into a script. Names within objects, as in `a.b`, are names.
pub(crate) fn is_function(name: &str) -> bool {
    name.len() <= NAME_MAX && name.split('.').all(is_identifier)
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let is_start = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '$');
    letters.next().is_some_and(is_start)
        && letters.all(|letter| is_start(letter) || letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_functions() {
        let longest = "a".repeat(NAME_MAX);
        for (name, is) in [
            ("myCallback", true),
            ("jQuery123_4", true),
            ("app.done", true),
            ("$", true),
            (longest.as_str(), true),
            (&format!("{longest}a"), false),
            ("", false),
            ("1a", false),
            ("a.", false),
            ("a()", false),
            ("alert(1);a", false),
            ("a b", false),
            ("é", false),
        ] {
            assert_eq!(is_function(name), is, "{name}");
        }
    }
}
