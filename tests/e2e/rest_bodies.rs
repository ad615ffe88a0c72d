//! Bodies of any length through `sfbox rest`, and how they end.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sfbox_emulator::{CannedAnswer, Effect, Route};
use workspace::{extent, python, root};

use crate::org::Org;
use crate::raw_org::http1::begin_chunks;
use crate::raw_org::{Protocol, RawOrg, Request, Wire, cut, http1};
use crate::sfbox::{Run, end, start};
use crate::terminal::Terminal;

const FILE: &str = "sobjects/ContentVersion/068000000000001AAA/VersionData";
const BATCHES: &str = "jobs/ingest/750000000000001AAA/batches";
const ECHO: &str = "/services/apexrest/echo";

/// How soon a request ends whose command has ended.
const SOON: Duration = Duration::from_secs(5);

/// More than is sent again by the component, and more than is held here.
const LONG: usize = 5_000_000;

fn org(script: impl Fn(&mut Wire, &Request) -> io::Result<()> + Send + Sync + 'static) -> RawOrg {
    let org = RawOrg::start(Protocol::Http1, script);
    org.put_secret(true);
    org
}

/// A command and how much memory it had at most, which is the last line of its stderr.
fn measured(command: &Command) -> Command {
    let mut measured = Command::new(python());
    measured
        .arg(root().join("tests/python/peak.py"))
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .stderr(Stdio::piped());
    measured
}

fn peak_kib(stderr: &str) -> u64 {
    let last = stderr
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("peak "));
    last.unwrap_or_else(|| panic!("{stderr}")).parse().unwrap()
}

/// Bytes that come out, to their end.
fn count(mut out: ChildStdout, each: u8) -> usize {
    let mut part = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        match out.read(&mut part).unwrap() {
            0 => return bytes,
            read => {
                assert!(part[..read].iter().all(|byte| *byte == each));
                bytes += read;
            }
        }
    }
}

#[test]
fn bodies_of_hundreds_of_megabytes_take_the_memory_of_small_ones() {
    const MANY: usize = 300 << 20;
    const PART: usize = 1 << 20;
    // What is held of a body, some times, and what is on its way.
    const MORE_KIB_MAX: u64 = 32 << 10;
    // From a pipe as many in the whole of the test.
    let piped = extent::of(MANY) / PART * PART;
    let (sender, uploads) = mpsc::channel();
    let org = org(move |wire, request| {
        // Each upload is on a session that is proved first.
        let (most, is_in_chunks) = match request.number {
            2 => (MANY, false),
            4 => (piped, true),
            _ => return wire.answer_well(request),
        };
        let (mut bytes, mut end) = (0, Vec::new());
        while bytes < most || (is_in_chunks && !end.ends_with(b"\r\n0\r\n\r\n")) {
            let part = wire.upload_part()?;
            bytes += part.len();
            end.extend(&part[part.len().saturating_sub(7)..]);
            end.drain(..end.len().saturating_sub(7));
        }
        _ = sender.send(bytes);
        let mut head = http1::head(200, &[("content-length", &most.to_string())]);
        head.extend(b"\r\n");
        wire.send(&head)?;
        let part = vec![b'y'; PART];
        (0..most / PART).try_for_each(|_| wire.send(&part))
    });
    let small = org.command(&["rest", "GET", "limits"]);
    let small = Run::of(measured(&small).output().unwrap());
    assert_eq!(small.status, 0, "{}", small.stderr);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: usize| {
        // Without a block on the disk.
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        file.set_len(bytes as u64).unwrap();
        path
    };
    let (whole, part) = (file("whole", MANY), file("part", piped));
    let mut cat = Command::new("cat");
    let mut cat = cat.arg(part).stdout(Stdio::piped()).spawn().unwrap();
    let from_cat = cat.stdout.take().unwrap();
    for (input, stdin, bytes) in [
        (whole.to_str().unwrap(), Stdio::null(), MANY),
        ("-", Stdio::from(from_cat), piped),
    ] {
        let put = org.command(&["rest", "PUT", BATCHES, "--input", input]);
        let mut process = start(measured(&put).stdin(stdin));
        let out = process.stdout.take().unwrap();
        assert_eq!(count(out, b'y'), bytes);
        let ended = end(process);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let more = peak_kib(&ended.stderr).saturating_sub(peak_kib(&small.stderr));
        assert!(more < MORE_KIB_MAX, "--input {input}: {more} KiB");
        assert!(uploads.recv().unwrap() >= bytes);
    }
    cat.wait().unwrap();
    let heads = org.heads();
    let puts: Vec<String> = heads
        .iter()
        .filter(|head| head.starts_with("PUT "))
        .map(|head| head.to_ascii_lowercase())
        .collect();
    let length = format!("content-length: {MANY}\r\n");
    assert!(puts[0].contains(&length), "{puts:?}");
    assert!(
        puts[1].contains("transfer-encoding: chunked\r\n"),
        "{puts:?}"
    );
}

