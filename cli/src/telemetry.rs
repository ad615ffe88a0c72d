//! What `-v` and `--log-format` show on stderr.

use std::io::stderr;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::progress::Above;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line for each event, for people.
    #[default]
    Text,
    /// One JSON object on each line, for programs.
    Json,
}

/// Installs the subscriber. `verbosity` counts the `-v`: without one only what
/// works worse than it should is shown, which no error tells; the first shows each
/// step as it begins; the third shows all of sfbox and the other libraries' news.
/// Their details stay out: HTTP/2's hold the URLs, and so the queries. So does what AWS's
/// sources of credentials report: they quote the output of `credential_process`.
pub(crate) fn install(verbosity: u8, format: LogFormat) {
    let filter = EnvFilter::new(match verbosity {
        0 => "sfbox::degraded=warn",
        1 => "sfbox=info,sfbox::step=debug",
        2 => "sfbox=debug",
        _ => "info,aws_config=off,sfbox=trace",
    });
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Above)
        .with_ansi(AutoStream::choice(&stderr()) != ColorChoice::Never);
    match format {
        LogFormat::Text if verbosity == 0 => logs.without_time().with_target(false).init(),
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}
