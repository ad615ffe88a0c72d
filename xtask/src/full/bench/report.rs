//! All that was measured, and what was not.

use std::fmt::Write as _;

use super::sample::Sample;
use super::table::{self, Group, Row, Unit};

#[derive(Debug, Default)]
pub(super) struct Report {
    groups: Vec<Group>,
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

    /// Says at once, and once more below the table, that something was not
    /// measured.
    pub(super) fn absent(&mut self, what: &str, why: &anyhow::Error) {
        let absence = format!("{what}: {why:#}");
        eprintln!("\nNOT MEASURED: {absence}\n");
        self.absences.push(absence);
    }

    /// The table, and below it what is missing in it.
    pub(super) fn render(&self) -> String {
        let mut text = table::render(&self.groups);
        if !self.absences.is_empty() {
            text.push_str("\nNot measured:\n\n");
        }
        for absence in &self.absences {
            // Writing to a string cannot fail. An error may have several lines.
            let line = absence.split_whitespace().collect::<Vec<_>>().join(" ");
            _ = writeln!(text, "* {line}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
