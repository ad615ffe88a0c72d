//! What a search looks for: words, phrases and operators.
//!
//! Source: SOQL and SOSL Reference, "FIND {SearchQuery}".

use super::malformed;
use super::words::{Symbol, Words, patterns};
use crate::collation::Pattern;
use crate::error::ApiError;

/// Characters beyond which operators count no more: every word may be there or not.
const OPERATORS_CHARS_MAX: usize = 4_000;

/// Characters beyond which nothing is found.
const FOUND_CHARS_MAX: usize = 10_000;

/// How deeply parentheses may nest, so that hostile ones cannot exhaust the stack.
/// Salesforce's own bound is not documented.
const NESTING_MAX: usize = 100;

/// Characters that have to be escaped. The parentheses, the quotation mark and the
/// wildcards have a meaning instead.
const RESERVED: &str = "&|!{}[]^~:\\'+-";

/// What a search looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Find {
    /// Nothing has it.
    Nothing,
    /// Words one after another.
    Phrase(Vec<Pattern>),
    Both(Box<Find>, Box<Find>),
    /// The first and not the second.
    Without(Box<Find>, Box<Find>),
    Either(Box<Find>, Box<Find>),
}

/// What becomes of a reserved character without a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// SOSL refuses it.
    Refused,
    /// A parameter takes it for punctuation.
    Punctuation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Not,
    Or,
    Term(Vec<Symbol>),
}

impl Find {
    /// Reads a search query.
    pub(crate) fn parse(text: &str, reserved: Reserved) -> Result<Self, ApiError> {
        let length = text.chars().count();
        let tokens = tokens(text, reserved)?;
        check_length(&tokens)?;
        if length > FOUND_CHARS_MAX {
            return Ok(Self::Nothing);
        }
        if length > OPERATORS_CHARS_MAX {
            let terms = tokens.iter().filter_map(|token| match token {
                Token::Term(term) => Some(Self::Phrase(patterns(term))),
                _ => None,
            });
            let any = terms.reduce(|one, other| Self::Either(one.into(), other.into()));
            return Ok(any.unwrap_or(Self::Nothing));
        }
        let mut parser = Parser {
            tokens: &tokens,
            depth: 0,
        };
        let find = parser.either()?;
        match parser.tokens {
            [] => Ok(find),
            _ => Err(malformed("there is an operator or a parenthesis too much")),
        }
    }

    /// Whether a record has it.
    pub(crate) fn is_in(&self, words: &Words) -> bool {
        match self {
            Self::Nothing => false,
            Self::Phrase(phrase) => words.have(phrase),
            Self::Both(one, other) => one.is_in(words) && other.is_in(words),
            Self::Without(one, other) => one.is_in(words) && !other.is_in(words),
            Self::Either(one, other) => one.is_in(words) || other.is_in(words),
        }
    }
}

/// One letter alone is not looked for; a sign of East Asia is.
fn check_length(tokens: &[Token]) -> Result<(), ApiError> {
    let terms: Vec<&Vec<Symbol>> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Term(term) => Some(term),
            _ => None,
        })
        .collect();
    let letter = |symbol: &Symbol| match symbol {
        Symbol::Letter(letter) => Some(*letter),
        Symbol::One | Symbol::Any => None,
    };
    let letters: String = terms.iter().copied().flatten().filter_map(letter).collect();
    if letters.chars().count() < 2 && letters.is_ascii() {
        let message = format!("search term must be longer than one character: {letters}");
        return Err(malformed(&message));
    }
    Ok(())
}

fn tokens(text: &str, reserved: Reserved) -> Result<Vec<Token>, ApiError> {
    let mut letters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => tokens.push(Token::Term(phrase(&mut letters)?)),
            letter if letter.is_whitespace() => {}
            letter => {
                let mut term = Vec::new();
                let mut next = Some(letter);
                while let Some(letter) = next {
                    term.push(symbol(letter, &mut letters, reserved)?);
                    next = letters
                        .next_if(|next| !next.is_whitespace() && !matches!(next, '(' | ')' | '"'));
                }
                tokens.push(operator(&term).unwrap_or(Token::Term(term)));
            }
        }
    }
    Ok(tokens)
}

