//! How often a key may be used.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The highest rate, in requests a unit: more than a door carries.
const REQUESTS_MAX: u32 = 1_000_000;

/// Requests in a time, as `10/s` or `600/m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    requests: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
}

/// A text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected requests a second or a minute, such as `10/s` or `600/m`")]
pub struct RateError;

impl Unit {
    fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
        })
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (requests, unit) = text.split_once('/').ok_or(RateError)?;
        let unit = match unit {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            _ => return Err(RateError),
        };
        let is_number = requests.bytes().all(|byte| byte.is_ascii_digit());
        let requests = requests.parse().ok().filter(|_| is_number);
        let requests = requests.filter(|requests| (1..=REQUESTS_MAX).contains(requests));
        Ok(Self {
            requests: requests.ok_or(RateError)?,
            unit,
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
        };
        write!(out, "{}/{unit}", self.requests)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

/// How much of a rate is used up. Times are durations since any one moment.
///
/// A whole unit's requests may come at once; then they are let in evenly. It is the generic cell
/// rate algorithm (ITU-T I.371): one number is all that has to be remembered.
#[derive(Debug)]
pub(crate) struct Meter {
    rate: Rate,
    /// When the rate's allowance will be whole again.
    whole_at: Duration,
}

impl Meter {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            whole_at: Duration::ZERO,
        }
    }

    /// Lets one request in, or says how long to wait for it.
    ///
    /// # Errors
    ///
    /// The time after which one more will be let in.
    pub(crate) fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        let unit = self.rate.unit.duration();
        let one = unit / self.rate.requests;
        let whole_at = self.whole_at.max(now) + one;
        match whole_at.checked_sub(now + unit) {
            None | Some(Duration::ZERO) => {
                self.whole_at = whole_at;
                Ok(())
            }
            Some(wait) => Err(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_is_read_as_it_is_written() {
        for text in ["1/s", "10/s", "600/m", "1000000/s"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "10",
            "/s",
            "0/s",
            "1000001/s",
            "-1/s",
            "+1/s",
            "1.5/s",
            "1/h",
            "1 /s",
            "1/s ",
        ] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
        }
    }

    #[test]
    fn a_units_requests_come_at_once_and_then_evenly() {
        let mut meter = Meter::new("4/s".parse().unwrap());
        let ms = Duration::from_millis;
        for _ in 0..4 {
            assert_eq!(meter.admit(ms(1_000)), Ok(()));
        }
        assert_eq!(meter.admit(ms(1_000)), Err(ms(250)));
        assert_eq!(meter.admit(ms(1_249)), Err(ms(1)));
        assert_eq!(meter.admit(ms(1_250)), Ok(()));
        assert_eq!(meter.admit(ms(1_250)), Err(ms(250)));
        // After a pause there is a unit's again, and no more.
        for _ in 0..4 {
            assert_eq!(meter.admit(ms(60_000)), Ok(()));
        }
        assert!(meter.admit(ms(60_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_has_more_than_it_may(
            requests in 1_u32..50,
            pauses in proptest::collection::vec(0_u64..200, 1..200),
        ) {
            let mut meter = Meter::new(format!("{requests}/s").parse().unwrap());
            let mut now = Duration::ZERO;
            let mut admitted = Vec::new();
            for pause in pauses {
                now += Duration::from_millis(pause);
                if meter.admit(now).is_ok() {
                    admitted.push(now);
                }
            }
            let (first, last) = (admitted[0], *admitted.last().unwrap());
            // The allowance at the beginning, and what came in since; divisions round down.
            let most = f64::from(requests) * (1.0 + (last - first).as_secs_f64()) + 1.0;
            prop_assert!((admitted.len() as f64) <= most);
        }
    }
}
