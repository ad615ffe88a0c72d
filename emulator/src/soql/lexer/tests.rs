use proptest::prelude::*;

use super::*;

fn sources(soql: &str) -> Vec<&str> {
    let lexemes = lex(soql).expect("tokens");
    lexemes.into_iter().map(|lexeme| lexeme.source).collect()
}

#[test]
fn a_statement_is_split_into_its_tokens() {
    assert_eq!(
        sources("SELECT a.B__c,COUNT() FROM X WHERE d>=2024-01-01T00:00:00+01:00 AND e!='it\\'s'"),
        [
            "SELECT",
            "a.B__c",
            ",",
            "COUNT",
            "(",
            ")",
            "FROM",
            "X",
            "WHERE",
            "d",
            ">",
            "=",
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
fn every_kind_of_value_is_told_apart() {
    for (source, token) in [
        ("a.b__c", Token::Word),
        ("Naïve__c", Token::Word),
        ("USD5000.50", Token::Word),
        ("USD-500", Token::Currency),
        ("usd+.5", Token::Currency),
        ("EUR-5.", Token::Currency),
        ("5", Token::Integer),
        ("0.5", Token::Decimal),
        (".5", Token::Decimal),
        ("2024-02-29", Token::Date),
        ("2024-02-29T10:00:00Z", Token::DateTime),
        ("2024-02-29t10:00:00.123456z", Token::DateTime),
        ("2024-02-29T10:00:00+0000", Token::DateTime),
        ("2024-02-29T10:00:00-99:99", Token::DateTime),
        ("10:00:00Z", Token::Time),
        ("10:00:00.000+01:00", Token::Time),
        ("'it\\'s'", Token::Text),
        ("''", Token::Text),
    ] {
        let lexemes = lex(source).expect("tokens");
        assert_eq!(
            (lexemes[0].token, lexemes[0].source, lexemes.len()),
            (token, source, 2)
        );
    }
}

#[test]
fn what_looks_alike_is_split() {
    for (soql, tokens) in [
        ("2024-1-1", vec!["2024", "-", "1", "-", "1"]),
        ("12abc", vec!["12", "abc"]),
        ("1e5", vec!["1", "e5"]),
        ("1.2.3", vec!["1.2", ".3"]),
        ("5.", vec!["5", "."]),
        ("USD-", vec!["USD", "-"]),
        ("-5", vec!["-", "5"]),
        ("2024-01-01T10", vec!["2024-01-01", "T10"]),
        ("10:00", vec!["10", ":", "00"]),
        ("a . b", vec!["a", ".", "b"]),
        ("_a", vec!["_", "a"]),
    ] {
        let mut found = sources(soql);
        assert_eq!(found.pop(), Some(END));
        assert_eq!(found, tokens, "{soql}");
    }
}

#[test]
fn places_are_bytes_of_the_statement() {
    let lexemes = lex(" 'é' x").expect("tokens");
    let places: Vec<usize> = lexemes.iter().map(|lexeme| lexeme.at).collect();
    assert_eq!(places, [1, 6, 7]);
}

#[test]
fn a_string_without_an_end_takes_the_rest() {
    for soql in ["'open \\n 5", "'open\\'", "'"] {
        let lexemes = lex(soql).expect("tokens");
        assert_eq!(
            (lexemes[0].token, lexemes[0].source),
            (Token::OpenQuote, soql)
        );
    }
}

/// The words for `$` are captured from REST. An editor's grammar takes it for a
/// comment; a statement over REST has none.
#[test]
fn what_is_no_token_is_named() {
    for (soql, character, column) in [
        ("SELECT #", "#", 7),
        ("a = $sfid", "$", 4),
        ("a é", "é", 2),
        ("a \"x\"", "\"", 2),
        ("a\u{a0}= ;", ";", 4),
        ("a \u{a0}", "\u{a0}", 2),
        ("a ! b", "!", 2),
        ("a && b", "&", 2),
    ] {
        let message = lex(soql).expect_err(soql).message;
        let words = format!("ERROR at Row:1:Column:{column}\nunexpected token: '{character}'");
        assert!(message.ends_with(&words), "{message}");
    }
}

/// What an unencoded `+` in the URL leaves of an offset: captured from REST.
#[test]
fn a_datetime_without_a_zone_names_the_character_after_it() {
    let message = lex("a > 2024-01-01T12:00:00.000 0100")
        .expect_err("no zone")
        .message;
    assert!(
        message.ends_with(
            "ERROR at Row:1:Column:27\nline 1:27 no viable alternative at character ' '"
        ),
        "{message}"
    );
    let message = lex("a\n > 2024-01-01T12:00:00")
        .expect_err("no zone")
        .message;
    assert!(
        message.ends_with("line 2:22 no viable alternative at character '<EOF>'"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(soql in any::<String>()) {
        let _ = lex(&soql);
    }

    /// Nothing but blanks stands between tokens.
    #[test]
    fn tokens_cover_the_statement(soql in "[-+.:0-9A-Zaz'\\\\ ,()=é]{0,40}") {
        if let Ok(lexemes) = lex(&soql) {
            let mut end = 0;
            for lexeme in &lexemes[..lexemes.len() - 1] {
                prop_assert!(soql[end..lexeme.at].trim().is_empty());
                prop_assert!(!lexeme.source.is_empty());
                end = lexeme.at + lexeme.source.len();
            }
            prop_assert!(soql[end..].trim().is_empty());
        }
    }
}
