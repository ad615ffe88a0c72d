//! The emulator by itself, on the command line.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::sfbox::{Run, command, end, run, start};

/// Starts it, and reads how to reach it.
fn emulate(arguments: &[&str]) -> (Child, Value) {
    emulate_by(command().arg("emulate").args(arguments))
}

/// The same, by a command of the test's own.
fn emulate_by(command: &mut Command) -> (Child, Value) {
    let mut process = start(command);
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (process, serde_json::from_str(&line).unwrap())
}

fn stop(process: Child, signal: Signal) -> Run {
    kill_process(Pid::from_child(&process), signal).unwrap();
    end(process)
}

fn flags(ready: &Value) -> Vec<&str> {
    let flags = ready["flags"].as_array().unwrap();
    flags.iter().map(|flag| flag.as_str().unwrap()).collect()
}

#[test]
fn one_line_says_how_to_reach_it_and_ctrl_c_ends_it() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let (process, ready) = emulate(&["--rows", "3000"]);
        let query = ["query", "SELECT Id FROM Account"];
        let rows = run(flags(&ready).into_iter().chain(query)).records();
        assert_eq!(rows.len(), 3_000);
        let ca = ready["caFile"].as_str().unwrap().to_owned();
        assert!(Path::new(&ca).exists());
        let ended = stop(process, signal);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert!(
            !Path::new(&ca).parent().unwrap().exists(),
            "nothing is left"
        );
    }
}

#[test]
fn its_files_can_be_kept_and_its_sessions_end() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path().join("org");
    let dir = dir.to_str().unwrap();
    let arguments = [
        "--dir",
        dir,
        "--session-timeout",
        "1",
        "--my-domain",
        "other.my",
    ];
    let (process, ready) = emulate(&arguments);
    assert_eq!(ready["host"], "other.my.salesforce.com");
    let query = ["query", "SELECT COUNT() FROM User"];
    let all = || run(flags(&ready).into_iter().chain(query));
    assert_eq!(all().records().len(), 1);
    assert_eq!(stop(process, Signal::TERM).status, 0);
    assert!(directory.path().join("org/secrets/emulator.json").exists());
    // The next one starts over in the same place: an old token costs a login.
    let (process, ready) = emulate(&arguments);
    let again = run(flags(&ready).into_iter().chain(query));
    assert_eq!(again.records().len(), 1);
    stop(process, Signal::TERM);
}

#[test]
fn files_bring_objects_and_records() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let schema = file(
        "schema.toml",
        "version = 1\n[objects.Invoice__c.fields]\nTotal__c = \"currency\"\n",
    );
    let load = file("Invoice__c.csv", "Name,Total__c\nfirst,12.5\n");
    let more = format!(
        "Invoice__c={}",
        file("more.ndjson", "{\"Name\": \"second\", \"Total__c\": 1}\n")
    );
    let arguments = ["--schema", &schema, "--load", &load, "--load", &more];
    let (process, ready) = emulate(&arguments);
    let query = [
        "query",
        "SELECT Name, Total__c FROM Invoice__c ORDER BY Name",
    ];
    let rows = run(flags(&ready).into_iter().chain(query)).records();
    let names: Vec<&Value> = rows.iter().map(|row| &row["Name"]).collect();
    assert_eq!(names, ["first", "second"]);
    stop(process, Signal::TERM);
    let wrong = file("Account.csv", "Name,Foo\na,b\n");
    let refused = run(["emulate", "--load", &wrong]);
    refused.fails(2, "Account.csv:2:2: Account has no field \"Foo\"");
}

#[test]
fn a_configuration_file_reaches_it_from_any_shell() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("an org");
    let (process, ready) = emulate(&["--dir", dir.to_str().unwrap()]);
    let config = dir.join("config.toml");
    assert_eq!(ready["configFile"], config.to_str().unwrap());
    let mode = fs::metadata(&config).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let query = ["query", "SELECT COUNT() FROM User"];
    let config = ["--config", config.to_str().unwrap()];
    assert_eq!(run(config.into_iter().chain(query)).records().len(), 1);
    // It is read by nobody who does not name it.
    let unnamed = command().args(query).current_dir(&dir).output();
    Run::of(unnamed.unwrap()).fails(2, "no org was given");
    stop(process, Signal::TERM);
}

