//! Questions to a person at a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use anyhow::Context as _;

use crate::verdict::Usage;

/// The longest line that is read for an answer, in bytes: more than any answer
/// may have.
const LINE_BYTES_MAX: u64 = 2_048;

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// A person's answer to a question, with its end of line.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn ask(question: &str) -> anyhow::Result<String> {
    let mut stderr = io::stderr();
    write!(stderr, "{question}: ").and_then(|()| stderr.flush())?;
    let mut answer = String::new();
    let mut input = io::stdin().lock().take(LINE_BYTES_MAX);
    input
        .read_line(&mut answer)
        .context("the answer cannot be read")?;
    Ok(answer)
}

/// Goes on if a person answers yes, or has answered with `--yes` before.
///
/// # Errors
///
/// [`Usage`] if nobody can be asked, or with `refused` if the answer is not yes.
pub(crate) fn confirm(yes: bool, question: &str, refused: &'static str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !can_ask() {
        let why = "there is no terminal to ask for confirmation: use `--yes`";
        return Err(Usage::new(why).into());
    }
    if is_yes(&ask(&format!("{question} [y/N]"))?) {
        Ok(())
    } else {
        Err(Usage::new(refused).into())
    }
}

fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    ["y", "yes"]
        .iter()
        .any(|yes| answer.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        for yes in ["y\n", "Y", " yes \r\n", "YES"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n", "yess", "no", "j", "y y"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
