//! `sfbox org`: an org is added, listed, and checked from end to end.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::RotationRulesType;
use moto::Moto;
use serde_json::{Value, json};
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route, Unauthorized};
use workspace::{python, root};

use crate::canary::{ANY_TOKEN, clean};
use crate::org::{CONSUMER_SECRET, NAME, Org, set_mode};
use crate::sfbox::{Run, command, piped, run};

const ADD: [&str; 7] = [
    "org",
    "add",
    NAME,
    "--domain",
    "https://acme.my.salesforce.com/",
    "--consumer-key",
    "key",
];

/// More than any command calls one operation.
const ALWAYS: [&str; 20] = ["denied"; 20];

const ALL: [&str; 7] = [
    "secret",
    "layout",
    "rotation",
    "claims",
    "login",
    "call",
    "write-back",
];

/// The binary on the org's file store.
fn on_files(org: &Org, arguments: &[&str]) -> Command {
    let mut command = command();
    command.args(["--store", &org.store()]).args(arguments);
    command
}

/// The binary on Secrets Manager.
fn on_moto(moto: &Moto, arguments: &[&str]) -> Command {
    let mut command = command();
    command.envs(moto.environment()).args(arguments);
    command
}

fn ended(command: &mut Command) -> Run {
    Run::of(command.output().unwrap())
}

/// Adds the org, by a piped secret.
fn add(command: &mut Command) -> Run {
    let added = piped(
        command.arg("--secret-stdin"),
        format!("{CONSUMER_SECRET}\n").as_bytes(),
    );
    shows_no_secret(&added);
    added
}

#[track_caller]
fn shows_no_secret(run: &Run) {
    for canary in [CONSUMER_SECRET, ANY_TOKEN] {
        assert!(!run.stdout.contains(canary), "in stdout");
        assert!(!run.stderr.contains(canary), "in stderr");
    }
}

/// What a check said.
struct Checked {
    run: Run,
    steps: Vec<Value>,
}

impl Checked {
    /// A run that ended with this status.
    #[track_caller]
    fn of(run: Run, status: i32) -> Self {
        shows_no_secret(&run);
        assert_eq!(run.status, status, "{}\n{}", run.stdout, run.stderr);
        let steps = serde_json::from_str(&run.stdout).unwrap();
        Self { run, steps }
    }

    fn names(&self) -> Vec<&str> {
        let names = self.steps.iter().map(|step| step["step"].as_str().unwrap());
        names.collect()
    }

    fn failed(&self) -> Vec<&str> {
        let failed = self.steps.iter().filter(|step| step["ok"] == false);
        failed.map(|step| step["step"].as_str().unwrap()).collect()
    }

    #[track_caller]
    fn step(&self, name: &str) -> &Value {
        let mut steps = self.steps.iter();
        steps.find(|step| step["step"] == name).expect(name)
    }

    #[track_caller]
    fn says(&self, step: &str, member: &str, words: &str) {
        let said = self.step(step)[member].as_str().unwrap_or_default();
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }

    /// The actions that a step's statement allows on the org's secret.
    #[track_caller]
    fn actions(&self, step: &str, secret: &str) -> &Value {
        let statement = &self.step(step)["statement"];
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let resource = statement["Resource"].as_str().unwrap();
        assert!(
            resource.starts_with("arn:aws:secretsmanager:eu-central-1:")
                && resource.contains(&format!(":secret:{secret}-")),
            "{resource}"
        );
        &statement["Action"]
    }
}

#[test]
fn an_org_is_added_to_files_and_checked() {
    let org = Org::start();
    fs::remove_file(org.secret_file()).unwrap();
    let added = add(on_files(&org, &["-vvv"]).args(ADD));
    assert_eq!(
        added.object(),
        json!({"name": NAME, "layout": "extends", "domain": "acme.my"})
    );
    assert!(
        added.stderr.contains("next: sfbox --org acme org check"),
        "{}",
        added.stderr
    );
    assert_eq!(
        org.stored(),
        json!({"Domain": "acme.my", "ConsumerKey": "key", "ConsumerSecret": CONSUMER_SECRET})
    );
    let mode = fs::metadata(org.secret_file()).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    let checked = Checked::of(org.sfbox(&["org", "check", "-vvv"]), 0);
    clean(&org, &checked.run);
    assert_eq!(checked.names(), ALL);
    assert!(
        checked.steps.iter().all(|step| step["fix"].is_null()),
        "{:?}",
        checked.steps
    );
    checked.says("write-back", "detail", "was stored");
    assert_eq!(org.logins(), 1);
}

