//! Through a proxy that others could have written: `tests/python/proxy.py`.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures::future::join_all;
use moto::Moto;
use serde_json::Value;
use sfbox::{QueryOptions, Runtime};
use tempfile::TempDir;

use crate::closed_port::RefusingPort;
use crate::org::{NAME, Org};
use crate::other_org::certificates;
use crate::python_server::PythonServer;
use crate::sfbox::{Run, command, run_all};

const SOQL: &str = "SELECT Id FROM Account LIMIT 3";

/// What stands for the org in a CONNECT.
const TARGET: &str = "acme.my.salesforce.com:443";

/// Recognisable, and with characters that a URL escapes.
const USER: &str = "CANARY-proxy-user";
const PASSWORD: &str = "CANARY-proxy@password/93e0";
const IN_URL: &str = "CANARY-proxy-user:CANARY-proxy%40password%2F93e0";

/// A running proxy; ends with the test.
pub(crate) struct Proxy(PythonServer);

impl Proxy {
    fn start<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        Self(PythonServer::start("proxy.py", arguments))
    }

    /// One that leads to this org.
    fn to(org: &Org) -> Self {
        Self::start([way_to(org)])
    }

    /// One that leads to this org, and asks for a user and a password.
    pub(crate) fn with_password(org: &Org) -> Self {
        let user = format!("{USER}:{PASSWORD}");
        Self::start(["--user", &user, &way_to(org)])
    }

    /// Its host and port.
    fn name(&self) -> String {
        format!("127.0.0.1:{}", self.0.port())
    }

    fn url(&self) -> String {
        format!("http://{}", self.name())
    }

    /// Its URL with the user and the password that it accepts.
    pub(crate) fn url_with_password(&self) -> String {
        format!("http://{IN_URL}@{}", self.name())
    }

    /// Sends a command, and answers what it has been asked: target and outcome.
    fn tell(&mut self, command: &str) -> Vec<(String, String)> {
        let seen: Vec<Value> = self.0.tell(command);
        let text = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
        let seen = seen.iter();
        seen.map(|request| (text(request, "target"), text(request, "outcome")))
            .collect()
    }

    /// What came of each request so far, all of which were for the org.
    #[track_caller]
    fn outcomes(&mut self) -> Vec<String> {
        let seen = self.tell("seen").into_iter();
        seen.map(|(target, outcome)| {
            assert_eq!(target, TARGET);
            outcome
        })
        .collect()
    }
}

fn way_to(org: &Org) -> String {
    format!("{}:443={}", org.emulator().host(), org.emulator().address())
}

/// What must not be seen of the proxy's URL: as it is there, and as it is sent.
pub(crate) fn canaries() -> Vec<String> {
    let plain = format!("{USER}:{PASSWORD}");
    let basic = BASE64_STANDARD.encode(plain);
    vec![USER.to_owned(), "CANARY-proxy".to_owned(), basic]
}

#[track_caller]
fn clean(run: &Run) {
    for canary in canaries() {
        assert!(!run.stdout.contains(&canary), "in stdout");
        assert!(!run.stderr.contains(&canary), "in stderr:\n{}", run.stderr);
    }
}

/// Of an environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// A run of the binary that has no other way to the org.
fn run(org: &Org, variables: Variables<'_>, arguments: &[&str]) -> Run {
    let mut command = org.command_without_way(arguments);
    let run = Run::of(command.envs(variables.iter().copied()).output().unwrap());
    clean(&run);
    run
}

/// How many connections the org has seen.
fn connections(org: &Org) -> u64 {
    org.control().stats().connections.accepted
}

#[test]
fn a_command_goes_through_the_proxy_by_name_and_on_one_connection() {
    let org = Org::start();
    let mut proxy = Proxy::to(&org);
    let read = run(
        &org,
        &[("HTTPS_PROXY", &proxy.url())],
        &["-v", "query", SOQL],
    );
    assert_eq!(read.records().len(), 3);
    assert_eq!(proxy.outcomes(), ["tunnel"]);
    assert_eq!((connections(&org), org.logins()), (1, 1));
    let words = "the name of its host was judged, the address cannot be";
    assert!(
        read.stderr.contains(words) && read.stderr.contains(&proxy.name()),
        "{}",
        read.stderr
    );
    let quiet = run(&org, &[("HTTPS_PROXY", &proxy.url())], &["query", SOQL]);
    assert_eq!((quiet.records().len(), quiet.stderr.as_str()), (3, ""));
}

