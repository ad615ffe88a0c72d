//! What `sfbox org` asks a person for, and the secret that a script pipes in instead.

use std::fmt::Display;
use std::io::{self, Read, Write as _};
use std::str::FromStr;

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::consumer;
use crate::confirmation::{ask, can_ask};
use crate::interrupt::backstop;
use crate::verdict::Usage;

/// What is read of a consumer secret, in bytes: one more than the longest with
/// its end of line, to see what is longer.
const SECRET_BYTES: usize = consumer::BYTES_MAX + 3;

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silent {
    terminal: io::Stdin,
    before: Termios,
}

impl Silent {
    /// What was typed before is dropped: it was shown. Likewise at the end what
    /// nobody read, which a shell would take for a command.
    fn new(terminal: io::Stdin) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // A signal that ends or stops the process leaves no terminal behind that
        // shows nothing.
        backstop::restore_at_end(before.clone(), silent.clone());
        backstop::start()?;
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // There is nothing to be done about a terminal that has gone.
        _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        backstop::restored();
    }
}

/// What was given, else what a person answers.
pub(super) fn or_ask<T>(given: Option<T>, question: &str, option: &str) -> anyhow::Result<T>
where
    T: FromStr<Err: Display>,
{
    if let Some(given) = given {
        return Ok(given);
    }
    if !can_ask() {
        let why = format!(
            "{question} is missing, and there is no terminal to ask for it: use `{option}`"
        );
        return Err(Usage::new(why).into());
    }
    let answer = ask(question)?;
    let parsed = answer.trim().parse();
    parsed.map_err(|why| Usage::new(format!("{question}: {why}")).into())
}

/// Asks for the consumer secret, and shows nothing of it.
pub(super) fn ask_secret() -> anyhow::Result<SecretString> {
    let line = silent_line("Consumer Secret (not shown): ")
        .context("the consumer secret cannot be asked for")?;
    Ok(consumer::secret(&line)?)
}

/// A line that is typed; as much of it as a secret can have.
fn silent_line(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut stderr = io::stderr();
    let silent = Silent::new(io::stdin())?;
    // Only now: who sees the question can answer it.
    write!(stderr, "{question}").and_then(|()| stderr.flush())?;
    let mut line = Zeroizing::new(vec![0; SECRET_BYTES]);
    // A terminal hands over one line at a time. It has no buffer of ours to stay
    // in.
    let read = rustix::io::retry_on_intr(|| rustix::io::read(&silent.terminal, &mut line[..]))?;
    line.truncate(read);
    writeln!(stderr)?;
    Ok(line)
}

/// Reads the consumer secret: one line, and nothing after it.
pub(super) fn read_secret(input: impl Read) -> anyhow::Result<SecretString> {
    // As much at once, so that no copy is left behind by growing.
    let mut line = Zeroizing::new(Vec::with_capacity(SECRET_BYTES));
    input
        .take(u64::try_from(SECRET_BYTES)?)
        .read_to_end(&mut line)
        .context("the consumer secret cannot be read from stdin")?;
    Ok(consumer::secret(&line)?)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_piped_secret_is_read_to_its_end_and_no_further() {
        let read = |bytes: &[u8]| read_secret(bytes).map(|secret| secret.expose_secret().len());
        assert_eq!(read(b"S3cret!\n").unwrap(), 7);
        let longest = "x".repeat(consumer::BYTES_MAX);
        assert_eq!(
            read(format!("{longest}\r\n").as_bytes()).unwrap(),
            consumer::BYTES_MAX
        );
        for refused in [
            &b""[..],
            b"two\nlines\n",
            format!("{longest}x").as_bytes(),
            format!("{longest}\r\nx").as_bytes(),
        ] {
            assert!(read(refused).is_err());
        }
        let endless = read_secret(io::repeat(b'x')).unwrap_err();
        assert!(endless.to_string().contains("longer than"), "{endless}");
    }

    #[test]
    fn what_was_given_is_not_asked_for() {
        let given = or_ask(Some(7_u8), "number", "--number").unwrap();
        assert_eq!(given, 7);
    }
}
