//! What the hosts took, each beside sfbox's own in the same run.

use serde::Deserialize;

/// What was measured on a host.
#[derive(Deserialize)]
pub(super) struct Figures {
    /// From nothing to the first answer.
    cold_ms: f64,
    /// A small query, in the median.
    query_us: f64,
    /// Resident memory after many of them, where the host is a process of its own.
    resident_kib: Option<u64>,
}

/// A table of them, with ratios to the first.
pub(super) fn table<'a>(
    hosts: impl IntoIterator<Item = (&'a str, &'a str, &'a Figures)>,
) -> String {
    let mut hosts = hosts.into_iter().peekable();
    let Some(base) = hosts.peek().map(|(_, _, figures)| *figures) else {
        return "nothing was measured".to_owned();
    };
    let mut lines = vec![
        "| host | WASI | cold start, ms | ratio | small query, µs | ratio | memory, MiB |"
            .to_owned(),
        "|---|---|--:|--:|--:|--:|--:|".to_owned(),
    ];
    lines.extend(hosts.map(|(host, wasi, figures)| {
        let memory = figures.resident_kib.map(|kib| (kib / 1024).to_string());
        format!(
            "| {host} | {wasi} | {:.0} | {:.1} | {:.0} | {:.1} | {} |",
            figures.cold_ms,
            figures.cold_ms / base.cold_ms,
            figures.query_us,
            figures.query_us / base.query_us,
            memory.as_deref().unwrap_or("–"),
        )
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_is_compared_with_the_first() {
        let figures = |cold_ms, query_us, resident_kib| Figures {
            cold_ms,
            query_us,
            resident_kib,
        };
        let (own, other) = (
            figures(10.0, 500.0, None),
            figures(25.0, 1_000.0, Some(4_096)),
        );
        let table = table([("sfbox", "0.3", &own), ("other", "0.2", &other)]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| sfbox | 0.3 | 10 | 1.0 | 500 | 1.0 | – |",
                "| other | 0.2 | 25 | 2.5 | 1000 | 2.0 | 4 |",
            ]
        );
    }
}
