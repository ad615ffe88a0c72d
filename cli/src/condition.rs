//! Conditions on the state of a record.

use clap::Args;
use jiff::Timestamp;
use sfbox::Validator;

use crate::verdict::Usage;

/// Conditions of an update.
#[derive(Args, Debug)]
pub(crate) struct Unchanged {
    /// Update only if the record has not been changed since TIME, such as
    /// 2026-02-28T12:00:00Z; for one record
    #[arg(long, value_name = "TIME")]
    if_unmodified_since: Option<String>,
    /// Update only if an account still has this entity tag
    #[arg(long, value_name = "ETAG", conflicts_with = "if_unmodified_since")]
    if_match: Option<String>,
}

/// Conditions of a read.
#[derive(Args, Debug)]
pub(crate) struct Changed {
    /// Print the record only if it has been changed since TIME, such as
    /// 2026-02-28T12:00:00Z; for one record
    #[arg(long, value_name = "TIME")]
    if_modified_since: Option<String>,
    /// Print an account only if it has another entity tag
    #[arg(long, value_name = "ETAG", conflicts_with = "if_modified_since")]
    if_none_match: Option<String>,
}

impl Unchanged {
    /// The state that the record must be in.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a time that is none.
    pub(crate) fn validator(&self) -> Result<Option<Validator>, Usage> {
        validator(self.if_unmodified_since.as_deref(), self.if_match.as_ref())
    }
}

impl Changed {
    /// The state that the caller knows.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a time that is none.
    pub(crate) fn validator(&self) -> Result<Option<Validator>, Usage> {
        validator(
            self.if_modified_since.as_deref(),
            self.if_none_match.as_ref(),
        )
    }
}

fn validator(time: Option<&str>, etag: Option<&String>) -> Result<Option<Validator>, Usage> {
    let Some(time) = time else {
        return Ok(etag.cloned().map(Validator::Etag));
    };
    let at: Option<Timestamp> = time.parse().ok();
    let ms = at.and_then(|at| u64::try_from(at.as_millisecond()).ok());
    let ms = ms.ok_or_else(|| {
        Usage::new(format!(
            "`{time}` is no time: write it as 2026-02-28T12:00:00Z"
        ))
    })?;
    Ok(Some(Validator::ModifiedAtMs(ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_a_time_or_a_tag() {
        let of_time = |time| match validator(Some(time), None) {
            Ok(Some(Validator::ModifiedAtMs(ms))) => Some(ms),
            _ => None,
        };
        assert_eq!(of_time("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(of_time("1970-01-01T01:00:01+01:00"), Some(1_000));
        for time in [
            "",
            "yesterday",
            "2026-02-30T00:00:00Z",
            "1969-01-01T00:00:00Z",
        ] {
            assert_eq!(of_time(time), None, "{time}");
        }
        let tag = "\"x--gzip\"".to_owned();
        let of_tag = validator(None, Some(&tag)).unwrap();
        assert!(matches!(of_tag, Some(Validator::Etag(kept)) if kept == tag));
        assert!(validator(None, None).unwrap().is_none());
    }
}
