//! Faults: what goes wrong on purpose.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::resource::Route;

/// The least that [`Effect::AnswerBytes`] can be asked for, in bytes: room for
/// a query answer with one record.
pub const ANSWER_BYTES_MIN: u64 = 256;

/// The most that [`Effect::AnswerBytes`] can be asked for, in bytes: 1 GiB.
pub const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// The longest wait that a fault can be asked for, in milliseconds: one hour.
pub const WAIT_MS_MAX: u64 = 60 * 60 * 1_000;

/// Faults that can be set at once.
pub const FAULTS_MAX: usize = 1_000;

/// Something that goes wrong with some requests.
///
/// A request meets every fault on its route, in the order in which they were
/// set. Waits add up; of the other effects the first one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests.
    pub route: FaultRoute,
    /// How many matching requests go well first.
    #[serde(default)]
    pub skip: u64,
    /// How many requests it then strikes; absent: all, until the reset.
    #[serde(default)]
    pub count: Option<u64>,
    /// What happens.
    pub effect: Effect,
}

/// Which requests a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultRoute {
    /// All but those to `/__emulator/`.
    Any,
    /// Those to one resource.
    #[serde(untagged)]
    Only(Route),
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// This answer comes, and the request is not carried out.
    Answer(CannedAnswer),
    /// The request waits so many milliseconds before it is carried out.
    DelayMs(u64),
    /// The request waits for a release.
    Hold,
    /// The TCP connection is closed without an answer, and the request is not
    /// carried out. On HTTP/2 that cuts its neighbours too.
    Cut,
    /// The request is carried out, and then the TCP connection is closed without
    /// an answer. On HTTP/2 that cuts its neighbours too.
    CutAnswer,
    /// The TCP connection is closed without an answer, and the request is not
    /// carried out; but if it has an `Idempotency-Key`, for so many milliseconds of
    /// the org's clock the key counts as that of a request under way.
    CutUnderWay(u64),
    /// The request is carried out, but the connection (on HTTP/2: the stream)
    /// breaks after so many bytes of the answer's body, at most all but one.
    TruncateAfter(u64),
    /// The request is carried out, and the answer's body comes slowly.
    Slow(Slow),
    /// A valid answer to a query comes, of exactly so many bytes, never
    /// compressed; the request is not carried out. The last of its bytes are
    /// one long name.
    AnswerBytes(u64),
    /// The same, compressed with gzip; the number is the bytes before that.
    GzipAnswerBytes(u64),
    /// The request is carried out, and headers and body of its answer repeat its token and the
    /// consumer secret, in several encodings and never compressed. The body is cut into pieces
    /// of so many bytes.
    RepeatSecrets(u64),
}

/// An answer that a fault gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CannedAnswer {
    /// The status, 200 to 599.
    pub status: u16,
    /// Names and values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, as it is.
    #[serde(default)]
    pub body: String,
}

/// How slowly a body comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    /// Bytes at a time, at least 1.
    pub chunk_bytes: u64,
    /// Milliseconds before each.
    pub interval_ms: u64,
}

