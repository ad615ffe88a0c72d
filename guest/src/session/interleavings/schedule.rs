//! What happens to a fleet, and when: plain data, so that a failure shrinks.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fake_platform::Weather;

/// How many nodes share the secret, at most.
const NODES_MAX: usize = 4;

/// How long a request or a reply takes at most: slow enough to overtake
/// anything, and fast enough for five attempts at a write.
const DELAY_MAX_MS: u64 = 500;

/// How long the token endpoint takes at most: it answers in time.
const LOGIN_MAX_MS: u64 = 25_000;

/// What a fleet has to put up with, beside sessions that end and somebody who
/// writes other members of the secret.
#[derive(Clone, Copy, Default)]
pub(super) struct Troubles {
    pub(super) crashes: bool,
    /// How old the state is that a read may answer, at most.
    pub(super) staleness: Duration,
    /// Replies of writes get lost.
    pub(super) losses: bool,
    /// Sessions end however young they are.
    pub(super) early_ends: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// Where the nodes' random numbers begin.
    pub(super) seed: u64,
    /// Whether there is a session to begin with.
    pub(super) has_session: bool,
    /// How long the token endpoint takes.
    pub(super) login: Duration,
    /// One for each node.
    pub(super) nodes: Vec<Weather>,
    pub(super) writer: Weather,
    /// How long the writer rests after a write.
    pub(super) rest: Duration,
    /// What happens, each so long after the one before.
    pub(super) steps: Vec<(Duration, Step)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Somebody calls; a node that is not there comes up for it.
    Call(usize),
    /// A process ends as if its machine had.
    Crash(usize),
    /// The org ends its sessions that are older than this.
    End(Duration),
}

/// An org that ends a session younger than this may as well refuse it.
const YOUNG: Duration = Duration::from_secs(15);

impl Schedule {
    pub(super) fn any(troubles: Troubles) -> impl Strategy<Value = Self> {
        (
            any::<u64>(),
            any::<bool>(),
            0..LOGIN_MAX_MS,
            vec(weather(troubles), 1..=NODES_MAX),
            weather(troubles),
            700..5_000_u64,
            vec((gap(), step(troubles)), 1..40),
        )
            .prop_map(|(seed, has_session, login, nodes, writer, rest, steps)| {
                let steps = steps
                    .into_iter()
                    .map(|(gap, step)| (gap, step.among(nodes.len())));
                Self {
                    seed,
                    has_session,
                    login: Duration::from_millis(login),
                    steps: steps.collect(),
                    nodes,
                    writer,
                    rest: Duration::from_millis(rest),
                }
            })
    }
}

/// A step of a fleet whose size is not known yet.
#[derive(Clone, Copy, Debug)]
enum Draft {
    Call(Index),
    Crash(Index),
    End(Duration),
}

impl Draft {
    fn among(self, nodes: usize) -> Step {
        match self {
            Self::Call(node) => Step::Call(node.index(nodes)),
            Self::Crash(node) => Step::Crash(node.index(nodes)),
            Self::End(age) => Step::End(age),
        }
    }
}

fn step(troubles: Troubles) -> impl Strategy<Value = Draft> {
    let age = if troubles.early_ends {
        Duration::ZERO
    } else {
        YOUNG
    };
    let crashes = if troubles.crashes { 2 } else { 0 };
    prop_oneof![
        10 => any::<Index>().prop_map(Draft::Call),
        3 => Just(Draft::End(age)),
        crashes => any::<Index>().prop_map(Draft::Crash),
    ]
}

fn gap() -> impl Strategy<Value = Duration> {
    let ms = prop_oneof![8 => 0..200_u64, 4 => 0..5_000_u64, 1 => 0..90_000_u64];
    ms.prop_map(Duration::from_millis)
}

fn weather(troubles: Troubles) -> impl Strategy<Value = Weather> {
    let delay = prop_oneof![6 => 0..60_u64, 1 => 0..DELAY_MAX_MS];
    let staleness_max = u64::try_from(troubles.staleness.as_millis()).unwrap();
    let staleness = prop_oneof![1 => Just(0), 1 => 0..=staleness_max];
    let is_lost = any::<bool>().prop_map(move |is_lost| is_lost && troubles.losses);
    (
        vec(delay.prop_map(Duration::from_millis), 0..12),
        vec(staleness.prop_map(Duration::from_millis), 0..8),
        vec(is_lost, 0..4),
    )
        .prop_map(|(delays, staleness, losses)| Weather {
            delays,
            staleness,
            losses,
        })
}
