//! A data file, over the network: what it keeps, and what it does not.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use http_body_util::Full;
use serde_json::json;
use sfbox_emulator::{DataFileProblem, Emulator, LoadFile, LoadFormat, StartError};
use tempfile::TempDir;

use crate::client::{EXPIRED, Org, with};

/// Where a child process finds its data file.
const DATA_FILE: &str = "SFBOX_TEST_DATA_FILE";

async fn start(path: &Path) -> Org {
    Org::start_with(Emulator::builder().plain().accounts(3).data_file(path)).await
}

async fn create(org: &Org, token: &str, name: &str) {
    let request = org.request("POST", "/services/data/v66.0/sobjects/Account");
    let request = with(request, "authorization", &format!("Bearer {token}"));
    let request = with(request, "content-type", "application/json");
    let request = request.map(|_| Full::from(json!({"Name": name}).to_string()));
    assert_eq!(org.send(request).await.status, 201);
}

async fn names(org: &Org, token: &str) -> Vec<String> {
    let soql = "SELECT Name FROM Account WHERE Name LIKE 'Zimt%' ORDER BY Name";
    let records = org.query(token, soql).await.json()["records"].clone();
    let names = records.as_array().expect("records").iter();
    names
        .map(|record| record["Name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn records_outlive_their_emulator_and_sessions_do_not() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("org.db");
    let org = start(&path).await;
    let token = org.log_in().await;
    create(&org, &token, "Zimt 1").await;
    let mut settings = org.emulator.control().settings();
    settings.run_as_user = false;
    org.emulator.control().set_settings(settings.clone());
    org.emulator.stop().await;
    for entry in fs::read_dir(folder.path()).expect("a folder") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        for secret in [token.as_str(), "demo-consumer-secret"] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "a secret is in the file");
        }
    }
    let org = start(&path).await;
    let query = org.query(&token, "SELECT Id FROM Account").await;
    assert_eq!((query.status.as_u16(), query.text()), (401, EXPIRED));
    // A login works, because the settings are those of the builder.
    let token = org.log_in().await;
    assert_eq!(names(&org, &token).await, ["Zimt 1"]);
    create(&org, &token, "Zimt 2").await;
    assert_eq!(names(&org, &token).await, ["Zimt 1", "Zimt 2"]);
    org.emulator.control().reset().expect("a reset");
    let token = org.log_in().await;
    assert!(names(&org, &token).await.is_empty());
    org.emulator.stop().await;
    let org = start(&path).await;
    let token = org.log_in().await;
    assert!(names(&org, &token).await.is_empty());
    let count = org.query(&token, "SELECT COUNT() FROM Account").await;
    assert_eq!(count.json()["totalSize"], 3);
}

#[tokio::test]
async fn a_reset_gives_a_file_the_records_with_which_it_was_made() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("org.db");
    let begin = async |loads: &[&str]| {
        let mut builder = Emulator::builder().plain().data_file(&path);
        for name in loads {
            let csv = format!("Name\n{name}\n");
            builder = builder.load(LoadFile::new("a.csv", LoadFormat::Csv, &csv).of("Account"));
        }
        let org = Org::start_with(builder).await;
        let token = org.log_in().await;
        (org, token)
    };
    let (org, token) = begin(&["Zimt 1", "Zimt 2"]).await;
    assert_eq!(names(&org, &token).await, ["Zimt 1", "Zimt 2"]);
    org.emulator.stop().await;
    // Whatever files the emulator is started with later.
    for loads in [&[][..], &["Zimt 3"]] {
        let (org, token) = begin(loads).await;
        create(&org, &token, "Zimt 4").await;
        assert_eq!(names(&org, &token).await, ["Zimt 1", "Zimt 2", "Zimt 4"]);
        org.emulator.control().reset().expect("a reset");
        let token = org.log_in().await;
        assert_eq!(names(&org, &token).await, ["Zimt 1", "Zimt 2"]);
        org.emulator.stop().await;
    }
}

/// Starts this program again, as a process of its own that has the file open.
fn child(path: &Path) -> (Child, String) {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .args([
            "--exact",
            "data_file::a_process_of_its_own",
            "--ignored",
            "--nocapture",
        ])
        .env(DATA_FILE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let told = output.lines().map_while(Result::ok).find_map(|line| {
        let (_, told) = line.split_once("told: ")?;
        Some(told.to_owned())
    });
    (child, told.expect("what the process has to tell"))
}

/// Not a test, but what [`child`] runs.
#[tokio::test]
#[ignore = "the tests below run it as a process"]
async fn a_process_of_its_own() {
    let Some(path) = env::var_os(DATA_FILE).map(PathBuf::from) else {
        return;
    };
    let started = Emulator::builder()
        .plain()
        .accounts(3)
        .data_file(&path)
        .start()
        .await;
    let told = match started {
        Err(error) => error.to_string(),
        Ok(emulator) => {
            let org = Org { emulator };
            let token = org.log_in().await;
            for number in 0..20 {
                create(&org, &token, &format!("Zimt {number:02}")).await;
            }
            let mut output = std::io::stdout();
            writeln!(output, "told: written").expect("its output");
            output.flush().expect("its output");
            // Until it is killed, or nobody is there to kill it.
            let _ = std::io::stdin().read_line(&mut String::new());
            return;
        }
    };
    let mut output = std::io::stdout();
    writeln!(output, "told: {told}").expect("its output");
}

#[tokio::test]
async fn a_killed_emulator_loses_nothing_that_it_answered() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("org.db");
    let (mut child, told) = child(&path);
    assert_eq!(told, "written");
    let refused = Emulator::builder().plain().data_file(&path).start().await;
    let Err(StartError::DataFile(refused)) = refused else {
        panic!("two processes have the file");
    };
    assert!(matches!(refused.problem, DataFileProblem::InUse));
    child.kill().expect("an end");
    child.wait().expect("an end");
    let org = start(&path).await;
    let token = org.log_in().await;
    let written: Vec<_> = (0..20).map(|number| format!("Zimt {number:02}")).collect();
    assert_eq!(names(&org, &token).await, written);
}

#[tokio::test]
async fn another_process_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("org.db");
    let _org = start(&path).await;
    let (mut child, told) = child(&path);
    child.wait().expect("an end");
    assert!(told.contains("is in use by another emulator"), "{told}");
}
