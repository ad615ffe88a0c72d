//! What an org's policy denies, by a component that tries; and the audit of it.

use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use sfbox::policy::{Level, Policy};
use sfbox::{Builder, Error, Failure, Options, QueryOptions};
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route};
use tracing_subscriber::fmt::MakeWriter;
use workspace::root;

use crate::org::{NAME, Org};
use crate::raw_org::{Protocol, RawOrg};

/// What must be in no audit and no log: an id, a name in a statement, a member of a body.
const CANARIES: [&str; 3] = ["001CANARY0000001AA", "CANARY-filter", "CANARY-body"];

const LEVELS: [Level; 3] = [Level::Everything, Level::NoDelete, Level::ReadOnly];

/// How a component tries, and in which of [`LEVELS`] it gets out. `~` is
/// `/services/data/v66.0`, `^` a line's end, `<id>` an id.
const TRIES: [(&str, [bool; 3]); 30] = [
    ("GET ~/limits", [true, true, true]),
    (
        "GET ~/query?q=SELECT+Id+FROM+Account+WHERE+Name='CANARY-filter'",
        [true, true, true],
    ),
    ("GET ~/sobjects/Account/<id>", [true, true, true]),
    ("GET /services/data", [true, true, true]),
    (
        "POST ~/graphql 0^content-type: application/json^^{\"query\":\"query CANARY { uiapi { query { Account { edges { node { Id } } } } } }\"}",
        [true, true, true],
    ),
    (
        "POST ~/composite 0^content-type: application/json^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"/services/data/v66.0/sobjects/Account/<id>\",\"referenceId\":\"a\"}]}",
        [true, true, true],
    ),
    (
        "GET ~/query?q=SELECT+Id+FROM+Account+FOR+UPDATE",
        [true, true, false],
    ),
    (
        "POST ~/sobjects/Account 0^content-type: application/json^^{\"Name\":\"CANARY-body\"}",
        [true, true, false],
    ),
    (
        "PATCH ~/sobjects/Account/<id> 0^content-type: application/json^^{\"Name\":\"CANARY-body\"}",
        [true, true, false],
    ),
    (
        "POST ~/sobjects/Account/<id>?_HttpMethod=PATCH 0^^{}",
        [true, true, false],
    ),
    (
        "PUT ~/jobs/ingest/750000000000001AAA/batches 2000000^content-length: 2000000^content-type: text/csv^^Name",
        [true, true, false],
    ),
    (
        "POST ~/sobjects/Account/<id>?_HttpMethod=DELETE 0^^{}",
        [true, false, false],
    ),
    ("DELETE ~/sobjects/Account/<id>", [true, false, false]),
    ("OPTIONS ~/limits", [true, false, false]),
    ("GET /services/apexrest/CANARY-filter", [true, false, false]),
    (
        "POST ~/composite 0^content-type: application/json^^{\"compositeRequest\":[{\"method\":\"DELETE\",\"url\":\"/services/data/v66.0/sobjects/Account/<id>\",\"referenceId\":\"a\"}]}",
        [true, false, false],
    ),
    (
        "POST ~/graphql 0^content-type: application/json^^{\"query\":\"mutation { uiapi { AccountDelete(input: {Id: \\\"<id>\\\"}) { Id } } }\"}",
        [true, false, false],
    ),
    (
        "POST ~/graphql 0^content-type: application/json^content-encoding: gzip^^CANARY-body",
        [true, false, false],
    ),
    (
        "POST ~/graphql 2000000^content-type: application/json^content-length: 2000000^^{\"query\":\"{ a }\"}",
        [true, false, false],
    ),
    ("GET /an/unknown/path/<id>", [true, false, false]),
    (
        "POST ~/composite 2000000^content-type: application/json^^{\"compositeRequest\":[]}",
        [false, false, false],
    ),
    (
        "GET ~/tooling/executeAnonymous?anonymousBody=CANARY-body",
        [false, false, false],
    ),
    ("GET ~/limits?a=1&a=2", [false, false, false]),
    ("GET ~/limits?_HttpMethod=DELETE", [false, false, false]),
    (
        "GET ~/limits 0^x-http-method-override: DELETE^",
        [false, false, false],
    ),
    ("GET ~/../../oauth2/userinfo", [false, false, false]),
    ("GET ~/LIMITS", [false, false, false]),
    ("GET /services/oauth2/userinfo", [false, false, false]),
    (
        "POST /services/oauth2/revoke 0^^token=CANARY-body",
        [false, false, false],
    ),
    ("BREW ~/limits", [false, false, false]),
];

