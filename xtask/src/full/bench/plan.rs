//! How much is measured.

/// A run's size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Of queries by contenders that go on running, and of starts.
    pub(super) rounds: u32,
    /// How long a contender asks before it counts, in ms.
    pub(super) warm_up_ms: u64,
    /// How long a round of a contender is, in ms.
    pub(super) round_ms: u64,
    /// How often a contender is started in a round of cold starts.
    pub(super) starts: u32,
    /// Of a whole result to its end: fewer, as the peers take half a minute each.
    pub(super) exports: u32,
    /// Rows of that result, and of a file.
    pub(super) rows: usize,
    /// Pages that are fetched while others are worked on; no more than the rows have.
    pub(super) pages: usize,
    /// Bytes of a long body through a door.
    pub(super) bulk_bytes: u64,
    /// Connections that a door holds open, step by step.
    pub(super) idle: [usize; 2],
}

impl Plan {
    /// For figures that are shown.
    pub(super) const FULL: Self = Self {
        rounds: 7,
        warm_up_ms: 50,
        round_ms: 500,
        starts: 5,
        exports: 3,
        rows: 1_000_000,
        pages: 50,
        bulk_bytes: 1 << 30,
        idle: [1_000, 9_000],
    };

    /// To see whether it works, or whether a change did.
    pub(super) const QUICK: Self = Self {
        rounds: 3,
        warm_up_ms: 20,
        round_ms: 150,
        starts: 3,
        exports: 3,
        rows: 100_000,
        pages: 20,
        bulk_bytes: 1 << 28,
        idle: [100, 1_000],
    };
}
