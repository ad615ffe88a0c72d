//! An execution environment: a process of `bootstrap`.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use crate::world::World;

/// The name that the function has on every runtime API here.
pub(crate) const FUNCTION: &str = "sfbox";

/// A running `bootstrap`; ends with the test.
pub(crate) struct Bootstrap {
    process: Child,
    log: PathBuf,
}

impl Bootstrap {
    /// Starts one on a runtime API, with these variables beside the world's.
    pub(crate) fn start(world: &World, api: &str, variables: &[(&str, &str)]) -> Self {
        let number = fs::read_dir(world.file(".")).unwrap().count();
        let log = world.file(&format!("{number}.log"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
        command
            .env_clear()
            .envs(world.variables())
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", api),
                ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
            ])
            .envs(variables.iter().copied())
            .stdout(File::create(world.file(&format!("{number}.out"))).unwrap())
            .stderr(File::create(&log).unwrap());
        Self {
            process: command.spawn().unwrap(),
            log,
        }
    }

    /// All that it wrote.
    pub(crate) fn log(&self) -> String {
        let out = fs::read_to_string(self.log.with_extension("out")).unwrap();
        assert_eq!(out, "", "stdout is for nothing");
        fs::read_to_string(&self.log).unwrap()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// Ends it as nothing that it could notice would: `kill -9`.
    pub(crate) fn kill(&mut self) {
        _ = self.process.kill();
        self.ended();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

/// Sends a signal to a process, if it is still there.
pub(crate) fn signal(pid: Pid, signal: Signal) {
    _ = kill_process(pid, signal);
}

impl Drop for Bootstrap {
    fn drop(&mut self) {
        self.kill();
    }
}
