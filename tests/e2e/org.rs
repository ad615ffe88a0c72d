//! An org to test with: the emulator, a secret, and the ways to call it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use moto::Moto;
use sfbox::secret_store::{FileStore, SecretStore};
use sfbox::{Builder, Runtime};
use sfbox_emulator::{Control, Effect, Emulator, Fault, FaultRoute, OrgSettings, Route};
use tempfile::TempDir;

use crate::sfbox::{Run, command};

/// The name of the org's secret.
pub(crate) const NAME: &str = "acme";

/// A recognisable consumer secret, which must never be seen.
pub(crate) const CONSUMER_SECRET: &str = "CANARY-consumer-secret-5b1f";

/// A running emulator under the name `acme.my.salesforce.com`, and a directory
/// with its secret and its certificate authority.
pub(crate) struct Org {
    emulator: Option<Emulator>,
    runtime: tokio::runtime::Runtime,
    directory: TempDir,
}

/// How many records there are of what stands behind FROM, by the org's own count.
pub(crate) async fn count(library: &sfbox::Org, from: &str) -> u64 {
    let soql = format!("SELECT COUNT() FROM {from}");
    let page = library.query(&soql, &sfbox::QueryOptions::default()).await;
    page.unwrap().total_size.unwrap()
}

impl Org {
    pub(crate) fn start() -> Self {
        Self::start_with(|builder| builder)
    }

    pub(crate) fn start_with(
        configure: impl FnOnce(sfbox_emulator::Builder) -> sfbox_emulator::Builder,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let builder = Emulator::builder()
            .my_domain("acme.my")
            .credentials("key", CONSUMER_SECRET)
            .body_length_required();
        let emulator = runtime
            .block_on(configure(builder).start())
            .expect("the emulator starts");
        let directory = tempfile::tempdir().expect("a directory");
        let org = Self {
            emulator: Some(emulator),
            runtime,
            directory,
        };
        set_mode(org.directory.path(), 0o700);
        fs::write(org.cacert(), org.emulator().ca_pem().expect("TLS")).expect("written");
        org.put_secret(&org.secret());
        org
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().expect("it runs until it is dropped")
    }

    /// Does this to so many of the next requests of a kind, or to all of them.
    pub(crate) fn strike(&self, route: Route, count: Option<u64>, effect: Effect) {
        let fault = Fault {
            route: FaultRoute::Only(route),
            skip: 0,
            count,
            effect,
        };
        self.control().faults(vec![fault]).unwrap();
    }

    pub(crate) fn control(&self) -> Control {
        self.emulator().control()
    }

    /// Changes how the org behaves.
    pub(crate) fn set(&self, change: impl FnOnce(&mut OrgSettings)) {
        let mut settings = self.control().settings();
        change(&mut settings);
        self.control().set_settings(settings);
    }

    /// How many requests of one kind it has seen.
    pub(crate) fn requests(&self, route: Route) -> u64 {
        let stats = self.control().stats();
        stats.requests.get(&route).copied().unwrap_or_default()
    }

    pub(crate) fn logins(&self) -> u64 {
        self.control().stats().logins
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The secret, with something of somebody else's in it.
    pub(crate) fn secret(&self) -> String {
        format!(
            "{{\"Domain\": \"acme.my\", \"ConsumerKey\": \"key\", \"ConsumerSecret\": \
             \"{CONSUMER_SECRET}\",\n \"other\" : 1.50 }}\n"
        )
    }

    pub(crate) fn secret_file(&self) -> PathBuf {
        self.directory.path().join("acme.json")
    }

    pub(crate) fn put_secret(&self, text: &str) {
        fs::write(self.secret_file(), text).expect("written");
        set_mode(&self.secret_file(), 0o600);
    }

    pub(crate) fn stored(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.secret_file()).expect("a secret");
        serde_json::from_str(&text).expect("an object")
    }

    pub(crate) fn cacert(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// `--connect-to`'s value.
    pub(crate) fn connect_to(&self) -> String {
        format!(
            "{}:443:{}",
            self.emulator().host(),
            self.emulator().address()
        )
    }

    /// `--store`'s value.
    pub(crate) fn store(&self) -> String {
        format!("file:{}", self.directory.path().display())
    }

    /// Runs the binary on the file store.
    pub(crate) fn sfbox(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("sfbox runs"))
    }

    /// Runs the binary on Secrets Manager.
    pub(crate) fn sfbox_on(&self, moto: &Moto, arguments: &[&str]) -> Run {
        let output = self.command_on(moto, arguments).output();
        Run::of(output.expect("sfbox runs"))
    }

    /// The binary on the file store.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(["--store", &self.store()]);
        self.reach(command, arguments)
    }

    /// The binary on Secrets Manager.
    pub(crate) fn command_on(&self, moto: &Moto, arguments: &[&str]) -> Command {
        let mut command = command();
        command.envs(moto.environment());
        self.reach(command, arguments)
    }

    /// The binary on the file store, with no way to the org but a proxy that it is given.
    pub(crate) fn command_without_way(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(["--store", &self.store(), "--org", NAME, "--cacert"]);
        command.arg(self.cacert()).args(arguments);
        command
    }

    fn reach(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .args([
                "--org",
                NAME,
                "--connect-to",
                &self.connect_to(),
                "--cacert",
            ])
            .arg(self.cacert())
            .args(arguments);
        command
    }

    /// The library, on the file store.
    pub(crate) fn library(&self) -> sfbox::Org {
        self.library_on(FileStore::new(self.directory.path()), |builder| builder)
    }

    pub(crate) fn library_on(
        &self,
        store: impl SecretStore,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> sfbox::Org {
        let builder = configure(self.builder(store));
        let runtime = builder.build().expect("a runtime");
        runtime.org(NAME).expect("the org")
    }

    /// The library's builder, for this org and no other.
    pub(crate) fn builder(&self, store: impl SecretStore) -> Builder {
        Runtime::builder()
            .store(store)
            .org(NAME)
            .connect_to(self.connect_to().parse().expect("an entry"))
            .extra_ca(fs::read(self.cacert()).expect("a certificate"))
    }

    pub(crate) fn file_store(&self) -> FileStore {
        FileStore::new(self.directory.path())
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        // It stops on the runtime that it runs on.
        let _entered = self.runtime.enter();
        self.emulator.take();
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}
