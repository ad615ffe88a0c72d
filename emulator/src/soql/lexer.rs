//! From characters to tokens.

use super::error::SoqlError;
use super::text::Text;

/// One token with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token,
    /// As it is written.
    pub(super) source: &'a str,
    /// The byte at which it begins.
    pub(super) at: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Word,
    /// A number, a date or a datetime.
    Number,
    /// A string literal.
    Text(Text),
    /// Punctuation or an operator.
    Symbol,
    /// The end of the statement.
    End,
}

/// What Salesforce calls the end of a statement.
const END: &str = "<EOF>";

/// Operators and punctuation, the longer before its beginning.
const SYMBOLS: [&str; 13] = [
    "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", ":", ";",
];

/// Splits a statement into tokens; the last one is always the end.
pub(super) fn lex(soql: &str) -> Result<Vec<Lexeme<'_>>, SoqlError> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(first) = soql[at..].chars().next() {
        let rest = &soql[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = scan(rest, first)?;
        lexemes.push(Lexeme {
            token,
            source: &rest[..length],
            at,
        });
        at += length;
    }
    lexemes.push(Lexeme {
        token: Token::End,
        source: END,
        at,
    });
    Ok(lexemes)
}

fn scan(rest: &str, first: char) -> Result<(Token, usize), SoqlError> {
    if first == '\'' {
        let length = string_length(rest)?;
        return Ok((Token::Text(Text::read(&rest[1..length - 1])?), length));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return Ok((
            Token::Word,
            run(rest, |symbol| {
                symbol.is_ascii_alphanumeric() || symbol == '_'
            }),
        ));
    }
    let signed =
        matches!(first, '+' | '-') && rest[1..].starts_with(|symbol: char| symbol.is_ascii_digit());
    if first.is_ascii_digit() || signed {
        let length = run(rest, |symbol| {
            symbol.is_ascii_alphanumeric() || matches!(symbol, '.' | ':' | '+' | '-')
        });
        return Ok((Token::Number, length));
    }
    match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        Some(symbol) => Ok((Token::Symbol, symbol.len())),
        None => Err(SoqlError::unexpected(&first.to_string())),
    }
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|symbol| !belongs(symbol)).unwrap_or(rest.len())
}

/// Bytes of the string literal at the beginning of `rest`, quotes included.
fn string_length(rest: &str) -> Result<usize, SoqlError> {
    let mut escaped = false;
    for (at, symbol) in rest.char_indices().skip(1) {
        match symbol {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return Ok(at + 1),
            _ => {}
        }
    }
    Err(SoqlError::unexpected(END))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sources(soql: &str) -> Vec<&str> {
        lex(soql)
            .expect("tokens")
            .into_iter()
            .map(|lexeme| lexeme.source)
            .collect()
    }

    #[test]
    fn a_statement_is_split_into_its_tokens() {
        assert_eq!(
            sources(
                "SELECT a.B__c,COUNT() FROM X WHERE d>=2024-01-01T00:00:00+01:00 AND e!='it\\'s'"
            ),
            [
                "SELECT",
                "a",
                ".",
                "B__c",
                ",",
                "COUNT",
                "(",
                ")",
                "FROM",
                "X",
                "WHERE",
                "d",
                ">=",
                "2024-01-01T00:00:00+01:00",
                "AND",
                "e",
                "!=",
                "'it\\'s'",
                "<EOF>"
            ]
        );
    }

    #[test]
    fn places_are_bytes_of_the_statement() {
        let lexemes = lex(" 'é' x").expect("tokens");
        let places: Vec<usize> = lexemes.iter().map(|lexeme| lexeme.at).collect();
        assert_eq!(places, [1, 6, 7]);
    }

    #[test]
    fn what_is_no_token_is_named() {
        for (soql, token) in [
            ("SELECT #", "#"),
            ("a 'open", "<EOF>"),
            ("a 'open\\'", "<EOF>"),
            ("é", "é"),
            ("\"x\"", "\""),
        ] {
            assert_eq!(lex(soql).expect_err(soql), SoqlError::unexpected(token));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(soql in any::<String>()) {
            let _ = lex(&soql);
        }
    }
}
