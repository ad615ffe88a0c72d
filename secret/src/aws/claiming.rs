//! One claim from its beginning to its end, without the sending: whoever makes it
//! sends what [`Claiming::step`] says, and tells what came of it.
//!
//! ```text
//! the last claim ──► of this key: its note says all
//!        └─ other ─► make generation 0 ──► won
//!                        └─ it exists ──► is there the note of its release?
//!                              ├─ yes ──► the same of the next generation, then make that
//!                              └─ no ───► somebody has it: how old is its own note?
//! ```

use std::time::Duration;

use super::{Ended, Note};
use crate::{after_release, is_refusal};

/// A claim under way.
#[derive(Debug)]
pub struct Claiming<'a> {
    key: &'a str,
    owner: [u8; 16],
    state: State,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read the version with the stage of claims, then [`Claiming::read`].
    ReadLast,
    /// Read the version whose id is that of this note, then [`Claiming::read`].
    Read(Note),
    /// Make a version with this note, then [`Claiming::made`] or [`Claiming::exists`].
    Make(Note),
    /// Nothing: this is what came of it.
    Done(Ended),
}

/// A version that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    note: Option<Note>,
    age: Option<Duration>,
}

impl Found {
    /// A version with this text. Its age is by AWS's clock.
    pub fn new(text: &str, age: Option<Duration>) -> Self {
        let note = Note::read(text);
        Self { note, age }
    }
}

#[derive(Debug)]
enum State {
    /// To read the last claim.
    Last,
    /// To make the claim of this generation.
    Make(u32),
    /// To read whether the claim of this generation was released. `is_next`: the one
    /// before was.
    Release {
        generation: u32,
        is_next: bool,
    },
    /// To read the claim of this generation, which somebody has.
    Claim(u32),
    Done(Ended),
}

impl<'a> Claiming<'a> {
    /// Of whoever `owner` is: 16 random bytes, others for each claim.
    pub fn new(key: &'a str, owner: [u8; 16]) -> Self {
        Self {
            key,
            owner,
            state: State::Last,
        }
    }

    /// What is to be done next.
    pub fn step(&self) -> Step {
        let (key, owner) = (self.key, self.owner);
        match &self.state {
            State::Last => Step::ReadLast,
            State::Make(generation) => Step::Make(Note::made(key, *generation, owner)),
            // Whose a note is has no part in its id.
            State::Claim(generation) => Step::Read(Note::made(key, *generation, owner)),
            State::Release { generation, .. } => {
                Step::Read(Note::ended(key, *generation, None, owner))
            }
            State::Done(claimed) => Step::Done(claimed.clone()),
        }
    }

    /// What was read. `None`: there is no such version, or it cannot be read. A policy
    /// may be conditioned on stages; making a version tells as well.
    pub fn read(&mut self, found: Option<Found>) {
        self.state = match self.state {
            State::Last => self.after_last(found.unwrap_or_default()),
            State::Release {
                generation,
                is_next,
            } => match found {
                Some(released) => {
                    after_releases(generation, released, |generation| State::Release {
                        generation,
                        is_next: true,
                    })
                }
                None if is_next => State::Make(generation),
                None => State::Claim(generation),
            },
            State::Claim(_) => State::Done(Ended::Held(found.and_then(|found| found.age))),
            State::Make(_) | State::Done(_) => return,
        };
    }

    /// The version was made: the claim is the claimant's.
    pub fn made(&mut self) {
        if let State::Make(generation) = self.state {
            self.state = State::Done(Ended::Won(generation));
        }
    }

    /// There is such a version with another's text.
    pub fn exists(&mut self) {
        if let State::Make(generation) = self.state {
            self.state = State::Release {
                generation,
                is_next: false,
            };
        }
    }

    fn after_last(&self, found: Found) -> State {
        let note = found.note.as_ref().filter(|note| note.key == self.key);
        match note.map(|note| (note.generation, note.released)) {
            None => State::Make(0),
            Some((generation, true)) => after_releases(generation, found, State::Make),
            Some((_, false)) => State::Done(Ended::Held(found.age)),
        }
    }
}

