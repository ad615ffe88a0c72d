//! Secrets that are recognisable, and looked for wherever something is written.

use std::io::Write;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::{Arc, Mutex};
use std::thread;

use aws_sdk_secretsmanager::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sfbox::QueryOptions;
use sfbox::secret_store::{Aws, SecretName, SecretStore as _};
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route};
use tracing_subscriber::fmt::MakeWriter;

use crate::org::{CONSUMER_SECRET, NAME, Org};
use crate::proxy;
use crate::sfbox::{Run, command};

/// A value in a filter, as a customer's data would be.
const FILTER: &str = "CANARY-filter-77d0";

fn soql() -> String {
    format!("SELECT Id FROM Account WHERE Name = '{FILTER}'")
}

/// How every token of an org goes on after the org's id: also one that was never
/// stored.
pub(crate) const ANY_TOKEN: &str = "!AQ";

/// What must not be seen: the secret as it is and as it is sent, the stored token
/// even in part, and any other.
fn canaries(org: &Org) -> Vec<String> {
    let basic = BASE64_STANDARD.encode(format!("key:{CONSUMER_SECRET}"));
    let mut canaries = vec![CONSUMER_SECRET.to_owned(), basic, ANY_TOKEN.to_owned()];
    if let Some(token) = org.stored()["SessionId"].as_str() {
        assert!(token.contains(ANY_TOKEN), "an opaque token");
        canaries.push(token[token.len() - 24..].to_owned());
    }
    canaries
}

#[track_caller]
pub(crate) fn clean(org: &Org, run: &Run) {
    for canary in canaries(org) {
        assert!(!run.stdout.contains(&canary), "in stdout");
        assert!(!run.stderr.contains(&canary), "in stderr");
    }
    assert!(
        !run.stderr.contains(FILTER),
        "the filter is in stderr:\n{}",
        run.stderr
    );
}

fn fault(route: Route, effect: Effect) -> Fault {
    Fault {
        route: FaultRoute::Only(route),
        skip: 0,
        count: Some(4),
        effect,
    }
}

/// A case: what is changed in the world before the call.
type Change = Box<dyn Fn(&Org) + Send>;

