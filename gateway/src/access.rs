//! A line for each request: who asked for what, and what came of it.
//!
//! Nothing that a client or an org chose is in it but the key's name: no path, no query, no
//! id and no body.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use sfbox::Attempts;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::once_a_minute::OnceAMinute;

/// Lines that wait for a slow disk; what comes then is counted and not written, so that no
/// client waits for a log.
const LINES_MAX: usize = 4_096;

/// The mode of a new file: who asks for what is not for everybody to read.
const FILE_MODE: u32 = 0o600;

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

/// What the thread is told that writes lines.
enum Told {
    Line(String),
    /// Answered when all lines before it are written.
    Written(oneshot::Sender<()>),
}

/// Where lines go. A thread writes them.
#[derive(Clone, Default)]
pub struct AccessLog(Option<Arc<Lines>>);

struct Lines {
    told: Sender<Told>,
    shared: Arc<Shared>,
}

/// What the thread that writes and those who tell it share.
#[derive(Default)]
struct Shared {
    /// Lines that are not written yet.
    waiting: AtomicUsize,
    /// Lines that were not written, or not whole.
    lost: Arc<AtomicU64>,
    /// Whether the file is to be opened again.
    is_moved: AtomicBool,
}

impl AccessLog {
    /// A log of nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Writes each line to `out`, whole.
    pub fn to(out: impl Write + Send + 'static) -> Self {
        Self::with(Box::new(out), None)
    }

    /// Appends each line to a file, which is its owner's alone if it is new.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn file(path: PathBuf) -> io::Result<Self> {
        Ok(Self::with(Box::new(open(&path)?), Some(path)))
    }

    fn with(out: Box<dyn Write + Send>, path: Option<PathBuf>) -> Self {
        let (told, lines) = channel();
        let shared = Arc::<Shared>::default();
        let writer = Writer {
            out,
            path,
            shared: Arc::clone(&shared),
            is_torn: false,
            trouble: OnceAMinute::default(),
        };
        thread::spawn(move || writer.run(&lines));
        Self(Some(Arc::new(Lines { told, shared })))
    }

    /// Opens the file again before the next line, because somebody has moved it.
    pub fn reopen(&self) {
        if let Some(lines) = &self.0 {
            lines.shared.is_moved.store(true, Ordering::Relaxed);
        }
    }

    /// Waits until all lines are written, at most so long.
    pub(crate) async fn written(&self, most: Duration) {
        if let Some(lines) = &self.0 {
            let (sender, written) = oneshot::channel();
            _ = lines.told.send(Told::Written(sender));
            _ = timeout(most, written).await;
        }
    }

    /// How many lines were lost, then and later.
    pub(crate) fn lost(&self) -> Arc<AtomicU64> {
        let lines = self.0.as_ref();
        lines.map_or_else(Arc::default, |lines| Arc::clone(&lines.shared.lost))
    }

    /// Hands a line over. Where there is no room for it, it is counted.
    pub(crate) fn write(&self, access: &Access) {
        let Some(lines) = &self.0 else {
            return;
        };
        if lines.shared.waiting.fetch_add(1, Ordering::Relaxed) >= LINES_MAX {
            lines.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            lines.shared.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        _ = lines.told.send(Told::Line(access.line()));
    }
}

struct Writer {
    out: Box<dyn Write + Send>,
    /// Absent for what is no file of ours.
    path: Option<PathBuf>,
    shared: Arc<Shared>,
    /// Whether the last line has no end.
    is_torn: bool,
    trouble: OnceAMinute,
}

