//! Values as SOQL writes them.

use std::fmt::{self, Display, Formatter, Write as _};

use super::super::literal::{Literal, instant};
use super::super::text::Text;

impl Display for Literal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("NULL"),
            Self::Boolean(true) => out.write_str("TRUE"),
            Self::Boolean(false) => out.write_str("FALSE"),
            Self::Text(text) => write_pattern(out, text, false),
            Self::Integer(number) => write!(out, "{number}"),
            Self::Double(number) => write_double(out, *number),
            Self::Currency { code, amount } => write!(out, "{code}{amount}"),
            Self::Date(date) => write!(out, "{date}"),
            Self::DateTime(ms) => write!(out, "{:.3}", instant(*ms)),
            Self::Time(time) => write!(out, "{time:.3}Z"),
            Self::Relative(relative) => write!(out, "{relative}"),
        }
    }
}

/// With a point, so that it does not read as an integer.
fn write_double(out: &mut Formatter<'_>, number: f64) -> fmt::Result {
    let digits = number.to_string();
    let point = if digits.contains('.') { "" } else { ".0" };
    write!(out, "{digits}{point}")
}

/// A string literal. Where it is no pattern of LIKE, what a pattern takes for
/// itself can only be written in hexadecimal.
pub(super) fn write_pattern(out: &mut Formatter<'_>, text: &Text, like: bool) -> fmt::Result {
    out.write_char('\'')?;
    let mut symbols = text.pattern.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\\' => match symbols.next() {
                Some(wildcard @ ('%' | '_')) if like => write!(out, "\\{wildcard}")?,
                Some(wildcard @ ('%' | '_')) => write!(out, "\\u{:04x}", u32::from(wildcard))?,
                _ => out.write_str("\\\\")?,
            },
            '\'' => out.write_str("\\'")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            plain => out.write_char(plain)?,
        }
    }
    out.write_char('\'')
}
