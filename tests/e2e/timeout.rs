//! `--timeout` limits each call, and a command whose call has timed out ends.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use moto::Moto;
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route};

use crate::org::{CONSUMER_SECRET, NAME, Org, set_mode};
use crate::raw_org::{Asked, PAGE, Protocol, RawOrg, Request, TOKEN, Wire};
use crate::sfbox::{Run, end, start};

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 1"];

/// `--timeout` of the commands here.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How much longer a command may take: two seconds for what its call began, and a half to
/// start and to end.
const GRACE: Duration = Duration::from_millis(2_500);

/// How long the next process may take to log in.
const NEXT_MAX: Duration = Duration::from_secs(1);

/// The error is printed when the time is up, and not at the end.
const PRINTED_WITHIN: Duration = Duration::from_millis(700);

/// A command that ended, and when it said why.
struct Ended {
    run: Run,
    printed: Duration,
    took: Duration,
}

/// Waits for a command's end, and notes when it first wrote an error.
fn watch(mut process: Child) -> Ended {
    let begun = Instant::now();
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let (mut text, mut printed) = (String::new(), Duration::MAX);
    loop {
        let before = text.len();
        if stderr.read_line(&mut text).unwrap() == 0 {
            break;
        }
        if text[before..].starts_with("error: ") {
            printed = begun.elapsed();
        }
    }
    let mut run = end(process);
    run.stderr = text;
    Ended {
        run,
        printed,
        took: begun.elapsed(),
    }
}

/// A query with the timeout.
fn query(org: &RawOrg) -> Child {
    let timeout = TIMEOUT.as_secs().to_string();
    start(&mut org.command(&[QUERY[0], QUERY[1], "--timeout", &timeout]))
}

/// The command has timed out, has said so at once, and has ended.
#[track_caller]
fn has_ended(ended: &Ended, words: &str) {
    ended.run.fails(4, "the timeout has passed");
    ended.run.fails(4, words);
    assert!(ended.took < TIMEOUT + GRACE, "{:?}", ended.took);
    assert!(
        ended.printed < TIMEOUT + PRINTED_WITHIN,
        "{:?}",
        ended.printed
    );
}

/// Another process logs in, without waiting for anything.
#[track_caller]
fn the_next_logs_in(org: &RawOrg) {
    let begun = Instant::now();
    let next = end(query(org));
    assert_eq!(next.records().len(), 1);
    assert!(begun.elapsed() < NEXT_MAX, "{:?}", begun.elapsed());
    assert_eq!(org.stored_token().as_deref(), Some(TOKEN));
}

/// An org that hangs until it is released at what `hangs` names.
fn hanging(protocol: Protocol, hangs: impl Fn(&Request) -> bool + Send + Sync + 'static) -> RawOrg {
    RawOrg::start(protocol, move |wire: &mut Wire, request: &Request| {
        if hangs(request) && !wire.is_released() {
            return wire.say_nothing();
        }
        wire.answer_well(request)
    })
}

#[test]
fn a_login_hangs() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let org = hanging(protocol, |request| request.asked == Asked::Login);
        let ended = watch(query(&org));
        has_ended(&ended, "the login took longer than `--timeout`");
        assert_eq!((org.logins(), org.pages()), (1, 0));
        org.release();
        the_next_logs_in(&org);
    }
}

#[test]
fn a_login_that_a_person_asked_for_hangs() {
    let org = hanging(Protocol::Http1, |request| request.asked == Asked::Login);
    let timeout = TIMEOUT.as_secs().to_string();
    let renew = ["session", "renew", "--timeout", &timeout];
    let ended = watch(start(&mut org.command(&renew)));
    has_ended(&ended, "the login took longer than `--timeout`");
    org.release();
    the_next_logs_in(&org);
}

#[test]
fn everything_hangs_after_a_fresh_login() {
    let org = hanging(Protocol::Http1, |request| request.asked == Asked::Page);
    let ended = watch(query(&org));
    has_ended(&ended, "query of org");
    assert!(!ended.run.stderr.contains("login"), "{}", ended.run.stderr);
    assert_eq!(org.stored_token(), None, "nothing has proved it");
    org.release();
    the_next_logs_in(&org);
}

#[test]
fn a_page_hangs_after_a_fresh_login() {
    let org = hanging(Protocol::Http1, |request| {
        request.asked == Asked::Page && request.number == 0
    });
    let ended = watch(query(&org));
    has_ended(&ended, "query of org");
    assert_eq!(
        org.stored_token().as_deref(),
        Some(TOKEN),
        "another request has proved it"
    );
    org.release();
    the_next_logs_in(&org);
    assert_eq!(org.logins(), 1);
}

#[test]
fn a_page_hangs() {
    let org = hanging(Protocol::Http2, |request| request.asked == Asked::Page);
    org.put_secret(true);
    let ended = watch(query(&org));
    has_ended(&ended, "query of org");
    assert_eq!(org.logins(), 0);
    assert!(
        ended.took < TIMEOUT + PRINTED_WITHIN,
        "nothing is waited for: {:?}",
        ended.took
    );
}

#[test]
fn another_process_is_logging_in() {
    let org = hanging(Protocol::Http1, |request| request.asked == Asked::Login);
    let patient = start(&mut org.command(&[QUERY[0], QUERY[1], "--timeout", "20"]));
    while org.logins() == 0 {
        sleep(Duration::from_millis(5));
    }
    let ended = watch(query(&org));
    has_ended(&ended, "query of org");
    assert_eq!(org.logins(), 1, "it is the other's turn");
    let mut patient = patient;
    patient.kill().unwrap();
    _ = patient.wait();
    org.release();
    the_next_logs_in(&org);
}