#[test]
fn a_check_changes_nothing_where_the_stored_session_works() {
    let org = Org::start();
    org.sfbox(&["org", "check"]);
    let files = || {
        let entries = fs::read_dir(org.secret_file().parent().unwrap()).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        files.sort();
        (files, fs::read(org.secret_file()).unwrap())
    };
    let before = files();
    let checked = Checked::of(org.sfbox(&["org", "check"]), 0);
    assert_eq!(org.logins(), 1);
    assert_eq!(files(), before);
    checked.says("login", "detail", "no login was needed");
    checked.says("write-back", "detail", "the stored session");
    org.control().expire_sessions();
    let renewed = Checked::of(org.sfbox(&["org", "check"]), 0);
    renewed.says("login", "detail", "logged in");
    assert_eq!(org.logins(), 2);
}

#[test]
fn an_org_is_added_to_aws_once_and_checked() {
    let (org, moto) = (Org::start(), Moto::start());
    let added = add(on_moto(&moto, &["-vvv"]).args(ADD));
    assert_eq!(added.object()["domain"], "acme.my");
    let text = org.block_on(moto.read(NAME));
    let again = add(&mut on_moto(&moto, &ADD));
    again.fails(2, "sfbox does not overwrite it");
    assert_eq!(org.block_on(moto.read(NAME)), text);
    assert_eq!(org.block_on(moto.versions(NAME)), 1);
    let checked = Checked::of(org.sfbox_on(&moto, &["org", "check", "-vvv"]), 0);
    assert_eq!(checked.names(), ALL);
    assert_eq!(org.logins(), 1);
    moto.fail("CreateSecret", &ALWAYS);
    let other = ["org", "add", "other", ADD[3], ADD[4], ADD[5], ADD[6]];
    add(&mut on_moto(&moto, &other)).fails(3, "allow `secretsmanager:CreateSecret`");
}

/// Nobody types a secret for nothing, and who may only create secrets can do that.
#[test]
fn a_taken_name_is_refused_before_anybody_is_asked() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    for mut taken in [on_moto(&moto, &ADD), on_files(&org, &ADD)] {
        // There is no secret on stdin, and no terminal to ask for it.
        let refused = ended(&mut taken);
        refused.fails(2, "sfbox does not overwrite it");
        assert!(
            refused.stderr.contains("sfbox org remove"),
            "{}",
            refused.stderr
        );
    }
    let mut terminal = crate::terminal::Terminal::new(80);
    let mut process = terminal.start(&mut on_files(&org, &["org", "add", NAME]));
    terminal.read();
    assert_eq!(process.wait().unwrap().code(), Some(2));
    let shown = terminal.end();
    assert!(!shown.contains("My Domain:"), "{shown}");
    moto.fail("GetSecretValue", &ALWAYS);
    let new = ["org", "add", "new", ADD[3], ADD[4], ADD[5], ADD[6]];
    assert_eq!(add(&mut on_moto(&moto, &new)).object()["name"], "new");
    moto.fail("GetSecretValue", &["expired-token"; 20]);
    let new = ["org", "add", "newer", ADD[3], ADD[4], ADD[5], ADD[6]];
    ended(&mut on_moto(&moto, &new)).fails(3, "ExpiredToken");
}

