//! The emulator by itself, on the command line.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::sfbox::{Run, command, end, run, start};

/// Starts it, and reads how to reach it.
fn emulate(arguments: &[&str]) -> (Child, Value) {
    let mut process = start(command().arg("emulate").args(arguments));
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
    for signal in [Signal::INT, Signal::TERM] {
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
fn without_tls_it_is_for_other_clients() {
    let (process, ready) = emulate(&["--no-tls"]);
    assert!(
        ready["url"]
            .as_str()
            .unwrap()
            .starts_with("http://acme.my.salesforce.com:")
    );
    assert_eq!(
        (&ready["flags"], &ready["caFile"]),
        (&Value::Null, &Value::Null)
    );
    let address = ready["address"].as_str().unwrap();
    assert!(std::net::TcpStream::connect(address).is_ok());
    stop(process, Signal::TERM);
}

#[test]
fn what_cannot_be_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    run(["emulate", "--port", &port]).fails(2, "the port cannot be listened on");
    run(["emulate", "--rows", "5000001"]).fails(2, "5000000");
    run(["emulate", "--my-domain", "evil.example/"]).fails(2, "is not a My Domain");
    run(["emulate", "--dir", "/dev/null/x"]).fails(2, "--dir /dev/null/x");
    for conflict in [&["--demo"][..], &["--org", "x"]] {
        run(["emulate"].into_iter().chain(conflict.iter().copied()))
            .fails(2, "cannot be used with");
    }
}
