//! A whole search.

use super::find::{Find, Reserved};
use super::{STATEMENT_CHARS_MAX, malformed};
use crate::error::ApiError;
use crate::soql::SoqlError;

/// Rows of a result at most. Source: SOQL and SOSL Reference, "LIMIT n".
pub(crate) const ROWS_MAX: usize = 2_000;

/// A search.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) find: Find,
    pub(crate) group: Group,
    /// In this order; without any it is in all objects.
    pub(crate) returning: Vec<Returning>,
    /// Rows of all objects together.
    pub(crate) limit: usize,
}

/// The fields in which words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    All,
    Name,
    Email,
    Phone,
}

/// What is answered of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Returning {
    pub(crate) object: String,
    /// A SELECT list.
    pub(crate) fields: String,
    /// The clauses of SOQL from WHERE on.
    pub(crate) clauses: String,
}

impl Group {
    /// The group of that name, in any case.
    pub(crate) fn named(name: &str) -> Result<Self, ApiError> {
        match name.to_ascii_uppercase().as_str() {
            "ALL" => Ok(Self::All),
            "NAME" => Ok(Self::Name),
            "EMAIL" => Ok(Self::Email),
            "PHONE" => Ok(Self::Phone),
            "SIDEBAR" => Err(SoqlError::unsupported("searches IN SIDEBAR FIELDS").into()),
            _ => Err(malformed(&format!("there is no group of fields {name}"))),
        }
    }
}

impl Returning {
    /// The ids of an object's records.
    pub(crate) fn ids(object: &str) -> Self {
        Self {
            object: object.to_owned(),
            fields: "Id".to_owned(),
            clauses: String::new(),
        }
    }
}

/// Reads a statement.
///
/// # Errors
///
/// What is no SOSL, or what this emulator does not have.
pub(crate) fn parse(sosl: &str) -> Result<Search, ApiError> {
    if sosl.chars().count() > STATEMENT_CHARS_MAX {
        let message = format!("a search has at most {STATEMENT_CHARS_MAX} characters");
        return Err(malformed(&message));
    }
    let mut text = Text(sosl);
    if !text.word_is("FIND") {
        return Err(malformed("a search begins with FIND"));
    }
    let query = text.braces()?;
    let mut search = Search {
        find: Find::parse(query, Reserved::Refused)?,
        group: Group::All,
        returning: Vec::new(),
        limit: ROWS_MAX,
    };
    if text.word_is("IN") {
        search.group = Group::named(text.word())?;
        if !text.word_is("FIELDS") {
            return Err(malformed("FIELDS has to follow the group of fields"));
        }
    }
    if text.word_is("RETURNING") {
        search.returning = returning(&mut text)?;
    }
    if text.word_is("LIMIT") {
        let rows = text.word();
        let rows: usize = rows
            .parse()
            .map_err(|_| malformed("LIMIT needs a number"))?;
        search.limit = rows.min(ROWS_MAX);
    }
    match text.word() {
        "" if text.rest().is_empty() => Ok(search),
        word if ["WITH", "UPDATE"]
            .iter()
            .any(|own| word.eq_ignore_ascii_case(own)) =>
        {
            let what = format!("{} in a search", word.to_ascii_uppercase());
            Err(SoqlError::unsupported(&what).into())
        }
        word => Err(malformed(&format!("unexpected: {word}{}", text.rest()))),
    }
}

fn returning(text: &mut Text<'_>) -> Result<Vec<Returning>, ApiError> {
    let mut all: Vec<Returning> = Vec::new();
    loop {
        let object = text.word();
        if object.is_empty() {
            return Err(malformed("RETURNING needs the name of an object"));
        }
        if all
            .iter()
            .any(|other| other.object.eq_ignore_ascii_case(object))
        {
            return Err(malformed(&format!("{object} is returned twice")));
        }
        all.push(match text.parentheses()? {
            None => Returning::ids(object),
            Some(inner) => specification(object, inner)?,
        });
        if !text.symbol(',') {
            return Ok(all);
        }
    }
}

/// What the parentheses behind an object say.
fn specification(object: &str, inner: &str) -> Result<Returning, ApiError> {
    let mut end = inner.len();
    for (at, word) in words(inner) {
        let is = |own: &str| word.eq_ignore_ascii_case(own);
        if is("USING") {
            return Err(SoqlError::unsupported("searches in a list view").into());
        }
        if ["WHERE", "ORDER", "LIMIT", "OFFSET"].into_iter().any(is) {
            end = at;
            break;
        }
    }
    let (fields, clauses) = inner.split_at(end);
    if fields.trim().is_empty() {
        return Err(malformed(&format!(
            "{object} needs fields before its clauses"
        )));
    }
    Ok(Returning {
        object: object.to_owned(),
        fields: fields.trim().to_owned(),
        clauses: clauses.trim().to_owned(),
    })
}

/// The words outside of parentheses and quotation marks, and where they begin.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut begin = None;
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_word = !is_quoted && (letter.is_alphanumeric() || matches!(letter, '_' | '.'));
        if let Some(from) = begin.filter(|_| !is_word) {
            if depth == 0 {
                words.push((from, &text[from..at]));
            }
            begin = None;
        }
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            _ if is_word && begin.is_none() => begin = Some(at),
            _ => {}
        }
    }
    words
}

/// What is left of a statement.
struct Text<'t>(&'t str);

