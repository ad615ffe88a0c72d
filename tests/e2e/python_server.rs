//! A server in Python that is told by lines what to do, and answers each with a line of
//! JSON: its first line is its port.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;
use workspace::{python, root};

/// The running server; ends with the test.
pub(crate) struct PythonServer {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    port: u16,
}

impl PythonServer {
    /// Of a program in `tests/python/`.
    pub(crate) fn start<S: AsRef<std::ffi::OsStr>>(
        program: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut process = Command::new(python())
            .arg(root().join("tests/python").join(program))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let commands = process.stdin.take().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let mut port = String::new();
        answers.read_line(&mut port).unwrap();
        Self {
            process,
            commands,
            answers,
            port: port.trim().parse().expect("it prints its port"),
        }
    }

    /// Its port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Sends a command, and hands over the answer.
    pub(crate) fn tell<T: DeserializeOwned>(&mut self, command: &str) -> T {
        writeln!(self.commands, "{command}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).expect("a line of JSON")
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