#[test]
fn an_org_in_china_is_used_in_both_layouts() {
    let org = Org::start_with(|builder| builder.in_china());
    fs::remove_file(org.secret_file()).unwrap();
    let host = "acme.my.sfcrmproducts.cn";
    assert_eq!(org.emulator().host(), host);
    let domain = [
        "org",
        "add",
        NAME,
        "--domain",
        host,
        "--consumer-key",
        "key",
    ];
    let added = add(&mut on_files(&org, &domain));
    assert_eq!(added.object()["domain"], host);
    let note = "note: the Python package simple-salesforce-extends cannot use this secret";
    assert!(added.stderr.contains(note), "{}", added.stderr);
    let query = ["query", "SELECT COUNT() FROM User"];
    org.sfbox(&query).records();
    let stored = org.stored();
    assert_eq!(
        (&stored["Domain"], &stored["Instance"]),
        (&json!(host), &json!(host))
    );
    assert_eq!(org.sfbox(&query).records().len(), 1);
    assert_eq!(org.logins(), 1, "the stored session was used");
    for step in Checked::of(org.sfbox(&["org", "check"]), 0).steps {
        assert_eq!(step["ok"], true, "{step}");
    }
    // The managed layout, which the Python class cannot use anyway.
    fs::remove_file(org.secret_file()).unwrap();
    let added = add(on_files(&org, &domain).args(["--layout", "managed"]));
    assert!(!added.stderr.contains("note:"), "{}", added.stderr);
    assert_eq!(org.stored()["baseUri"], format!("https://{host}"));
    let session = ["--session-secret", "session"];
    org.sfbox(&[&query[..], &session].concat()).records();
    org.sfbox(&[&query[..], &session].concat()).records();
    assert_eq!(org.logins(), 2);
    // Where people log in, no program does.
    let mut refused = on_files(&org, &["org", "add", "x", "--domain"]);
    ended(refused.arg("https://login.sfcrmproducts.cn")).fails(2, "but programs cannot");
    for secret in [
        r#"{"Domain":"login.sfcrmproducts.cn","ConsumerKey":"k","ConsumerSecret":"s"}"#,
        r#"{"baseUri":"https://test.sfcrmproducts.cn","consumerKey":"k","consumerSecret":"s"}"#,
    ] {
        org.put_secret(secret);
        org.sfbox(&query).fails(3, "the secret cannot be used");
    }
    assert_eq!(org.control().stats().unexpected, 0);
}

#[test]
fn an_org_is_removed_from_files() {
    let org = Org::start();
    let remove = ["org", "remove", NAME];
    ended(&mut on_files(&org, &remove)).fails(2, "to ask for confirmation: use `--yes`");
    assert_eq!(fs::read_to_string(org.secret_file()).unwrap(), org.secret());
    // A person may change their mind.
    for (answer, status) in [("", 2), ("no", 2), ("yes", 0)] {
        let mut terminal = Command::new(python());
        terminal
            .env_clear()
            .arg(root().join("tests/python/terminal.py"))
            .args(["of the org acme.my? [y/N]: ", answer])
            .arg("--")
            .arg(env!("CARGO_BIN_EXE_sfbox"))
            .args(["--store", &org.store()])
            .args(remove);
        let asked = ended(&mut terminal);
        shows_no_secret(&asked);
        assert_eq!(asked.status, status, "{}\n{}", asked.stdout, asked.stderr);
        assert_eq!(org.secret_file().exists(), status != 0);
    }
    let yes = [&remove[..], &["--yes"]].concat();
    ended(&mut on_files(&org, &yes)).fails(3, "No such file");
    org.sfbox(&["query", "SELECT Id FROM User"])
        .fails(3, "the secret does not exist");
    // What is no org's stays.
    for other in [r#"{"password":"CANARY"}"#, "CANARY"] {
        org.put_secret(other);
        let refused = ended(&mut on_files(&org, &yes));
        refused.fails(2, "is not the secret of an org");
        assert!(!refused.stderr.contains("CANARY"));
        assert_eq!(fs::read_to_string(org.secret_file()).unwrap(), other);
    }
}

#[test]
fn an_org_is_removed_from_aws_and_can_be_restored() {
    let (org, moto) = (Org::start(), Moto::start());
    add(&mut on_moto(&moto, &ADD));
    let remove = ["org", "remove", NAME, "--yes"];
    moto.fail("DeleteSecret", &ALWAYS);
    ended(&mut on_moto(&moto, &remove)).fails(3, "allow `secretsmanager:DeleteSecret`");
    moto.fail("DeleteSecret", &[]);
    let removed = ended(&mut on_moto(&moto, &remove));
    let until = removed.object()["restorableUntil"].take();
    let until: jiff::Timestamp = until.as_str().unwrap().parse().unwrap();
    let days = until.duration_since(jiff::Timestamp::now()).as_hours() / 24;
    assert!((29..=30).contains(&days), "{until}");
    assert!(
        removed
            .stderr
            .contains("aws secretsmanager restore-secret --secret-id acme"),
        "{}",
        removed.stderr
    );
    org.sfbox_on(&moto, &["query", "SELECT Id FROM User"])
        .fails(3, "marked for deletion");
    org.block_on(async {
        let restore = moto.client().restore_secret().secret_id(NAME);
        restore.send().await.unwrap();
    });
    assert_eq!(org.sfbox_on(&moto, &["org", "check"]).status, 0);
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let org = Org::start();
    add(&mut on_files(&org, &ADD)).fails(2, "sfbox does not overwrite it");
    assert_eq!(fs::read_to_string(org.secret_file()).unwrap(), org.secret());
}

