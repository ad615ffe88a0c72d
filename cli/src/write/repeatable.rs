//! `--repeatable`: a write with an idempotency key.

use std::str::FromStr;

use sfbox::Repeat;
use uuid::{Uuid, Version};

use crate::report::remark;

/// What stands for a new key.
pub(crate) const NEW: &str = "new";

/// Why `--repeatable` is for one record.
pub(crate) const NO_KEYS: &str = "`--repeatable` is for one record: for many, an external id makes \
                                  them repeatable, with `sfbox upsert`";

/// The key of `--repeatable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repeatable {
    /// A key that is made now.
    New,
    /// The key of an earlier command.
    Key(Uuid),
}

impl FromStr for Repeatable {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == NEW {
            return Ok(Self::New);
        }
        let key = Uuid::try_parse(text).ok();
        let key = key.filter(|key| key.get_version() == Some(Version::Random));
        key.map(Self::Key)
            .ok_or("a key is a UUID of version 4, as an earlier command printed it")
    }
}

impl Repeatable {
    /// The key, which is printed before anything is sent: with it the command can be
    /// repeated after a crash.
    pub(crate) fn announced(&self) -> Repeat {
        let key = match self {
            Self::New => Uuid::new_v4(),
            Self::Key(key) => *key,
        };
        remark(&format!(
            "idempotency key {key}: the same command with `--repeatable={key}` is executed at most \
             once within 30 days"
        ));
        Repeat::Keyed(key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_random_uuid() {
        let key = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";
        let parsed: Repeatable = key.parse().unwrap();
        assert_eq!(parsed, Repeatable::Key(key.parse().unwrap()));
        assert_eq!(key.to_uppercase().parse(), Ok(parsed));
        assert_eq!(NEW.parse(), Ok(Repeatable::New));
        for text in ["", "x", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"] {
            assert!(text.parse::<Repeatable>().is_err(), "{text}");
        }
    }
}