fn cases() -> Vec<(&'static str, Change)> {
    let strike = |route, effect: Effect| -> Change {
        Box::new(move |org| {
            org.control()
                .faults(vec![fault(route, effect.clone())])
                .unwrap()
        })
    };
    let page = |status, body: &str| {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Effect::Answer(CannedAnswer {
            status,
            headers,
            body: body.to_owned(),
        })
    };
    vec![
        ("all is well", Box::new(|_: &Org| {})),
        (
            "expired",
            Box::new(|org| _ = org.control().expire_sessions()),
        ),
        (
            "refused",
            Box::new(|org| {
                org.set(|settings| settings.refuse_all_tokens = true);
            }),
        ),
        (
            "elsewhere",
            Box::new(|org| {
                org.control().expire_sessions();
                org.set(|settings| settings.instance_url = Some("https://evil.example".to_owned()));
            }),
        ),
        ("cut", strike(Route::Query, Effect::Cut)),
        ("truncated", strike(Route::Query, Effect::TruncateAfter(20))),
        ("unreadable", strike(Route::Query, page(200, "{"))),
        ("server error", strike(Route::Query, page(500, "[]"))),
        (
            "not permitted",
            strike(
                Route::Query,
                page(403, r#"[{"errorCode":"X","message":"m"}]"#),
            ),
        ),
    ]
}

#[test]
fn no_run_of_the_binary_shows_a_secret_or_a_filter_at_any_verbosity() {
    // At once: most of the time they wait before they try again.
    thread::scope(|scope| {
        for (name, change) in cases() {
            scope.spawn(move || {
                let org = Org::start();
                org.sfbox(&["query", "SELECT Id FROM Account LIMIT 1"])
                    .records();
                change(&org);
                for format in ["text", "json"] {
                    let run = org.sfbox(&["-vvv", "--log-format", format, "query", &soql()]);
                    assert!(run.stderr.contains("call"), "{name}: nothing was logged");
                    clean(&org, &run);
                    clean(&org, &org.sfbox(&["-vvv", "session", "status"]));
                }
            });
        }
    });
}

#[test]
fn an_answer_that_repeats_what_it_was_sent_is_not_shown_with_it() {
    let basic = BASE64_STANDARD.encode(format!("key:{CONSUMER_SECRET}"));
    let percent: String = CONSUMER_SECRET
        .bytes()
        .map(|b| format!("%{b:02X}"))
        .collect();
    for echo in [
        CONSUMER_SECRET.to_owned(),
        format!("Authorization: Basic {basic}"),
        percent,
        BASE64_STANDARD.encode(CONSUMER_SECRET),
    ] {
        let json = serde_json::json!({"error": "invalid_client", "error_description": &echo});
        for (content_type, body) in [
            ("application/json", json.to_string()),
            (
                "text/html",
                format!("<html>{}{echo}</html>", "x".repeat(180)),
            ),
        ] {
            let org = Org::start();
            let headers = vec![
                ("content-type".to_owned(), content_type.to_owned()),
                ("x-request-id".to_owned(), echo.clone()),
            ];
            let canned = CannedAnswer {
                status: 400,
                headers,
                body,
            };
            let fault = fault(Route::Token, Effect::Answer(canned));
            org.control().faults(vec![fault]).unwrap();
            let run = org.sfbox(&["-vvv", "query", &soql()]);
            assert_ne!(run.status, 0);
            assert!(run.stderr.contains("[redacted]"), "{}", run.stderr);
            clean(&org, &run);
            assert!(!run.stderr.contains(&echo), "{}", run.stderr);
            // Not even its beginning, where the page is cut.
            assert!(!run.stderr.contains("CANARY-c"), "{}", run.stderr);
        }
    }
}

#[test]
fn a_token_that_is_repeated_is_not_shown() {
    let org = Org::start();
    org.sfbox(&["query", "SELECT Id FROM Account LIMIT 1"])
        .records();
    let token = org.stored()["SessionId"].as_str().unwrap().to_owned();
    for message in [token.clone(), BASE64_STANDARD.encode(&token)] {
        let body = serde_json::json!([{"errorCode": "X", "message": message}]);
        let canned = CannedAnswer {
            status: 400,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string(),
        };
        let fault = Fault {
            count: Some(1),
            ..fault(Route::Query, Effect::Answer(canned))
        };
        org.control().faults(vec![fault]).unwrap();
        let run = org.sfbox(&["-vvv", "query", &soql()]);
        run.fails(1, "[redacted]");
        clean(&org, &run);
    }
}

#[test]
fn wrong_credentials_are_not_repeated() {
    let org = Org::start();
    let wrong = "CANARY-wrong-secret-91aa";
    org.put_secret(&org.secret().replace(CONSUMER_SECRET, wrong));
    let run = org.sfbox(&["-vvv", "query", &soql()]);
    run.fails(3, "invalid_client");
    assert!(!run.stderr.contains(wrong));
    let garbage =
        format!("{{\"Domain\":\"acme.my\",\"ConsumerKey\":\"k\",\"ConsumerSecret\":\"{wrong}\"");
    org.put_secret(&garbage);
    let run = org.sfbox(&["-vvv", "query", &soql()]);
    run.fails(3, "not a JSON object");
    assert!(!run.stderr.contains(wrong));
}

/// Everything that any library says.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<u8>>>);

impl Write for Everything {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Everything {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A call of the org, and one of AWS, through a proxy that asks for a password.
async fn through_a_proxy(org: &Org) {
    let running = proxy::Proxy::with_password(org);
    let proxy: sfbox::egress::Proxy = running.url_with_password().parse().unwrap();
    let library = sfbox::Runtime::builder()
        .store(org.file_store())
        .org(NAME)
        .extra_ca(std::fs::read(org.cacert()).unwrap())
        .proxy(proxy.clone())
        .build()
        .unwrap();
    let answered = library.org(NAME).unwrap();
    let answered = answered.query(&soql(), &QueryOptions::default()).await;
    answered.unwrap();
    library.shut_down().await;
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url("https://secretsmanager.test")
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(Aws::http_client(Some(&proxy)).unwrap())
        .build();
    let aws = Aws::from_config(&config).unwrap();
    let name = SecretName::parse(NAME).unwrap();
    assert!(aws.read(&name).await.is_err());
}

#[test]
fn no_library_logs_a_secret_even_at_trace_level() {
    let everything = Everything::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(everything.clone())
        .init();
    let org = Org::start();
    let library = org.library();
    org.block_on(through_a_proxy(&org));
    org.block_on(async {
        for expire in [false, true] {
            if expire {
                org.control().expire_sessions();
            }
            library
                .query(&soql(), &QueryOptions::default())
                .await
                .unwrap();
        }
        library
            .query("SELECT Nonsense FROM Account", &QueryOptions::default())
            .await
            .unwrap_err();
    });
    let log = String::from_utf8(everything.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("TRACE"), "nothing was logged");
    for canary in canaries(&org).into_iter().chain(proxy::canaries()) {
        // The emulator's side of the connection is not ours.
        let ours = log.lines().filter(|line| !line.contains("sfbox_emulator"));
        for line in ours {
            assert!(!line.contains(&canary), "{line}");
        }
    }
    for line in log.lines().filter(|line| line.contains("sfbox::")) {
        assert!(!line.contains(FILTER), "{line}");
    }
}

#[test]
fn a_process_that_dies_leaves_no_core() {
    let org = Org::start();
    let hold = Fault {
        count: None,
        ..fault(Route::Query, Effect::Hold)
    };
    org.control().faults(vec![hold]).unwrap();
    let store = format!("file:{}", org.secret_file().parent().unwrap().display());
    // A shell that would allow one.
    let script = format!(
        "ulimit -c unlimited 2>/dev/null; exec '{}' --org acme --store '{store}' --connect-to {} --cacert '{}' query x",
        env!("CARGO_BIN_EXE_sfbox"),
        org.connect_to(),
        org.cacert().display(),
    );
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", &script])
        .env_clear()
        .current_dir(org.secret_file().parent().unwrap());
    let mut process = shell.spawn().unwrap();
    org.block_on(org.control().until_held(1));
    let mut kill = std::process::Command::new("kill");
    assert!(
        // A signal that the program does not handle, and that makes a core.
        kill.args(["-ABRT", &process.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let status = process.wait().unwrap();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped());
    org.control().release();
}

#[test]
fn the_sdk_is_not_allowed_to_log_bodies() {
    let run = command()
        .env("LOG_SENSITIVE_BODIES", "true")
        .env("AWS_REGION", "eu-central-1")
        .args(["--org", "acme", "query", "x"])
        .output()
        .map(Run::of)
        .unwrap();
    run.fails(2, "LOG_SENSITIVE_BODIES");
}
