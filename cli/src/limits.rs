//! `sfbox limits`.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use sfbox::{Options, Org};

use crate::calling::Calling;
use crate::records::{Format, Output};
use crate::verdict::Unreadable;

/// Show the org's limits, and how much of each is used
///
/// Most limits apply to the last 24 hours, and the numbers can be some minutes old.
/// `share` is used / max: a percentage in a table, and a number from 0 to 1 in other
/// formats. `DailyApiRequests.NAME` is for the connected app NAME; Salesforce does not
/// list every app.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox --demo limits
  sfbox --org prod/salesforce limits --output ndjson | grep DailyApiRequests")]
pub(crate) struct Limits {
    #[command(flatten)]
    output: Output,
}

/// One limit. Source: REST API Developer Guide, "Limits".
#[derive(Clone, Debug, PartialEq, Eq)]
struct Limit {
    name: String,
    max: i64,
    remaining: i64,
}

/// A limit as it is printed.
#[derive(Debug, PartialEq, Serialize)]
struct Shown<'a> {
    name: &'a str,
    used: i64,
    max: i64,
    remaining: i64,
    share: Option<Share>,
}

/// How much of a limit is used.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Share {
    /// From 0 to 1, for programs.
    Number(f64),
    /// As in `12.5%`, for people.
    Percent(String),
}

impl Limits {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let mut calling = Calling::begin(org)?;
        let answer = calling.during(org.limits(options)).await??;
        drop(calling);
        let limits = limits(&answer)?;
        let for_people = matches!(self.output.format(), Format::Table | Format::Markdown);
        let shown: Vec<_> = limits.iter().map(|limit| limit.shown(for_people)).collect();
        let mut records = self
            .output
            .open(&["name", "used", "max", "remaining", "share"]);
        records.values(&shown)?;
        Ok(records.end()?.finish()?)
    }
}

impl Limit {
    fn shown(&self, for_people: bool) -> Shown<'_> {
        let used = self.max.saturating_sub(self.remaining);
        Shown {
            name: &self.name,
            used,
            max: self.max,
            remaining: self.remaining,
            share: share(used, self.max, for_people),
        }
    }
}

/// `None` where nothing is allowed, so that there is nothing to be a share of.
#[expect(clippy::cast_precision_loss, reason = "a share has a few digits")]
fn share(used: i64, max: i64, for_people: bool) -> Option<Share> {
    let share = (max > 0).then(|| used as f64 / max as f64)?;
    Some(if for_people {
        Share::Percent(format!("{:.1}%", share * 100.0))
    } else {
        // Six digits: programs that compare texts get the same each time.
        Share::Number((share * 1e6).round() / 1e6)
    })
}

/// The limits, in the order of their names.
fn limits(answer: &str) -> Result<Vec<Limit>, Unreadable> {
    let answer: Map<String, Value> = serde_json::from_str(answer).map_err(Unreadable::Answer)?;
    let mut limits = Vec::new();
    for (name, value) in &answer {
        add(name, value, &mut limits);
        // Parts of it, by connected app.
        for (part, value) in value.as_object().into_iter().flatten() {
            add(&format!("{name}.{part}"), value, &mut limits);
        }
    }
    limits.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(limits)
}

/// Adds a limit, if that is what the value is.
fn add(name: &str, value: &Value, limits: &mut Vec<Limit>) {
    let number = |member: &str| value.get(member).and_then(Value::as_i64);
    if let (Some(max), Some(remaining)) = (number("Max"), number("Remaining")) {
        limits.push(Limit {
            name: name.to_owned(),
            max,
            remaining,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_how_much_of_it_is_used() {
        let answer = r#"{"DailyApiRequests":{"Max":15000,"Remaining":13125,"Some App":{"Max":0,"Remaining":0}},
            "Other":{"Max":3},"DataStorageMB":{"Max":5,"Remaining":5}}"#;
        let limits = limits(answer).unwrap();
        let names: Vec<&str> = limits.iter().map(|limit| limit.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "DailyApiRequests",
                "DailyApiRequests.Some App",
                "DataStorageMB"
            ]
        );
        let lines: Vec<String> = limits
            .iter()
            .map(|limit| serde_json::to_string(&limit.shown(false)).unwrap())
            .collect();
        assert_eq!(
            lines,
            [
                r#"{"name":"DailyApiRequests","used":1875,"max":15000,"remaining":13125,"share":0.125}"#,
                r#"{"name":"DailyApiRequests.Some App","used":0,"max":0,"remaining":0,"share":null}"#,
                r#"{"name":"DataStorageMB","used":0,"max":5,"remaining":5,"share":0.0}"#,
            ]
        );
    }

    #[test]
    fn a_share_is_a_percentage_for_people() {
        for (used, max, percent, number) in [
            (1, 3, "33.3%", 0.333_333),
            (0, 5, "0.0%", 0.0),
            (5, 5, "100.0%", 1.0),
            (6, 5, "120.0%", 1.2),
        ] {
            assert_eq!(
                share(used, max, true),
                Some(Share::Percent(percent.to_owned()))
            );
            assert_eq!(share(used, max, false), Some(Share::Number(number)));
        }
        assert_eq!(share(0, 0, true), None);
    }

    #[test]
    fn extreme_numbers_are_no_trouble() {
        let answer = format!(r#"{{"A":{{"Max":{},"Remaining":{}}}}}"#, i64::MAX, i64::MIN);
        let limits = limits(&answer).unwrap();
        assert_eq!(limits.first().unwrap().shown(true).used, i64::MAX);
        for other in ["[]", "", "7"] {
            assert!(super::limits(other).is_err(), "{other}");
        }
    }
}
