//! What the door counts, as Prometheus reads it (text format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::access::AccessLog;

/// Up to so many seconds each: how long the beginning of an answer takes.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted.
#[derive(Default)]
pub(crate) struct Metrics {
    /// By status.
    requests: Mutex<BTreeMap<u16, u64>>,
    seconds: Mutex<Histogram>,
    bytes_sent: AtomicU64,
    cut: AtomicU64,
    wrong_keys: AtomicU64,
    /// The log counts them.
    lines_lost: Arc<AtomicU64>,
    /// Whether the file of the keys could not be used when it was looked at last.
    is_keys_file_unusable: AtomicBool,
    in_flight: AtomicU64,
    connections: AtomicU64,
}

#[derive(Default)]
struct Histogram {
    buckets: [u64; SECONDS.len()],
    sum: f64,
    count: u64,
}

/// Which number of a thing there is at present.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gauge {
    Connections,
    InFlight,
}

impl Metrics {
    /// What is counted where requests are noted in this log.
    pub(crate) fn of(log: &AccessLog) -> Self {
        Self {
            lines_lost: log.lost(),
            ..Self::default()
        }
    }

    /// The beginning of an answer.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        *self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(status)
            .or_default() += 1;
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let took = took.as_secs_f64();
        for (most, bucket) in SECONDS.iter().zip(&mut seconds.buckets) {
            *bucket += u64::from(took <= *most);
        }
        seconds.sum += took;
        seconds.count += 1;
    }

    /// The end of an answer.
    pub(crate) fn sent(&self, bytes: u64, whole: bool) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
        self.cut.fetch_add(u64::from(!whole), Ordering::Relaxed);
    }

    /// A key that opens nothing.
    pub(crate) fn wrong_key(&self) {
        self.wrong_keys.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the file of the keys can be used.
    pub(crate) fn keys_file(&self, is_usable: bool) {
        self.is_keys_file_unusable
            .store(!is_usable, Ordering::Relaxed);
    }

    fn gauge(&self, gauge: Gauge) -> &AtomicU64 {
        match gauge {
            Gauge::Connections => &self.connections,
            Gauge::InFlight => &self.in_flight,
        }
    }

    pub(crate) fn begin(&self, gauge: Gauge) {
        self.gauge(gauge).fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self, gauge: Gauge) {
        self.gauge(gauge).fetch_sub(1, Ordering::Relaxed);
    }

    /// How many requests are under way.
    #[cfg(test)]
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// All of it, with the number of keys.
    pub(crate) fn text(&self, keys: usize) -> String {
        let mut out = String::new();
        let counter = |out: &mut String, name: &str, help: &str, value: u64| {
            head(out, name, help, "counter");
            line(out, name, "", value);
        };
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        head(
            &mut out,
            "sfbox_requests_total",
            "Answered requests.",
            "counter",
        );
        for (status, count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            line(
                &mut out,
                "sfbox_requests_total",
                &format!("{{status=\"{status}\"}}"),
                *count,
            );
        }
        self.histogram(&mut out);
        counter(
            &mut out,
            "sfbox_response_bytes_total",
            "Bytes of bodies that were sent.",
            load(&self.bytes_sent),
        );
        counter(
            &mut out,
            "sfbox_responses_cut_total",
            "Answers that ended early.",
            load(&self.cut),
        );
        counter(
            &mut out,
            "sfbox_wrong_keys_total",
            "Keys that open nothing.",
            load(&self.wrong_keys),
        );
        counter(
            &mut out,
            "sfbox_access_lines_lost_total",
            "Access lines that were not written.",
            load(&self.lines_lost),
        );
        for (name, help, value) in [
            (
                "sfbox_requests_in_flight",
                "Requests under way, to the last byte.",
                load(&self.in_flight),
            ),
            (
                "sfbox_connections",
                "Open connections.",
                load(&self.connections),
            ),
            ("sfbox_keys", "Keys that are valid.", keys as u64),
            (
                "sfbox_keys_file_usable",
                "Whether the file of the keys could be read: 0 means that changes have no effect.",
                u64::from(!self.is_keys_file_unusable.load(Ordering::Relaxed)),
            ),
        ] {
            head(&mut out, name, help, "gauge");
            line(&mut out, name, "", value);
        }
        out
    }

    fn histogram(&self, out: &mut String) {
        const NAME: &str = "sfbox_request_seconds";
        head(
            out,
            NAME,
            "Seconds to the beginning of an answer.",
            "histogram",
        );
        let seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        for (most, count) in SECONDS.iter().zip(&seconds.buckets) {
            line(
                out,
                &format!("{NAME}_bucket"),
                &format!("{{le=\"{most}\"}}"),
                *count,
            );
        }
        line(
            out,
            &format!("{NAME}_bucket"),
            "{le=\"+Inf\"}",
            seconds.count,
        );
        // Writing to a string cannot fail.
        _ = writeln!(out, "{NAME}_sum {}", seconds.sum);
        line(out, &format!("{NAME}_count"), "", seconds.count);
    }
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, labels: &str, value: u64) {
    _ = writeln!(out, "{name}{labels} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::default();
        metrics.answered(200, Duration::from_millis(7));
        metrics.answered(200, Duration::from_millis(70));
        metrics.answered(401, Duration::from_secs(100));
        metrics.sent(10, true);
        metrics.sent(5, false);
        metrics.wrong_key();
        metrics.begin(Gauge::InFlight);
        metrics.begin(Gauge::Connections);
        metrics.end(Gauge::InFlight);
        metrics.lines_lost.fetch_add(1, Ordering::Relaxed);
        let text = metrics.text(3);
        for expected in [
            "sfbox_requests_total{status=\"200\"} 2",
            "sfbox_requests_total{status=\"401\"} 1",
            "sfbox_request_seconds_bucket{le=\"0.01\"} 1",
            "sfbox_request_seconds_bucket{le=\"10\"} 2",
            "sfbox_request_seconds_bucket{le=\"+Inf\"} 3",
            "sfbox_request_seconds_count 3",
            "sfbox_response_bytes_total 15",
            "sfbox_responses_cut_total 1",
            "sfbox_wrong_keys_total 1",
            "sfbox_access_lines_lost_total 1",
            "sfbox_requests_in_flight 0",
            "sfbox_connections 1",
            "sfbox_keys 3",
            "sfbox_keys_file_usable 1",
        ] {
            assert!(
                text.lines().any(|line| line == expected),
                "{expected}:\n{text}"
            );
        }
        metrics.keys_file(false);
        assert!(metrics.text(3).contains("sfbox_keys_file_usable 0\n"));
        for line in text.lines().filter(|line| line.starts_with("# TYPE")) {
            assert_eq!(line.split(' ').count(), 4, "{line}");
        }
    }
}
