//! The orgs that records are created in. Each round has a new one: how long a record takes may
//! depend on how many there are already, and nobody should have those of the others.

use std::path::Path;

use super::super::canned::Canned;
use super::super::emulator::Emulator;
use super::super::site::Site;
use super::descriptions::Descriptions;

/// How long after a request the slow org answers, in ms: as an org that is far away and has work
/// to do.
const DELAY_MS: u32 = 50;

/// Which org.
#[derive(Clone, Copy)]
pub(super) enum Org<'a> {
    Emulator,
    /// It has to be told what it says of its objects.
    Slow(&'a Descriptions),
}

/// One that runs; ends with this.
pub(super) enum Running {
    Emulator(Emulator),
    Slow(Canned),
}

impl Org<'_> {
    /// Starts a new one.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub(super) fn start(self, release: &Path) -> anyhow::Result<Running> {
        Ok(match self {
            Self::Emulator => Running::Emulator(Emulator::start(release)?),
            Self::Slow(descriptions) => {
                Running::Slow(Canned::slow(release, descriptions.folder(), DELAY_MS)?)
            }
        })
    }

    /// For the title of what is measured there.
    pub(super) fn name(self) -> String {
        match self {
            Self::Emulator => "emulator".to_owned(),
            Self::Slow(_) => format!("org that answers after {DELAY_MS} ms"),
        }
    }
}

impl Running {
    pub(super) fn site(&self) -> &Site {
        match self {
            Self::Emulator(emulator) => &emulator.site,
            Self::Slow(canned) => canned.http2(),
        }
    }
}
