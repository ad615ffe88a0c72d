//! What goes to the function's log: JSON, a line an event.

use std::io::stderr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The variable in which Lambda tells the log level that the function was
/// configured with. Source: AWS Lambda Developer Guide, "Configuring advanced
/// logging controls for Lambda functions".
const LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Installs the subscriber.
pub(crate) fn install() {
    let level = std::env::var(LEVEL).unwrap_or_default();
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(filter(&level)))
        .with_writer(stderr)
        .init();
}

/// The runtime's own events stay at `info`, which has the span with the request's
/// id: at `trace` they hold the event, and so the query. Other libraries' details
/// hold URLs, and so the query as well.
fn filter(level: &str) -> String {
    let level = match level {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let others = level.min(LevelFilter::WARN);
    format!("{others},sfbox={level},bootstrap={level},lambda_runtime=info")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_shows_details_of_other_libraries() {
        for (level, expected) in [
            ("", "warn,sfbox=info,bootstrap=info,lambda_runtime=info"),
            (
                "TRACE",
                "warn,sfbox=trace,bootstrap=trace,lambda_runtime=info",
            ),
            ("WARN", "warn,sfbox=warn,bootstrap=warn,lambda_runtime=info"),
            (
                "FATAL",
                "error,sfbox=error,bootstrap=error,lambda_runtime=info",
            ),
            (
                "canary",
                "warn,sfbox=info,bootstrap=info,lambda_runtime=info",
            ),
        ] {
            assert_eq!(filter(level), expected);
        }
    }
}