/// The statement by which the hostile component tries it.
fn statement(attempt: &str) -> String {
    let (method, rest) = attempt.split_once(' ').unwrap();
    let rest = rest
        .replace('~', "/services/data/v66.0")
        .replace('^', "\n")
        .replace("<id>", CANARIES[0]);
    format!("send {method} https://acme.my.salesforce.com{rest}")
}

fn hostile(builder: Builder) -> Builder {
    let path = root().join("target/component/hostile.cwasm");
    let image =
        fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    unsafe {
        builder.workers(NonZeroUsize::MIN).native_image(image)
    }
}

fn level(level: Level) -> Policy {
    Policy {
        level,
        ..Policy::default()
    }
}

fn options() -> QueryOptions {
    let call = Options {
        timeout: Some(Duration::from_secs(20)),
        api_version: None,
    };
    QueryOptions {
        call,
        ..QueryOptions::default()
    }
}

/// Lets the component ask; the secret is read first, which the org's hosts are known by.
async fn ask(org: &sfbox::Org, statement: &str) -> Result<String, Error> {
    org.query(&format!("secret {NAME}"), &options()).await?;
    let page = org.query(statement, &options()).await?;
    Ok(page.body)
}

/// The words of a denial by the policy.
#[track_caller]
fn denied(outcome: Result<String, Error>) -> String {
    let error = outcome.expect_err("a denial");
    assert!(error.is_of_policy(), "{error:?}");
    assert_eq!(error.code(), "denied");
    assert_eq!(error.verdict().exit_code, 5);
    assert_eq!(error.verdict().hint, None);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    match error {
        Error::Call { failure, .. } => match *failure {
            Failure::Denied(words) => {
                assert_eq!(words, cause);
                words
            }
            other => panic!("{other:?}"),
        },
        other @ Error::Lost { .. } => panic!("{other}"),
    }
}

/// An org that answers whatever gets there in the same way.
fn answering(headers: &[(&str, &str)]) -> Org {
    let org = Org::start();
    answer_alike(&org, headers);
    org
}

/// Lets an org answer whatever gets there in the same way.
pub(crate) fn answer_alike(org: &Org, headers: &[(&str, &str)]) {
    let headers = headers.iter();
    let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let fault = Fault {
        route: FaultRoute::Any,
        skip: 0,
        count: None,
        effect: Effect::Answer(CannedAnswer {
            status: 200,
            headers: headers.collect(),
            body: "{}".to_owned(),
        }),
    };
    org.control().faults(vec![fault]).unwrap();
}

/// How many requests an org was sent.
pub(crate) fn requests(org: &Org) -> u64 {
    org.control().stats().requests.values().sum()
}

#[test]
fn each_level_lets_out_what_it_should_and_nothing_else_is_dialled() {
    for (number, level_of_all) in LEVELS.into_iter().enumerate() {
        let org = answering(&[]);
        let builder = hostile(org.builder(org.file_store()));
        let runtime = builder.policy(level(level_of_all)).build().unwrap();
        let acme = runtime.org(NAME).unwrap();
        let (pass, fail): (Vec<_>, Vec<_>) = TRIES.iter().partition(|(_, passes)| passes[number]);
        for (attempt, _) in fail {
            let words = denied(org.block_on(ask(&acme, &statement(attempt))));
            assert!(words.len() > 20, "{attempt}: {words}");
            for canary in CANARIES {
                assert!(!words.contains(canary), "{attempt}: {words}");
            }
        }
        assert_eq!(requests(&org), 0, "{level_of_all}");
        assert_eq!(org.control().stats().connections.accepted, 0);
        for (attempt, _) in &pass {
            let before = requests(&org);
            let answer = org.block_on(ask(&acme, &statement(attempt)));
            let answer =
                answer.unwrap_or_else(|error| panic!("{level_of_all}: {attempt}: {error:?}"));
            assert!(
                answer.starts_with("200"),
                "{level_of_all}: {attempt}: {answer}"
            );
            assert_eq!(requests(&org), before + 1, "{attempt}");
        }
    }
}