impl<'t> Text<'t> {
    fn rest(&self) -> &'t str {
        self.0.trim_start()
    }

    /// The next word; empty if there is none.
    fn word(&mut self) -> &'t str {
        let text = self.rest();
        let is_end = |letter: char| !letter.is_alphanumeric() && letter != '_';
        let (word, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        self.0 = rest;
        word
    }

    /// Takes the next word if it is this one, in any case.
    fn word_is(&mut self, wanted: &str) -> bool {
        let before = self.0;
        let is_next = self.word().eq_ignore_ascii_case(wanted);
        if !is_next {
            self.0 = before;
        }
        is_next
    }

    fn symbol(&mut self, wanted: char) -> bool {
        match self.rest().strip_prefix(wanted) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// What stands between braces, up to the first that has no backslash.
    fn braces(&mut self) -> Result<&'t str, ApiError> {
        let missing =
            || malformed("No search term found. The search term must be enclosed in braces.");
        let inner = self.rest().strip_prefix('{').ok_or_else(missing)?;
        let mut is_escaped = false;
        for (at, letter) in inner.char_indices() {
            match letter {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '}' => {
                    self.0 = &inner[at + 1..];
                    return Ok(&inner[..at]);
                }
                _ => {}
            }
        }
        Err(missing())
    }

    /// What stands between parentheses, if they follow.
    fn parentheses(&mut self) -> Result<Option<&'t str>, ApiError> {
        let Some(inner) = self.rest().strip_prefix('(') else {
            return Ok(None);
        };
        let mut depth = 0_usize;
        let (mut is_quoted, mut is_escaped) = (false, false);
        for (at, letter) in inner.char_indices() {
            match letter {
                _ if is_escaped => is_escaped = false,
                '\\' if is_quoted => is_escaped = true,
                '\'' => is_quoted = !is_quoted,
                '(' if !is_quoted => depth += 1,
                ')' if !is_quoted && depth > 0 => depth -= 1,
                ')' if !is_quoted => {
                    self.0 = &inner[at + 1..];
                    return Ok(Some(&inner[..at]));
                }
                _ => {}
            }
        }
        Err(malformed("a parenthesis is not closed"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn returned(object: &str, fields: &str, clauses: &str) -> Returning {
        Returning {
            object: object.to_owned(),
            fields: fields.to_owned(),
            clauses: clauses.to_owned(),
        }
    }

    /// Source: "RETURNING FieldSpec", its examples.
    #[test]
    fn a_statement_is_read() {
        let search = parse(
            "find {MyProspect AND \\{x\\}} in name fields RETURNING Contact(FirstName, toLabel(Salutation) \
             WHERE LastName = 'O\\'Brien (LIMIT)' LIMIT 20),\n Account, Lead (Name order by Name) limit 50",
        )
        .expect("a search");
        assert_eq!((search.group, search.limit), (Group::Name, 50));
        assert_eq!(
            search.returning,
            [
                returned(
                    "Contact",
                    "FirstName, toLabel(Salutation)",
                    "WHERE LastName = 'O\\'Brien (LIMIT)' LIMIT 20"
                ),
                returned("Account", "Id", ""),
                returned("Lead", "Name", "order by Name"),
            ]
        );
        let all = parse("FIND {Joe}").expect("a search");
        assert_eq!(
            (all.group, all.limit, all.returning.len()),
            (Group::All, ROWS_MAX, 0)
        );
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        for (sosl, code) in [
            ("", "MALFORMED_SEARCH"),
            ("SELECT Id FROM Account", "MALFORMED_SEARCH"),
            ("FIND 'Joe'", "MALFORMED_SEARCH"),
            ("FIND {Joe", "MALFORMED_SEARCH"),
            ("FIND {Joe} IN Accounts", "MALFORMED_SEARCH"),
            ("FIND {Joe} IN ALL", "MALFORMED_SEARCH"),
            ("FIND {Joe} RETURNING", "MALFORMED_SEARCH"),
            ("FIND {Joe} RETURNING Account(", "MALFORMED_SEARCH"),
            ("FIND {Joe} RETURNING Account(LIMIT 10)", "MALFORMED_SEARCH"),
            ("FIND {Joe} RETURNING Account, account", "MALFORMED_SEARCH"),
            ("FIND {Joe} LIMIT x", "MALFORMED_SEARCH"),
            ("FIND {Joe} GARBAGE", "MALFORMED_SEARCH"),
            ("FIND {Joe} !", "MALFORMED_SEARCH"),
            ("FIND {Joe} IN SIDEBAR FIELDS", "EMULATOR_UNSUPPORTED"),
            ("FIND {Joe} WITH DIVISION = 'x'", "EMULATOR_UNSUPPORTED"),
            ("FIND {Joe} UPDATE TRACKING", "EMULATOR_UNSUPPORTED"),
            (
                "FIND {Joe} RETURNING Account(Id USING ListView=x)",
                "EMULATOR_UNSUPPORTED",
            ),
        ] {
            let refused = parse(sosl).expect_err(sosl);
            assert_eq!(refused.code, code, "{sosl}");
        }
        let missing = parse("FIND Joe").expect_err("no braces");
        assert_eq!(
            missing.message,
            "No search term found. The search term must be enclosed in braces."
        );
    }

    proptest! {
        #[test]
        fn no_statement_makes_it_panic(text in "(FIND|find|IN|RETURNING|LIMIT|\\{|\\}|\\(|\\)|'|\\\\|,| |é|Account|x){0,30}") {
            let _ = parse(&text);
        }
    }
}