#[test]
fn what_cannot_be_added_is_refused_before_anything_is_made() {
    let org = Org::start();
    fs::remove_file(org.secret_file()).unwrap();
    let long = "x".repeat(1_025);
    for (secret, words) in [
        ("", "is empty"),
        ("\n", "is empty"),
        ("CANARY\nsecond line\n", "one line"),
        ("CANARY\u{1b}[A\n", "control character"),
        (&long, "longer than 1024 bytes"),
    ] {
        let refused = piped(
            on_files(&org, &ADD).arg("--secret-stdin"),
            secret.as_bytes(),
        );
        refused.fails(2, words);
        assert!(!refused.stderr.contains("CANARY"));
    }
    let key = ["--consumer-key", "k"];
    let domain = ["--domain", "acme.my"];
    for (arguments, words) in [
        (&["acme", key[0], key[1]][..], "`--domain`"),
        (&["acme", domain[0], domain[1]], "`--consumer-key`"),
        (
            &["acme", domain[0], domain[1], key[0], key[1]],
            "`--secret-stdin`",
        ),
        (&["arn:aws:x"], "an ARN"),
        (&["a b"], "is not a valid name of a secret"),
        (&["acme", "--app-id", "x"], "--layout managed"),
    ] {
        let refused = ended(on_files(&org, &["org", "add"]).args(arguments));
        refused.fails(2, words);
    }
    assert!(!org.secret_file().exists());
}

#[test]
fn a_person_is_asked_and_the_secret_is_not_shown() {
    let org = Org::start();
    fs::remove_file(org.secret_file()).unwrap();
    let mut terminal = Command::new(python());
    terminal
        .env_clear()
        .arg(root().join("tests/python/terminal.py"))
        .args(["My Domain: ", "acme.my.salesforce.com"])
        .args(["Consumer Key: ", "key"])
        .args(["Consumer Secret (not shown): ", CONSUMER_SECRET])
        .arg("--")
        .arg(env!("CARGO_BIN_EXE_sfbox"))
        .args(["--store", &org.store(), "org", "add", NAME]);
    let asked = ended(&mut terminal);
    assert_eq!(asked.status, 0, "{}\n{}", asked.stdout, asked.stderr);
    shows_no_secret(&asked);
    assert!(asked.stdout.contains("acme.my.salesforce.com"), "echoed");
    assert_eq!(org.stored()["ConsumerSecret"], CONSUMER_SECRET);
    assert_eq!(org.stored()["ConsumerKey"], "key");
}

#[test]
fn the_managed_layout_needs_a_secret_for_its_token() {
    let (org, moto) = (Org::start(), Moto::start());
    let managed = ["--layout", "managed", "--app-id", "0x1"];
    let added = add(on_moto(&moto, &ADD).args(managed));
    assert_eq!(added.object()["layout"], "managed");
    assert!(
        added.stderr.contains("--session-secret acme/session"),
        "{}",
        added.stderr
    );
    let text = org.block_on(moto.read(NAME));
    let alone = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 3);
    assert_eq!(alone.failed(), ["write-back"]);
    alone.says("write-back", "fix", "--session-secret acme/session");
    alone.says("layout", "detail", "`managed`, My Domain `acme.my`");
    let session = ["org", "check", "--session-secret", "acme/session"];
    let checked = Checked::of(org.sfbox_on(&moto, &session), 0);
    assert_eq!(checked.names()[1], "session-secret");
    checked.says("session-secret", "detail", "it does not exist yet");
    checked.says("claims", "detail", "a mark was created and removed");
    assert_eq!(checked.names().last(), Some(&"claims"), "once it is there");
    checked.says("write-back", "detail", "was stored");
    assert_eq!(org.block_on(moto.read(NAME)), text, "only read");
    let stored: Value = serde_json::from_str(&org.block_on(moto.read("acme/session"))).unwrap();
    assert!(stored["SessionId"].is_string());
    let logins = org.logins();
    let again = Checked::of(org.sfbox_on(&moto, &session), 0);
    again.says("session-secret", "detail", "can be read");
    assert_eq!(org.logins(), logins);
}

