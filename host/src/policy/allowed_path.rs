//! A path that an operator allows: `--allow-path "METHOD PATTERN"`.

use std::fmt;
use std::str::FromStr;

/// A path that is open, within the methods that are named with it.
///
/// | text | opens |
/// |---|---|
/// | `POST /services/apexrest/orders` | this path |
/// | `GET,POST /services/apexrest/orders/*` | one segment more, whatever it is |
/// | `GET /services/apexrest/**` | one segment more, or many |
///
/// A pattern is a whole path and is compared with case. A request to an open path is
/// judged as in [`Level::Everything`](super::Level::Everything). No pattern opens
/// `/services/oauth2/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AllowedPath {
    methods: Vec<&'static str>,
    segments: Vec<Segment>,
    /// Whether it ends with `**`: one segment more, or many.
    open_end: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Segment {
    Literal(String),
    Any,
}

/// The methods that can leave.
pub(super) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];

/// The static name of a method that can leave.
pub(crate) fn method_name(method: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == method)
}

impl AllowedPath {
    /// Whether it opens a path. Its segments are compared as they are sent.
    pub(super) fn opens(&self, method: &str, path: &[&str]) -> bool {
        let long_enough = if self.open_end {
            path.len() > self.segments.len()
        } else {
            path.len() == self.segments.len()
        };
        let mut pairs = self.segments.iter().zip(path);
        self.methods.contains(&method)
            && long_enough
            && pairs.all(|(segment, asked)| match segment {
                Segment::Literal(literal) => literal == asked,
                Segment::Any => true,
            })
    }

    /// Whether its last segment is this word, and no wildcard.
    pub(super) fn ends_with(&self, word: &str) -> bool {
        let last = self.segments.last();
        !self.open_end && matches!(last, Some(Segment::Literal(literal)) if literal == word)
    }
}

/// What is wrong with the text of an [`AllowedPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not a method, a space and a pattern.
    #[error("expected a method and a pattern, as in \"GET /services/apexrest/orders/*\"")]
    Shape,
    /// Its method is unknown, or not in capitals.
    #[error(
        "the method must be one of GET, HEAD, POST, PATCH, PUT, DELETE and OPTIONS, in capitals"
    )]
    Method,
    /// It opens what is no API.
    #[error("the pattern must begin with /services/")]
    Beginning,
    /// It has a segment that no path has.
    #[error("the pattern is a whole path: it has no empty segment, no `.` and no `..`")]
    Segment,
    /// It has this character.
    #[error("the pattern has a character that no path can have: {}", Shown(*.0))]
    Character(char),
    /// `*` is a part of a segment.
    #[error("`*` stands for one whole segment")]
    Star,
    /// `**` is not the last segment.
    #[error("`**` can only be the last segment")]
    Rest,
    /// It would open the logins.
    #[error("/services/oauth2/ is only for the component's own login; no pattern opens it")]
    Login,
}

/// A character, printable.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.0)
    }
}

/// As it is parsed.
impl fmt::Display for AllowedPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.methods.join(","))?;
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => write!(out, "/{literal}")?,
                Segment::Any => out.write_str("/*")?,
            }
        }
        if self.open_end {
            out.write_str("/**")?;
        }
        Ok(())
    }
}

impl FromStr for AllowedPath {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (methods, pattern) = text.trim().split_once(' ').ok_or(PatternError::Shape)?;
        let methods = methods
            .split(',')
            .map(|method| method_name(method).ok_or(PatternError::Method))
            .collect::<Result<Vec<_>, _>>()?;
        let pattern = pattern.trim_start();
        if !pattern.starts_with("/services/") {
            return Err(PatternError::Beginning);
        }
        if let Some(odd) = pattern.chars().find(|c| !is_path_character(*c)) {
            return Err(PatternError::Character(odd));
        }
        let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
        let mut words: Vec<&str> = pattern.split('/').skip(1).collect();
        let open_end = words.last() == Some(&"**");
        if open_end {
            words.pop();
        }
        let segments = words
            .iter()
            .map(|word| segment(word))
            .collect::<Result<Vec<_>, _>>()?;
        if words
            .get(1)
            .is_some_and(|word| word.eq_ignore_ascii_case("oauth2"))
        {
            return Err(PatternError::Login);
        }
        Ok(Self {
            methods,
            segments,
            open_end,
        })
    }
}

