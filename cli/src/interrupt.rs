//! Ctrl-C, and what else asks a process to end.

pub(crate) mod backstop;

use std::io;
use std::sync::OnceLock;

use futures::future::{FutureExt as _, select_all};
use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The user wants no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Interrupted {
    /// `SIGINT`.
    #[error("interrupted")]
    Interrupt,
    /// `SIGTERM`.
    #[error("terminated")]
    Terminate,
    /// Another signal that ends processes, by its number.
    #[error("ended by signal {0}{name}", name = name(*.0))]
    Other(u8),
}

/// The signals that end a process unless it handles them, and that nothing but
/// another process sends. What a mistake in the program raises is not among
/// them.
const ENDING: [Number; 10] = [
    Number::INT,
    Number::TERM,
    Number::HUP,
    Number::QUIT,
    Number::USR1,
    Number::USR2,
    Number::ALARM,
    Number::VTALARM,
    Number::PROF,
    Number::XCPU,
];

/// Those that only Linux has.
#[cfg(target_os = "linux")]
const ENDING_ON_LINUX: &[Number] = &[Number::IO, Number::POWER, Number::STKFLT];
#[cfg(not(target_os = "linux"))]
const ENDING_ON_LINUX: &[Number] = &[];

fn name(number: u8) -> &'static str {
    let names = [
        (Number::HUP, " (SIGHUP): its terminal was closed"),
        (Number::QUIT, " (SIGQUIT)"),
        (Number::XCPU, " (SIGXCPU): the limit of processor time"),
    ];
    let is = |signal: Number| signal.as_raw() == i32::from(number);
    names
        .into_iter()
        .find(|(signal, _)| is(*signal))
        .map_or("", |(_, name)| name)
}

impl Interrupted {
    fn of(signal: Number) -> Self {
        match signal {
            Number::INT => Self::Interrupt,
            Number::TERM => Self::Terminate,
            // None has a number that large.
            other => Self::Other(u8::try_from(other.as_raw()).unwrap_or_default()),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Interrupt => 2,
            Self::Terminate => 15,
            Self::Other(number) => number,
        }
    }

    /// Whether it is `SIGHUP`: to a server it means that its files have changed.
    pub(crate) fn is_hangup(self) -> bool {
        i32::from(self.number()) == Number::HUP.as_raw()
    }

    /// As a shell tells it: 128 and the signal's number.
    pub(crate) fn exit_code(self) -> u8 {
        128_u8.saturating_add(self.number())
    }
}

/// The signals that ask the process to end, which from its creation on no longer
/// end it.
struct Signals(Vec<(Interrupted, Signal)>);

impl Signals {
    /// Needs the context of a runtime.
    fn new() -> io::Result<Self> {
        let listened = ENDING
            .iter()
            .chain(ENDING_ON_LINUX)
            .filter(|number| !is_ignored(**number))
            .map(|number| {
                let signal = signal(SignalKind::from_raw(number.as_raw()))?;
                Ok((Interrupted::of(*number), signal))
            });
        let signals = Self(listened.collect::<io::Result<_>>()?);
        // A file that is too large is an error then, and not the end.
        _ = signal(SignalKind::from_raw(Number::XFSZ.as_raw()))?;
        Ok(signals)
    }

    /// Waits for the next one.
    async fn next(&mut self) -> Interrupted {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        let waiting = self.0.iter_mut().map(|(interrupted, signal)| {
            Box::pin(async {
                // It never ends.
                _ = signal.recv().await;
                *interrupted
            })
        });
        select_all(waiting).await.0
    }
}

/// Whether whoever started the process wants it to go on in spite of this signal:
/// `nohup`, or a shell that runs it in the background.
fn is_ignored(signal: Number) -> bool {
    // Before any of them is handled here.
    static IGNORED: OnceLock<u64> = OnceLock::new();
    let ignored = *IGNORED.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status");
        status.map_or(0, |status| ignored(&status))
    });
    let bit = u32::try_from(signal.as_raw() - 1).ok();
    bit.and_then(|bit| ignored.checked_shr(bit))
        .is_some_and(|rest| rest & 1 == 1)
}

/// The mask of ignored signals. Source: proc_pid_status(5), `SigIgn`.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

/// What asks the process to end, for a command that ends by itself then.
pub(crate) struct Interrupts(Signals);

impl Interrupts {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Signals::new()?))
    }

    /// For a command that may wait for what does not come: a few seconds after a
    /// signal the process ends whatever it waits for.
    pub(crate) fn with_backstop() -> io::Result<Self> {
        backstop::start()?;
        let interrupts = Self::new()?;
        backstop::leave_it_to_the_command();
        Ok(interrupts)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Interrupted {
        self.0.next().await
    }

    /// A Ctrl-C that has come before is over.
    ///
    /// # Errors
    ///
    /// Any other signal that has come.
    pub(crate) fn forget_ctrl_c(&mut self) -> Result<(), Interrupted> {
        while let Some(interrupted) = self.next().now_or_never() {
            if interrupted != Interrupted::Interrupt {
                return Err(interrupted);
            }
        }
        Ok(())
    }

    /// Does `work` unless one comes first.
    pub(crate) async fn unless<T>(
        &mut self,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        tokio::select! {
            biased;
            interrupted = self.next() => Err(interrupted),
            done = work => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_tells_which_signal_it_was() {
        for (signal, code, words) in [
            (Number::INT, 130, "interrupted"),
            (Number::TERM, 143, "terminated"),
            (
                Number::HUP,
                129,
                "ended by signal 1 (SIGHUP): its terminal was closed",
            ),
            (Number::USR1, 138, "ended by signal 10"),
        ] {
            let interrupted = Interrupted::of(signal);
            assert_eq!(interrupted.exit_code(), code);
            assert_eq!(interrupted.to_string(), words);
            assert_eq!(interrupted.is_hangup(), signal == Number::HUP);
        }
    }

    #[test]
    fn what_the_starter_ignores_is_read_from_the_kernel() {
        let status =
            "Name:\tsfbox\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001007\nSigCgt:\t0\n";
        assert_eq!(ignored(status), 0x1007);
        for status in ["", "SigIgn:\t", "SigIgn:\tx\n"] {
            assert_eq!(ignored(status), 0, "{status}");
        }
    }
}
