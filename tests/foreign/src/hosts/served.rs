//! wasmtime's command line: `serve`, each instance in a process of its own, and `run`.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use moto::Moto;

use crate::caller::Caller;
use crate::conversation::{Host, Kept as _};
use crate::exchange::Exchange;
use crate::org::{CONSUMER_SECRET, ORG, Org};
use crate::process::Process;
use crate::report::{Row, absent, held, made};
use crate::secrets_manager;

/// What the command line needs for components of WASI 0.3.
const WASI_0_3: [&str; 8] = [
    "-S",
    "cli",
    "-S",
    "p3",
    "-S",
    "http",
    "-W",
    "component-model-async",
];

/// `wasmtime COMMAND`, for a component that finds these variables.
pub(crate) fn wasmtime(command: &str, environment: &[(&str, &str)]) -> Command {
    let mut wasmtime = Command::new(made("wasmtime/bin/wasmtime"));
    wasmtime.arg(command).args(WASI_0_3);
    for (name, value) in environment {
        // By name alone: a value would be seen by all users of the machine.
        wasmtime.args(["--env", name]).env(name, value);
    }
    wasmtime
}

/// Serves a component, and tells where.
pub(crate) async fn serve(component: &str, environment: &[(&str, &str)]) -> (Process, SocketAddr) {
    let mut command = wasmtime("serve", environment);
    command
        .args(["--addr", "127.0.0.1:0"])
        .arg(made(component))
        .stderr(Stdio::piped());
    let mut server = Process::start(&mut command);
    let address = server.says(address).await;
    (server, address)
}

/// `Serving HTTP on http://127.0.0.1:8080/`.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, url) = line.split_once("Serving HTTP on http://")?;
    url.trim_end_matches('/').parse().ok()
}

struct Served {
    detour: String,
    moto: Moto,
    servers: Vec<Process>,
}

impl Host for Served {
    type Guest = Caller<Exchange>;

    async fn instance(&mut self) -> Caller<Exchange> {
        let mut environment = secrets_manager::environment(&self.moto).to_vec();
        environment.push(("SFBOX_DETOUR", &self.detour));
        let (server, address) = serve("gateway-with-secrets-manager.wasm", &environment).await;
        self.servers.push(server);
        Caller(Exchange::begin(address, "localhost").await)
    }

    async fn stored(&self) -> Option<String> {
        self.moto.token().await
    }

    fn process(&self) -> Option<u32> {
        self.servers.last().map(Process::id)
    }
}

#[tokio::test]
async fn wasmtime_serve() {
    let row = Row {
        order: 30,
        host: "wasmtime serve 49, with sfbox-secrets-manager",
        wasi: "0.3",
    };
    if absent(&row, &["wasmtime"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let mut host = Served {
        detour: org.detour(),
        moto: Moto::keep(CONSUMER_SECRET).await,
        servers: Vec::new(),
    };
    held(&row, &org, &mut host).await;
}

#[tokio::test]
async fn wasmtime_run_invokes_a_function() {
    let row = Row {
        order: 0,
        host: "wasmtime run",
        wasi: "0.3",
    };
    if absent(&row, &["wasmtime"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let secrets = format!(r#"{{"{ORG}": {}}}"#, Org::secret());
    let detour = org.detour();
    let environment = [
        ("SFBOX_SECRETS", secrets.as_str()),
        ("SFBOX_DETOUR", &detour),
    ];
    let invoke = |of: &str| {
        let options = "{call: {timeout-ms: none}, rows: live, tooling: false, composite: true, \
                       complete-children: true}";
        let call = format!(r#"query("{of}", "SELECT Id FROM Account LIMIT 1", [], {options})"#);
        let mut command = wasmtime("run", &environment);
        command
            .args(["--invoke", &call])
            .arg(made("sfbox-with-environment.wasm"));
        tokio::task::spawn_blocking(move || command.output())
    };
    let output = invoke(ORG).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(told.starts_with("ok({body: "), "{told}{complaint}");
    assert!(told.contains("total-size: some(1)"), "{told}");
    assert_eq!(org.control().stats().logins, 1);

    // An error of the function is a result like any other: its status is 0, too.
    let output = invoke("other").await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.starts_with("err(secret(denied"), "{told}");
    assert!(output.status.success(), "{:?}", output.status);
}
