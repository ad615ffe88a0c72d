//! The tokens of a SOQL statement.

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, a path, a number, a keyword.
    Word(&'a str),
    /// A string.
    Text,
    /// Anything else, a character each.
    Symbol(&'a str),
}

impl Token<'_> {
    /// Whether it is this word, in any case, or this symbol.
    fn is(&self, what: &str) -> bool {
        match self {
            Self::Word(text) | Self::Symbol(text) => text.eq_ignore_ascii_case(what),
            Self::Text => false,
        }
    }
}

/// Tokens, and how far they have been read.
pub(super) struct Tokens<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Tokens<'a> {
    /// The tokens of a statement. A string that does not end is the last one.
    pub(super) fn of(soql: &'a str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = soql.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first == '\'' {
                tokens.push(Token::Text);
                text_bytes(rest)
            } else if is_word(first) {
                let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                tokens.push(Token::Word(&rest[..length]));
                length
            } else {
                let length = first.len_utf8();
                tokens.push(Token::Symbol(&rest[..length]));
                length
            };
            rest = rest[length..].trim_start();
        }
        Self::within(tokens)
    }

    /// Those between two parentheses.
    pub(super) fn within(tokens: Vec<Token<'a>>) -> Self {
        Self { tokens, next: 0 }
    }

    /// Reads one.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.next).copied()?;
        self.next += 1;
        Some(token)
    }

    /// Reads a word, if there is one.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let &Token::Word(word) = self.tokens.get(self.next)? else {
            return None;
        };
        self.next += 1;
        Some(word)
    }

    /// Reads this, if it is there.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let is = self.is(what);
        self.next += usize::from(is);
        is
    }

    /// Whether this is next.
    pub(super) fn is(&self, what: &str) -> bool {
        self.follows(0, what)
    }

    /// Whether this comes after the next one.
    pub(super) fn is_next(&self, what: &str) -> bool {
        self.follows(1, what)
    }

    /// Reads `( … )` and answers what is between.
    pub(super) fn parenthesised(&mut self) -> Option<Vec<Token<'a>>> {
        self.take("(").then_some(())?;
        let begin = self.next;
        let mut depth = 1_usize;
        loop {
            match self.next()? {
                Token::Symbol("(") => depth += 1,
                Token::Symbol(")") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(self.tokens.get(begin..self.next - 1)?.to_vec());
            }
        }
    }

    /// Whether `one` and then `other` come anywhere in what is left, outside of
    /// parentheses.
    pub(super) fn have(&self, one: &str, other: &str) -> bool {
        let left = self.tokens.get(self.next..).unwrap_or_default();
        let mut depth = 0_usize;
        left.windows(2).any(|pair| {
            let [first, second] = pair else {
                return false;
            };
            match first {
                Token::Symbol("(") => depth += 1,
                Token::Symbol(")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && first.is(one) && second.is(other)
        })
    }

    fn follows(&self, distance: usize, what: &str) -> bool {
        self.tokens
            .get(self.next + distance)
            .is_some_and(|token| token.is(what))
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.')
}

/// How long the string is that `text` begins with. Source: SOQL and SOSL
/// Reference, "Quoted String Escape Sequences".
fn text_bytes(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