/// The symbols up to the next quotation mark.
fn phrase(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Vec<Symbol>, ApiError> {
    let mut phrase = Vec::new();
    while let Some(letter) = letters.next() {
        if letter == '"' {
            return Ok(phrase);
        }
        // Within quotation marks, too, the guide asks for backslashes; of what has
        // none only the wildcards mean anything.
        phrase.push(symbol(letter, letters, Reserved::Punctuation)?);
    }
    Err(malformed("a phrase has no closing quotation mark"))
}

fn symbol(
    letter: char,
    letters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    reserved: Reserved,
) -> Result<Symbol, ApiError> {
    match letter {
        '*' => Ok(Symbol::Any),
        '?' => Ok(Symbol::One),
        '\\' => match letters.next() {
            Some(escaped) => Ok(Symbol::Letter(escaped)),
            None => Err(malformed("nothing follows the last backslash")),
        },
        letter if reserved == Reserved::Refused && RESERVED.contains(letter) => {
            let message = format!("the reserved character {letter} needs a backslash before it");
            Err(malformed(&message))
        }
        letter => Ok(Symbol::Letter(letter)),
    }
}

fn operator(term: &[Symbol]) -> Option<Token> {
    let letters = term.iter().map(|symbol| match symbol {
        Symbol::Letter(letter) => letter.to_ascii_lowercase(),
        Symbol::One | Symbol::Any => '*',
    });
    let is = |word: &str| letters.clone().eq(word.chars());
    [("and", Token::And), ("or", Token::Or), ("not", Token::Not)]
        .into_iter()
        .find_map(|(word, token)| is(word).then_some(token))
}

struct Parser<'t> {
    tokens: &'t [Token],
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, wanted: &Token) -> bool {
        let is_next = self.tokens.first() == Some(wanted);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn either(&mut self) -> Result<Find, ApiError> {
        let mut find = self.both()?;
        while self.take(&Token::Or) {
            find = Find::Either(find.into(), self.both()?.into());
        }
        Ok(find)
    }

    /// Terms with AND, AND NOT or nothing between them, evaluated from the right.
    fn both(&mut self) -> Result<Find, ApiError> {
        let mut finds = vec![(false, self.single()?)];
        loop {
            let is_and = self.take(&Token::And);
            let is_without = is_and && self.take(&Token::Not);
            let goes_on =
                is_and || matches!(self.tokens.first(), Some(Token::Term(_) | Token::Open));
            if !goes_on {
                break;
            }
            finds.push((is_without, self.single()?));
        }
        let mut rest: Option<(bool, Find)> = None;
        for (is_without, find) in finds.into_iter().rev() {
            let whole = match rest {
                None => find,
                Some((true, rest)) => Find::Without(find.into(), rest.into()),
                Some((false, rest)) => Find::Both(find.into(), rest.into()),
            };
            rest = Some((is_without, whole));
        }
        Ok(rest.map_or(Find::Nothing, |(_, find)| find))
    }

    fn single(&mut self) -> Result<Find, ApiError> {
        match self.tokens.split_first() {
            Some((Token::Term(term), rest)) => {
                self.tokens = rest;
                Ok(Find::Phrase(patterns(term)))
            }
            Some((Token::Open, rest)) if self.depth < NESTING_MAX => {
                self.tokens = rest;
                self.depth += 1;
                let find = self.either()?;
                self.depth -= 1;
                if self.take(&Token::Close) {
                    Ok(find)
                } else {
                    Err(malformed("a parenthesis is not closed"))
                }
            }
            Some((Token::Open, _)) => Err(malformed("parentheses are nested too deeply")),
            _ => Err(malformed("an operator has nothing beside it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(query: &str, values: &[&str]) -> Result<bool, String> {
        let find = Find::parse(query, Reserved::Refused).map_err(|error| error.message)?;
        Ok(find.is_in(&Words::of(values.iter().copied())))
    }

    /// Source: "FIND {SearchQuery}", its tables of wildcards and operators.
    #[test]
    fn a_query_finds_what_the_guide_says() {
        let record = [
            "John Smith-Meyers",
            "mylogin@mycompany.com",
            "(415) 555-0100",
        ];
        for (query, is_found) in [
            ("john", true),
            ("JOHN", true),
            ("joh", false),
            ("joh*", true),
            ("j*n", true),
            ("jo?n", true),
            ("jo?", false),
            ("jo??*", true),
            ("*", false),
            ("john smith", true),
            ("smith john", true),
            ("\"john smith\"", true),
            ("\"smith john\"", false),
            ("\"joh* smith\"", true),
            ("john jones", false),
            ("john AND jones", false),
            ("john or jones", true),
            ("john AND NOT jones", true),
            ("john AND NOT smith", false),
            ("(\"bob\" and \"jones\") OR (\"john\" and \"smith\")", true),
            // From the right: not both of them.
            ("john AND NOT smith AND jones", true),
            ("mylogin@mycompany.com", true),
            ("mylogin@other.com", false),
            ("\\(415\\) 555\\-0100", true),
            ("5550100", false),
            ("\"and\"", false),
            ("smith\\-meyers", true),
        ] {
            let found = finds(query, &record);
            match found {
                Ok(found) => assert_eq!(found, is_found, "{query}"),
                Err(words) => assert!(!is_found, "{query}: {words}"),
            }
        }
        assert_eq!(finds("каф*", &["Кафе"]), Ok(true));
        assert_eq!(finds("東", &["東 京"]), Ok(true));
    }

    /// The first words are captured, the others are the emulator's own.
    #[test]
    fn what_is_no_query_is_refused() {
        for (query, words) in [
            ("a", "search term must be longer than one character: a"),
            ("", "search term must be longer than one character: "),
            ("\"John Smith", "a phrase has no closing quotation mark"),
            (
                "o'brien",
                "the reserved character ' needs a backslash before it",
            ),
            ("(john", "a parenthesis is not closed"),
            ("john)", "there is an operator or a parenthesis too much"),
            ("john AND", "an operator has nothing beside it"),
            ("OR john", "an operator has nothing beside it"),
            ("john\\", "nothing follows the last backslash"),
        ] {
            assert_eq!(finds(query, &[]), Err(words.to_owned()), "{query}");
        }
        let nested = format!("{}john{}", "(".repeat(101), ")".repeat(101));
        assert!(finds(&nested, &["john"]).is_err());
        let find = Find::parse("o'brien-smith", Reserved::Punctuation).expect("a query");
        assert!(find.is_in(&Words::of(["O'Brien-Smith"].into_iter())));
    }

    #[test]
    fn long_queries_lose_their_operators_and_then_all() {
        let query = |chars: usize| {
            let mut query = "john AND jones ".to_owned();
            query.push_str(&"x".repeat(chars - query.len()));
            query
        };
        assert_eq!(finds(&query(4_000), &["john"]), Ok(false));
        assert_eq!(finds(&query(4_001), &["john"]), Ok(true));
        assert_eq!(finds(&query(10_001), &["john"]), Ok(false));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}", value in "\\PC{0,40}") {
            for reserved in [Reserved::Refused, Reserved::Punctuation] {
                if let Ok(find) = Find::parse(&text, reserved) {
                    let _ = find.is_in(&Words::of([value.as_str()].into_iter()));
                }
            }
        }
    }
}
