//! Lambda's service as `cargo lambda watch` has it on this machine: the independent
//! implementation of the runtime API.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::{Request, Response};
use serde_json::Value;

use crate::client;
use crate::environment::{Bootstrap, FUNCTION};
use crate::world::World;

/// How long it may take to start.
const START: Duration = Duration::from_secs(30);

/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// A running service; ends with the test.
pub(crate) struct Watch {
    process: Child,
    address: SocketAddr,
}

impl Watch {
    pub(crate) fn start(world: &World) -> Self {
        // It knows functions by the binaries of the project that it is started in.
        let project = world.file("project");
        fs::create_dir_all(project.join("src")).unwrap();
        fs::write(project.join("src/main.rs"), "fn main() {}").unwrap();
        let manifest = format!(
            "[package]\nname = \"{FUNCTION}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n"
        );
        fs::write(project.join("Cargo.toml"), manifest).unwrap();
        loop {
            // It takes no port 0; another process may be faster than it.
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = free.local_addr().unwrap();
            drop(free);
            let process = Command::new(workspace::python().with_file_name("cargo-lambda"))
                .args([
                    "lambda",
                    "watch",
                    "--only-lambda-apis",
                    "--concurrency",
                    "3",
                ])
                .args(["-A", "127.0.0.1", "-P", &address.port().to_string()])
                .current_dir(&project)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut watch = Self { process, address };
            if watch.listens() {
                return watch;
            }
        }
    }

    fn listens(&mut self) -> bool {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(begun.elapsed() < START, "cargo-lambda does not start");
            std::thread::sleep(LOOK);
        }
        true
    }

    /// Starts an environment on it.
    pub(crate) fn environment(&self, world: &World, variables: &[(&str, &str)]) -> Bootstrap {
        let api = format!("http://{}/.rt/{FUNCTION}", self.address);
        Bootstrap::start(world, &api, variables)
    }

    /// Invokes the function, as `aws lambda invoke` does.
    pub(crate) async fn invoke(&self, event: &Value) -> Response<String> {
        let path = format!("/2015-03-31/functions/{FUNCTION}/invocations");
        let request = Request::post(path).header("content-type", "application/json");
        client::send(self.address, request, event.to_string())
            .await
            .unwrap()
    }

    /// Sends a request to the function's URL.
    pub(crate) async fn url(
        &self,
        request: http::request::Builder,
        body: &str,
    ) -> Response<String> {
        client::send(self.address, request, body.to_owned())
            .await
            .unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
