//! From characters to tokens.
//!
//! The tokens are those of the grammar that Salesforce publishes for editors
//! (npm `@salesforce/soql-common`): a dotted path is one word, a sign is a token
//! of its own, and only spaces, tabs and line ends stand between tokens.

use super::error::SoqlError;

/// One token with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token,
    /// As it is written.
    pub(super) source: &'a str,
    /// The byte at which it begins.
    pub(super) at: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A path, a name or a keyword.
    Word,
    /// Digits.
    Integer,
    /// Digits with a point: `1.5`, `.5`.
    Decimal,
    Date,
    DateTime,
    Time,
    /// A currency with a sign: `USD-500`. Without a sign it is a word.
    Currency,
    /// A string literal, quotes included.
    Text,
    /// A string that never ends.
    OpenQuote,
    /// Punctuation or an operator.
    Symbol,
    /// The end of the statement.
    End,
}

/// What Salesforce calls the end of a statement.
const END: &str = "<EOF>";

/// Operators and punctuation, the longer before its beginning.
const SYMBOLS: [&str; 16] = [
    "!=", "<>", "=", "<", ">", "(", ")", ",", ".", ":", "+", "-", "*", "/", "~", "_",
];

/// Splits a statement into tokens; the last one is always the end.
///
/// # Errors
///
/// At the first character that no token begins with.
pub(super) fn lex(soql: &str) -> Result<Vec<Lexeme<'_>>, SoqlError> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(first) = soql[at..].chars().next() {
        let rest = &soql[at..];
        if matches!(first, ' ' | '\t' | '\r' | '\n') {
            at += 1;
            continue;
        }
        let (token, length) =
            scan(rest, first).map_err(|fault| fault.in_statement(soql, at, first))?;
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

/// Why the text at some place is no token.
enum Fault {
    /// No token begins with its first character.
    Character,
    /// A datetime whose zone is missing. Here, this many bytes later, it should
    /// begin.
    Zone(usize),
}

impl Fault {
    fn in_statement(self, soql: &str, at: usize, first: char) -> SoqlError {
        match self {
            Self::Character => SoqlError::unexpected(soql, at, &first.to_string()),
            Self::Zone(length) => SoqlError::no_viable_character(soql, at + length),
        }
    }
}

fn scan(rest: &str, first: char) -> Result<(Token, usize), Fault> {
    if first == '\'' {
        return Ok(string(rest));
    }
    if first.is_ascii_alphabetic() {
        return Ok(word(rest));
    }
    if let Some(number) = number(rest)? {
        return Ok(number);
    }
    match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        Some(symbol) => Ok((Token::Symbol, symbol.len())),
        None => Err(Fault::Character),
    }
}

fn word(rest: &str) -> (Token, usize) {
    let belongs =
        |symbol: char| symbol.is_ascii_alphanumeric() || matches!(symbol, '_' | '.' | '\u{80}'..);
    let length = run(rest, belongs);
    let is_code = length == 3 && rest.as_bytes()[..3].iter().all(u8::is_ascii_alphabetic);
    match signed(&rest[length..]).and_then(amount) {
        Some(amount) if is_code => (Token::Currency, length + 1 + amount),
        _ => (Token::Word, length),
    }
}

/// What follows a sign.
fn signed(rest: &str) -> Option<&str> {
    rest.strip_prefix(['+', '-'])
}

/// Bytes of the amount of a currency: `500`, `500.`, `500.5`, `.5`.
fn amount(rest: &str) -> Option<usize> {
    let whole = digits(rest);
    match rest[whole..].strip_prefix('.').map(digits) {
        Some(fraction) if whole + fraction > 0 => Some(whole + 1 + fraction),
        _ if whole > 0 => Some(whole),
        _ => None,
    }
}

/// What begins with a digit, or with a point before one.
fn number(rest: &str) -> Result<Option<(Token, usize)>, Fault> {
    if let Some(date) = shaped(rest, "0000-00-00") {
        let Some(time) = rest[date..].strip_prefix(['T', 't']).and_then(time) else {
            return Ok(Some((Token::Date, date)));
        };
        let length = date + 1 + time;
        let zone = zone(&rest[length..]).ok_or(Fault::Zone(length))?;
        return Ok(Some((Token::DateTime, length + zone)));
    }
    if let Some(length) = time(rest)
        && let Some(zone) = zone(&rest[length..])
    {
        return Ok(Some((Token::Time, length + zone)));
    }
    let whole = digits(rest);
    let fraction = rest[whole..].strip_prefix('.').map_or(0, digits);
    Ok(match (whole, fraction) {
        (0, 0) => None,
        (_, 0) => Some((Token::Integer, whole)),
        _ => Some((Token::Decimal, whole + 1 + fraction)),
    })
}

/// Bytes of a time of day: `10:00:00`, `10:00:00.000`.
fn time(rest: &str) -> Option<usize> {
    let seconds = shaped(rest, "00:00:00")?;
    let fraction = rest[seconds..].strip_prefix('.').map_or(0, digits);
    Some(if fraction > 0 {
        seconds + 1 + fraction
    } else {
        seconds
    })
}

/// Bytes of a zone: `Z`, `+01:00`, `+0100`.
fn zone(rest: &str) -> Option<usize> {
    if rest.starts_with(['Z', 'z']) {
        return Some(1);
    }
    let offset = signed(rest)?;
    ["00:00", "0000"]
        .into_iter()
        .find_map(|shape| shaped(offset, shape))
        .map(|length| 1 + length)
}

/// The bytes of `shape`, if the text begins like it; a `0` is any digit.
fn shaped(rest: &str, shape: &str) -> Option<usize> {
    let begins = rest.as_bytes().get(..shape.len())?;
    let alike = |(byte, wanted): (&u8, u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        wanted => *byte == wanted,
    };
    begins
        .iter()
        .zip(shape.bytes())
        .all(alike)
        .then_some(shape.len())
}

fn digits(rest: &str) -> usize {
    run(rest, |symbol| symbol.is_ascii_digit())
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|symbol| !belongs(symbol)).unwrap_or(rest.len())
}

/// The string literal at the beginning of `rest`.
fn string(rest: &str) -> (Token, usize) {
    let mut escaped = false;
    for (at, symbol) in rest.char_indices().skip(1) {
        match symbol {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return (Token::Text, at + 1),
            _ => {}
        }
    }
    (Token::OpenQuote, rest.len())
}

#[cfg(test)]
mod tests;
