//! A hostile org: whatever it sends, a command ends in time, with the right status, in
//! little memory, after few requests, and tells no secret.

mod echo;
mod failure;
mod http1;
mod http2;
mod page;
mod result;

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sfbox::{Options, QueryOptions};
use workspace::{python, root};

use crate::org::CONSUMER_SECRET;
use crate::raw_org::http2::{END_HEADERS, HEADERS, frame, headers};
use crate::raw_org::{Asked, Protocol, RawOrg, Request, TOKEN, Wire};
use crate::sfbox::Run;

/// `--timeout` of every command.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How much longer than that a command may take.
const GRACE: Duration = Duration::from_secs(2);

/// How often a request may be sent for one answer.
const REQUESTS_MAX: usize = 4;

/// How much memory a scenario may take above what a good org takes, in KiB.
const MEMORY_KIB: u64 = 64 << 10;

/// The same for an answer that is refused when 64 MiB of it have come.
const MEMORY_OF_TOO_LONG_KIB: u64 = 76 << 10;

/// The same for a page of 64 MiB: the component has it, and the host has a copy that it
/// hands over.
const MEMORY_OF_LONGEST_KIB: u64 = 144 << 10;

/// How many scenarios run at once in which a command reads and computes.
const READING_AT_ONCE: usize = 2;

/// The same of those in which it mostly waits.
const WAITING_AT_ONCE: usize = 8;

/// A page that is not the last.
const PAGE_WITH_MORE: &str = r#"{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g1-1","records":[{"Id":"001000000000001AAA"}]}"#;

/// What an org does with the requests of one kind; the others it answers well.
type Act = fn(&mut Wire, &Request) -> io::Result<()>;

/// One scenario.
struct Row {
    name: &'static str,
    protocol: Protocol,
    asked: Asked,
    act: Act,
    /// The exit status, and words on stderr: what is before a bar, or what is behind it.
    status: i32,
    words: &'static str,
    memory_kib: u64,
    /// Whether the command may also end because the answer is too long.
    may_be_too_long: bool,
    /// How many questions the command asks the org.
    questions: usize,
}

impl Row {
    /// A page that is hostile over HTTP/1.1.
    const fn http1(name: &'static str, act: Act, status: i32, words: &'static str) -> Self {
        Self {
            name,
            protocol: Protocol::Http1,
            asked: Asked::Page,
            act,
            status,
            words,
            memory_kib: MEMORY_KIB,
            may_be_too_long: false,
            questions: 1,
        }
    }

    /// A page that is hostile over HTTP/2.
    const fn http2(name: &'static str, act: Act, status: i32, words: &'static str) -> Self {
        Self {
            protocol: Protocol::Http2,
            ..Self::http1(name, act, status, words)
        }
    }

    /// The same, as the answer to a login.
    const fn at_login(self) -> Self {
        Self {
            asked: Asked::Login,
            ..self
        }
    }

    /// The command asks more than one question.
    const fn with_questions(self, questions: usize) -> Self {
        Self { questions, ..self }
    }

    /// The answer is longer than the longest, and does not say so before.
    const fn too_long(self) -> Self {
        Self {
            memory_kib: MEMORY_OF_TOO_LONG_KIB,
            ..self
        }
    }

    /// Whether the scenario comes about depends on who is faster. If it does not, the
    /// answer goes on until it is too long.
    const fn or_too_long(self) -> Self {
        Self {
            may_be_too_long: true,
            ..self.too_long()
        }
    }

    /// The answer is as long as the longest.
    const fn of_the_longest(self) -> Self {
        Self {
            memory_kib: MEMORY_OF_LONGEST_KIB,
            ..self
        }
    }

    /// Runs it, and says what is wrong.
    fn judge(&self, good_kib: u64) -> Vec<String> {
        let (act, asked) = (self.act, self.asked);
        let org = RawOrg::start(self.protocol, move |wire, request| {
            if request.asked == asked {
                act(wire, request)
            } else {
                wire.answer_well(request)
            }
        });
        org.put_secret(asked == Asked::Page);
        let begun = Instant::now();
        let (run, peak_kib) = measured(&org);
        let took = begun.elapsed();
        let mut wrong = Vec::new();
        let mut words = self.words.split('|');
        let is_as_said = run.status == self.status && words.any(|words| run.stderr.contains(words));
        let is_too_long = self.may_be_too_long
            && run.status == 6
            && run.stderr.contains("the answer is longer than");
        if !(is_as_said || is_too_long) {
            wrong.push(format!("ends with {}", run.status));
        }
        if took > TIMEOUT + GRACE {
            wrong.push(format!("takes {took:?}"));
        }
        if org.logins().max(org.pages()) > REQUESTS_MAX * self.questions {
            wrong.push(format!("{} logins, {} pages", org.logins(), org.pages()));
        }
        if asked == Asked::Page && org.logins() > 0 {
            wrong.push("logs in".to_owned());
        }
        let above = peak_kib.saturating_sub(good_kib);
        if above > self.memory_kib {
            wrong.push(format!("takes {above} KiB"));
        }
        for secret in secrets() {
            if run.stdout.contains(&secret) || run.stderr.contains(&secret) {
                wrong.push(format!("tells {secret}"));
            }
        }
        if wrong.is_empty() {
            return wrong;
        }
        wrong.push(format!(
            "{took:?}, {above} KiB; stderr: {}",
            tail(&run.stderr)
        ));
        let name = format!("{:?} {}", self.protocol, self.name);
        wrong.iter().map(|what| format!("{name}: {what}")).collect()
    }
}