#[test]
fn nothing_is_written_through_a_link_in_its_folder() {
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let secrets = folder.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    crate::org::set_mode(&secrets, 0o700);
    for name in ["ca.pem", "config.toml", "secrets/emulator.json"] {
        symlink(&victim, folder.path().join(name)).unwrap();
    }
    let (process, ready) = emulate(&["--dir", dir]);
    let query = ["query", "SELECT COUNT() FROM User"];
    assert_eq!(
        run(flags(&ready).into_iter().chain(query)).records().len(),
        1
    );
    stop(process, Signal::TERM);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
    fs::remove_dir_all(&secrets).unwrap();
    symlink(outside.path(), &secrets).unwrap();
    run(["emulate", "--dir", dir]).fails(2, "secrets is a link");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn it_ends_with_its_stdin_if_it_shall() {
    let mut process = start(
        command()
            .args(["emulate", "--until-stdin-ends"])
            .stdin(Stdio::piped()),
    );
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    // What is written to it means nothing.
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(b"quit\n").unwrap();
    let query = ["query", "SELECT COUNT() FROM User"];
    assert_eq!(
        run(flags(&ready).into_iter().chain(query)).records().len(),
        1
    );
    drop(stdin);
    let ended = end(process);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let ca = Path::new(ready["caFile"].as_str().unwrap());
    assert!(!ca.parent().unwrap().exists(), "nothing is left");
    // A signal still ends it, whoever has its stdin.
    let mut process = start(
        command()
            .args(["emulate", "--until-stdin-ends"])
            .stdin(Stdio::piped()),
    );
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let stdin = process.stdin.take();
    assert_eq!(stop(process, Signal::TERM).status, 0);
    drop(stdin);
}

#[test]
fn without_tls_it_is_for_other_clients() {
    let (process, ready) = emulate(&["--no-tls"]);
    assert!(
        ready["url"]
            .as_str()
            .unwrap()
            .starts_with("http://acme.my.salesforce.com:")
    );
    for member in ["flags", "caFile", "configFile"] {
        assert_eq!(ready[member], Value::Null, "{member}");
    }
    let address = ready["address"].as_str().unwrap();
    assert!(std::net::TcpStream::connect(address).is_ok());
    stop(process, Signal::TERM);
}

#[test]
fn without_tls_it_needs_no_place_for_files() {
    let mut nowhere = command();
    nowhere.env("TMPDIR", "/nowhere");
    let (process, ready) = emulate_by(nowhere.args(["emulate", "--no-tls"]));
    let url = ready["localUrl"].as_str().unwrap();
    assert_eq!(log_in(&ready, url, &[])["instance_url"], url);
    stop(process, Signal::TERM);
    // A directory that is named for them is another matter.
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("org");
    let (process, ready) = emulate(&["--no-tls", "--dir", dir.to_str().unwrap()]);
    assert_eq!(ready["configFile"], Value::Null);
    assert!(dir.join("secrets/emulator.json").exists());
    assert!(!dir.join("ca.pem").exists());
    stop(process, Signal::TERM);
}

/// What curl, as it is, is answered to a login there.
fn log_in(ready: &Value, url: &str, options: &[&str]) -> Value {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail-with-body"]).args(options);
    if let Some(ca) = ready["caFile"].as_str() {
        curl.args(["--cacert", ca]);
    }
    let member = |name: &str| ready["credentials"][name].as_str().unwrap();
    let pair = format!("{}:{}", member("consumerKey"), member("consumerSecret"));
    curl.args(["--user", &pair, "--data", "grant_type=client_credentials"]);
    // A proxy of the environment would be asked for the names that exist only here.
    curl.args(["--noproxy", "*", "--show-error"]);
    let output = curl.arg(format!("{url}/services/oauth2/token")).output();
    let output = output.unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let words = String::from_utf8_lossy(&output.stderr);
        panic!("curl at {url} ({}): {error}: {words}", output.status)
    })
}

