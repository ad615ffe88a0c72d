//! Texts as words, which searches compare.
//!
//! Source: SOQL and SOSL Reference, "FIND {SearchQuery}": blanks and punctuation
//! divide a record's text, and case does not count. Text of East Asia, which
//! Salesforce divides by its grammar, is here one word up to the next blank.

use crate::collation::Pattern;

/// The words of the values of a record, each value by itself.
pub(crate) struct Words(Vec<Vec<String>>);

/// A letter of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Letter(char),
    /// `?`
    One,
    /// `*`
    Any,
}

impl Words {
    /// The words of these values.
    pub(crate) fn of<'v>(values: impl Iterator<Item = &'v str>) -> Self {
        let words = values.map(|value| {
            let words = value.split(|symbol: char| !symbol.is_alphanumeric());
            let words = words.filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        });
        Self(words.collect())
    }

    /// Whether a value has words like these, one after another.
    pub(super) fn have(&self, phrase: &[Pattern]) -> bool {
        let is_here =
            |words: &[String]| words.iter().zip(phrase).all(|(word, of)| of.matches(word));
        let length = phrase.len();
        length > 0
            && self
                .0
                .iter()
                .any(|words| words.windows(length).any(is_here))
    }
}

/// The patterns of a term's words: what is neither letter nor digit divides them.
pub(super) fn patterns(term: &[Symbol]) -> Vec<Pattern> {
    let divides =
        |symbol: &Symbol| matches!(symbol, Symbol::Letter(letter) if !letter.is_alphanumeric());
    let words = term.split(divides).filter(|word| !word.is_empty());
    let pattern = |word: &[Symbol]| {
        let like: String = word.iter().map(|symbol| symbol.like()).collect();
        Pattern::new(&like)
    };
    words.map(pattern).collect()
}

impl Symbol {
    /// As LIKE has it. Letters that LIKE would take for wildcards divide words.
    const fn like(self) -> char {
        match self {
            Self::Letter(letter) => letter,
            Self::One => '_',
            Self::Any => '%',
        }
    }
}