/// What must not be seen.
fn secrets() -> [String; 4] {
    [
        TOKEN.to_owned(),
        encoded(TOKEN),
        CONSUMER_SECRET.to_owned(),
        basic(),
    ]
}

/// The login's `Authorization`, but for its scheme.
fn basic() -> String {
    BASE64_STANDARD.encode(format!("key:{CONSUMER_SECRET}"))
}

/// In percent-encoding.
fn encoded(token: &str) -> String {
    token.replace('!', "%21")
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n    ")
}

/// Runs a query, and measures the most memory that it takes, in KiB.
fn measured(org: &RawOrg) -> (Run, u64) {
    let timeout = TIMEOUT.as_secs().to_string();
    let soql = "SELECT Id FROM Account";
    let query = org.command(&["-vv", "query", soql, "--timeout", &timeout]);
    let process = Command::new(python())
        .arg(root().join("tests/python/peak.py"))
        .arg(query.get_program())
        .args(query.get_args())
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("Python runs");
    let mut run = Run::of(process);
    let (before, peak) = run.stderr.trim_end().rsplit_once("peak ").expect("a peak");
    let peak = peak.parse().expect("a number");
    run.stderr = before.to_owned();
    (run, peak)
}

/// How much memory a good answer takes, in KiB.
fn good(protocol: Protocol) -> u64 {
    let org = RawOrg::start(protocol, |wire, request| wire.answer_well(request));
    let (run, peak_kib) = measured(&org);
    assert_eq!(run.records().len(), 1);
    peak_kib
}

fn hold(rows: &[Row], at_once: usize) {
    let good_kib = [Protocol::Http1, Protocol::Http2].map(good);
    let rows = Arc::new(Mutex::new(rows.iter().collect::<Vec<_>>()));
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let Some(row) = rows.lock().unwrap().pop() else {
                        return;
                    };
                    let found = row.judge(good_kib[usize::from(row.protocol == Protocol::Http2)]);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn over_http_1() {
    hold(&http1::ROWS, WAITING_AT_ONCE);
}

#[test]
fn over_http_2() {
    hold(&http2::ROWS, WAITING_AT_ONCE);
}

#[test]
fn of_any_page() {
    hold(&page::ROWS, READING_AT_ONCE);
}

#[test]
fn of_any_failure() {
    hold(&failure::ROWS, WAITING_AT_ONCE);
}

#[test]
fn of_any_result() {
    hold(&result::ROWS, READING_AT_ONCE);
}

#[test]
fn of_any_echo() {
    hold(&echo::ROWS, READING_AT_ONCE);
}

/// An org that announces the longest answer to each of many calls, and sends none of it.
#[test]
fn an_announced_length_takes_no_memory() {
    const CALLS: usize = 32;
    let org = RawOrg::start(Protocol::Http1, |wire, request| {
        if request.asked == Asked::Login {
            return wire.answer_well(request);
        }
        let mut head = crate::raw_org::http1::head(200, &[("content-length", "67108864")]);
        head.extend(b"\r\n");
        wire.send(&head)?;
        // More than the host waits for before it hands anything over.
        wire.send(&[b' '; 300 << 10])?;
        wire.say_nothing()
    });
    org.put_secret(true);
    let acme = org.library();
    let options = QueryOptions {
        call: Options {
            timeout: Some(Duration::from_secs(3)),
            api_version: None,
        },
        ..QueryOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let calls = (0..CALLS).map(|_| acme.query("SELECT Id FROM Account", &options));
    for called in runtime.block_on(futures::future::join_all(calls)) {
        let failed = called.unwrap_err();
        assert_eq!(failed.code(), "timeout", "{failed}");
    }
}

/// Begins an answer whose body is to come.
pub(crate) fn begin_answer(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer_with(wire, request, &[])
}

fn begin_answer_with(wire: &mut Wire, request: &Request, more: &[(&str, &str)]) -> io::Result<()> {
    let mut with = vec![("content-type", "application/json")];
    with.extend(more);
    match wire.protocol() {
        Protocol::Http1 => {
            with.push(("transfer-encoding", "chunked"));
            let mut head = crate::raw_org::http1::head(200, &with);
            head.extend(b"\r\n");
            wire.send(&head)
        }
        Protocol::Http2 => {
            let block = headers(200, &with);
            wire.send(&frame(HEADERS, END_HEADERS, request.stream, &block))
        }
    }
}

/// Sends a part of a body that was begun.
fn send_part(wire: &mut Wire, request: &Request, part: &[u8]) -> io::Result<()> {
    match wire.protocol() {
        Protocol::Http1 => {
            let mut chunk = format!("{:x}\r\n", part.len()).into_bytes();
            chunk.extend(part);
            chunk.extend(b"\r\n");
            wire.send(&chunk)
        }
        Protocol::Http2 => crate::raw_org::http2::send_data(wire, request.stream, part),
    }
}

/// Ends a body that was begun.
fn end_answer(wire: &mut Wire, request: &Request) -> io::Result<()> {
    use crate::raw_org::http2::{DATA, END_STREAM};
    match wire.protocol() {
        Protocol::Http1 => wire.send(b"0\r\n\r\n"),
        Protocol::Http2 => wire.send(&frame(DATA, END_STREAM, request.stream, &[])),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A page of so many bytes.
fn page_of(bytes: usize) -> Vec<u8> {
    let begin = br#"{"totalSize":1,"done":true,"records":[{"Id":"001000000000001AAA","Name":""#;
    let end = br#""}]}"#;
    let mut page = begin.to_vec();
    page.resize(bytes - end.len(), b'x');
    page.extend(end);
    page
}
