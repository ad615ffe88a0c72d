//! The header that names what statements say and this org ignores.
//!
//! Every answer to a statement has it, and every answer to a request whose parts have
//! statements: nothing is ignored in silence.

use std::collections::BTreeSet;

use http::{HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::schema::Schema;
use crate::soql::Query;
use crate::sql;

const IGNORED: HeaderName = HeaderName::from_static("x-emulator-ignored");

/// Stands between two names. No name has a comma.
const BETWEEN: &str = ", ";

/// What is ignored, each by its name, such as `FOR VIEW`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ignored(BTreeSet<String>);

impl Ignored {
    /// Of a statement.
    pub(crate) fn of(query: &Query, schema: &Schema) -> Self {
        Self(sql::ignored(query, schema).into_iter().collect())
    }

    /// Of another statement, too.
    pub(crate) fn add(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// What the answer to a part of a request names, too.
    pub(crate) fn add_part(&mut self, part: &Answer) {
        let header = part.headers.get(IGNORED);
        let names = header.and_then(|names| names.to_str().ok()).into_iter();
        let names = names.flat_map(|names| names.split(BETWEEN));
        self.0.extend(names.map(str::to_owned));
    }

    /// The answer with the names, if there are some.
    pub(crate) fn named_in(&self, answer: Answer) -> Answer {
        match self.header() {
            Some(header) => answer.with(IGNORED, header),
            None => answer,
        }
    }

    /// The names as a header's value, in which a letter that no header can have is
    /// escaped; `None` without names.
    fn header(&self) -> Option<HeaderValue> {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let text = names.join(BETWEEN);
        let escaped: String = text
            .chars()
            .flat_map(|symbol| {
                let plain = symbol == ' ' || symbol.is_ascii_graphic();
                let escaped = (!plain).then(|| symbol.escape_default());
                escaped.into_iter().flatten().chain(plain.then_some(symbol))
            })
            .collect();
        let header = HeaderValue::from_str(&escaped).ok()?;
        (!names.is_empty()).then_some(header)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn ignored(names: &[&str]) -> Ignored {
        Ignored(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn header(ignored: &Ignored) -> Option<String> {
        let header = ignored.header()?;
        Some(header.to_str().expect("text").to_owned())
    }

    #[test]
    fn what_is_ignored_is_a_header_whatever_its_letters() {
        assert_eq!(header(&ignored(&[])), None);
        assert_eq!(
            header(&ignored(&["FOR VIEW", "USING SCOPE té\n"])).as_deref(),
            Some("FOR VIEW, USING SCOPE t\\u{e9}\\n")
        );
    }

    #[test]
    fn parts_name_each_thing_once() {
        let mut all = Ignored::default();
        for names in [&["FOR VIEW"][..], &[], &["FOR VIEW", "USING SCOPE té"]] {
            all.add_part(&ignored(names).named_in(Answer::empty(StatusCode::OK)));
        }
        let names = "FOR VIEW, USING SCOPE t\\u{e9}";
        assert_eq!(header(&all).as_deref(), Some(names));
        let none = Ignored::default().named_in(Answer::empty(StatusCode::OK));
        assert_eq!(none.headers.get(IGNORED), None);
    }
}