/// No `%`: a path that needs it is open to more than one reading.
fn is_path_character(c: char) -> bool {
    c.is_ascii_graphic() && !"%;\\?#@{}".contains(c)
}

fn segment(word: &str) -> Result<Segment, PatternError> {
    match word {
        "" | "." | ".." => Err(PatternError::Segment),
        "*" => Ok(Segment::Any),
        "**" => Err(PatternError::Rest),
        word if word.contains('*') => Err(PatternError::Star),
        word => Ok(Segment::Literal(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(pattern: &str, method: &str, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').skip(1).collect();
        pattern.parse::<AllowedPath>().unwrap().opens(method, &path)
    }

    #[test]
    fn a_pattern_is_a_whole_path_with_whole_segments() {
        for (pattern, method, path, is) in [
            (
                "GET /services/apexrest/a",
                "GET",
                "/services/apexrest/a",
                true,
            ),
            (
                "GET /services/apexrest/a",
                "HEAD",
                "/services/apexrest/a",
                false,
            ),
            (
                "GET,POST /services/apexrest/a/",
                "POST",
                "/services/apexrest/a",
                true,
            ),
            (
                "GET /services/apexrest/a",
                "GET",
                "/services/apexrest/a/b",
                false,
            ),
            (
                "GET /services/apexrest/a",
                "GET",
                "/services/apexrest",
                false,
            ),
            (
                "GET /services/apexrest/a",
                "GET",
                "/services/apexrest/A",
                false,
            ),
            (
                "GET /services/apexrest/*",
                "GET",
                "/services/apexrest/a",
                true,
            ),
            (
                "GET /services/apexrest/*",
                "GET",
                "/services/apexrest/a/b",
                false,
            ),
            ("GET /services/*/a", "GET", "/services/apexrest/a", true),
            (
                "GET /services/apexrest/**",
                "GET",
                "/services/apexrest/a",
                true,
            ),
            (
                "GET /services/apexrest/**",
                "GET",
                "/services/apexrest/a/b/c",
                true,
            ),
            (
                "GET /services/apexrest/**",
                "GET",
                "/services/apexrest",
                false,
            ),
            (
                "GET /services/apexrest/*/b/**",
                "GET",
                "/services/apexrest/a/b/c",
                true,
            ),
            (
                "GET /services/apexrest/*/b/**",
                "GET",
                "/services/apexrest/a/c/c",
                false,
            ),
        ] {
            assert_eq!(
                opens(pattern, method, path),
                is,
                "{pattern} {method} {path}"
            );
        }
    }

    #[test]
    fn a_pattern_is_written_as_it_is_read() {
        for text in [
            "GET /services/apexrest/a",
            "GET,POST /services/apexrest/*/b",
            "DELETE /services/apexrest/**",
        ] {
            let pattern: AllowedPath = text.parse().unwrap();
            assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_said() {
        use PatternError as E;
        for (pattern, error) in [
            ("", E::Shape),
            ("GET", E::Shape),
            ("/services/apexrest/a", E::Shape),
            ("get /services/apexrest/a", E::Method),
            ("TRACE /services/apexrest/a", E::Method),
            ("* /services/apexrest/a", E::Method),
            ("GET, /services/apexrest/a", E::Method),
            ("GET services/apexrest/a", E::Beginning),
            ("GET /apexrest/a", E::Beginning),
            ("GET /**", E::Beginning),
            ("GET /services//a", E::Segment),
            ("GET /services/./a", E::Segment),
            ("GET /services/../a", E::Segment),
            ("GET /services/a//", E::Segment),
            ("GET /services/a?b", E::Character('?')),
            ("GET /services/a%2Fb", E::Character('%')),
            ("GET /services/a;b", E::Character(';')),
            ("GET /services/a\\b", E::Character('\\')),
            ("GET /services/a b", E::Character(' ')),
            ("GET /services/é", E::Character('é')),
            ("GET /services/a*", E::Star),
            ("GET /services/a***", E::Star),
            ("GET /services/**/a", E::Rest),
            ("POST /services/oauth2/token", E::Login),
            ("POST /services/OAuth2/**", E::Login),
            ("POST /services/oauth2", E::Login),
        ] {
            assert_eq!(pattern.parse::<AllowedPath>(), Err(error), "{pattern}");
        }
    }
}