#[test]
fn calls_at_once_share_one_tunnel() {
    let org = Org::start();
    let mut proxy = Proxy::with_password(&org);
    let runtime = Runtime::builder()
        .store(org.file_store())
        .org(NAME)
        .extra_ca(fs::read(org.cacert()).unwrap())
        .proxy(proxy.url_with_password().parse().unwrap())
        .workers(std::num::NonZeroUsize::MIN)
        .build()
        .unwrap();
    let library = runtime.org(NAME).unwrap();
    let options = QueryOptions::default();
    org.block_on(async {
        let calls = (0..8).map(|_| library.query(SOQL, &options));
        for page in join_all(calls).await {
            page.unwrap();
        }
        runtime.shut_down().await;
    });
    assert_eq!(proxy.outcomes(), ["tunnel"], "HTTP/2 in the tunnel");
    assert_eq!((connections(&org), org.logins()), (1, 1));
}

#[test]
fn a_proxy_that_wants_a_password_gets_it_and_nobody_else_does() {
    let org = Org::start();
    let mut proxy = Proxy::with_password(&org);
    let name = proxy.name();
    for (url, words) in [
        (proxy.url(), "asks for a user and a password (407)"),
        (
            format!("http://CANARY-proxy:x@{name}"),
            "does not accept the user and the password",
        ),
    ] {
        let refused = run(&org, &[("HTTPS_PROXY", &url)], &["-vvv", "query", SOQL]);
        refused.fails(5, &format!("the proxy {name} {words}"));
        assert!(
            refused.stderr.contains("hint: check the proxy's URL"),
            "{}",
            refused.stderr
        );
        assert!(
            !refused.stderr.contains("--allow-host"),
            "{}",
            refused.stderr
        );
        let checked = run(&org, &[("HTTPS_PROXY", &url)], &["org", "check"]);
        assert_eq!(checked.status, 5, "{}", checked.stderr);
    }
    let seen = proxy.outcomes();
    assert!(seen.iter().all(|outcome| outcome == "407"), "{seen:?}");
    assert_eq!(seen.len(), 4, "nothing is tried again");
    assert_eq!(connections(&org), 0);
    for arguments in [
        &["-vvv", "query", SOQL] as &[_],
        &["-vvv", "--log-format", "json", "org", "check"],
    ] {
        let worked = run(
            &org,
            &[("HTTPS_PROXY", &proxy.url_with_password())],
            arguments,
        );
        assert_eq!(worked.status, 0, "{}", worked.stderr);
        assert!(worked.stderr.contains(&name), "it is named");
    }
}

/// A folder with the certificate of servers of these names, and of their authority.
fn certified(names: &[&str]) -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (authority, server) = (
        folder.path().join("ca.pem"),
        folder.path().join("server.pem"),
    );
    let (ca, certificate) = certificates(names);
    fs::write(&authority, ca).unwrap();
    fs::write(&server, certificate).unwrap();
    (folder, authority, server)
}

#[test]
fn a_proxy_with_tls_is_believed_when_the_system_vouches_for_it() {
    let org = Org::start();
    let (_folder, authority, server) = certified(&["localhost"]);
    let user = format!("{USER}:{PASSWORD}");
    let server = server.to_str().unwrap();
    let mut proxy = Proxy::start(["--tls", server, "--user", &user, &way_to(&org)]);
    let url = format!("https://{IN_URL}@localhost:{}", proxy.0.port());
    let trusting = ("SSL_CERT_FILE", authority.to_str().unwrap());
    let (_other_folder, foreign, _) = certified(&["localhost"]);
    let distrusting = ("SSL_CERT_FILE", foreign.to_str().unwrap());
    let refused = run(
        &org,
        &[("HTTPS_PROXY", &url), distrusting],
        &["-vvv", "query", SOQL],
    );
    refused.fails(
        4,
        &format!("the proxy localhost:{} cannot be reached", proxy.0.port()),
    );
    assert_eq!(connections(&org), 0);
    assert!(
        proxy
            .tell("seen")
            .iter()
            .all(|(target, _)| target.is_empty()),
        "no CONNECT"
    );
    let read = run(
        &org,
        &[("HTTPS_PROXY", &url), trusting],
        &["-vvv", "query", SOQL],
    );
    assert_eq!(read.records().len(), 3);
    let seen = proxy.tell("seen");
    assert_eq!(seen.last().unwrap().1, "tunnel", "{seen:?}");
}

