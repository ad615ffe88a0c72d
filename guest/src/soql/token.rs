//! The tokens of a statement.
//!
//! Source: SOQL and SOSL Reference, "Quoted String Escape Sequences", "Reserved Characters" and
//! "FIND {SearchQuery}". SOQL has no comments.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, or a name with dots in it.
    Word,
    /// A literal in quotes.
    Text,
    /// A search in braces, without a place in it.
    Braces,
    /// A literal that begins with a digit or a sign.
    Number,
    /// `:name`; in a search also `{:name}`.
    Place,
    Open,
    Close,
    Comma,
    /// A comparison, such as `!=`.
    Operator,
    /// Any other character.
    Other,
}

/// A token, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Its first byte.
    pub(super) at: usize,
    /// How many parentheses are open around it. A parenthesis is outside of itself.
    pub(super) depth: usize,
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// The byte behind it.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// The name of a place.
    pub(super) fn name(&self) -> &str {
        self.text.trim_matches(|letter| !is_of_name(letter))
    }
}

/// Why a statement has no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Quote,
    Brace,
    Parenthesis,
}

impl Unreadable {
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::Quote => "a quote is not closed",
            Self::Brace => "a brace is not closed",
            Self::Parenthesis => "the parentheses do not match",
        }
    }
}

/// The tokens of a statement.
pub(super) fn tokens(statement: &str) -> Result<Vec<Token<'_>>, Unreadable> {
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    let mut rest = statement;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            break;
        };
        let (kind, length) = next(first, rest)?;
        let (text, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if kind == Kind::Close {
            depth = depth.checked_sub(1).ok_or(Unreadable::Parenthesis)?;
        }
        tokens.push(Token {
            kind,
            text,
            at: statement.len() - rest.len(),
            depth,
        });
        if kind == Kind::Open {
            depth += 1;
        }
        rest = behind;
    }
    match depth {
        0 => Ok(tokens),
        _ => Err(Unreadable::Parenthesis),
    }
}

/// The token that a text begins with: what it is, and its length.
fn next(first: char, rest: &str) -> Result<(Kind, usize), Unreadable> {
    let one = first.len_utf8();
    let behind = rest.get(one..).unwrap_or_default();
    Ok(match first {
        '\'' => (Kind::Text, closed(rest, '\'').ok_or(Unreadable::Quote)?),
        '{' => braces(rest)?,
        '(' => (Kind::Open, one),
        ')' => (Kind::Close, one),
        ',' => (Kind::Comma, one),
        ':' => match length(behind, is_of_name) {
            name if behind.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
                (Kind::Place, one + name)
            }
            // As in `LAST_N_DAYS:30`.
            _ => (Kind::Other, one),
        },
        '=' | '!' | '<' | '>' => {
            let is_one = |letter: char| matches!(letter, '=' | '!' | '<' | '>');
            (Kind::Operator, length(rest, is_one))
        }
        '0'..='9' => (Kind::Number, length(rest, is_of_number)),
        '+' | '-' => (Kind::Number, one + length(behind, is_of_number)),
        _ if is_of_word(first) => (Kind::Word, length(rest, is_of_word)),
        _ => (Kind::Other, one),
    })
}

/// A search in braces. A place may stand alone in them.
fn braces(rest: &str) -> Result<(Kind, usize), Unreadable> {
    let length = closed(rest, '}').ok_or(Unreadable::Brace)?;
    let inner = rest.get(1..length - 1).unwrap_or_default().trim();
    let is_place = inner.strip_prefix(':').is_some_and(|name| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.chars().all(is_of_name)
    });
    Ok(match is_place {
        true => (Kind::Place, length),
        false => (Kind::Braces, length),
    })
}

/// The length of a text up to the character that closes it, which has no backslash before it.
fn closed(text: &str, by: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => _ = letters.next()?,
            _ if letter == by => return Some(at + by.len_utf8()),
            _ => {}
        }
    }
    None
}

/// How many bytes of such letters a text begins with.
fn length(text: &str, is_one: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !is_one(letter)).unwrap_or(text.len())
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$' | '%')
}

/// Numbers, and times with their offset.
fn is_of_number(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | ':' | '+' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(statement: &str) -> Vec<(Kind, &str)> {
        let tokens = tokens(statement).unwrap();
        tokens
            .iter()
            .map(|token| (token.kind, token.text))
            .collect()
    }

    #[test]
    fn a_statement_is_cut_into_tokens() {
        use Kind::{Close, Comma, Number, Open, Operator, Place, Text, Word};

        assert_eq!(
            kinds(r"SELECT Id,Owner.Name FROM A WHERE N='a\'b' AND(X>=:from OR Y IN :ids)"),
            [
                (Word, "SELECT"),
                (Word, "Id"),
                (Comma, ","),
                (Word, "Owner.Name"),
                (Word, "FROM"),
                (Word, "A"),
                (Word, "WHERE"),
                (Word, "N"),
                (Operator, "="),
                (Text, r"'a\'b'"),
                (Word, "AND"),
                (Open, "("),
                (Word, "X"),
                (Operator, ">="),
                (Place, ":from"),
                (Word, "OR"),
                (Word, "Y"),
                (Word, "IN"),
                (Place, ":ids"),
                (Close, ")"),
            ]
        );
        assert_eq!(
            kinds("D > 2026-05-07T22:07:19+01:00 AND E = LAST_N_DAYS:30"),
            [
                (Word, "D"),
                (Operator, ">"),
                (Number, "2026-05-07T22:07:19+01:00"),
                (Word, "AND"),
                (Word, "E"),
                (Operator, "="),
                (Word, "LAST_N_DAYS"),
                (Kind::Other, ":"),
                (Number, "30"),
            ]
        );
    }

    #[test]
    fn a_place_in_quotes_or_braces_is_text() {
        assert_eq!(kinds("':a'"), [(Kind::Text, "':a'")]);
        assert_eq!(kinds(r"{a \} :b}"), [(Kind::Braces, r"{a \} :b}")]);
        assert_eq!(kinds("{ :term }"), [(Kind::Place, "{ :term }")]);
        let tokens = tokens("{ :term }").unwrap();
        assert_eq!(tokens[0].name(), "term");
    }

    #[test]
    fn what_is_not_closed_has_no_tokens() {
        for (statement, why) in [
            ("N = 'a", Unreadable::Quote),
            (r"N = 'a\'", Unreadable::Quote),
            (r"N = 'a\", Unreadable::Quote),
            ("FIND {a", Unreadable::Brace),
            ("(a", Unreadable::Parenthesis),
            ("a)", Unreadable::Parenthesis),
            (")(", Unreadable::Parenthesis),
        ] {
            assert_eq!(tokens(statement), Err(why), "{statement}");
        }
    }

    proptest! {
        #[test]
        fn tokens_are_all_of_a_statement_but_its_spaces(statement in "\\PC{0,60}") {
            let Ok(tokens) = tokens(&statement) else { return Ok(()) };
            let mut end = 0;
            for token in tokens {
                prop_assert!(statement[end..token.at].trim().is_empty());
                prop_assert_eq!(&statement[token.at..token.end()], token.text);
                end = token.end();
            }
            prop_assert!(statement[end..].trim().is_empty());
        }
    }
}
