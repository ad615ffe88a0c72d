//! What became of a request, and what is said of it.

use std::fmt;

use super::{Effect, Level, Unread};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The template of its route, for an audit: never an id. [`UNKNOWN_ROUTE`]
    /// where the table has no route for it.
    pub(crate) template: &'static str,
    /// What the request does: where the body was not needed, the gravest that
    /// it can do. Absent where the request can be read in two ways.
    pub(crate) effect: Option<Effect>,
    /// Why it may not leave.
    pub(crate) denied: Option<Denial>,
}

impl Decision {
    /// Whether the body decides, and nobody has read it. Then it must be read, and the
    /// request be judged again; otherwise the decision is the same with any body.
    pub(crate) fn awaits_body(&self) -> bool {
        let why = Unread::NotBuffered;
        matches!(self.denied, Some(Denial::Body { why: denied, .. }) if denied == why)
    }
}

/// The template of what the table does not know.
pub(crate) const UNKNOWN_ROUTE: &str = "(unknown)";

/// Why a request may not leave. Its words hold templates, never an id, a body or
/// the text of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// It can be read in two ways.
    Ambiguous(Ambiguity),
    /// The level denies what it does.
    Effect {
        level: Level,
        effect: Effect,
        method: &'static str,
        template: &'static str,
    },
    /// The body decides, and cannot be read.
    Body {
        why: Unread,
        method: &'static str,
        template: &'static str,
    },
    /// A part of a composite request is denied; parts are counted from 1.
    Part { number: usize, why: Box<Self> },
}

/// In what a request can be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ambiguity {
    Case,
    ControlCharacter,
    DotSegment,
    DoubledKey,
    DoubledParameter,
    DoubledReference,
    DoubledHeader,
    DoubleSlash,
    Encoding,
    Form,
    KeyCase,
    Method,
    MethodOverride,
    Nesting,
    PathCharacter,
    Reference,
    Semicolon,
    Suffix,
    Url,
}

impl Ambiguity {
    fn words(self) -> &'static str {
        match self {
            Self::Case => "its path differs from a known one in upper and lower case",
            Self::ControlCharacter => "it has a control character",
            Self::DotSegment => "its path has a segment `.` or `..`",
            Self::DoubledKey => "its JSON has a key twice",
            Self::DoubledParameter => "its query has a parameter twice",
            Self::DoubledReference => "two of its parts have one referenceId",
            Self::DoubledHeader => "it has a header twice that decides how the body is read",
            Self::DoubleSlash => "its path has an empty segment",
            Self::Encoding => "percent-decoding changes what it is",
            Self::Form => "it has a form as body, which may hold parameters",
            Self::KeyCase => "a key of its JSON differs from a known one in upper and lower case",
            Self::Method => "its method must be GET, HEAD, POST, PATCH, PUT, DELETE or OPTIONS",
            Self::MethodOverride => "it names a second method",
            Self::Nesting => "its parts have parts of their own, more than two levels deep",
            Self::PathCharacter => "its path has a character that a path cannot have",
            Self::Reference => "a reference to another part decides what it is",
            Self::Semicolon => "it has a `;`, which servers read in different ways",
            Self::Suffix => "its path is a known one with a suffix",
            Self::Url => "the URL of a part is not below `/services/`",
        }
    }
}

impl From<Ambiguity> for Denial {
    fn from(ambiguity: Ambiguity) -> Self {
        Self::Ambiguous(ambiguity)
    }
}

/// A template as a pattern of `--allow-path`.
struct Pattern(&'static str);

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == UNKNOWN_ROUTE {
            return out.write_str("/services/...");
        }
        for segment in self.0.split('/').skip(1) {
            let placeholder = segment.starts_with('{');
            out.write_str("/")?;
            out.write_str(match segment {
                "{**}" => "**",
                _ if placeholder => "*",
                literal => literal,
            })?;
        }
        Ok(())
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous(ambiguity) => write!(
                out,
                "the request can be read in two ways: {}; send it in its documented form",
                ambiguity.words()
            ),
            Self::Effect {
                effect: effect @ Effect::NeverACallers,
                method,
                ..
            } => write!(
                out,
                "{method} /services/oauth2/* {}; no option allows it",
                effect.words()
            ),
            Self::Effect {
                effect: effect @ Effect::AnonymousApex,
                method,
                template,
                ..
            } => write!(
                out,
                "{method} {template} {}, which every policy denies; allow it with \
                 `--allow-anonymous-apex`",
                effect.words()
            ),
            Self::Effect {
                level,
                effect,
                method,
                template,
            } => write!(
                out,
                "the policy is {level}, and {method} {template} {}; allow it with \
                 `--allow-path \"{method} {}\"`",
                effect.words(),
                Pattern(template)
            ),
            Self::Body {
                why,
                method,
                template,
            } => write!(
                out,
                "the body decides what {method} {template} does, and it {why}; send it as \
                 uncompressed JSON in UTF-8, at most 1 MiB"
            ),
            Self::Part { number, why } => write!(out, "part {number}: {why}"),
        }
    }
}
