//! For how long a key is valid.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The longest term: a key that is older has been forgotten by those who made it.
const DAYS_MAX: u64 = 3_650;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A time in minutes, hours or days, as `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term(Duration);

/// A text is not a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected minutes, hours or days, such as `90m`, `12h` or `30d`, at most {DAYS_MAX} days")]
pub struct TermError;

impl Term {
    /// How long a key is valid unless somebody says otherwise.
    pub const DEFAULT: Self = Self(Duration::from_secs(30 * DAY));

    /// The same as a duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Term {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        let mut characters = text.chars();
        let unit = match characters.next_back() {
            Some('m') => MINUTE,
            Some('h') => HOUR,
            Some('d') => DAY,
            _ => return Err(TermError),
        };
        let number = characters.as_str();
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<u64> = number.parse().ok().filter(|_| is_number);
        let seconds = number.and_then(|number| number.checked_mul(unit));
        let seconds = seconds.filter(|seconds| (1..=DAYS_MAX * DAY).contains(seconds));
        Ok(Self(Duration::from_secs(seconds.ok_or(TermError)?)))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            _ if seconds.is_multiple_of(DAY) => write!(out, "{}d", seconds / DAY),
            _ if seconds.is_multiple_of(HOUR) => write!(out, "{}h", seconds / HOUR),
            _ => write!(out, "{}m", seconds / MINUTE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_read_as_it_is_written() {
        for text in ["1m", "90m", "12h", "30d", "3650d"] {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), text);
        }
        assert_eq!("24h".parse::<Term>().unwrap().to_string(), "1d");
        assert_eq!(Term::DEFAULT.to_string(), "30d");
        for text in [
            "",
            "d",
            "0d",
            "30",
            "3651d",
            "-1d",
            "+1d",
            "1.5d",
            "1w",
            "30é",
            "18446744073709551615d",
        ] {
            assert_eq!(text.parse::<Term>(), Err(TermError), "{text}");
        }
    }
}