#[test]
fn a_proxy_that_opens_no_tunnel_is_named_and_the_org_sees_nothing() {
    let org = Org::start();
    let cases = [
        (
            "403",
            5,
            "refused CONNECT acme.my.salesforce.com:443 with 403 Forbidden",
        ),
        (
            "503",
            4,
            "refused CONNECT acme.my.salesforce.com:443 with 503 Service Unavailable",
        ),
        (
            "garbage",
            4,
            "answered CONNECT with something that is not HTTP",
        ),
        ("cut", 4, "answered CONNECT with something that is not HTTP"),
        (
            "endless",
            4,
            "answered CONNECT with something that is not HTTP",
        ),
        (
            "early",
            4,
            "sent unexpected data after its answer to CONNECT",
        ),
    ];
    let mut proxies: Vec<Proxy> = cases.iter().map(|_| Proxy::with_password(&org)).collect();
    for (proxy, (mode, ..)) in proxies.iter_mut().zip(cases) {
        proxy.tell(&format!("mode {mode}"));
    }
    let commands = proxies.iter().map(|proxy| {
        let mut command = org.command_without_way(&["-vvv", "query", SOQL]);
        command.env("HTTPS_PROXY", proxy.url_with_password());
        command
    });
    let runs = run_all(commands.collect::<Vec<_>>());
    for ((run, proxy), (mode, status, words)) in runs.iter().zip(&mut proxies).zip(cases) {
        run.fails(status, &format!("the proxy {} {words}", proxy.name()));
        clean(run);
        assert!(
            run.stderr.contains("hint: check the proxy's URL"),
            "{mode}: {}",
            run.stderr
        );
        let seen = proxy.outcomes();
        assert!(seen.iter().all(|outcome| outcome == mode), "{seen:?}");
        assert_eq!(seen.len(), if status == 5 { 1 } else { 4 }, "{mode}");
    }
    assert_eq!((connections(&org), org.logins()), (0, 0));
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named() {
    let org = Org::start();
    let refusing = RefusingPort::new();
    let port = refusing.number();
    let url = format!("http://{IN_URL}@127.0.0.1:{port}");
    let failed = run(&org, &[("ALL_PROXY", &url)], &["-vvv", "query", SOQL]);
    failed.fails(4, &format!("the proxy 127.0.0.1:{port} cannot be reached"));
}

#[test]
fn a_proxy_that_says_nothing_takes_no_longer_than_a_connection_may() {
    let org = Org::start();
    let mut proxy = Proxy::with_password(&org);
    proxy.tell("mode silent");
    let url = proxy.url_with_password();
    let begun = Instant::now();
    let short = run(
        &org,
        &[("HTTPS_PROXY", &url)],
        &["query", SOQL, "--timeout", "1"],
    );
    short.fails(4, "timeout");
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    let long = run(
        &org,
        &[("HTTPS_PROXY", &url)],
        &["-vv", "query", SOQL, "--timeout", "12"],
    );
    long.fails(4, "timeout");
    let words = format!("the proxy {} gave no connection within 10 s", proxy.name());
    assert!(long.stderr.contains(&words), "{}", long.stderr);
    assert_eq!(connections(&org), 0);
}

const SOCKS: &str = "socks5://CANARY-proxy-user:x@127.0.0.1:1";

#[test]
fn what_is_typed_counts_for_more_than_variables_and_these_for_more_than_the_file() {
    let org = Org::start();
    let mut proxy = Proxy::to(&org);
    let url = proxy.url();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = file("good.toml", &format!("proxy = '{url}'"));
    let bad = file(
        "bad.toml",
        &format!("proxy = '{SOCKS}'\n[profiles.x]\nproxy = '{url}'"),
    );
    let none = file("none.toml", "proxy = 'none'");
    let cases: &[(Variables<'_>, &[&str])] = &[
        (
            &[
                ("HTTPS_PROXY", &url),
                ("https_proxy", SOCKS),
                ("ALL_PROXY", SOCKS),
            ],
            &[],
        ),
        (&[("https_proxy", &url), ("ALL_PROXY", SOCKS)], &[]),
        (&[("ALL_PROXY", &url), ("all_proxy", SOCKS)], &[]),
        (&[("all_proxy", &url)], &[]),
        (&[("HTTPS_PROXY", ""), ("ALL_PROXY", &url)], &[]),
        (&[("HTTPS_PROXY", SOCKS)], &["--proxy", &url]),
        (&[("HTTPS_PROXY", &url)], &["--config", &bad]),
        (&[("HTTPS_PROXY", &url)], &["--config", &none]),
        (&[], &["--config", &good]),
        (&[("HTTPS_PROXY", "")], &["--config", &good]),
        (&[], &["--config", &bad, "--profile", "x"]),
        (
            &[("NO_PROXY", "other.example, x.acme.my.salesforce.com")],
            &["--proxy", &url],
        ),
    ];
    for (number, (variables, options)) in cases.iter().enumerate() {
        let arguments = [&["query", SOQL], *options].concat();
        let read = run(&org, variables, &arguments);
        assert_eq!(read.records().len(), 3, "{variables:?} {options:?}");
        assert_eq!(
            proxy.outcomes().len(),
            number + 1,
            "{variables:?} {options:?}"
        );
    }
}

#[test]
fn a_socks_proxy_is_refused_by_name_and_only_where_it_would_be_used() {
    let org = Org::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, format!("proxy = '{SOCKS}'")).unwrap();
    let file = file.to_str().unwrap();
    let cases: &[(Variables<'_>, &[&str], &str)] = &[
        (
            &[("ALL_PROXY", SOCKS)],
            &[],
            "ALL_PROXY: socks5 proxies are not supported",
        ),
        (
            &[],
            &["--proxy", SOCKS],
            "--proxy: socks5 proxies are not supported",
        ),
        (
            &[],
            &["--config", file],
            "`proxy` in the configuration file: socks5 proxies",
        ),
        (
            &[("https_proxy", "http://CANARY-proxy/x@y:1")],
            &[],
            "https_proxy: write `@`, `/`",
        ),
    ];
    for (variables, options, words) in cases {
        let arguments = [&["query", SOQL], *options].concat();
        run(&org, variables, &arguments).fails(2, words);
    }
    let variables = [("ALL_PROXY", SOCKS)];
    for arguments in [
        &["--demo", "query", SOQL] as &[_],
        &["config"],
        &["help", "options"],
    ] {
        let run = Run::of(command().envs(variables).args(arguments).output().unwrap());
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.stderr);
        clean(&run);
    }
    let list = Run::of(
        command()
            .envs(variables)
            .args(["--store", &org.store(), "org", "list"])
            .output()
            .unwrap(),
    );
    assert_eq!(
        list.status, 0,
        "a store of files is on no network: {}",
        list.stderr
    );
}

#[test]
fn connect_to_and_the_demo_go_direct() {
    let org = Org::start();
    let mut proxy = Proxy::to(&org);
    let url = proxy.url();
    let mut direct = org.command(&["query", SOQL]);
    let direct = Run::of(direct.env("HTTPS_PROXY", &url).output().unwrap());
    assert_eq!(direct.records().len(), 3);
    let demo = ["--demo", "query", SOQL];
    let demo = Run::of(
        command()
            .env("HTTPS_PROXY", &url)
            .args(demo)
            .output()
            .unwrap(),
    );
    assert_eq!(demo.records().len(), 3);
    assert!(proxy.tell("seen").is_empty());
}

#[test]
fn no_help_and_no_page_shows_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let url = format!("http://{IN_URL}@proxy.example:1");
    fs::write(&file, format!("proxy = '{url}'")).unwrap();
    let pages = folder.path().join("man");
    for arguments in [
        &["--help"] as &[_],
        &["help", "options"],
        &["options"],
        &["query", "--help"],
        &["config"],
        &["completions", "zsh"],
        &["man", pages.to_str().unwrap()],
        &["query", "--proxy"],
        &["query", "x", "--proxy", &url, "--proxy", &url],
        &["--demo", "query", "x", "--proxy", &url],
        &["qury", "--proxy", &url],
    ] {
        for variables in [
            [("HTTPS_PROXY", url.as_str())],
            [("SFBOX_CONFIG", file.to_str().unwrap())],
        ] {
            clean(&Run::of(
                command().envs(variables).args(arguments).output().unwrap(),
            ));
        }
    }
    for page in fs::read_dir(pages).unwrap() {
        let text = fs::read_to_string(page.unwrap().path()).unwrap();
        assert!(!text.contains("CANARY"));
    }
}

