//! `--color`.

use anstream::ColorChoice;
use clap::ValueEnum;

/// When to colour what is for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal; NO_COLOR turns colour off, CLICOLOR_FORCE turns it on
    #[default]
    Auto,
    /// Also in pipes and files
    Always,
    /// Without colour
    Never,
}

impl Color {
    /// Decides for this process, the variables of the environment included.
    ///
    /// Source of the variables: no-color.org, bixense.com/clicolors.
    pub(crate) fn choose(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}
