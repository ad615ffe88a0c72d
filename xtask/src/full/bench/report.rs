//! All that was measured, and what was not.

use std::fmt::Write as _;

use super::aim::Aim;
use super::sample::Sample;
use super::table::{self, Group, Row, Unit};

#[derive(Debug, Default)]
pub(super) struct Report {
    groups: Vec<Group>,
    aims: Vec<String>,
    absences: Vec<String>,
}

impl Report {
    /// Adds what contenders needed for one task, in the order given, compared with
    /// `base`. Who has no values is left out.
    pub(super) fn add(
        &mut self,
        title: &str,
        unit: Unit,
        base: &str,
        values: Vec<(String, Vec<f64>)>,
    ) {
        let rows = values.into_iter().filter_map(|(contender, values)| {
            let sample = Sample::new(values)?;
            Some(Row { contender, sample })
        });
        self.groups.push(Group {
            title: title.to_owned(),
            unit,
            base: base.to_owned(),
            rows: rows.collect(),
        });
    }

    /// Says below the table whether an aim was reached, by what was added before.
    pub(super) fn aim(&mut self, aim: &Aim) {
        let group = self.groups.iter().find(|group| group.title == aim.task);
        let median = |name: &str| {
            let mut rows = group?.rows.iter();
            Some(rows.find(|row| row.contender == name)?.sample.median())
        };
        self.aims
            .push(match (median(aim.ours), median(&aim.other)) {
                (Some(ours), Some(other)) => aim.judged(ours, other),
                _ => aim.unknown(),
            });
    }

    /// Says at once, and once more below the table, that something was not
    /// measured.
    pub(super) fn absent(&mut self, what: &str, why: &anyhow::Error) {
        let absence = format!("{what}: {why:#}");
        eprintln!("\nNOT MEASURED: {absence}\n");
        self.absences.push(absence);
    }

    /// The table, and below it the aims, and what is missing in it.
    pub(super) fn render(&self) -> String {
        let mut text = table::render(&self.groups);
        if !self.aims.is_empty() {
            text.push_str("\nAims:\n\n");
        }
        for aim in &self.aims {
            // Writing to a string cannot fail.
            _ = writeln!(text, "* {aim}");
        }
        if !self.absences.is_empty() {
            text.push_str("\nNot measured:\n\n");
        }
        for absence in &self.absences {
            // An error may have several lines.
            let line = absence.split_whitespace().collect::<Vec<_>>().join(" ");
            _ = writeln!(text, "* {line}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::full::bench::aim::Bound;

    #[test]
    fn what_was_not_measured_is_said_below_the_table() {
        let mut report = Report::default();
        report.add(
            "page",
            Unit::Time,
            "bare",
            vec![("bare".to_owned(), vec![1.0])],
        );
        assert!(!report.render().contains("Not measured"));
        report.absent("jsforce", &anyhow::anyhow!("no\nsuch package"));
        let text = report.render();
        assert!(
            text.ends_with("Not measured:\n\n* jsforce: no such package\n"),
            "{text}"
        );
    }

    #[test]
    fn who_has_no_values_has_no_row() {
        let mut report = Report::default();
        let values = vec![("bare".to_owned(), vec![1.0]), ("gone".to_owned(), vec![])];
        report.add("page", Unit::Time, "bare", values);
        assert!(!report.render().contains("gone"));
    }

    #[test]
    fn an_aim_is_judged_by_the_medians_of_its_task() {
        let mut report = Report::default();
        let values = [("ours", 30.0), ("theirs", 2.0)];
        let values = values.map(|(name, value)| (name.to_owned(), vec![value]));
        report.add("page", Unit::Rate, "ours", values.into());
        let mut aim = Aim {
            task: "page".to_owned(),
            ours: "ours",
            other: "theirs".to_owned(),
            bound: Bound::AtLeast(10.0),
        };
        report.aim(&aim);
        aim.other = "nobody".to_owned();
        report.aim(&aim);
        let text = report.render();
        assert!(
            text.contains("* page: ours is 15.00 times theirs"),
            "{text}"
        );
        assert!(text.ends_with("not measured\n"), "{text}");
    }
}
