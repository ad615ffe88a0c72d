//! `sfbox query --explain`: how Salesforce would run a statement.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::destination::Destination;
use crate::records::{Format, Look, Records};
use crate::verdict::Unreadable;

/// Salesforce's answer. Source: REST API Developer Guide, "Query", `explain`.
#[derive(Deserialize)]
struct Plans<'a> {
    #[serde(borrow)]
    plans: Vec<&'a RawValue>,
}

/// Prints the plans: JSON as Salesforce wrote it, or a row for each.
pub(super) fn print(
    answer: &str,
    out: Destination,
    format: Format,
    look: Look,
) -> anyhow::Result<()> {
    let whole: &RawValue = serde_json::from_str(answer).map_err(Unreadable::Answer)?;
    let plans: Plans<'_> = serde_json::from_str(answer).map_err(Unreadable::Answer)?;
    Ok(Records::answer(out, format, look, whole, &plans.plans)?.finish()?)
}
