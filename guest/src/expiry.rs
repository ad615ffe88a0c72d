//! When a session ends, as far as anybody can know.
//!
//! An opaque token's session **slides**: Salesforce prolongs it whenever it is
//! used in the second half of its life (Salesforce Help, "Modify Session
//! Security Settings"), so a call near its end keeps it alive, and nobody needs
//! another. A token in JWT format ends at its `exp`, whatever its use.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The last part of a session's life: one in so many.
const LATE_PART: u64 = 10;

/// How long before a fixed end a token is no longer sent: a request takes its
/// time to arrive, and no two clocks agree.
const MARGIN_MS: u64 = 5_000;

/// The margin is at most one in so many of a short life.
const MARGIN_PART: u64 = 20;

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No end in sight.
    Early,
    /// In the last tenth of its life, or past its end if it may have slid.
    Late,
    /// Past an end that nothing moves, or too near to it to be used.
    Over,
}

/// The end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// In milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// How long the session lives, in milliseconds, from its beginning or from
    /// the use that prolonged it.
    pub(crate) life_ms: u64,
    /// Whether use moves it.
    pub(crate) slides: bool,
}

impl Expiry {
    /// That of a token in JWT format (RFC 7519, section 4.1.4), which says so
    /// itself. Its signature is Salesforce's to verify: a wrong end costs a
    /// login, no more.
    pub(crate) fn of_jwt(token: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Claims {
            exp: f64,
            #[serde(default)]
            iat: Option<f64>,
        }
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        let claims: Claims = serde_json::from_slice(&payload).ok()?;
        let at_ms = ms(claims.exp)?;
        let from_ms = claims.iat.and_then(ms).unwrap_or(at_ms);
        Some(Self {
            at_ms,
            life_ms: at_ms.saturating_sub(from_ms),
            slides: false,
        })
    }

    /// When it began, in milliseconds since 1970, if that is known.
    pub(crate) fn begins_ms(self) -> Option<u64> {
        (self.life_ms > 0).then(|| self.at_ms.saturating_sub(self.life_ms))
    }

    /// How long its last part is, in milliseconds.
    pub(crate) fn late_ms(self) -> u64 {
        self.life_ms / LATE_PART
    }

    pub(crate) fn phase(self, now_ms: u64) -> Phase {
        let left = self.at_ms.saturating_sub(now_ms);
        let margin = MARGIN_MS.min(self.life_ms / MARGIN_PART);
        if left <= margin && !self.slides {
            Phase::Over
        } else if left <= self.late_ms() {
            Phase::Late
        } else {
            Phase::Early
        }
    }
}

/// A NumericDate (RFC 7519, section 2), in milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float saturates"
)]
pub(crate) fn ms(seconds: f64) -> Option<u64> {
    (seconds.is_finite() && seconds >= 0.0).then_some((seconds * 1_000.0) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_jwt_says_when_it_ends() {
        let fixed = |at_ms, life_ms| {
            Some(Expiry {
                at_ms,
                life_ms,
                slides: false,
            })
        };
        for (claims, expiry) in [
            (r#"{"exp":1000,"iat":100}"#, fixed(1_000_000, 900_000)),
            (r#"{"exp":1000.5}"#, fixed(1_000_500, 0)),
            (r#"{"exp":5,"iat":9}"#, fixed(5_000, 0)),
            (r#"{"iat":100}"#, None),
            (r#"{"exp":"x"}"#, None),
            (r#"{"exp":-1}"#, None),
            ("[]", None),
        ] {
            assert_eq!(Expiry::of_jwt(&jwt(claims)), expiry, "{claims}");
        }
        for token in [
            "",
            "00D!AQ.x",
            "a.b.c",
            "a.b",
            &format!("{}.x", jwt("{\"exp\":1}")),
        ] {
            assert_eq!(Expiry::of_jwt(token), None, "{token}");
        }
    }

    #[test]
    fn the_last_tenth_is_late() {
        let expiry = |slides| Expiry {
            at_ms: 10_000,
            life_ms: 5_000,
            slides,
        };
        for (now_ms, fixed, sliding) in [
            (0, Phase::Early, Phase::Early),
            (9_499, Phase::Early, Phase::Early),
            (9_500, Phase::Late, Phase::Late),
            (9_749, Phase::Late, Phase::Late),
            (9_750, Phase::Over, Phase::Late),
            (10_000, Phase::Over, Phase::Late),
            (u64::MAX, Phase::Over, Phase::Late),
        ] {
            assert_eq!(expiry(false).phase(now_ms), fixed, "{now_ms}");
            assert_eq!(expiry(true).phase(now_ms), sliding, "{now_ms}");
        }
        let long = Expiry {
            at_ms: 10_000_000,
            life_ms: 5_000_000,
            slides: false,
        };
        assert_eq!(long.phase(10_000_000 - MARGIN_MS - 1), Phase::Late);
        assert_eq!(long.phase(10_000_000 - MARGIN_MS), Phase::Over);
    }

    proptest! {
        #[test]
        fn any_token_is_read(token in "[ -~]{0,60}", claims in "[ -~]{0,60}") {
            _ = Expiry::of_jwt(&token);
            if let Some(expiry) = Expiry::of_jwt(&jwt(&claims)) {
                _ = expiry.phase(expiry.at_ms);
            }
        }
    }
}
