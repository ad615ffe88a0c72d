//! Measurements, as the one table that is shown.

use std::fmt::Write as _;

use super::sample::Sample;

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds.
    Time,
    /// Things a second.
    Rate,
    /// Bytes.
    Memory,
    /// Bytes a second.
    Flow,
}

/// Contenders at one task.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) unit: Unit,
    /// Whom the others are compared with. Without its row there is no ratio:
    /// another one's would be read as this one's.
    pub(super) base: String,
    pub(super) rows: Vec<Row>,
}

/// One contender's figures.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) contender: String,
    pub(super) sample: Sample,
}

/// In Markdown, one row a contender.
pub(super) fn render(groups: &[Group]) -> String {
    let mut table = "| what | contender | median | least – greatest | ratio |\n\
                     |---|---|--:|--:|--:|\n"
        .to_owned();
    for group in groups {
        let mut rows = group.rows.iter();
        let base = rows.find(|row| row.contender == group.base);
        let base = base.map(|row| row.sample.median());
        for (place, row) in group.rows.iter().enumerate() {
            let title = if place == 0 { group.title.as_str() } else { "" };
            let median = row.sample.median();
            // Writing to a string cannot fail.
            _ = writeln!(
                table,
                "| {title} | {} | {} | {} – {} | {} |",
                row.contender,
                shown(group.unit, median),
                shown(group.unit, row.sample.least()),
                shown(group.unit, row.sample.greatest()),
                ratio(median, base),
            );
        }
    }
    table
}

/// Three digits that mean something, and a unit that suits them.
fn shown(unit: Unit, value: f64) -> String {
    let (value, unit) = match unit {
        Unit::Time if value.abs() < 1e-3 => (value * 1e6, " µs"),
        Unit::Time if value < 1.0 => (value * 1e3, " ms"),
        Unit::Time => (value, " s"),
        Unit::Rate => (value, " /s"),
        Unit::Flow => (value / 1e6, " MB/s"),
        Unit::Memory if value < 1024.0 * 1024.0 => (value / 1024.0, " KiB"),
        Unit::Memory => (value / (1024.0 * 1024.0), " MiB"),
    };
    format!("{}{unit}", digits(value))
}

fn ratio(value: f64, base: Option<f64>) -> String {
    base.map_or_else(|| "–".to_owned(), |base| digits(value / base))
}

fn digits(value: f64) -> String {
    let decimals = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(contender: &str, values: &[f64]) -> Row {
        Row {
            contender: contender.to_owned(),
            sample: Sample::new(values.to_vec()).unwrap(),
        }
    }

    #[test]
    fn a_value_is_shown_in_the_unit_that_suits_it() {
        for (unit, value, text) in [
            (Unit::Time, 0.000_031_4, "31.4 µs"),
            (Unit::Time, 0.000_999, "999 µs"),
            (Unit::Time, 0.001, "1.00 ms"),
            (Unit::Time, 1.5, "1.50 s"),
            (Unit::Rate, 11_400.0, "11400 /s"),
            (Unit::Flow, 1.234e9, "1234 MB/s"),
            (Unit::Memory, 512.0 * 1024.0, "512 KiB"),
            (Unit::Memory, 20.5 * 1024.0 * 1024.0, "20.5 MiB"),
        ] {
            assert_eq!(shown(unit, value), text);
        }
    }

    #[test]
    fn everybody_is_compared_with_the_base() {
        let groups = [Group {
            title: "small query".to_owned(),
            unit: Unit::Time,
            base: "bare".to_owned(),
            rows: vec![row("bare", &[1e-3, 3e-3, 2e-3]), row("sfbox", &[3e-3])],
        }];
        let table = render(&groups);
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| small query | bare | 2.00 ms | 1.00 ms – 3.00 ms | 1.00 |",
                "|  | sfbox | 3.00 ms | 3.00 ms – 3.00 ms | 1.50 |",
            ]
        );
    }

    #[test]
    fn nobody_takes_the_place_of_a_base_that_is_missing() {
        let groups = [Group {
            title: "rows to CSV".to_owned(),
            unit: Unit::Time,
            base: "sfbox".to_owned(),
            rows: vec![row("peer", &[1.0])],
        }];
        let table = render(&groups);
        assert_eq!(
            table.lines().nth(2),
            Some("| rows to CSV | peer | 1.00 s | 1.00 s – 1.00 s | – |")
        );
    }

    #[test]
    fn a_group_that_nobody_took_part_in_has_no_row() {
        let groups = [Group {
            title: "page".to_owned(),
            unit: Unit::Time,
            base: "bare".to_owned(),
            rows: vec![],
        }];
        assert_eq!(render(&groups).lines().count(), 2);
    }
}