#[test]
fn an_allowed_path_is_open_for_its_methods_alone() {
    let org = answering(&[]);
    let policy = Policy {
        level: Level::ReadOnly,
        allowed: vec![
            "DELETE /services/data/*/sobjects/Account/*"
                .parse()
                .unwrap(),
        ],
        anonymous_apex: true,
        within: None,
    };
    let builder = hostile(org.builder(org.file_store()));
    let acme = builder.policy(policy.clone()).build().unwrap();
    let acme = acme.org(NAME).unwrap();
    assert_eq!(acme.policy(), &policy);
    for (attempt, passes) in [
        ("DELETE ~/sobjects/Account/<id>", true),
        ("GET ~/tooling/executeAnonymous?anonymousBody=x", true),
        ("PATCH ~/sobjects/Account/<id> 0^^{}", false),
        ("DELETE ~/sobjects/Contact/<id>", false),
    ] {
        let outcome = org.block_on(ask(&acme, &statement(attempt)));
        assert_eq!(outcome.is_ok(), passes, "{attempt}: {outcome:?}");
    }
}

#[test]
fn each_of_many_denied_calls_is_told_its_own_words() {
    let org = answering(&[]);
    let builder = hostile(org.builder(org.file_store()));
    let runtime = builder.policy(level(Level::ReadOnly)).build().unwrap();
    let acme = runtime.org(NAME).unwrap();
    // One after the other, with reads in between that are answered.
    org.block_on(async {
        for _ in 0..5 {
            let deleted = ask(&acme, &statement("DELETE ~/sobjects/Account/<id>")).await;
            assert!(denied(deleted).contains("is a delete"));
            ask(&acme, &statement("GET ~/limits")).await.unwrap();
            let apex = ask(&acme, &statement("GET ~/tooling/executeAnonymous?a")).await;
            assert!(denied(apex).contains("--allow-anonymous-apex"));
        }
        // At once, with reads that are answered: each has words.
        let delete = statement("DELETE ~/sobjects/Account/<id>");
        let read = statement("GET ~/limits");
        let denials = join_all((0..20).map(|_| ask(&acme, &delete)));
        let reads = join_all((0..20).map(|_| ask(&acme, &read)));
        let (denials, reads) = futures::future::join(denials, reads).await;
        for outcome in denials {
            assert!(denied(outcome).contains("is a delete"));
        }
        assert!(reads.iter().all(Result::is_ok));
    });
}

#[test]
fn the_product_is_judged_too_and_hands_the_words_on() {
    let org = Org::start();
    let builder = org.builder(org.file_store());
    let runtime = builder.policy(level(Level::ReadOnly)).build().unwrap();
    let acme = runtime.org(NAME).unwrap();
    org.block_on(async {
        let page = acme
            .query("SELECT Id FROM Account LIMIT 1", &options())
            .await;
        page.unwrap();
        let locked = "SELECT Id FROM Account LIMIT 1 FOR UPDATE";
        let locked = acme.query(locked, &options()).await.map(|page| page.body);
        let words = denied(locked);
        assert!(
            words.starts_with("the policy is read-only, and GET"),
            "{words}"
        );
        assert!(words.contains("--allow-path"), "{words}");
        acme.renew_session(&Options::default()).await.unwrap();
    });
    assert_eq!(org.control().stats().logins, 2);
    let queries = org.control().stats().requests.get(&Route::Query).copied();
    assert_eq!(queries, Some(1));
}