#[test]
fn a_session_secret_that_cannot_be_made_is_told_with_what_to_allow() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    moto.fail("CreateSecret", &ALWAYS);
    let session = ["org", "check", "--session-secret", "acme/session"];
    let checked = Checked::of(org.sfbox_on(&moto, &session), 3);
    assert_eq!(checked.failed(), ["write-back"]);
    assert_eq!(
        *checked.actions("write-back", "acme/session"),
        json!(["secretsmanager:CreateSecret"])
    );
}

#[test]
fn orgs_are_listed_without_their_secrets() {
    let (org, moto) = (Org::start(), Moto::start());
    add(&mut on_moto(&moto, &ADD));
    let managed = ["org", "add", "prod/managed", "--layout", "managed"];
    add(on_moto(&moto, &managed).args(&ADD[3..]));
    org.sfbox_on(&moto, &["org", "check"]);
    let bytes = Blob::new([0xff, 0xfe]);
    org.block_on(async {
        moto.create(
            "prod/managed/session",
            r#"{"SessionId":"00D!AQCANARY","Instance":"acme.my.salesforce.com"}"#,
        )
        .await;
        moto.create("database", r#"{"password":"CANARY"}"#).await;
        moto.create("text", "CANARY").await;
        let create = moto.client().create_secret().name("bytes");
        create.secret_binary(bytes).send().await.unwrap();
    });
    let listed = ended(&mut on_moto(&moto, &["-vvv", "org", "list"]));
    shows_no_secret(&listed);
    assert!(!listed.stdout.contains("CANARY") && !listed.stderr.contains("CANARY"));
    assert_eq!(
        listed.records(),
        [
            json!({"name": "acme", "layout": "extends", "domain": "acme.my", "session": true}),
            json!({"name": "prod/managed", "layout": "managed", "domain": "acme.my", "session": false}),
            json!({"name": "prod/managed/session", "layout": "session", "domain": null, "session": true}),
        ]
    );
    let some = ["org", "list", "--prefix", "prod/", "--output", "ndjson"];
    let some = ended(&mut on_moto(&moto, &some));
    assert_eq!((some.status, some.stdout.lines().count()), (0, 2));
    moto.fail("GetSecretValue", &ALWAYS);
    let unreadable = ended(&mut on_moto(&moto, &["org", "list", "--prefix", "acme"]));
    assert_eq!(
        unreadable.records(),
        [json!({"name": "acme", "layout": "unreadable", "domain": null, "session": false})]
    );
    let why = "warning: GetSecretValue of `acme` failed: AccessDeniedException";
    assert!(unreadable.stderr.contains(why), "{}", unreadable.stderr);
    moto.fail("ListSecrets", &ALWAYS);
    let denied = ended(&mut on_moto(&moto, &["org", "list"]));
    denied.fails(3, "allow `secretsmanager:ListSecrets`");
    assert!(denied.stdout.is_empty());
}

#[test]
fn a_file_that_others_may_read_is_listed_as_unreadable() {
    let org = Org::start();
    set_mode(&org.secret_file(), 0o644);
    let listed = ended(&mut on_files(&org, &["org", "list"]));
    assert_eq!(listed.records()[0]["layout"], "unreadable");
    assert!(listed.stderr.contains("chmod 600"), "{}", listed.stderr);
    let empty = tempfile::tempdir().unwrap();
    let store = format!("file:{}", empty.path().join("none").display());
    let listed = run(["--store", &store, "org", "list"]);
    assert!(listed.records().is_empty());
}

#[test]
fn what_salesforce_refuses_is_told_with_the_setting_that_cures_it() {
    let org = Org::start();
    org.put_secret(&org.secret().replace(CONSUMER_SECRET, "CANARY-wrong"));
    let checked = Checked::of(org.sfbox(&["org", "check", "-vvv"]), 3);
    assert_eq!(checked.failed(), ["login"]);
    assert_eq!(
        checked.names(),
        ["secret", "layout", "rotation", "claims", "login"]
    );
    checked.says("login", "fix", "consumer secret");
    checked.run.fails(3, "org `acme` fails at the step `login`");
    assert!(!checked.run.stderr.contains("CANARY-wrong"));
    org.put_secret(&org.secret());
    org.set(|settings| settings.run_as_user = false);
    let checked = Checked::of(org.sfbox(&["org", "check"]), 3);
    checked.says("login", "detail", "no client credentials user enabled");
    checked.says("login", "fix", "Run As");
    org.set(|settings| {
        settings.run_as_user = true;
        settings.refuse_all_tokens = true;
        settings.unauthorized = Unauthorized::NotValidForRest;
    });
    let checked = Checked::of(org.sfbox(&["org", "check"]), 3);
    assert_eq!(checked.failed(), ["call"]);
    checked.says("call", "fix", "scope `api`");
}

#[test]
fn a_page_in_the_orgs_place_is_blamed_on_the_step_that_met_it() {
    let page = |route| Fault {
        route: FaultRoute::Only(route),
        skip: 0,
        count: None,
        effect: Effect::Answer(CannedAnswer {
            status: 503,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: "<html>maintenance</html>".to_owned(),
        }),
    };
    for with_session in [false, true] {
        let org = Org::start();
        if with_session {
            org.sfbox(&["session", "renew"]).object();
        }
        let before = org.logins();
        let routes = [Route::Query, Route::Resources];
        org.control().faults(routes.map(page).to_vec()).unwrap();
        let checked = Checked::of(org.sfbox(&["org", "check"]), 4);
        assert_eq!(checked.failed(), ["call"], "{with_session}");
        assert!(checked.names().contains(&"login"), "it worked");
        assert_eq!(org.logins() - before, u64::from(!with_session));
    }
    let org = Org::start();
    org.control().faults(vec![page(Route::Token)]).unwrap();
    let checked = Checked::of(org.sfbox(&["org", "check"]), 4);
    assert_eq!(checked.failed(), ["login"]);
    assert!(!checked.names().contains(&"call"), "nothing was called");
}

#[test]
fn a_check_says_only_what_it_saw_and_says_it_once() {
    let org = Org::start();
    let down = |status, body: &str| {
        let canned = CannedAnswer {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_owned(),
        };
        let fault = |route| Fault {
            route: FaultRoute::Only(route),
            skip: 0,
            count: None,
            effect: Effect::Answer(canned.clone()),
        };
        org.control().clear_faults();
        let routes = [Route::Query, Route::Resources];
        org.control().faults(routes.map(fault).to_vec()).unwrap();
    };
    // A login works, and then nothing does.
    down(
        503,
        r#"[{"errorCode":"SERVER_UNAVAILABLE","message":"WORDS of it"}]"#,
    );
    let run = org.sfbox(&["org", "check"]);
    assert_ne!(run.status, 0);
    let steps: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let failed: Vec<&Value> = steps.iter().filter(|step| step["ok"] == false).collect();
    assert_eq!(failed.len(), 1, "{}", run.stdout);
    let fix = failed[0]["fix"].as_str().unwrap_or_default();
    assert!(!fix.contains("object User"), "{fix}");
    assert!(run.stdout.matches("WORDS").count() <= 1, "{}", run.stdout);
    for words in ["gave out", "WORDS", "hint:", "org check", "caused by"] {
        assert!(!run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    // Without any login nothing is said of one.
    org.control().clear_faults();
    let nobody = org.secret().replace("acme.my", "nobody.my");
    org.put_secret(&nobody);
    let run = org.sfbox(&[
        "org",
        "check",
        "--connect-to",
        "nobody.my.salesforce.com:443:127.0.0.1:1",
    ]);
    let steps: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(steps.last().unwrap()["step"], "login");
    assert_eq!(steps.last().unwrap()["ok"], false);
    run.fails(4, "org `acme` fails at the step `login`");
}

#[test]
fn a_secret_that_is_not_there_or_no_orgs_ends_the_way_early() {
    let org = Org::start();
    org.put_secret(r#"{"Domain": "acme.my", "ConsumerKey": "CANARY"}"#);
    let checked = Checked::of(org.sfbox(&["org", "check"]), 3);
    assert_eq!(checked.failed(), ["layout"]);
    checked.says("layout", "detail", "`ConsumerSecret` is missing");
    assert!(!checked.run.stdout.contains("CANARY"));
    fs::remove_file(org.secret_file()).unwrap();
    let checked = Checked::of(org.sfbox(&["org", "check"]), 3);
    assert_eq!(checked.names(), ["secret"]);
    checked.says("secret", "fix", "sfbox org add");
    assert_eq!(org.logins(), 0);
}

#[test]
fn what_iam_denies_is_told_with_the_statement_to_paste() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    moto.fail("GetSecretValue", &ALWAYS);
    let unreadable = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 3);
    assert_eq!(unreadable.names(), ["secret"]);
    assert_eq!(
        *unreadable.actions("secret", NAME),
        json!(["secretsmanager:GetSecretValue"])
    );
    assert_eq!(org.logins(), 0);
    let write = json!([
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage"
    ]);
    moto.fail("PutSecretValue", &ALWAYS);
    let read_only = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 3);
    assert_eq!(read_only.failed(), ["claims", "write-back"]);
    for step in read_only.failed() {
        assert_eq!(*read_only.actions(step, NAME), write);
    }
    read_only.says("call", "detail", "answered");
    assert_eq!(org.block_on(moto.read(NAME)), org.secret());
    moto.fail("UpdateSecretVersionStage", &ALWAYS);
    let half = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 3);
    assert_eq!(half.failed(), ["write-back"]);
    assert_eq!(*half.actions("write-back", NAME), write);
}

