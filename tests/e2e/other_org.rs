//! The whole conversation with an org that is not the emulator, so that a mistake
//! cannot be made on both sides at once: `tests/python/other_org.py`.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::Value;
use tempfile::TempDir;

use crate::org::{CONSUMER_SECRET, set_mode};
use crate::python_server::PythonServer;
use crate::sfbox::{Run, command};

const HOST: &str = "acme.my.salesforce.com";
const SOQL: &str = "SELECT Id, Name FROM Contact";

/// The running org, and a folder with its secret; ends with the test.
struct OtherOrg {
    server: PythonServer,
    folder: TempDir,
}

impl OtherOrg {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o700);
        let certificate = folder.path().join("server.pem");
        let (authority, server) = certificates(&[HOST]);
        fs::write(folder.path().join("ca.pem"), authority).unwrap();
        fs::write(&certificate, server).unwrap();
        let secret = serde_json::json!({
            "Domain": "acme.my", "ConsumerKey": "key", "ConsumerSecret": CONSUMER_SECRET,
        });
        let name = folder.path().join("acme.json");
        fs::write(&name, secret.to_string()).unwrap();
        set_mode(&name, 0o600);
        let arguments = [
            certificate.as_os_str(),
            "key".as_ref(),
            CONSUMER_SECRET.as_ref(),
        ];
        let server = PythonServer::start("other_org.py", arguments);
        Self { server, folder }
    }

    /// Sends a command, and answers what the org has seen.
    fn tell(&mut self, command: &str) -> Value {
        self.server.tell(command)
    }

    /// How many logins there were, and how many requests.
    fn seen(&mut self) -> (u64, usize) {
        let seen = self.tell("seen");
        let requests = seen["requests"].as_array().unwrap().len();
        assert_eq!(seen["refused"], 0, "{seen}");
        (seen["logins"].as_u64().unwrap(), requests)
    }

    fn sfbox(&self, arguments: &[&str]) -> Run {
        let mut command = command();
        command
            .args(["--org", "acme", "--store"])
            .arg(format!("file:{}", self.folder.path().display()))
            .args([
                "--connect-to",
                &format!("{HOST}:443:127.0.0.1:{}", self.server.port()),
            ])
            .arg("--cacert")
            .arg(self.folder.path().join("ca.pem"))
            .args(arguments);
        let run = Run::of(command.output().expect("sfbox runs"));
        for output in [&run.stdout, &run.stderr] {
            assert!(!output.contains("CANARY"), "{output}");
        }
        run
    }

    #[track_caller]
    fn names(&self) -> Vec<String> {
        let records = self.sfbox(&["query", SOQL, "-v"]).records();
        let names = records.iter().map(|record| record["Name"].as_str());
        names.map(|name| name.unwrap().to_owned()).collect()
    }
}

/// An authority, and the certificate and key of a server of these names that it vouches
/// for.
pub(crate) fn certificates(names: &[&str]) -> (String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.use_authority_key_identifier_extension = true;
    let server = params.signed_by(&key, &authority).unwrap();
    (authority.pem(), server.pem() + &key.serialize_pem())
}

const NAMES: [&str; 5] = ["Ada", "Ben", "Chloé", "Dan", "東"];

#[test]
fn a_conversation_with_an_org_that_reads_bodies_by_their_length() {
    let mut org = OtherOrg::start();
    assert_eq!(org.names(), NAMES);
    assert_eq!(org.seen(), (1, 1 + 3), "a login, and three pages");
    assert_eq!(org.names(), NAMES);
    assert_eq!(org.seen(), (1, 1 + 3 + 3), "the session is reused");
    org.tell("expire");
    assert_eq!(org.names(), NAMES);
    assert_eq!(org.seen(), (2, 1 + 3 + 3 + 1 + 1 + 3), "and renewed once");
    let renewed = org.sfbox(&["session", "renew"]);
    assert_eq!(renewed.status, 0, "{}", renewed.stderr);
    assert_eq!(org.names(), NAMES);
    assert_eq!(org.seen().0, 3);
}

#[test]
fn a_session_that_ends_between_pages_costs_one_login_and_no_row_comes_twice() {
    let mut org = OtherOrg::start();
    assert_eq!(org.names(), NAMES);
    org.tell("last 2");
    let ended = org.sfbox(&["query", SOQL, "--output", "ndjson"]);
    ended.fails(4, "the session that the query belongs to has ended");
    assert_eq!(ended.stdout.lines().count(), 4);
    assert_eq!(org.names(), NAMES);
    assert_eq!(org.seen().0, 2);
}

#[test]
fn each_body_has_its_length_and_no_other_request_has_one() {
    let mut org = OtherOrg::start();
    org.names();
    let refused = org.sfbox(&["query", "SELECT Nonsense FROM Contact"]);
    refused.fails(1, "Salesforce answered 400 MALFORMED_QUERY");
    let seen = org.tell("seen");
    let requests = seen["requests"].as_array().unwrap();
    assert!(requests.len() > 4);
    for request in requests {
        let headers = &request["headers"];
        assert!(headers["Transfer-Encoding"].is_null(), "{request}");
        assert_eq!(headers["Host"], HOST);
        match request["method"].as_str().unwrap() {
            "POST" => {
                let bytes = request["body"].as_str().unwrap().len();
                assert_eq!(headers["Content-Length"], bytes.to_string());
            }
            _ => assert!(headers["Content-Length"].is_null(), "{request}"),
        }
    }
}
