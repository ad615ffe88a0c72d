//! A program that ends with the test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::caller::Wire;

/// How long a program may take to answer: a component is compiled on the way to its
/// first answer, beside other tests that do the same.
const ANSWERS_WITHIN: Duration = Duration::from_secs(120);

/// A running program.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let program = command.get_program().to_owned();
        let child = command.spawn();
        Self(child.unwrap_or_else(|error| panic!("{} does not run: {error}", program.display())))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// What it says on stderr until `wanted` finds what it looks for; the rest is
    /// passed on.
    pub(crate) async fn says<T: Send + 'static>(
        &mut self,
        mut wanted: impl FnMut(&str) -> Option<T> + Send + 'static,
    ) -> T {
        let mut said = BufReader::new(self.0.stderr.take().expect("stderr is piped")).lines();
        let searching = spawn_blocking(move || {
            let found = said.by_ref().map_while(Result::ok).find_map(|line| {
                eprintln!("{line}");
                wanted(&line)
            });
            // What nobody reads would block it in the end.
            std::thread::spawn(move || {
                said.map_while(Result::ok)
                    .for_each(|line| eprintln!("{line}"))
            });
            found
        });
        let found = timeout(ANSWERS_WITHIN, searching).await;
        let found = found.expect("it says so in time").expect("no panic");
        found.expect("it says so before it ends")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A program that answers on stdout what it is asked on stdin.
pub(crate) struct Pipe {
    process: Process,
    ends: Option<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Pipe {
    pub(crate) fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(command);
        let stdin = process.0.stdin.take().expect("stdin is piped");
        let stdout = process.0.stdout.take().expect("stdout is piped");
        Self {
            process,
            ends: Some((stdin, BufReader::new(stdout))),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Wire for Pipe {
    async fn ask(&mut self, line: String) -> String {
        let (mut stdin, mut stdout) = self.ends.take().expect("the last answer came");
        let asking = spawn_blocking(move || {
            writeln!(stdin, "{line}").expect("it listens");
            let mut answer = String::new();
            stdout.read_line(&mut answer).expect("it answers text");
            ((stdin, stdout), answer)
        });
        let Ok(asked) = timeout(ANSWERS_WITHIN, asking).await else {
            // The thread that reads ends with the program.
            _ = self.process.0.kill();
            panic!("no answer within {ANSWERS_WITHIN:?}");
        };
        let (ends, answer) = asked.expect("no panic");
        self.ends = Some(ends);
        answer
    }
}
