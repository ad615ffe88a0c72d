//! The table of routes: what each method of each does to the org.
//!
//! The first row whose template fits a path decides; a method that the row does not name is unknown, and HEAD
//! is judged as GET. Templates serve audits, too, so that no id gets there.

mod table;

use std::sync::LazyLock;

use super::Effect;
use super::address::Address;
use super::class::Class;
use super::decision::Ambiguity;

pub(super) use table::TABLE;

/// A row of the table.
pub(super) struct Route {
    pub(super) template: &'static str,
    methods: &'static [(&'static str, Class)],
}

/// A path that a row fits.
pub(super) struct Found<'a> {
    pub(super) route: &'static Route,
    /// What stands for `{object}`.
    pub(super) object: Option<&'a str>,
    /// Whether the words of the template are spelled as in it.
    exact: bool,
}

/// Stands for the rest of a path.
const REST: &str = "{**}";

/// Every method, also those that the row does not name.
pub(super) const ANY: &str = "*";

impl Route {
    /// What a method does on this route.
    pub(super) fn class(&self, method: &str) -> Class {
        self.named(method).unwrap_or(Class::Fixed(Effect::Unknown))
    }

    /// The same, if the row says anything of the method.
    pub(super) fn named(&self, method: &str) -> Option<Class> {
        let method = if method == "HEAD" { "GET" } else { method };
        let mut methods = self.methods.iter();
        let named = methods.find(|(name, _)| *name == method || *name == ANY);
        named.map(|(_, class)| *class)
    }
}

/// The rows with their templates taken apart once: each request is compared with many.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.iter().map(Row::new).collect());

/// A row, and the segments of its template.
struct Row {
    route: &'static Route,
    parts: Vec<Part>,
    /// Whether longer paths fit, too.
    is_open: bool,
}

/// A segment of a template.
enum Part {
    /// One of these words.
    Words(Vec<&'static str>),
    /// A name in braces, for a segment of its kind.
    Placeholder(&'static str),
    /// All that follows.
    Rest,
}

impl Part {
    fn new(text: &'static str) -> Self {
        match text {
            REST => Self::Rest,
            placeholder if placeholder.starts_with('{') => Self::Placeholder(placeholder),
            words => Self::Words(words.split('|').collect()),
        }
    }
}

impl Row {
    fn new(route: &'static Route) -> Self {
        let parts = route.template.split('/').skip(1);
        Self {
            route,
            is_open: route.template.ends_with(REST),
            parts: parts.map(Part::new).collect(),
        }
    }

    fn fits<'a>(&self, path: &[&'a str]) -> Option<Found<'a>> {
        let is_as_long = match self.is_open {
            true => path.len() >= self.parts.len(),
            false => path.len() == self.parts.len(),
        };
        if !is_as_long {
            return None;
        }
        let mut found = Found {
            route: self.route,
            object: None,
            exact: true,
        };
        // From the end: nearly all rows have the same beginning.
        for (part, segment) in self.parts.iter().zip(path).rev() {
            match part {
                Part::Rest => {}
                Part::Placeholder("{object}") if is_object(segment) => {
                    found.object = Some(segment);
                }
                Part::Placeholder(placeholder) if stands_for(segment, placeholder) => {}
                Part::Words(words) if words.contains(segment) => {}
                Part::Words(words)
                    if words.iter().any(|word| word.eq_ignore_ascii_case(segment)) =>
                {
                    found.exact = false;
                }
                Part::Placeholder(_) | Part::Words(_) => return None,
            }
        }
        Some(found)
    }
}

/// Letters, digits, and what else is named.
fn is_name(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// An object's name: an id is none.
fn is_object(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && is_name(text, "_")
}

/// Whether a segment can stand for a placeholder.
fn stands_for(segment: &str, placeholder: &str) -> bool {
    match placeholder {
        "{version}" => segment.strip_prefix('v').is_some_and(is_version),
        "{number}" => is_version(segment),
        "{id}" => is_id(segment),
        "{org}" => is_id(segment) && segment.starts_with("00D"),
        "{user}" => is_id(segment) && segment.starts_with("005"),
        "{ids}" => is_name(segment, ","),
        "{locator}" => is_name(segment, "-"),
        "{field}" | "{name}" => is_name(segment, "_-."),
        "{names}" => is_name(segment, "_-.,"),
        "{value}" => true,
        _ => false,
    }
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && is_name(text, "")
}

/// As `66.0`.
fn is_version(text: &str) -> bool {
    let number = text.strip_suffix(".0");
    number.is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn find<'a>(path: &[&'a str]) -> Option<Found<'a>> {
    ROWS.iter().find_map(|row| row.fits(path))
}

/// The row for an address. Whatever else its path could mean to a server must
/// be the same row.
pub(super) fn find_exactly<'a>(address: &Address<'a>) -> Result<Option<Found<'a>>, Ambiguity> {
    let found = find(&address.segments);
    if found.as_ref().is_some_and(|found| !found.exact) {
        return Err(Ambiguity::Case);
    }
    let template = found.as_ref().map(|found| found.route.template);
    let same = |other: &[&str]| {
        let other = find(other);
        other.is_none_or(|other| Some(other.route.template) == template)
    };
    let Some((last, folders)) = address.segments.split_last() else {
        return Ok(found);
    };
    // Before v58 a suffix chose the format of the answer.
    if let Some((stem, suffix)) = last.rsplit_once('.')
        && ["json", "xml"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(suffix))
        && !same(&[folders, &[stem]].concat())
    {
        return Err(Ambiguity::Suffix);
    }
    if let Some(value) = &address.decoded_value {
        let pieces: Vec<&str> = value
            .split(['/', '\\'])
            .filter(|piece| !piece.is_empty())
            .collect();
        if !same(&[folders, &[value.as_str()]].concat()) || !same(&[folders, &pieces].concat()) {
            return Err(Ambiguity::Encoding);
        }
    }
    Ok(found)
}
