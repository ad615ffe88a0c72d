//! A running contender that does rounds; `benches/order` says how.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::program::Program;

/// How much longer than it should a round may take, for a start that is slow and
/// calls that are: a contender that hangs must not hang the bench.
const PATIENCE: Duration = Duration::from_secs(60);

/// One round.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Order<'a> {
    /// Empty in a round of records that are created.
    pub(super) soql: &'a str,
    pub(super) in_flight: usize,
    pub(super) milliseconds: u64,
}

/// What a round took, in nanoseconds.
#[derive(Debug, Deserialize)]
pub(super) struct Times {
    pub(super) elapsed_ns: u64,
    pub(super) calls_ns: Vec<u64>,
}

/// What a round of records that are created took.
#[derive(Debug, Deserialize)]
pub(super) struct Created {
    pub(super) elapsed_ns: u64,
    pub(super) records: u64,
}

/// Ends with this.
pub(super) struct Driver {
    process: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Driver {
    /// Starts it; what it says on stderr is shown.
    ///
    /// # Errors
    ///
    /// When it cannot be run.
    pub(super) fn start(program: &Program) -> anyhow::Result<Self> {
        let mut process = program
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("it cannot be run")?;
        let orders = process.stdin.take().context("it has no stdin")?;
        let lines = BufReader::new(process.stdout.take().context("it has no stdout")?).lines();
        let (send, answers) = mpsc::channel();
        // Ends with the process, or with the receiver.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            process,
            orders,
            answers,
        })
    }

    /// Has it do a round.
    ///
    /// # Errors
    ///
    /// When it ends instead, takes far too long, or says what cannot be read.
    pub(super) fn round<T: DeserializeOwned>(&mut self, order: &Order<'_>) -> anyhow::Result<T> {
        writeln!(self.orders, "{}", serde_json::to_string(order)?).context("it has ended")?;
        let patience = Duration::from_millis(order.milliseconds) + PATIENCE;
        let line = self
            .answers
            .recv_timeout(patience)
            .context("no answer; its own words are above")?;
        serde_json::from_str(&line).context("its answer cannot be read")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Order<'_> = Order {
        soql: "SELECT Id FROM Account",
        in_flight: 1,
        milliseconds: 0,
    };

    fn shell(script: &str) -> Driver {
        Driver::start(&Program::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn a_round_is_what_the_contender_says() {
        let mut driver = shell(r#"read order; echo '{"elapsed_ns":5,"calls_ns":[2,3]}'"#);
        let times: Times = driver.round(&ORDER).unwrap();
        assert_eq!((times.elapsed_ns, times.calls_ns), (5, vec![2, 3]));
    }

    #[test]
    fn a_contender_that_ends_or_babbles_fails_the_round() {
        for script in ["read order", "read order; echo ready"] {
            let round = shell(script).round::<Times>(&ORDER);
            assert!(round.is_err(), "{script}");
        }
    }
}
