//! The sidecar of `docs/gateway.md`: its file as it stands there, with the binary in the place
//! of the image.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;
use workspace::python;

use super::{Door, QUERY, add_key, answered, folder};
use crate::closed_port::closed_port;
use crate::commands::{sections, text};
use crate::org::Org;

const PAGE: &str = "docs/gateway.md";
const SECTION: &str = "In containers";

/// The page's file for Docker Compose.
fn compose() -> Value {
    let blocks = sections(PAGE, Some(SECTION));
    let mut files = blocks
        .iter()
        .filter(|block| block.text.starts_with("services:"));
    let file = files.next().expect("a file for Docker Compose");
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let mut python = Command::new(python())
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(file.text.as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value behind an option.
fn value<'a>(arguments: &[&'a str], option: &str) -> &'a str {
    let at = arguments.iter().position(|argument| *argument == option);
    arguments[at.expect(option) + 1]
}

#[test]
fn the_sidecar_of_the_page_is_a_door_for_the_program_beside_it() {
    let file = compose();
    let (door, reports) = (&file["services"]["door"], &file["services"]["reports"]);
    let command: Vec<&str> = door["command"].as_str().unwrap().split(' ').collect();
    let (dir, listen) = (value(&command, "--dir"), value(&command, "--listen"));
    // Both containers have one loopback, and the client's address is the door's.
    assert_eq!(reports["network_mode"], "service:door");
    let url = reports["environment"]["SALESFORCE_INSTANCE_URL"]
        .as_str()
        .unwrap();
    assert_eq!(url.replace("http://localhost", "127.0.0.1"), listen);
    // What the page has its reader make is what the door gets, and the client its key.
    let mount = door["volumes"][0].as_str().unwrap();
    let (made, at) = mount.split_once(':').unwrap();
    assert_eq!((made, at), ("./sidecar", dir));
    let blocks = sections(PAGE, Some(SECTION));
    let commands: Vec<String> = blocks.iter().flat_map(|block| block.commands()).collect();
    let add = commands
        .iter()
        .find(|line| line.starts_with("sfbox key add"))
        .unwrap();
    let org = door["environment"]["SFBOX_ORG"].as_str().unwrap();
    assert!(
        add.contains(&format!("--org {org} --dir sidecar > reports.key")),
        "{add}"
    );
    assert_eq!(file["secrets"]["salesforce-key"]["file"], "./reports.key");
    // The image begins with the binary, as this user.
    let image = text("Containerfile");
    assert!(image.contains("ENTRYPOINT [\"/sfbox\"]\n"), "{image}");
    let user = image
        .lines()
        .find_map(|line| line.strip_prefix("USER "))
        .unwrap();
    let owner = format!("sudo chown -R {user} sidecar");
    assert!(commands.contains(&owner), "{owner}");

    // The command as it stands there, with a directory and a port of this test. The
    // environment is as empty as that of the image.
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["reports"]);
    let (own_dir, port) = (folder.path().to_str().unwrap().to_owned(), closed_port());
    let own_listen = format!("127.0.0.1:{port}");
    let own = command.iter().map(|argument| match *argument {
        argument if argument == dir => own_dir.as_str(),
        argument if argument == listen => own_listen.as_str(),
        argument => argument,
    });
    let own: Vec<&str> = own.collect();
    let door = Door::of(&mut org.command(&own), folder);
    assert_eq!(door.url(), format!("http://localhost:{port}"));
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--noproxy", "*", "--include"]);
    curl.args(["--header", &format!("Authorization: Bearer {key}")]);
    let page = answered(curl.arg(format!("{}{QUERY}", door.url())));
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(door.close().status, 0);
}
