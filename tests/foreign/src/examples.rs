//! The programs in `examples/`, run as their first lines say.

use std::path::{Path, PathBuf};
use std::process::Command;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::hosts::served;
use crate::org::{ACCOUNTS, CONSUMER_SECRET, ORG, Org};
use crate::report::{Row, absent, made, node};

/// More than a page.
const ALL: &str = "SELECT Id FROM Account";

/// What an example is called when its host is not there.
pub(crate) fn row(host: &'static str) -> Row {
    Row {
        order: 0,
        host,
        wasi: "",
    }
}

pub(crate) fn secrets() -> String {
    format!(r#"{{"{ORG}": {}}}"#, Org::secret())
}

/// Runs a program to its end: what it printed, and of what it complained.
pub(crate) async fn run(mut command: Command) -> (String, String) {
    let running = tokio::task::spawn_blocking(move || command.output());
    let output = running.await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (printed, complaint) = (text(output.stdout), text(output.stderr));
    for told in [&printed, &complaint] {
        assert!(!told.contains(CONSUMER_SECRET), "{told}");
    }
    (printed, complaint)
}

/// How many records are on all pages of a program that prints a page a line.
async fn records(command: Command) -> usize {
    let (printed, complaint) = run(command).await;
    let pages = printed.lines().map(|line| {
        let page: Value = serde_json::from_str(line).unwrap();
        page["records"].as_array().unwrap().len()
    });
    let records = pages.sum();
    assert!(records > 0, "{printed}{complaint}");
    records
}

#[tokio::test]
async fn a_rust_program_embeds_the_library() {
    let org = Org::start().await;
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, org.emulator.ca_pem().unwrap()).unwrap();
    let connect_to = format!("{}:443:{}", org.emulator.host(), org.emulator.address());
    let mut program = Command::new(embed());
    program
        .arg(ALL)
        .env("SFBOX_ORG", ORG)
        .env("SFBOX_SECRET", Org::secret())
        .env("SFBOX_CONNECT_TO", connect_to)
        .env("SFBOX_CACERT", &authority);
    assert_eq!(records(program).await, ACCOUNTS);
    assert_eq!(org.control().stats().logins, 1);
}

/// Where cargo puts it, from where it puts tests.
fn embed() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples/embed");
    assert!(
        built.exists(),
        "no {}: run `cargo xtask test`",
        built.display()
    );
    built
}

/// A program that is given the name of an org and a statement: it prints every row
/// with one login, and of an org that is not there only that it is denied.
async fn queries(org: &Org, program: impl Fn(&str) -> Command) {
    assert_eq!(records(program(ORG)).await, ACCOUNTS);
    assert_eq!(org.control().stats().logins, 1);
    let (printed, complaint) = run(program("other")).await;
    assert_eq!(printed, "");
    assert!(complaint.contains("denied"), "{complaint}");
}

#[tokio::test]
async fn a_node_program_runs_the_component() {
    if absent(&row("examples/query.mjs"), &["node", "jco"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let program = |of: &str| {
        let mut program = Command::new(node(20));
        program
            .arg(made("jco/example/query.mjs"))
            .args([of, ALL])
            .env("SFBOX_SECRETS", secrets())
            .env("SFBOX_DETOUR", org.detour());
        program
    };
    queries(&org, program).await;
}

#[tokio::test]
async fn a_python_program_runs_the_component() {
    if absent(&row("examples/query.py"), &["wasmtime-py"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let program = |of: &str| {
        let mut program = Command::new(made("wasmtime-py/bin/python"));
        program
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/query.py"))
            .arg(made("sfbox-wasi-0.2.wasm"))
            .args([of, ALL])
            .env("SFBOX_SECRETS", secrets())
            .env("SFBOX_DETOUR", org.detour());
        program
    };
    queries(&org, program).await;
}

#[tokio::test]
async fn a_component_consumes_the_component() {
    if absent(&row("examples/consumer"), &["wasmtime"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let (secrets, detour) = (secrets(), org.detour());
    let mut environment = vec![
        ("SFBOX_SECRETS", secrets.as_str()),
        ("SFBOX_DETOUR", &detour),
    ];
    let consumer = "consumer-with-environment.wasm";
    let (_server, address) = served::serve(consumer, &environment).await;
    let (status, newest) = get(address).await;
    assert_eq!(status, 200, "{newest}");
    assert_eq!(newest["records"].as_array().unwrap().len(), 10);
    assert!(newest["records"][0]["Name"].is_string(), "{newest}");

    // An org that the adapter does not know: nothing of why.
    environment[0].1 = "{}";
    let (_server, address) = served::serve(consumer, &environment).await;
    let (status, refused) = get(address).await;
    assert_eq!(status, 502);
    assert_eq!(refused["error"], "Salesforce cannot be asked");
}

async fn get(address: std::net::SocketAddr) -> (u16, Value) {
    let stream = TcpStream::connect(address).await.unwrap();
    let connecting = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = connecting.await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("/").header("host", "localhost");
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    assert_eq!(head.headers["content-type"], "application/json");
    let body = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), serde_json::from_slice(&body).unwrap())
}