#[test]
fn any_client_reaches_it_at_the_url_that_the_line_says() {
    for tls in [&[][..], &["--no-tls"]] {
        let options = ["--host", "org.internal", "--host", "10.0.0.7"];
        let (process, ready) = emulate(&[&options[..], tls].concat());
        let url = ready["localUrl"].as_str().unwrap();
        let login = log_in(&ready, url, &[]);
        assert_eq!(login["instance_url"], url);
        let id = login["id"].as_str().unwrap();
        assert!(id.starts_with(&format!("{url}/id/00D")), "{id}");
        // Further names, by which something else leads clients here.
        let (scheme, port) = url.split_once("://localhost:").unwrap();
        for name in ["org.internal", "10.0.0.7"] {
            let url = format!("{scheme}://{name}:{port}");
            let to = format!("{name}:{port}:127.0.0.1:{port}");
            let login = log_in(&ready, &url, &["--connect-to", &to]);
            assert_eq!(login["instance_url"], url);
        }
        // Only the host of the request is wrong: the connection is the same.
        let other = ["--header", "Host: evil.example"];
        let refused = log_in(&ready, url, &other);
        let why = refused["error_description"].as_str().unwrap();
        assert!(why.contains("org.internal, 10.0.0.7, localhost"), "{why}");
        stop(process, Signal::TERM);
    }
}

#[test]
fn its_url_can_be_that_of_something_before_it() {
    let url = "https://acme.my.salesforce.com";
    let (process, ready) = emulate(&["--no-tls", "--public-url", url]);
    assert_eq!(ready["url"], url);
    let local = ready["localUrl"].as_str().unwrap();
    assert!(local.starts_with("http://localhost:"), "{local}");
    let login = log_in(&ready, local, &[]);
    assert_eq!(login["instance_url"], url);
    stop(process, Signal::TERM);
}

#[test]
fn it_listens_where_it_is_told() {
    let (process, ready) = emulate(&["--listen", "127.0.0.2"]);
    let address = ready["address"].as_str().unwrap();
    let (ip, port) = address.split_once(':').unwrap();
    assert_eq!(ip, "127.0.0.2");
    let url = ready["localUrl"].as_str().unwrap();
    assert_eq!(url, format!("https://{address}"));
    assert_eq!(log_in(&ready, url, &[])["instance_url"], url);
    let elsewhere = std::net::TcpStream::connect(format!("127.0.0.1:{port}"));
    assert!(elsewhere.is_err());
    let query = ["query", "SELECT COUNT() FROM User"];
    let rows = run(flags(&ready).into_iter().chain(query)).records();
    assert_eq!(rows.len(), 1);
    stop(process, Signal::TERM);
}

#[test]
fn what_cannot_be_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    run(["emulate", "--port", &port]).fails(2, &format!("port {port} cannot be listened on"));
    run(["emulate", "--rows", "5000001"]).fails(2, "5000000");
    run(["emulate", "--my-domain", "evil.example/"]).fails(2, "is not a My Domain");
    run(["emulate", "--host", "*.example"]).fails(2, "is not the name or the address of a host");
    run(["emulate", "--public-url", "acme.example"]).fails(2, "is not a URL such as");
    run(["emulate", "--listen", "localhost"]).fails(2, "IP address");
    run(["emulate", "--dir", "/dev/null/x"]).fails(2, "--dir /dev/null/x");
    run(["emulate", "--schema", "x.yaml"]).fails(2, "x.yaml: a schema is a .json file");
    run(["emulate", "--load", "none.csv"]).fails(2, "none.csv cannot be read");
    for conflict in [&["--demo"][..], &["--org", "x"]] {
        run(["emulate"].into_iter().chain(conflict.iter().copied()))
            .fails(2, "cannot be used with");
    }
}