/// What follows the release of a generation, which was found so.
fn after_releases(generation: u32, found: Found, next: impl FnOnce(u32) -> State) -> State {
    match after_release(generation) {
        Some(generation) => next(generation),
        None => State::Done(Ended::Spent {
            age: found.age,
            // Others write notes, too.
            refusal: found
                .note
                .and_then(|note| note.refusal)
                .filter(|code| is_refusal(code)),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf";

    const SEVEN: Option<Duration> = Some(Duration::from_secs(7));

    /// A secret's versions.
    #[derive(Default)]
    struct Versions {
        texts: HashMap<String, String>,
        last: Option<String>,
        /// How many have claimed: each is another.
        owners: u8,
        /// Whether versions cannot be read.
        is_closed: bool,
    }

    impl Versions {
        /// Makes a version, unless there is one.
        fn make(&mut self, note: &Note) -> bool {
            let (id, text) = (note.id(ARN), note.to_text());
            let known = self.texts.entry(id.clone()).or_insert_with(|| text.clone());
            let is_ours = *known == text;
            if is_ours {
                self.last = Some(id);
            }
            is_ours
        }

        fn found(&self, id: Option<&String>) -> Option<Found> {
            let text = self.texts.get(id?).filter(|_| !self.is_closed)?;
            Some(Found::new(text, SEVEN))
        }

        /// Does one step; says what came of the claim, if it has ended.
        fn advance(&mut self, claiming: &mut Claiming<'_>) -> Option<Ended> {
            match claiming.step() {
                Step::ReadLast => claiming.read(self.found(self.last.as_ref())),
                Step::Read(note) => claiming.read(self.found(Some(&note.id(ARN)))),
                Step::Make(note) if self.make(&note) => claiming.made(),
                Step::Make(_) => claiming.exists(),
                Step::Done(claimed) => return Some(claimed),
            }
            None
        }

        fn begin<'a>(&mut self, key: &'a str) -> Claiming<'a> {
            self.owners = self.owners.wrapping_add(1);
            Claiming::new(key, [self.owners; 16])
        }

        fn claim(&mut self, key: &str) -> Ended {
            let mut claiming = self.begin(key);
            loop {
                if let Some(claimed) = self.advance(&mut claiming) {
                    return claimed;
                }
            }
        }

        fn release(&mut self, key: &str, generation: u32, refusal: Option<&str>) {
            let refusal = refusal.map(str::to_owned);
            assert!(self.make(&Note::ended(key, generation, refusal, [0; 16])));
        }
    }

    #[test]
    fn a_released_claim_is_made_anew_a_few_times_and_then_tells_the_last_refusal() {
        let mut versions = Versions::default();
        for generation in 0..4 {
            assert_eq!(versions.claim("k"), Ended::Won(generation));
            assert_eq!(versions.claim("k"), Ended::Held(SEVEN), "a rival");
            let refusal = (generation == 3).then_some("invalid_client");
            versions.release("k", generation, refusal);
        }
        let spent = Ended::Spent {
            age: SEVEN,
            refusal: Some("invalid_client".to_owned()),
        };
        assert_eq!(versions.claim("k"), spent);
        // The same where another key's claim has taken the stage along.
        assert_eq!(versions.claim("l"), Ended::Won(0));
        assert_eq!(versions.claim("k"), spent);
    }

    #[test]
    fn three_keys_in_turn_do_not_hide_each_others_releases() {
        let mut versions = Versions::default();
        for generation in 0..4 {
            for key in ["a", "b", "c"] {
                assert_eq!(versions.claim(key), Ended::Won(generation), "{key}");
                versions.release(key, generation, None);
            }
        }
        for key in ["a", "b", "c"] {
            let spent = versions.claim(key);
            assert!(matches!(spent, Ended::Spent { refusal: None, .. }), "{key}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_held() {
        let mut versions = Versions {
            is_closed: true,
            ..Versions::default()
        };
        assert_eq!(versions.claim("k"), Ended::Won(0));
        assert_eq!(versions.claim("k"), Ended::Held(None));
        versions.release("k", 0, None);
        assert_eq!(versions.claim("k"), Ended::Held(None));
    }

    #[test]
    fn what_is_no_note_is_no_claim() {
        let mut claiming = Claiming::new("k", [1; 16]);
        claiming.read(Some(Found::new("{}", SEVEN)));
        assert!(matches!(claiming.step(), Step::Make(note) if note.generation == 0));
        // What was not asked for changes nothing.
        claiming.read(None);
        assert!(matches!(claiming.step(), Step::Make(_)));
        claiming.made();
        claiming.exists();
        assert_eq!(claiming.step(), Step::Done(Ended::Won(0)));
    }

    #[test]
    fn what_is_no_code_is_not_handed_on() {
        let mut versions = Versions::default();
        for generation in 0..4 {
            versions.claim("k");
            versions.release("k", generation, Some("\u{1b}[2J some words"));
        }
        let spent = versions.claim("k");
        assert!(
            matches!(spent, Ended::Spent { refusal: None, .. }),
            "{spent:?}"
        );
    }

    proptest::proptest! {
        /// However the steps of many interleave, one has the claim at a time.
        #[test]
        fn one_wins_at_a_time(turns in proptest::collection::vec(0_u8..4, 0..200)) {
            let mut versions = Versions::default();
            let mut all: Vec<_> = (0..4).map(|_| versions.begin("k")).collect();
            let (mut has, mut won) = (None, 0);
            for turn in turns {
                let claiming = &mut all[usize::from(turn)];
                match versions.advance(claiming) {
                    None => {}
                    Some(Ended::Won(generation)) if has == Some(turn) => {
                        versions.release("k", generation, None);
                        has = None;
                        *claiming = versions.begin("k");
                    }
                    Some(Ended::Won(generation)) => {
                        proptest::prop_assert_eq!(has, None);
                        proptest::prop_assert_eq!(generation, won);
                        (has, won) = (Some(turn), won + 1);
                    }
                    Some(Ended::Held(_)) => *claiming = versions.begin("k"),
                    Some(Ended::Spent { .. }) => proptest::prop_assert_eq!(won, 4),
                }
            }
        }
    }
}