#[test]
fn two_policies_on_one_org_at_once_share_one_login() {
    let org = Org::start();
    let runtime = org.builder(org.file_store()).build().unwrap();
    let all = runtime.org(NAME).unwrap();
    let some = runtime
        .org_with_policy(NAME, level(Level::ReadOnly))
        .unwrap();
    assert_eq!(all.policy(), &Policy::default());
    org.block_on(async {
        let soql = "SELECT Id FROM Account LIMIT 1";
        let (of_all, of_some) = (options(), options());
        let calls = (0..10).map(|number| match number % 2 {
            0 => all.query(soql, &of_all),
            _ => some.query(soql, &of_some),
        });
        for page in join_all(calls).await {
            page.unwrap();
        }
        let locked = "SELECT Id FROM Account LIMIT 1 FOR UPDATE";
        let locked_by_some = some.query(locked, &options()).await.map(|page| page.body);
        denied(locked_by_some);
        // Whatever the org makes of it, it gets there.
        let queries = || org.control().stats().requests[&Route::Query];
        let before = queries();
        _ = all.query(locked, &options()).await;
        assert!(queries() > before);
        // An expiry is one login, too.
        org.control().expire_sessions();
        let calls = [all.query(soql, &of_all), some.query(soql, &of_some)];
        for page in join_all(calls).await {
            page.unwrap();
        }
    });
    assert_eq!(org.logins(), 2);
    let unknown = runtime.org_with_policy("other", Policy::default());
    assert!(unknown.is_err());
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    for canary in CANARIES {
        assert!(!text.contains(canary), "{text}");
    }
    let line = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}

