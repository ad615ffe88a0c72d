//! What a statement of SOQL or SOSL does besides reading.
//!
//! A lexer, no parser: the words that lock rows or change statistics are looked
//! for outside strings, and what the lexer does not know counts as one of them.

use super::Effect;

/// Which language a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Soql,
    /// With search texts in braces.
    Sosl,
}

/// The words of `FOR UPDATE`, `FOR VIEW`, `FOR REFERENCE`, `UPDATE TRACKING` and
/// `UPDATE VIEWSTAT` (SOQL and SOSL Reference, API 66.0).
const CHANGING: [&str; 4] = ["FOR", "UPDATE", "TRACKING", "VIEWSTAT"];

/// What stands outside strings and words in statements that Salesforce accepts.
/// There are no comments: `/` and `-` twice, and `*`, are not known.
const PUNCTUATION: &str = "()<>=!,.:+-&|[]";

/// What a statement does: a write also where it cannot be read.
pub(super) fn effect(text: &str, language: Language) -> Effect {
    let mut changes = false;
    let read = for_each_word(text, language, |word| {
        changes |= CHANGING.iter().any(|one| word.eq_ignore_ascii_case(one));
    });
    match read {
        Some(()) if !changes => Effect::Read,
        _ => Effect::Write,
    }
}

/// Whether what a statement answers as `Id` are ids: it selects fields only, and
/// an alias needs GROUP BY.
pub(super) fn selects_ids(text: &str) -> bool {
    let mut groups = false;
    let read = for_each_word(text, Language::Soql, |word| {
        groups |= word.eq_ignore_ascii_case("GROUP");
    });
    let select = text.split_once('(').map_or(text, |(before, _)| before);
    let plain = select
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| word.eq_ignore_ascii_case("FROM"));
    read.is_some() && plain && !groups
}

/// Shows the words outside strings. `None` in doubt.
fn for_each_word(text: &str, language: Language, mut show: impl FnMut(&str)) -> Option<()> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut previous = ' ';
    let mut rest = text.chars();
    loop {
        let from = rest.as_str();
        let Some(c) = rest.next() else {
            return Some(());
        };
        match c {
            c if is_of_word(c) => {
                let word = from.split(|c| !is_of_word(c)).next()?;
                show(word);
                rest = from.get(word.len()..)?.chars();
            }
            '\'' => string(&mut rest)?,
            '{' if language == Language::Sosl => search_text(&mut rest)?,
            '-' if previous == '-' => return None,
            ' ' | '\t' | '\n' | '\r' => {}
            c if PUNCTUATION.contains(c) => {}
            _ => return None,
        }
        previous = c;
    }
}

/// Reads on to the end of a string.
fn string(rest: &mut std::str::Chars<'_>) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' => return Some(()),
            '\\' => {
                let escape = rest.next()?;
                if !"nNrRtTbBfF\"'\\_%uU".contains(escape) {
                    return None;
                }
            }
            _ => {}
        }
    }
}

/// Reads on to the brace that ends a search text. Another brace in it, even an
/// escaped one, leaves a doubt about where it ends.
fn search_text(rest: &mut std::str::Chars<'_>) -> Option<()> {
    loop {
        match rest.next()? {
            '}' => return Some(()),
            '{' => return None,
            '\\' if matches!(rest.next()?, '{' | '}') => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_that_only_read_are_reads() {
        for text in [
            "SELECT Id FROM Account",
            "select id, (select Id from Contacts) from Account where Name like 'a%' limit 5",
            "SELECT Id FROM A WHERE N = 'for update' AND M = 'O\\'Reilly for view'",
            "SELECT Id FROM A WHERE N = '\\\\' AND M IN ('update', '-- tracking', '/* */')",
            "SELECT FIELDS(ALL) FROM A WHERE D > 2026-01-01T00:00:00+01:00 LIMIT 200",
            "SELECT For__c, Update__c, Forecast, x.ForView FROM A__c USING SCOPE Mine",
            "SELECT TYPEOF What WHEN A THEN Id END FROM Event WHERE A != NULL OR B <= -5.5",
            "SELECT Id\r\nFROM A\nALL ROWS",
            "SELECT Id FROM A WHERE N = 'M\u{fc}ller' SET OPTIONS (honorEmptyStrings = true)",
            "",
        ] {
            assert_eq!(effect(text, Language::Soql), Effect::Read, "{text}");
        }
        for text in [
            "FIND {for update} IN ALL FIELDS RETURNING Account(Id, Name WHERE Name = 'x')",
            "FIND {O\\'Reilly \\\\ \\- tracking} RETURNING Contact",
        ] {
            assert_eq!(effect(text, Language::Sosl), Effect::Read, "{text}");
        }
    }

    #[test]
    fn what_locks_or_counts_is_a_write_and_so_is_a_doubt() {
        for text in [
            "SELECT Id FROM A FOR UPDATE",
            "SELECT Id FROM A fOr\tview",
            "SELECT Id FROM A\nFOR\nREFERENCE",
            "SELECT Id FROM A UPDATE TRACKING",
            "SELECT Id FROM A UPDATE VIEWSTAT",
            "SELECT Id FROM A WHERE N='x'FOR UPDATE",
            "SELECT Id FROM A WHERE N='x\\\\' FOR UPDATE",
            "SELECT Id FROM A WHERE N='\\'' FOR UPDATE AND M=''",
            "SELECT Id FROM A WHERE (Id='1')FOR UPDATE",
            "SELECT Id FROM A /**/",
            "SELECT Id FROM A -- x",
            "SELECT Id FROM A // x",
            "SELECT Id FROM A WHERE N = 'x",
            "SELECT Id FROM A WHERE N = 'x\\q'",
            "SELECT Id FROM A WHERE N = \"x\"",
            "SELECT Id FROM A \u{ff26}\u{ff2f}\u{ff32} VIEW",
            "SELECT Id FROM A F%4fR",
            "SELECT Id FROM A {x}",
            "SELECT Id FROM A \u{a0}",
            "SELECT Id FROM A \\u0046OR",
        ] {
            assert_eq!(effect(text, Language::Soql), Effect::Write, "{text}");
        }
        for text in [
            "FIND {x} RETURNING Account UPDATE TRACKING",
            "FIND {x} RETURNING Account(Id FOR VIEW)",
            "FIND {x\\} UPDATE TRACKING {y}",
            "FIND {x} UPDATE VIEWSTAT {y",
            "FIND {{x} UPDATE TRACKING}",
            "FIND \"x\"",
        ] {
            assert_eq!(effect(text, Language::Sosl), Effect::Write, "{text}");
        }
    }

    #[test]
    fn only_fields_are_ids() {
        assert!(selects_ids("SELECT Id FROM Account WHERE Name IN ('x')"));
        assert!(!selects_ids("SELECT MAX(Name) Id FROM Account"));
        assert!(!selects_ids("SELECT Name Id FROM Account GROUP BY Name"));
        assert!(!selects_ids("SELECT toLabel(From) FROM Account"));
        assert!(!selects_ids("SELECT Id FROM Account WHERE Name = 'x"));
    }
}
