//! How far a query has come, for a person at a terminal.

use std::fmt;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// How often a second the line is drawn at most.
const DRAWN_PER_S: u8 = 10;

const LINE: &str = "{human_pos} of {human_len} rows, {rate}, {eta} left";

/// Where Salesforce does not know how many rows there are.
const LINE_WITHOUT_TOTAL: &str = "{human_pos} rows, {rate}";

/// One line on stderr, where that is a terminal.
pub(super) struct Progress {
    line: ProgressBar,
}

impl Progress {
    /// Begins; nothing is shown before the first page.
    pub(super) fn begin() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWN_PER_S);
        let line = ProgressBar::with_draw_target(None, target);
        line.set_style(style(LINE));
        Self { line }
    }

    /// A progress that nobody sees.
    pub(super) fn hidden() -> Self {
        Self {
            line: ProgressBar::hidden(),
        }
    }

    /// Says that so many of all rows are written, if that is known.
    pub(super) fn reached(&self, rows: u64, of: Option<u64>) {
        match of {
            Some(of) => self.line.set_length(of),
            None => self.line.set_style(style(LINE_WITHOUT_TOTAL)),
        }
        self.line.set_position(rows);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

fn style(line: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(line);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", rate)
}

fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let rows = state.per_sec().max(0.0).round();
    // Whole rows are exact far beyond any rate; writing cannot fail.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "see above"
    )]
    let rows = rows as u64;
    _ = write!(out, "{} rows/s", HumanCount(rows));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_one_that_can_be_drawn() {
        ProgressStyle::with_template(LINE).unwrap();
        ProgressStyle::with_template(LINE_WITHOUT_TOTAL).unwrap();
    }
}