#[test]
fn the_audit_has_every_denial_and_every_write_and_nothing_of_what_they_say() {
    let org = answering(&[]);
    let audit = org.secret_file().with_file_name("audit.jsonl");
    let builder = hostile(org.builder(org.file_store())).audit(&audit);
    let runtime = builder.policy(level(Level::NoDelete)).build().unwrap();
    let acme = runtime.org(NAME).unwrap();
    assert!(lines(&audit).is_empty());
    for (attempt, _) in TRIES {
        _ = org.block_on(ask(&acme, &statement(attempt)));
    }
    let lines = lines(&audit);
    let decided = |decision: &'static str| {
        let lines = lines.iter();
        lines.filter(move |line| line["decision"] == decision)
    };
    let denials = TRIES.iter().filter(|(_, passes)| !passes[1]).count();
    let writes = TRIES
        .iter()
        .filter(|(_, passes)| passes[1] && !passes[2])
        .count();
    assert_eq!(decided("denied").count(), denials);
    // Without a policy that denies writes, the judge does not look whether these are reads.
    assert!(decided("allowed").count() >= writes);
    assert_eq!(decided("allowed").count(), decided("answered").count());
    assert_eq!(decided("unanswered").count(), 0);
    for line in &lines {
        assert_eq!(line["org"], NAME);
        assert_eq!(line["policy"], "no-delete");
        let time = line["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    }
    for answered in decided("answered") {
        assert_eq!(answered["status"], 200);
        assert_eq!(answered["bytes"], 2);
        assert!(answered["ms"].is_u64());
        let mut before = decided("allowed").filter(|line| line["event"] == answered["event"]);
        let line = before.next().unwrap();
        assert_eq!(line["route"], answered["route"]);
        assert!(before.next().is_none() && line["status"].is_null());
    }
    let row = "/services/data/{version}/sobjects/{object}/{id}";
    let is_patch = |line: &&Value| line["method"] == "PATCH" && line["route"] == row;
    assert_eq!(decided("answered").filter(is_patch).count(), 1);
}

#[test]
fn a_write_whose_line_cannot_be_written_is_not_sent_and_reads_go_on() {
    let org = answering(&[]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone/audit.jsonl");
    let builder = hostile(org.builder(org.file_store())).audit(&path);
    let acme = builder.build().unwrap().org(NAME).unwrap();
    let create = statement("POST ~/sobjects/Account 0^content-type: application/json^^{}");
    let apex = statement("GET ~/tooling/executeAnonymous?anonymousBody=x");
    org.block_on(async {
        let words = denied(ask(&acme, &create).await);
        assert!(
            words.starts_with("a write must be in the audit before it is sent"),
            "{words}"
        );
        assert!(words.contains("gone/audit.jsonl"), "{words}");
        denied(ask(&acme, &apex).await);
        assert_eq!(requests(&org), 0);
        assert_eq!(org.control().stats().connections.accepted, 0);
        ask(&acme, &statement("GET ~/limits")).await.unwrap();
        assert_eq!(requests(&org), 1);
        // It works again when the file can be written.
        fs::create_dir(folder.path().join("gone")).unwrap();
        ask(&acme, &create).await.unwrap();
        // And not when somebody else may write it.
        crate::org::set_mode(&path, 0o666);
        denied(ask(&acme, &create).await);
        assert_eq!(requests(&org), 2);
    });
}

#[test]
fn answers_tell_their_headers_but_cookies_and_browsers_words() {
    let told = [
        ("allow", "GET, HEAD"),
        ("content-disposition", "attachment; filename=\"a.pdf\""),
        ("content-range", "bytes 0-1/2"),
        ("etag", "\"1\""),
        ("last-modified", "Wed, 01 Jul 2026 08:00:00 GMT"),
        ("link", "</x>; rel=\"next\""),
        ("sforce-limit-info", "api-usage=1/15000"),
        ("x-of-an-apex-class", "1"),
    ];
    let kept_back = [
        ("set-cookie", "BrowserId=x"),
        ("www-authenticate", "Token"),
        ("strict-transport-security", "max-age=63072000"),
        ("content-security-policy", "upgrade-insecure-requests"),
        ("x-content-type-options", "nosniff"),
    ];
    let org = answering(&[told.as_slice(), &kept_back].concat());
    let acme = hostile(org.builder(org.file_store())).build().unwrap();
    let acme = acme.org(NAME).unwrap();
    let answer = org
        .block_on(ask(&acme, &statement("GET ~/limits")))
        .unwrap();
    for (name, value) in told {
        assert!(answer.contains(&format!("\n{name}: {value}")), "{answer}");
    }
    for (name, _) in kept_back {
        assert!(!answer.contains(&format!("\n{name}:")), "{answer}");
    }
}

#[test]
fn each_method_leaves_as_it_is_with_its_body_and_its_length() {
    let raw = RawOrg::start(Protocol::Http1, |wire, request| {
        wire.answer_with(request, 200, &[], b"")
    });
    let runtime = hostile(raw.builder()).build().unwrap();
    let acme = runtime.org(NAME).unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bodies = "0^content-length: 2^content-type: application/json^^{}";
    let id = "~/sobjects/Account/<id>";
    for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
        let attempt = statement(&format!("{method} {id}"));
        tokio.block_on(ask(&acme, &attempt)).unwrap();
    }
    for method in ["POST", "PATCH", "PUT"] {
        let attempt = statement(&format!("{method} {id} {bodies}"));
        tokio.block_on(ask(&acme, &attempt)).unwrap();
    }
    // One whose body decides: it is read, and sent with its length.
    let parts = statement("POST ~/composite 0^^{\"compositeRequest\":[]}");
    tokio.block_on(ask(&acme, &parts)).unwrap();
    let heads = raw.heads();
    let methods: Vec<&str> = heads
        .iter()
        .filter_map(|head| head.split(' ').next())
        .collect();
    let expected = [
        "GET", "HEAD", "DELETE", "OPTIONS", "POST", "PATCH", "PUT", "POST",
    ];
    assert_eq!(methods, expected);
    for head in &heads[4..7] {
        assert!(
            head.to_ascii_lowercase().contains("content-length: 2\r\n"),
            "{head}"
        );
    }
    assert!(
        heads[7]
            .to_ascii_lowercase()
            .contains("content-length: 23\r\n"),
        "{}",
        heads[7]
    );
}

/// All that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn what_is_logged_of_a_denial_has_no_path() {
    let org = answering(&[]);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // On the thread that listens.
    let _listening = tracing::subscriber::set_default(subscriber);
    let builder = hostile(org.builder(org.file_store())).policy(level(Level::ReadOnly));
    let (runtime, worker) = builder.build_local().unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let calls = async {
        let acme = runtime.org(NAME).unwrap();
        for (attempt, _) in TRIES.iter().filter(|(_, passes)| !passes[2]) {
            denied(ask(&acme, &statement(attempt)).await);
        }
        drop(acme);
        runtime.shut_down().await;
    };
    tokio.block_on(futures::future::join(calls, worker));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("sfbox::"))
        .collect();
    assert!(
        ours.iter()
            .any(|line| line.contains("request denied") && line.contains("read-only"))
    );
    for line in ours {
        assert!(
            !line.contains("/services") && !line.contains("sobjects"),
            "{line}"
        );
        for canary in CANARIES {
            assert!(!line.contains(canary), "{line}");
        }
    }
}