/// Secrets Manager behind a proxy, and an org behind the same.
struct Network {
    org: Org,
    moto: Moto,
    proxy: Proxy,
    authority: PathBuf,
    _folder: TempDir,
}

/// What Secrets Manager is called: no name that anybody resolves but the proxy.
const STORE: &str = "secretsmanager.test";

impl Network {
    fn start() -> Self {
        let org = Org::start();
        let (folder, authority, server) = certified(&[STORE, "localhost"]);
        let moto = Moto::start_with_tls(&server);
        org.block_on(moto.create(NAME, &org.secret()));
        let port = moto.tls_port();
        let way = format!("{STORE}:{port}=127.0.0.1:{port}");
        let user = format!("{USER}:{PASSWORD}");
        let proxy = Proxy::start(["--user", &user, &way, &way_to(&org)]);
        Self {
            org,
            moto,
            proxy,
            authority,
            _folder: folder,
        }
    }

    /// Runs the binary with Secrets Manager at this host.
    fn run(&self, store: &str, url: &str, arguments: &[&str]) -> Run {
        let endpoint = format!("https://{store}:{}", self.moto.tls_port());
        let mut command = command();
        command
            .envs(self.moto.environment())
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint)
            .env("SSL_CERT_FILE", &self.authority)
            .env("HTTPS_PROXY", url)
            .arg("--cacert")
            .arg(self.org.cacert())
            .args(arguments);
        let run = Run::of(command.output().unwrap());
        clean(&run);
        run
    }

    /// How many tunnels led to the store, and how many to the org.
    #[track_caller]
    fn tunnels(&mut self) -> (usize, usize) {
        let store = format!("{STORE}:{}", self.moto.tls_port());
        let seen = self.proxy.tell("seen");
        assert!(
            seen.iter().all(|(_, outcome)| outcome == "tunnel"),
            "{seen:?}"
        );
        let count = |name: &str| seen.iter().filter(|(target, _)| target == name).count();
        assert_eq!(count(&store) + count(TARGET), seen.len(), "{seen:?}");
        (count(&store), count(TARGET))
    }
}

