//! Clients in another language: a program that runs many of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::{Counts, Order, Turns};
use crate::sfbox::{end, start};

/// A running program of `tests/clients`; ended when it is dropped.
pub(super) struct Program {
    process: Option<Child>,
    /// Its end tells the program that it is enough.
    stdin: Option<ChildStdin>,
    /// What it says in the end.
    last: Option<JoinHandle<Option<Counts>>>,
}

impl Program {
    pub(super) fn start(command: &mut Command, order: &Order<'_>, turns: &Turns) -> Self {
        let mut process = start(command.stdin(Stdio::piped()));
        let mut stdin = process.stdin.take().unwrap();
        writeln!(stdin, "{}", serde_json::to_string(order).unwrap()).unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let turns = turns.clone();
        let last = thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                match line.parse() {
                    Ok(client) => turns.add(client),
                    Err(_) => return serde_json::from_str(&line).ok(),
                }
            }
            None
        });
        Self {
            process: Some(process),
            stdin: Some(stdin),
            last: Some(last),
        }
    }

    /// Fails if it has ended by itself: one of its clients got a wrong answer.
    #[track_caller]
    pub(super) fn check(&mut self) {
        let process = self.process.as_mut().unwrap();
        if process.try_wait().unwrap().is_some() {
            panic!("{}", end(self.process.take().unwrap()).stderr);
        }
    }

    /// Lets its clients finish their turns.
    #[track_caller]
    pub(super) fn end(mut self) -> Counts {
        drop(self.stdin.take());
        let last = self.last.take().unwrap().join().unwrap();
        let ended = end(self.process.take().unwrap());
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        last.expect("its counts")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            _ = process.kill();
            _ = process.wait();
        }
    }
}
