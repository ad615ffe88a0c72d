//! A line for each request: who asked for what, and what came of it.
//!
//! Nothing that a client or an org chose is in it but the key's name: no path, no query, no
//! id and no body.

use std::io::Write;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sfbox::Attempts;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// Lines that wait for a slow disk; what comes then is counted and not written, so that no
/// client waits for a log.
const LINES_MAX: usize = 4_096;

/// How often it is tried to find room behind lines that wait.
const ROOM_INTERVAL: Duration = Duration::from_millis(10);

/// What is known of a request at its end.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) began: Timestamp,
    /// The name of the key; absent where none was shown, or a wrong one.
    pub(crate) key: Option<String>,
    pub(crate) org: Option<String>,
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
    pub(crate) status: u16,
    /// Of the body of the answer, as far as it was sent.
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    /// How often the request was sent to the org: never, if it was refused here.
    pub(crate) attempts: Attempts,
    /// Whether the answer was sent to its end.
    pub(crate) whole: bool,
    /// The code of what the door answered by itself.
    pub(crate) code: Option<&'static str>,
}

/// The members of a line, in their order.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<&'a str>,
    method: &'a str,
    route: &'a str,
    status: u16,
    bytes: u64,
    ms: u64,
    attempts: u32,
    whole: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Access {
    /// The line, with its end.
    fn line(&self) -> String {
        let line = Line {
            time: format!("{:.3}", self.began),
            key: self.key.as_deref(),
            org: self.org.as_deref(),
            method: self.method,
            route: self.route,
            status: self.status,
            bytes: self.bytes,
            ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            attempts: self.attempts.count(),
            whole: self.whole,
            code: self.code,
        };
        // Texts and numbers always have a form in JSON.
        let mut line = serde_json::to_string(&line).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// The name of a method, of those that the API has; a client may invent others.
pub(crate) fn method_name(method: &http::Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| method == known);
    known.unwrap_or("(other)")
}

/// Where lines go. A thread writes them.
#[derive(Clone)]
pub struct AccessLog(Option<SyncSender<Handed>>);

/// What the thread is handed.
enum Handed {
    Line(String),
    /// Is told when all that came before is written.
    Mark(oneshot::Sender<()>),
}

impl AccessLog {
    /// A log of nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Writes each line to `out`, whole.
    pub fn to(mut out: impl Write + Send + 'static) -> Self {
        let (sender, entries) = sync_channel(LINES_MAX);
        thread::spawn(move || {
            for entry in entries {
                match entry {
                    // A log that nobody reads any more is no reason to stop.
                    Handed::Line(line) => {
                        _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
                    }
                    Handed::Mark(reached) => _ = reached.send(()),
                }
            }
        });
        Self(Some(sender))
    }

    /// Hands a line over; says whether there was room for it.
    pub(crate) fn write(&self, access: &Access) -> bool {
        match &self.0 {
            None => true,
            Some(entries) => {
                let handed = entries.try_send(Handed::Line(access.line()));
                !matches!(handed, Err(TrySendError::Full(_)))
            }
        }
    }

    /// Waits until the lines that were handed over are written, and no longer than that.
    pub(crate) async fn settle(&self, within: Duration) {
        let Some(entries) = &self.0 else {
            return;
        };
        let (sender, reached) = oneshot::channel();
        let written = async {
            let mut mark = Handed::Mark(sender);
            while let Err(TrySendError::Full(again)) = entries.try_send(mark) {
                mark = again;
                sleep(ROOM_INTERVAL).await;
            }
            _ = reached.await;
        };
        // A disk that has stopped is no reason to go on.
        _ = timeout(within, written).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    fn access() -> Access {
        Access {
            began: Timestamp::UNIX_EPOCH,
            key: Some("reports".to_owned()),
            org: Some("acme".to_owned()),
            method: "GET",
            route: "/services/data/{version}/query",
            status: 200,
            bytes: 7,
            took: Duration::from_millis(12),
            attempts: Attempts::default(),
            whole: true,
            code: None,
        }
    }

    #[test]
    fn a_line_has_what_is_known() {
        assert_eq!(
            access().line(),
            "{\"time\":\"1970-01-01T00:00:00.000Z\",\"key\":\"reports\",\"org\":\"acme\",\
             \"method\":\"GET\",\"route\":\"/services/data/{version}/query\",\"status\":200,\
             \"bytes\":7,\"ms\":12,\"attempts\":0,\"whole\":true}\n"
        );
        let refused = Access {
            key: None,
            org: None,
            status: 401,
            code: Some("SFBOX_INVALID_KEY"),
            ..access()
        };
        let line = refused.line();
        assert!(!line.contains("\"key\""), "{line}");
        assert!(
            line.ends_with("\"code\":\"SFBOX_INVALID_KEY\"}\n"),
            "{line}"
        );
    }

    /// Tells of each text that is written.
    struct Told(Sender<String>);

    impl Write for Told {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            _ = self.0.send(String::from_utf8_lossy(text).into_owned());
            Ok(text.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_by_another_thread() {
        let (sender, written) = channel();
        let log = AccessLog::to(Told(sender));
        assert!(log.write(&access()));
        assert_eq!(written.recv().unwrap(), access().line());
        assert!(AccessLog::none().write(&access()));
    }

    #[tokio::test]
    async fn all_lines_are_written_before_the_end() {
        let (sender, written) = channel();
        let log = AccessLog::to(Told(sender));
        for _ in 0..LINES_MAX {
            log.write(&access());
        }
        log.settle(Duration::from_secs(60)).await;
        assert_eq!(written.try_iter().count(), LINES_MAX);
        AccessLog::none().settle(Duration::from_secs(60)).await;
    }

    #[tokio::test]
    async fn a_log_that_takes_nothing_stops_nobody() {
        struct Stuck;
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                loop {
                    thread::park();
                }
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let log = AccessLog::to(Stuck);
        // One is with the thread.
        let written = (0..=LINES_MAX + 1).filter(|_| log.write(&access())).count();
        assert!(
            written == LINES_MAX || written == LINES_MAX + 1,
            "{written}"
        );
        log.settle(ROOM_INTERVAL).await;
    }

    #[test]
    fn a_method_that_a_client_invented_is_not_logged() {
        assert_eq!(method_name(&http::Method::PATCH), "PATCH");
        let invented = http::Method::from_bytes(b"SECRET").unwrap();
        assert_eq!(method_name(&invented), "(other)");
    }
}