#[test]
fn the_secret_store_is_reached_through_the_proxy() {
    let mut network = Network::start();
    let url = network.proxy.url_with_password();
    let query = ["-vvv", "--org", NAME, "query", SOQL];
    let read = network.run(STORE, &url, &query);
    assert_eq!(read.records().len(), 3);
    let words = "AWS is asked through the proxy";
    assert!(read.stderr.contains(words), "{}", read.stderr);
    let (store, org) = network.tunnels();
    assert!(store >= 1 && org == 1, "{store} {org}");
    let stored = network.org.block_on(network.moto.read(NAME));
    assert!(stored.contains("SessionId"), "the token was stored");
    let listed = network.run(STORE, &url, &["org", "list", "--output", "json"]);
    assert_eq!(listed.records().len(), 1);
    assert!(network.tunnels().0 > store);
}

#[test]
fn this_machine_is_never_reached_through_the_proxy() {
    let mut network = Network::start();
    let url = network.proxy.url_with_password();
    let read = network.run("localhost", &url, &["--org", NAME, "query", SOQL]);
    assert_eq!(read.records().len(), 3);
    assert_eq!(network.tunnels(), (0, 1), "only the org");
}

#[test]
fn a_proxy_that_refuses_the_secret_store_is_named() {
    let mut network = Network::start();
    let name = network.proxy.name();
    let query = ["-vvv", "--org", NAME, "query", SOQL];
    let refused = network.run(STORE, &network.proxy.url(), &query);
    refused.fails(
        3,
        &format!("the proxy {name} asks for a user and a password (407)"),
    );
    network.proxy.tell("mode 403");
    let refused = network.run(STORE, &network.proxy.url_with_password(), &query);
    assert_ne!(refused.status, 0);
    let words = format!("the proxy {name} opened no tunnel");
    assert!(refused.stderr.contains(&words), "{}", refused.stderr);
    assert_eq!(connections(&network.org), 0);
}