#[test]
fn where_the_token_is_stored_only_the_mark_can_be_denied() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    Checked::of(org.sfbox_on(&moto, &["org", "check"]), 0);
    moto.fail("PutSecretValue", &ALWAYS);
    let unclaimed = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 3);
    assert_eq!(unclaimed.failed(), ["claims"]);
    unclaimed.actions("claims", NAME);
    assert_eq!(org.logins(), 1);
    moto.fail("PutSecretValue", &["kms-denied"; 20]);
    let key = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 3);
    let statement = &key.step("claims")["statement"];
    assert_eq!(
        statement["Action"],
        json!(["kms:Decrypt", "kms:GenerateDataKey"])
    );
}

#[test]
fn a_call_that_must_be_shared_fails_where_the_token_is_stored() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    moto.fail("PutSecretValue", &ALWAYS);
    let checked = Checked::of(
        org.sfbox_on(&moto, &["org", "check", "--require-shared"]),
        3,
    );
    assert!(checked.failed().contains(&"write-back"));
    assert!(!checked.failed().contains(&"login"));
}

#[test]
fn a_rotated_secret_is_no_place_for_a_token() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(async {
        moto.create(NAME, &org.secret()).await;
        let rules = RotationRulesType::builder().automatically_after_days(30);
        let rotate = moto.client().rotate_secret().secret_id(NAME);
        let rotate = rotate.rotation_rules(rules.build());
        rotate.rotate_immediately(false).send().await.unwrap();
        // moto has rotated it all the same, to nothing.
        moto.overwrite(NAME, &org.secret()).await;
    });
    let checked = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 0);
    assert_eq!(checked.step("rotation")["ok"], true);
    checked.says("rotation", "fix", "--session-secret acme/session");
    let session = ["org", "check", "--session-secret", "acme/session"];
    let checked = Checked::of(org.sfbox_on(&moto, &session), 0);
    assert!(checked.step("rotation")["fix"].is_null());
    moto.fail("DescribeSecret", &ALWAYS);
    let unknown = Checked::of(org.sfbox_on(&moto, &["org", "check"]), 0);
    unknown.says("rotation", "detail", "cannot tell whether AWS rotates it");
    assert_eq!(
        *unknown.actions("rotation", NAME),
        json!(["secretsmanager:DescribeSecret"])
    );
}

#[test]
fn an_option_that_is_none_is_no_fault_of_the_org() {
    let org = Org::start();
    let refused = org.sfbox(&["--api-version", "nonsense", "org", "check"]);
    refused.fails(2, "api-version is neither");
    assert!(!refused.stdout.contains("false"), "{}", refused.stdout);
    assert_eq!(org.logins(), 0);
}

#[test]
fn the_demo_can_be_checked() {
    let checked = Checked::of(run(["--demo", "org", "check"]), 0);
    assert_eq!(checked.names(), ALL);
}