#[test]
fn a_login_that_is_answered_a_moment_late_is_stored() {
    let org = RawOrg::start(Protocol::Http1, |wire, request| {
        if request.asked == Asked::Login {
            sleep(TIMEOUT + Duration::from_millis(400));
        }
        wire.answer_well(request)
    });
    let ended = watch(query(&org));
    has_ended(&ended, "the login took longer than `--timeout`");
    assert_eq!(org.stored_token().as_deref(), Some(TOKEN));
    the_next_logs_in(&org);
    assert_eq!(org.logins(), 1);
}

#[test]
fn org_check_ends_as_well() {
    let org = hanging(Protocol::Http1, |request| request.asked == Asked::Login);
    let timeout = TIMEOUT.as_secs().to_string();
    let check = ["org", "check", "--timeout", &timeout];
    let ended = watch(start(&mut org.command(&check)));
    ended.run.fails(4, "org `acme` fails at the step `login`");
    assert!(ended.took < TIMEOUT + GRACE, "{:?}", ended.took);
    assert!(
        ended.printed < TIMEOUT + PRINTED_WITHIN,
        "{:?}",
        ended.printed
    );
    assert!(
        ended.run.stdout.contains("the timeout has passed"),
        "{}",
        ended.run.stdout
    );
    org.release();
    the_next_logs_in(&org);
}

#[test]
fn an_export_may_take_longer_than_its_timeout() {
    const PAGES: usize = 8;
    let org = RawOrg::start(Protocol::Http1, |wire, request| {
        if request.asked == Asked::Login {
            return wire.answer_well(request);
        }
        sleep(Duration::from_millis(500));
        let number = request.number + 1;
        let (done, next) = (
            number == PAGES,
            format!("/services/data/v66.0/query/01g{number}-200"),
        );
        let row = serde_json::from_str::<serde_json::Value>(PAGE).unwrap()["records"][0].clone();
        let page = serde_json::json!({
            "totalSize": PAGES, "done": done, "nextRecordsUrl": next, "records": [row],
        });
        wire.answer(request, page.to_string().as_bytes())
    });
    org.put_secret(true);
    let begun = Instant::now();
    let export = end(query(&org));
    assert_eq!(export.records().len(), PAGES);
    assert!(begun.elapsed() > TIMEOUT, "{:?}", begun.elapsed());
    assert_eq!(org.pages(), PAGES);
}

/// A lock that another process holds on the secret keeps the token from the store.
#[test]
fn a_command_that_is_done_says_why_it_stays() {
    let lock = Arc::new(OnceLock::<File>::new());
    let taken = Arc::clone(&lock);
    let org = RawOrg::start(Protocol::Http1, move |wire, request| {
        if request.asked == Asked::Login {
            // Between the command's claim and its write.
            taken.get().unwrap().lock()?;
        }
        wire.answer_well(request)
    });
    let file = org.path("acme.lock");
    lock.set(File::create(&file).unwrap()).unwrap();
    set_mode(&file, 0o600);
    let mut process = query(&org);
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(
        line,
        "note: waiting up to 20 s until the new session is stored\n"
    );
    assert_eq!(org.stored_token(), None);
    lock.get().unwrap().unlock().unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(end(process).records().len(), 1);
    assert_eq!(rest, "");
    assert_eq!(org.stored_token().as_deref(), Some(TOKEN));
}

#[test]
fn org_check_blames_the_call_that_hangs_after_a_login() {
    let org = hanging(Protocol::Http1, |request| request.asked == Asked::Page);
    let timeout = TIMEOUT.as_secs().to_string();
    let check = ["org", "check", "--timeout", &timeout];
    let ended = watch(start(&mut org.command(&check)));
    ended.run.fails(4, "org `acme` fails at the step `call`");
    assert!(
        ended.printed < TIMEOUT + PRINTED_WITHIN,
        "{:?}",
        ended.printed
    );
    let login = "{\"step\":\"login\",\"ok\":true";
    assert!(ended.run.stdout.contains(login), "{}", ended.run.stdout);
    assert_eq!(org.logins(), 1);
}

/// In Secrets Manager nothing gives a claim back but its owner.
#[test]
fn in_secrets_manager_the_claim_on_a_login_without_an_answer_is_given_back() {
    let unavailable = CannedAnswer {
        status: 503,
        headers: vec![("retry-after".to_owned(), "25".to_owned())],
        body: String::new(),
    };
    for effect in [Effect::Hold, Effect::Answer(unavailable)] {
        let (org, moto) = (Org::start(), Moto::start());
        let secret = serde_json::json!({
            "Domain": "acme.my", "ConsumerKey": "key", "ConsumerSecret": CONSUMER_SECRET,
        });
        org.block_on(moto.create(NAME, &secret.to_string()));
        let fault = Fault {
            route: FaultRoute::Only(Route::Token),
            skip: 0,
            count: None,
            effect,
        };
        org.control().faults(vec![fault]).unwrap();
        let timeout = TIMEOUT.as_secs().to_string();
        let arguments = [QUERY[0], QUERY[1], "--timeout", &timeout];
        let ended = watch(start(&mut org.command_on(&moto, &arguments)));
        has_ended(&ended, "query of org");
        assert_eq!(org.logins(), 0);
        org.control().clear_faults();
        let begun = Instant::now();
        let next = org.sfbox_on(&moto, &QUERY);
        assert_eq!(next.records().len(), 1);
        assert!(begun.elapsed() < NEXT_MAX * 2, "{:?}", begun.elapsed());
    }
}