#[test]
fn an_answer_is_printed_while_it_arrives() {
    let org = org(|wire, _| {
        begin_chunks(wire, "one")?;
        wire.until_released()?;
        wire.send(b"3\r\ntwo\r\n0\r\n\r\n")
    });
    let mut process = start(&mut org.command(&["rest", "GET", FILE, "--include"]));
    let mut out = process.stdout.take().unwrap();
    let mut begun = String::new();
    while !begun.ends_with("one") {
        let mut byte = [0];
        out.read_exact(&mut byte).unwrap();
        begun.push(byte[0].into());
    }
    assert!(begun.starts_with("HTTP/1.1 200 OK\r\n"), "{begun}");
    assert!(begun.ends_with("\r\n\r\none"), "{begun}");
    org.release();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "two");
    assert_eq!(end(process).status, 0);
}

#[test]
fn an_answer_that_is_cut_is_an_error_and_its_beginning_was_printed() {
    for cut in [cut::BY_LENGTH, cut::IN_CHUNKS] {
        let org = org(move |wire, _| {
            cut(wire)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        });
        for (method, status) in [("GET", 4), ("DELETE", 6)] {
            let before = org.pages();
            let run = Run::of(org.command(&["rest", method, FILE]).output().unwrap());
            run.fails(status, "rest of org `acme`: the answer broke off");
            assert_eq!(run.stdout, "bytes", "{method}");
            assert_eq!(org.pages() - before, 1, "{method}: it is not sent again");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let to_file = ["rest", "GET", FILE, "-O", path.to_str().unwrap()];
        let run = Run::of(org.command(&to_file).output().unwrap());
        run.fails(4, "the answer broke off");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// An org that says when a client hangs up: what it answers has no end.
fn endless() -> (RawOrg, mpsc::Receiver<Instant>) {
    let (sender, gone) = mpsc::channel();
    let org = org(move |wire, _| {
        begin_chunks(wire, "begun")?;
        let part = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let ended = loop {
            if let Err(ended) = wire.send(part.as_bytes()) {
                break ended;
            }
        };
        _ = sender.send(Instant::now());
        Err(ended)
    });
    (org, gone)
}

#[test]
fn a_reader_that_has_enough_ends_the_request_and_is_no_error() {
    let (org, gone) = endless();
    let mut process = start(&mut org.command(&["rest", "GET", FILE]));
    let mut begun = [0; 5];
    process
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut begun)
        .unwrap();
    assert_eq!(&begun, b"begun");
    let ended = end(process);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    gone.recv_timeout(SOON).unwrap();
    assert_eq!(org.pages(), 1);
}

fn interrupt(process: &Child) -> Instant {
    kill_process(Pid::from_child(process), Signal::INT).unwrap();
    Instant::now()
}

#[test]
fn an_interrupt_ends_the_request_within_an_answer() {
    let (sender, gone) = mpsc::channel();
    let org = org(move |wire, _| {
        begin_chunks(wire, "begun")?;
        let ended = wire.say_nothing();
        _ = sender.send(());
        ended
    });
    let mut process = start(&mut org.command(&["rest", "GET", FILE]));
    let mut out = process.stdout.take().unwrap();
    let mut begun = [0; 5];
    out.read_exact(&mut begun).unwrap();
    let sent = interrupt(&process);
    let mut rest = Vec::new();
    out.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
    assert_eq!(end(process).status, 130);
    assert!(sent.elapsed() < SOON, "{:?}", sent.elapsed());
    gone.recv_timeout(SOON).unwrap();
}

#[test]
fn an_interrupt_ends_the_request_while_stdin_goes_on() {
    let (sender, events) = mpsc::channel();
    let org = org(move |wire, request| {
        if request.number == 0 {
            return wire.answer_well(request);
        }
        let mut body = Vec::new();
        let ended = loop {
            match wire.upload_part() {
                Ok(part) => body.extend(part),
                Err(ended) => break ended,
            }
            if body.len() > LONG {
                _ = sender.send(None);
            }
        };
        _ = sender.send(Some(body.ends_with(b"\r\n0\r\n\r\n")));
        Err(ended)
    });
    let put = ["rest", "PUT", BATCHES, "--input", "-"];
    let mut process = start(org.command(&put).stdin(Stdio::piped()));
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(&vec![b'x'; LONG]).unwrap();
    assert_eq!(events.recv_timeout(SOON).unwrap(), None);
    let sent = interrupt(&process);
    let ended = end(process);
    assert_eq!((ended.status, ended.stdout.as_str()), (130, ""));
    assert!(sent.elapsed() < SOON, "{:?}", sent.elapsed());
    // It was open all the time.
    drop(stdin);
    let last = events.iter().find_map(|event| event);
    assert_eq!(last, Some(false), "the org saw an end");
}

#[test]
fn a_body_that_is_passed_on_is_sent_again_if_its_session_has_ended() {
    let org = Org::start();
    org.set(|settings| settings.body_length_required = false);
    org.sfbox(&["session", "renew"]).object();
    let ended = || {
        let body = r#"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]"#;
        Effect::Answer(CannedAnswer {
            status: 401,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_owned(),
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let executed = || org.control().stats().apex_executions;
    // One that is held, and one that is read while it is sent.
    for bytes in [300_000, LONG] {
        let path = folder.path().join(bytes.to_string());
        fs::write(&path, vec![b'x'; bytes]).unwrap();
        let before = executed();
        org.strike(Route::Apex, Some(1), ended());
        let run = org.sfbox(&["rest", "PUT", ECHO, "--input", path.to_str().unwrap()]);
        assert_eq!((run.status, run.stdout.len()), (0, bytes), "{}", run.stderr);
        assert_eq!(executed() - before, 1);
        // Of a pipe there is nothing left, if it was not held.
        org.strike(Route::Apex, Some(1), ended());
        let file = fs::File::open(&path).unwrap();
        let mut cat = Command::new("cat")
            .stdin(file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut piped = org.command(&["rest", "PUT", ECHO, "--input", "-"]);
        let from_cat = cat.stdout.take().unwrap();
        let run = Run::of(piped.stdin(from_cat).output().unwrap());
        cat.wait().unwrap();
        match bytes {
            LONG => run.fails(4, "has ended"),
            _ => assert_eq!((run.status, run.stdout.len()), (0, bytes), "{}", run.stderr),
        }
        org.control().clear_faults();
    }
}

#[test]
fn no_header_that_is_not_the_callers_is_dropped_in_silence() {
    let org = Org::start();
    org.sfbox(&["session", "renew"]).object();
    let before = org.control().stats().requests;
    for name in [
        "Accept-Encoding",
        "Connection",
        "Content-Length",
        "Expect",
        "Forwarded",
        "Keep-Alive",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "X-HTTP-Method-Override",
        "X-SFDC-Session",
    ] {
        let header = format!("{name}: CANARY");
        let run = org.sfbox(&["rest", "GET", "limits", "-H", &header]);
        run.fails(2, "the headers cannot be sent");
        assert!(!run.stderr.contains("CANARY"), "{}", run.stderr);
    }
    for version in ["v30.0", "66.0", "x"] {
        let run = org.sfbox(&["--api-version", version, "rest", "GET", "limits"]);
        run.fails(2, "api-version is neither");
    }
    assert_eq!(org.control().stats().requests, before);
}

#[test]
fn a_relative_path_is_below_the_components_own_version_or_the_newest() {
    let org = Org::start();
    let url = |version: &[&str]| {
        let run = org.sfbox(&[version, &["rest", "GET", "sobjects/Account"]].concat());
        let described = run.object();
        described["objectDescribe"]["urls"]["sobject"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let library = org.library();
    let request = sfbox::RestRequest {
        method: sfbox::RestMethod::Get,
        path: "sobjects/Account".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let answer = org.block_on(library.rest(&request, &sfbox::RestOptions::default()));
    let answer: serde_json::Value = serde_json::from_slice(&answer.unwrap().body).unwrap();
    let of_component = answer["objectDescribe"]["urls"]["sobject"]
        .as_str()
        .unwrap();
    assert_eq!(url(&[]), of_component);
    assert_eq!(
        url(&["--api-version", "v60.0"]),
        "/services/data/v60.0/sobjects/Account"
    );
    let newest = org.sfbox(&["api-versions"]).records();
    let newest = newest.last().unwrap()["version"].as_str().unwrap();
    assert_eq!(
        url(&["--api-version", "latest"]),
        format!("/services/data/{newest}/sobjects/Account")
    );
}

#[test]
fn a_terminal_shows_a_long_answer_as_it_comes() {
    let org = Org::start();
    org.sfbox(&["session", "renew"]).object();
    let shown = |bytes| {
        org.strike(Route::Query, Some(1), Effect::AnswerBytes(bytes));
        let mut terminal = Terminal::new(120);
        let mut process = terminal.start(&mut org.command(&["rest", "GET", "query?q=x"]));
        terminal.read();
        assert!(process.wait().unwrap().success());
        terminal.end()
    };
    assert!(shown(1 << 10).starts_with("{\n  \"totalSize\""));
    let long = shown(6 << 20);
    assert!(long.starts_with("{\"totalSize\""), "{}", &long[..80]);
    assert_eq!(long.trim_end_matches('\n').len(), 6 << 20);
    assert!(long.ends_with("}\n"));
}
