//! How long an access token in JWT format lives.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How long a JWT lives unless set, in milliseconds: 30 minutes.
pub const JWT_LIFETIME_MS: u64 = 30 * 60 * 1_000;

/// The least that a JWT can live, in milliseconds: one second, because it says
/// its end in whole seconds. Salesforce's shortest session is of 15 minutes;
/// less is for tests.
pub const JWT_LIFETIME_MS_MIN: u64 = 1_000;

/// The most that a JWT can live, in milliseconds: 24 hours, as long as any
/// session in Salesforce without use.
pub const JWT_LIFETIME_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// How long an access token in JWT format lives, whatever its use: from
/// [`JWT_LIFETIME_MS_MIN`] to [`JWT_LIFETIME_MS_MAX`], and [`JWT_LIFETIME_MS`]
/// by default. In JSON a number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct JwtLifetime(u64);

/// A JWT cannot live so long, or so short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a JWT lives from {JWT_LIFETIME_MS_MIN} to {JWT_LIFETIME_MS_MAX} ms, not {0}")]
pub struct JwtLifetimeError(u64);

impl JwtLifetime {
    /// That many milliseconds.
    ///
    /// # Errors
    ///
    /// When they are out of the range.
    pub fn from_ms(ms: u64) -> Result<Self, JwtLifetimeError> {
        if (JWT_LIFETIME_MS_MIN..=JWT_LIFETIME_MS_MAX).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(JwtLifetimeError(ms))
        }
    }

    /// How many milliseconds.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// The `exp` of a token that is issued at `now_ms`: the first second
    /// without it, since 1970. It is rounded down, so that after its lifetime a
    /// token is never still good; it lives up to a second less.
    pub(crate) fn expires_s(self, now_ms: i64) -> i64 {
        // At most a day: no `u64` of this range is too large.
        now_ms.saturating_add_unsigned(self.0).div_euclid(1_000)
    }
}

impl Default for JwtLifetime {
    fn default() -> Self {
        Self(JWT_LIFETIME_MS)
    }
}

impl TryFrom<u64> for JwtLifetime {
    type Error = JwtLifetimeError;

    fn try_from(ms: u64) -> Result<Self, JwtLifetimeError> {
        Self::from_ms(ms)
    }
}

impl From<JwtLifetime> for u64 {
    fn from(lifetime: JwtLifetime) -> Self {
        lifetime.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_has_its_limits() {
        for (ms, valid) in [
            (JWT_LIFETIME_MS_MIN, true),
            (JWT_LIFETIME_MS, true),
            (JWT_LIFETIME_MS_MAX, true),
            (JWT_LIFETIME_MS_MIN - 1, false),
            (JWT_LIFETIME_MS_MAX + 1, false),
            (0, false),
            (u64::MAX, false),
        ] {
            let lifetime = JwtLifetime::from_ms(ms);
            assert_eq!(lifetime.is_ok(), valid, "{ms}");
            assert_eq!(
                lifetime.map(JwtLifetime::as_ms),
                valid.then_some(ms).ok_or(JwtLifetimeError(ms))
            );
        }
        assert_eq!(JwtLifetime::default().as_ms(), JWT_LIFETIME_MS);
    }

    #[test]
    fn a_token_never_ends_late_nor_at_once() {
        let shortest = JwtLifetime(JWT_LIFETIME_MS_MIN);
        for (now_ms, expires_s) in [(5_000, 6), (5_001, 6), (5_999, 6), (6_000, 7)] {
            assert_eq!(shortest.expires_s(now_ms), expires_s, "{now_ms}");
        }
        assert_eq!(JwtLifetime::default().expires_s(5_999), 1_805);
    }
}
