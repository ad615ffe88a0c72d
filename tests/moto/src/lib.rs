//! A Secrets Manager on loopback: `moto_strict.py` beside this crate, as a test starts
//! it, reaches it, and has it fail.
//!
//! Every function ends the test that it cannot serve, and says why.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use workspace::{python, root};

/// What the clients of AWS in tests send with: its TLS is the only one of the build.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// A running moto; ends with the test.
#[derive(Debug)]
pub struct Moto {
    process: Child,
    url: String,
    /// The port at which the same is served over TLS.
    tls_port: Option<u16>,
}

impl Moto {
    /// Starts one, on a free port.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// One that is served over TLS as well, with the certificate and the key in this file.
    #[must_use]
    pub fn start_with_tls(certificate: &Path) -> Self {
        Self::start_with(Some(certificate))
    }

    fn start_with(certificate: Option<&Path>) -> Self {
        let mut process = Command::new(python())
            .arg(root().join("tests/moto/moto_strict.py"))
            .args(certificate)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python runs");
        let mut stdout = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let mut line = || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("moto prints its URL");
            line.trim().to_owned()
        };
        let url = line();
        assert!(
            url.starts_with("http://127.0.0.1:"),
            "moto did not start: {url:?}"
        );
        let tls_port = certificate.map(|_| {
            let url = line();
            let port = url.strip_prefix("https://127.0.0.1:");
            port.and_then(|port| port.parse().ok())
                .expect("a URL of HTTPS")
        });
        Self {
            process,
            url,
            tls_port,
        }
    }

    /// The port at which it is served over TLS.
    #[must_use]
    pub fn tls_port(&self) -> u16 {
        self.tls_port.expect("it was started with a certificate")
    }

    /// Where it listens, such as `http://127.0.0.1:40000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a process needs to reach it.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.url),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// Decides what becomes of an operation's next calls, and forgets the calls
    /// so far; `tests/moto/faults.py` lists the outcomes.
    pub fn fail(&self, operation: &str, outcomes: &[&str]) {
        self.fail_all(&serde_json::json!({ operation: outcomes }));
    }

    /// The same for several operations at once.
    pub fn fail_all(&self, plan: &serde_json::Value) {
        self.ask("PUT", "/__faults", &plan.to_string());
    }

    /// Moves AWS's clock forward.
    pub fn advance(&self, time: Duration) {
        self.ask("PUT", "/__clock", &time.as_secs_f64().to_string());
    }

    /// The calls since then, each as operation and outcome.
    #[must_use]
    pub fn calls(&self) -> Vec<(String, String)> {
        serde_json::from_str(&self.ask("GET", "/__faults", "")).expect("a list of pairs")
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let address = self.url.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address).expect("moto listens");
        let length = body.len();
        write!(
            connection,
            "{method} {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("moto listens");
        let mut answer = String::new();
        connection
            .read_to_string(&mut answer)
            .expect("moto answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        assert!(head.contains(" 200 "), "{head}");
        body.to_owned()
    }

    /// The real SDK, as another program would use it.
    #[must_use]
    pub fn client(&self) -> Client {
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(&self.url)
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(http_client())
            .build();
        Client::from_conf(config)
    }

    /// Creates a secret.
    pub async fn create(&self, name: &str, text: &str) {
        let created = self
            .client()
            .create_secret()
            .name(name)
            .secret_string(text)
            .send()
            .await;
        created.expect("a secret is created");
    }

    /// The current text.
    pub async fn read(&self, name: &str) -> String {
        let read = self
            .client()
            .get_secret_value()
            .secret_id(name)
            .version_stage("AWSCURRENT");
        read.send()
            .await
            .expect("a secret is read")
            .secret_string
            .expect("text")
    }

    /// What a person does in the console.
    pub async fn overwrite(&self, name: &str, text: &str) {
        let put = self
            .client()
            .put_secret_value()
            .secret_id(name)
            .secret_string(text)
            .send()
            .await;
        put.expect("a secret is written");
    }

    /// How many versions there are: one more for each write.
    pub async fn versions(&self, name: &str) -> usize {
        let list = self
            .client()
            .list_secret_version_ids()
            .secret_id(name)
            .include_deprecated(true);
        list.send()
            .await
            .expect("versions are listed")
            .versions()
            .len()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
