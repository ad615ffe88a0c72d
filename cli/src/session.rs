//! `sfbox session`.

mod glance;

use std::io::{Write as _, stdout};
use std::time::SystemTime;

use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;
use sfbox::{Options, Org, Origin, Status};

use crate::destination::Destination;
use crate::interrupt::Interrupts;
use crate::progress::Progress;
use crate::records::{Columns, Format, Look, Output, Records};

/// Show, renew or remove the session that all processes share
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  sfbox --org prod/salesforce session status
  sfbox --org prod/salesforce session renew")]
pub(crate) enum Session {
    /// Show the stored session; sends nothing to Salesforce
    ///
    /// `json` prints a single object: the session is one record.
    #[command(after_help = "Example:\n  sfbox --org prod/salesforce session status")]
    Status(Output),
    /// Log in now, and store the new token for all processes
    ///
    /// `json` prints a single object: the session is one record.
    #[command(after_help = "Example:\n  sfbox --org prod/salesforce session renew")]
    Renew(Output),
    /// Remove the stored token; the next call logs in
    #[command(after_help = "Example:\n  sfbox --org prod/salesforce session forget")]
    Forget,
}

impl Session {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let mut interrupts = Interrupts::with_backstop()?;
        let progress = Progress::of(org);
        let call = progress.during("starting", self.call(org, options));
        let shown = interrupts.unless(call).await??;
        shown.map_or(Ok(()), |(status, format)| print(&status, format))
    }

    /// Makes the call. What is to be printed of it, and how, comes back.
    async fn call(
        &self,
        org: &Org,
        options: &Options,
    ) -> Result<Option<(Status, Format)>, sfbox::Error> {
        Ok(match self {
            Self::Status(output) => Some((org.session_status(options).await?, output.format())),
            Self::Renew(output) => Some((org.renew_session(options).await?, output.format())),
            Self::Forget => {
                org.forget_session(options).await?;
                None
            }
        })
    }
}

fn print(status: &Status, format: Format) -> anyhow::Result<()> {
    let shown = Shown::from(status);
    match format {
        Format::Table => {
            let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
            let now_ms = u64::try_from(since_1970.as_millis())?;
            Ok(stdout().write_all(glance::glance(status, now_ms).as_bytes())?)
        }
        // One object, and no array of one.
        Format::Json | Format::Ndjson => {
            let mut out = Destination::stdout(format.escape());
            serde_json::to_writer(&mut out, &shown)?;
            writeln!(out)?;
            Ok(out.finish()?)
        }
        Format::Csv | Format::Markdown => {
            let out = Destination::stdout(format.escape());
            let mut records = Records::of(out, format, Columns::named(&MEMBERS), Look::default());
            records.value(&shown)?;
            Ok(records.end()?.finish()?)
        }
    }
}

/// The members of a status as it is printed.
const MEMBERS: [&str; 6] = [
    "origin",
    "instance",
    "issuedAt",
    "expiresAt",
    "shared",
    "note",
];

/// A status as it is printed. It has no place for a token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    origin: &'static str,
    instance: Option<&'a str>,
    issued_at: Option<String>,
    expires_at: Option<String>,
    shared: bool,
    note: Option<&'a str>,
}

impl<'a> From<&'a Status> for Shown<'a> {
    fn from(status: &'a Status) -> Self {
        Self {
            origin: match status.origin {
                Origin::None => "none",
                Origin::Stored => "stored",
                Origin::Login => "login",
            },
            instance: status.instance.as_deref(),
            issued_at: status.issued_at_ms.and_then(rfc_3339),
            expires_at: status.expires_at_ms.and_then(rfc_3339),
            shared: status.shared,
            note: status.note.as_deref(),
        }
    }
}

/// `None` for a moment that no calendar has.
fn rfc_3339(ms: u64) -> Option<String> {
    let timestamp = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
    Some(timestamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_printed_as_rfc_3339() {
        assert_eq!(
            rfc_3339(1_667_600_739_962).as_deref(),
            Some("2022-11-04T22:25:39.962Z")
        );
        assert_eq!(rfc_3339(u64::MAX), None);
    }
}