/// A fault that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FaultError {
    /// The canned answer's status is out of range.
    #[error("the status must be from 200 to 599, not {0}")]
    Status(u16),
    /// A header of the canned answer is none.
    #[error("{0:?} is not a header's name with a valid value")]
    Header(String),
    /// A wait is too long.
    #[error("a wait can be at most {WAIT_MS_MAX} ms, not {0}")]
    Wait(u64),
    /// A slow body would never come.
    #[error("a piece must have at least 1 byte")]
    EmptyChunk,
    /// The answer's size is out of range.
    #[error("the answer must have {ANSWER_BYTES_MIN} to {ANSWER_BYTES_MAX} bytes, not {0}")]
    AnswerBytes(u64),
    /// There are too many.
    #[error("there can be at most {FAULTS_MAX} faults")]
    TooMany,
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds faults; all of them, or none.
    pub(crate) fn add(&mut self, faults: Vec<Fault>) -> Result<(), FaultError> {
        if self.0.len() + faults.len() > FAULTS_MAX {
            return Err(FaultError::TooMany);
        }
        faults.iter().try_for_each(|fault| fault.effect.check())?;
        self.0.extend(faults);
        Ok(())
    }

    /// What a request to `route` meets.
    pub(crate) fn meet(&mut self, route: Route) -> Vec<Effect> {
        let mut effects = Vec::new();
        for fault in &mut self.0 {
            effects.extend(fault.meet(route));
        }
        self.0.retain(|fault| fault.count != Some(0));
        effects
    }

    /// Removes those that hold requests.
    pub(crate) fn remove_holds(&mut self) {
        self.0.retain(|fault| fault.effect != Effect::Hold);
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Fault {
    fn meet(&mut self, route: Route) -> Option<Effect> {
        let strikes = match self.route {
            FaultRoute::Any => true,
            FaultRoute::Only(only) => only == route,
        };
        if !strikes || self.count == Some(0) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.count = self.count.map(|count| count - 1);
        Some(self.effect.clone())
    }
}

impl Effect {
    fn check(&self) -> Result<(), FaultError> {
        match self {
            Self::Answer(answer) => answer.check(),
            Self::DelayMs(wait) | Self::CutUnderWay(wait) if *wait > WAIT_MS_MAX => {
                Err(FaultError::Wait(*wait))
            }
            Self::Slow(slow) if slow.chunk_bytes == 0 => Err(FaultError::EmptyChunk),
            Self::RepeatSecrets(0) => Err(FaultError::EmptyChunk),
            Self::Slow(slow) if slow.interval_ms > WAIT_MS_MAX => {
                Err(FaultError::Wait(slow.interval_ms))
            }
            Self::AnswerBytes(bytes) | Self::GzipAnswerBytes(bytes)
                if !(ANSWER_BYTES_MIN..=ANSWER_BYTES_MAX).contains(bytes) =>
            {
                Err(FaultError::AnswerBytes(*bytes))
            }
            _ => Ok(()),
        }
    }
}

impl CannedAnswer {
    fn check(&self) -> Result<(), FaultError> {
        if !(200..=599).contains(&self.status) {
            return Err(FaultError::Status(self.status));
        }
        let invalid = self.headers.iter().find(|(name, value)| {
            http::HeaderName::try_from(name).is_err() || http::HeaderValue::try_from(value).is_err()
        });
        invalid.map_or(Ok(()), |(name, _)| Err(FaultError::Header(name.clone())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(json: serde_json::Value) -> Fault {
        serde_json::from_value(json).expect("a fault")
    }

    #[test]
    fn a_fault_skips_then_strikes_then_is_gone() {
        let mut faults = Faults::default();
        faults
            .add(vec![fault(
                json!({"route": "query", "skip": 1, "count": 2, "effect": "cut"}),
            )])
            .expect("valid");
        let met: Vec<usize> = [
            Route::Query,
            Route::Token,
            Route::Query,
            Route::Query,
            Route::Query,
        ]
        .into_iter()
        .map(|route| faults.meet(route).len())
        .collect();
        assert_eq!(met, [0, 0, 1, 1, 0]);
    }

    #[test]
    fn faults_on_any_route_add_up() {
        let mut faults = Faults::default();
        let any = fault(json!({"route": "any", "effect": {"delay_ms": 5}}));
        let token = fault(json!({"route": "token", "effect": "hold"}));
        faults.add(vec![any, token]).expect("valid");
        assert_eq!(
            faults.meet(Route::Token),
            [Effect::DelayMs(5), Effect::Hold]
        );
        assert_eq!(faults.meet(Route::Other), [Effect::DelayMs(5)]);
        faults.remove_holds();
        assert_eq!(faults.meet(Route::Token), [Effect::DelayMs(5)]);
        faults.clear();
        assert_eq!(faults.meet(Route::Token), []);
    }

    #[test]
    fn every_effect_has_its_json() {
        for (json, effect) in [
            (json!("hold"), Effect::Hold),
            (json!("cut"), Effect::Cut),
            (json!("cut_answer"), Effect::CutAnswer),
            (json!({"delay_ms": 5}), Effect::DelayMs(5)),
            (json!({"cut_under_way": 5}), Effect::CutUnderWay(5)),
            (json!({"truncate_after": 10}), Effect::TruncateAfter(10)),
            (
                json!({"slow": {"chunk_bytes": 1, "interval_ms": 2}}),
                Effect::Slow(Slow {
                    chunk_bytes: 1,
                    interval_ms: 2,
                }),
            ),
            (json!({"answer_bytes": 300}), Effect::AnswerBytes(300)),
            (
                json!({"gzip_answer_bytes": 300}),
                Effect::GzipAnswerBytes(300),
            ),
            (json!({"repeat_secrets": 7}), Effect::RepeatSecrets(7)),
            (
                json!({"answer": {"status": 503}}),
                Effect::Answer(CannedAnswer {
                    status: 503,
                    headers: Vec::new(),
                    body: String::new(),
                }),
            ),
        ] {
            assert_eq!(
                serde_json::from_value::<Effect>(json.clone()).expect("an effect"),
                effect,
                "{json}"
            );
        }
        assert!(
            serde_json::from_value::<Fault>(json!({"route": "qery", "effect": "cut"})).is_err()
        );
        assert!(
            serde_json::from_value::<Fault>(json!({"route": "query", "effect": "cut", "times": 1}))
                .is_err()
        );
    }

    #[test]
    fn limits_hold_where_they_say() {
        let answer = |status, name: &str| {
            let headers = vec![(name.to_owned(), "x".to_owned())];
            Effect::Answer(CannedAnswer {
                status,
                headers,
                body: String::new(),
            })
        };
        for (effect, error) in [
            (answer(200, "a"), None),
            (answer(599, "a"), None),
            (answer(199, "a"), Some(FaultError::Status(199))),
            (answer(600, "a"), Some(FaultError::Status(600))),
            (
                answer(200, "a b"),
                Some(FaultError::Header("a b".to_owned())),
            ),
            (Effect::DelayMs(WAIT_MS_MAX), None),
            (
                Effect::DelayMs(WAIT_MS_MAX + 1),
                Some(FaultError::Wait(WAIT_MS_MAX + 1)),
            ),
            (Effect::CutUnderWay(WAIT_MS_MAX), None),
            (
                Effect::CutUnderWay(WAIT_MS_MAX + 1),
                Some(FaultError::Wait(WAIT_MS_MAX + 1)),
            ),
            (
                Effect::Slow(Slow {
                    chunk_bytes: 0,
                    interval_ms: 1,
                }),
                Some(FaultError::EmptyChunk),
            ),
            (Effect::AnswerBytes(ANSWER_BYTES_MIN), None),
            (Effect::AnswerBytes(ANSWER_BYTES_MAX), None),
            (Effect::RepeatSecrets(1), None),
            (Effect::RepeatSecrets(0), Some(FaultError::EmptyChunk)),
            (
                Effect::AnswerBytes(ANSWER_BYTES_MIN - 1),
                Some(FaultError::AnswerBytes(ANSWER_BYTES_MIN - 1)),
            ),
            (
                Effect::GzipAnswerBytes(ANSWER_BYTES_MAX + 1),
                Some(FaultError::AnswerBytes(ANSWER_BYTES_MAX + 1)),
            ),
        ] {
            assert_eq!(effect.check().err(), error, "{effect:?}");
        }
        let many = |count| vec![fault(json!({"route": "any", "effect": "cut"})); count];
        assert_eq!(Faults::default().add(many(FAULTS_MAX)), Ok(()));
        assert_eq!(
            Faults::default().add(many(FAULTS_MAX + 1)),
            Err(FaultError::TooMany)
        );
    }
}