impl Writer {
    fn run(mut self, told: &Receiver<Told>) {
        for told in told {
            match told {
                Told::Written(sender) => _ = sender.send(()),
                Told::Line(line) => {
                    if let Err(error) = self.write(&line) {
                        self.failed(&error);
                    }
                    self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
                }
            }
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.shared.is_moved.swap(false, Ordering::Relaxed)
            && let Some(path) = &self.path
        {
            self.out = Box::new(open(path)?);
            self.is_torn = false;
        }
        if self.is_torn {
            self.out.write_all(b"\n")?;
            self.is_torn = false;
        }
        let written = self.out.write_all(line.as_bytes());
        // How much of it was written, nobody knows.
        self.is_torn = written.is_err();
        written.and_then(|()| self.out.flush())
    }

    fn failed(&mut self, error: &io::Error) {
        self.shared.lost.fetch_add(1, Ordering::Relaxed);
        if let Some(lines) = self.trouble.happened(Instant::now()) {
            tracing::warn!(target: "sfbox::degraded", lines, %error, "access lines were not written");
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(FILE_MODE).open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

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

    /// Tells of each text that is written, and takes none of those whose numbers it has.
    struct Told {
        sender: Sender<String>,
        failing: Vec<usize>,
        count: usize,
    }

    impl Told {
        fn new(failing: &[usize]) -> (Self, Receiver<String>) {
            let (sender, written) = channel();
            let told = Self {
                sender,
                failing: failing.into(),
                count: 0,
            };
            (told, written)
        }
    }

    impl Write for Told {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.count += 1;
            if self.failing.contains(&(self.count - 1)) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            _ = self.sender.send(String::from_utf8_lossy(text).into_owned());
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lost(log: &AccessLog) -> u64 {
        log.lost().load(Ordering::Relaxed)
    }

    #[test]
    fn lines_are_written_by_another_thread() {
        let (told, written) = Told::new(&[]);
        let log = AccessLog::to(told);
        log.write(&access());
        assert_eq!(written.recv().unwrap(), access().line());
        AccessLog::none().write(&access());
        assert_eq!((lost(&log), lost(&AccessLog::none())), (0, 0));
    }

    #[tokio::test]
    async fn all_lines_are_written_before_the_end() {
        let (told, written) = Told::new(&[]);
        let log = AccessLog::to(told);
        for _ in 0..LINES_MAX {
            log.write(&access());
        }
        log.written(Duration::from_secs(60)).await;
        assert_eq!(written.try_iter().count(), LINES_MAX);
        AccessLog::none().written(Duration::from_secs(60)).await;
    }

    #[tokio::test]
    async fn a_line_that_was_not_written_is_counted_and_torn_from_the_next() {
        let (told, written) = Told::new(&[1]);
        let log = AccessLog::to(told);
        for _ in 0..3 {
            log.write(&access());
        }
        log.written(Duration::from_secs(60)).await;
        let written: String = written.try_iter().collect();
        let line = access().line();
        assert_eq!(written, format!("{line}\n{line}"));
        assert_eq!(lost(&log), 1);
    }

    #[tokio::test]
    async fn a_file_that_was_moved_is_opened_again_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("access"), folder.path().join("moved"));
        let log = AccessLog::file(path.clone()).unwrap();
        log.write(&access());
        log.written(Duration::from_secs(60)).await;
        fs::rename(&path, &moved).unwrap();
        log.reopen();
        log.write(&access());
        log.written(Duration::from_secs(60)).await;
        for path in [&path, &moved] {
            assert_eq!(fs::read_to_string(path).unwrap(), access().line());
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, FILE_MODE);
        }
    }

    #[tokio::test]
    async fn a_log_that_takes_nothing_stops_nobody() {
        struct Stuck;
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                loop {
                    thread::park();
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let log = AccessLog::to(Stuck);
        for _ in 0..LINES_MAX + 2 {
            log.write(&access());
        }
        assert_eq!(lost(&log), 2);
        // Its end is waited for, and not for ever.
        log.written(Duration::ZERO).await;
    }

    #[test]
    fn a_method_that_a_client_invented_is_not_logged() {
        assert_eq!(method_name(&http::Method::PATCH), "PATCH");
        let invented = http::Method::from_bytes(b"SECRET").unwrap();
        assert_eq!(method_name(&invented), "(other)");
    }
}
