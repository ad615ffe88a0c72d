//! What came of a schedule, and what must have whatever the schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::super::turn::claim_life;
use super::super::write_back::ATTEMPTS_MAX;
use super::fleet::{Fleet, OTHERS};
use super::schedule::Schedule;
use crate::error::Error;
use crate::fake_platform::{Deed, Entry, World};

/// What a call may take if its caller does not say.
pub(super) const CALL: Duration = Duration::from_secs(120);

/// The session to begin with, if there is one.
const FIRST: &str = "first";

/// What the way of a claim's age and its whole seconds may add to its life.
const ROUNDING: Duration = Duration::from_secs(2);

/// Longer than any wait for the next offer of a token to the store.
const PAUSE: Duration = Duration::from_secs(700);

/// After so many, what could not be stored at once is, and all have taken it over.
const ROUNDS: usize = 5;

pub(super) struct Course {
    world: World,
    fleet: Rc<Fleet>,
}

/// Which logins never meet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart {
    /// Those for the same session's end.
    SameEnd,
    /// All.
    All,
}

/// Logins of which nobody else has anything, by what became of them.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Unstored {
    pub(super) died: usize,
    pub(super) ended: usize,
    pub(super) starved: usize,
}

impl Unstored {
    /// Those whose process lived, and was alone in knowing their tokens.
    fn alone(self) -> usize {
        self.ended + self.starved
    }

    /// How many logins they account for: themselves, and one each that met
    /// another because of them.
    pub(super) fn logins_max(self) -> usize {
        self.died + 2 * self.alone()
    }
}

/// The last login of a process.
#[derive(Default)]
struct Login<'a> {
    token: Option<&'a str>,
    conflicts: u32,
    has_ended: bool,
}

impl Course {
    pub(super) fn of(schedule: &Schedule) -> Self {
        let world = World::new();
        world.facts.random.set(schedule.seed);
        world.facts.login_latency.set(schedule.login);
        if schedule.has_session {
            world.store_foreign(FIRST);
            world.advance(2 * PAUSE);
        }
        let fleet = Fleet::new(&world, schedule.nodes.clone());
        world.run(Rc::clone(&fleet).play(schedule.clone()));
        let course = Self { world, fleet };
        course.settle();
        // And all goes on from there as from the start.
        course.world.expire_sessions();
        course.settle();
        course
    }

    /// Lets calls come now and then, until all call with one session.
    fn settle(&self) {
        for _ in 0..ROUNDS {
            self.world.advance(PAUSE);
            self.call_all();
        }
        self.check_agreement();
    }

    /// All nodes that are up call at the same time, and one is.
    fn call_all(&self) {
        let survivors = self.fleet.survivors();
        let callers = if survivors.is_empty() {
            vec![0]
        } else {
            survivors
        };
        let fleet = Rc::clone(&self.fleet);
        self.world.run(async move {
            for node in callers {
                fleet.call(node);
            }
        });
    }

    /// All that are up call with the token in the store, and it is alive.
    fn check_agreement(&self) {
        let stored = self.stored_token().expect("there is a session");
        assert!(self.world.facts.is_alive(&stored), "{stored} has ended");
        for node in self.fleet.survivors() {
            let process = self.fleet.process(node);
            let journal = self.world.facts.journal.borrow();
            let last = journal.iter().rev().find_map(|entry| match &entry.deed {
                Deed::Called { token, accepted } if entry.node == process => {
                    Some((token.clone(), *accepted))
                }
                _ => None,
            });
            assert_eq!(last, Some((stored.clone(), true)), "node {node}");
        }
    }

    /// Every call of a node that lived ended well and in time, but for those that
    /// a second death over the same session keeps waiting: they are told for how
    /// long, and it is no longer than that claim lives.
    pub(super) fn check_calls(&self) {
        let left_behind = self.left_behind();
        for attempt in &*self.fleet.tries.borrow() {
            assert!(attempt.ended - attempt.began <= CALL, "{attempt:?}");
            match &attempt.outcome {
                Ok(()) => {}
                Err(Error::RateLimited(limit)) => {
                    let wait = Duration::from_secs(limit.retry_after_s.unwrap_or(1).into());
                    let in_time = |(from, to): &(Duration, Duration)| {
                        *from <= attempt.ended && attempt.ended + wait <= *to + ROUNDING
                    };
                    assert!(left_behind.iter().any(in_time), "{attempt:?}");
                }
                Err(_) => panic!("{attempt:?}"),
            }
        }
    }

    /// The same of an org that ends sessions however young they are: it may look
    /// like one that refuses them.
    pub(super) fn check_calls_by_early_ends(&self) {
        for attempt in &*self.fleet.tries.borrow() {
            assert!(attempt.ended - attempt.began <= CALL, "{attempt:?}");
            match &attempt.outcome {
                Ok(()) | Err(Error::RateLimited(_) | Error::RefusedToken(_)) => {}
                // It met an end as often as a call tries again.
                Err(Error::SessionChanged) => {}
                Err(_) => panic!("{attempt:?}"),
            }
        }
    }

    /// When claims of the dead live that are not the first on their token.
    fn left_behind(&self) -> Vec<(Duration, Duration)> {
        let journal = self.world.facts.journal.borrow();
        let is_dead = |node| {
            let death = |entry: &&Entry| entry.node == node && entry.deed == Deed::Died;
            journal.iter().any(|entry| death(&entry))
        };
        let claimed = journal.iter().filter(|entry| is_dead(entry.node));
        claimed
            .filter_map(|entry| match &entry.deed {
                Deed::Claimed(key) => Some((entry.at, parts(key).1)),
                _ => None,
            })
            .filter(|(_, number)| *number > 0)
            .map(|(at, number)| (at, at + claim_life(number)))
            .collect()
    }

    /// Every state of the secret holds what it must.
    pub(super) fn check_secret(&self) {
        let states = self.world.facts.states.borrow();
        let mut others = BTreeMap::new();
        let mut has_session = false;
        for state in &*states {
            let member = |key: &str| state.members.get(key).map(String::as_str);
            assert_eq!(member("Domain"), Some("\"acme.my\""), "{state:?}");
            assert_eq!(member("ConsumerKey"), Some("\"key\""), "{state:?}");
            assert_eq!(member("ConsumerSecret"), Some("\"secret\""), "{state:?}");
            for key in OTHERS {
                let value = member(key).map(|number| number.parse::<u64>().unwrap());
                let before = others.insert(key, value).flatten();
                assert!(before <= value, "{key} went back to an older value");
            }
            let (token, instance) = (member("SessionId"), member("Instance"));
            assert!(token.is_some() >= has_session, "the session is gone");
            assert_eq!(token.is_some(), instance.is_some(), "half a session");
            has_session = token.is_some();
        }
        for (key, number) in &*self.fleet.acknowledged.borrow() {
            let last = others[key].expect("it was written");
            assert!(last >= *number, "{key}: {last}, and {number} was written");
        }
    }

    /// No claim has two winners, and nobody logs in without one that is alive and
    /// its own, of which it has made no use, nor while another does for the same session's end: with `apart`
    /// not for any other's either.
    pub(super) fn check_turns(&self, apart: Apart) {
        let journal = self.world.facts.journal.borrow();
        let mut claims: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
        let mut used = BTreeSet::new();
        let mut logging_in: BTreeMap<usize, &str> = BTreeMap::new();
        for entry in &*journal {
            match &entry.deed {
                Deed::Claimed(key) => {
                    let before = claims.insert(key, (entry.node, entry.at));
                    assert_eq!(before, None, "two won {key}");
                }
                Deed::Released(key) => {
                    let (winner, _) = claims.remove(key.as_str()).expect("it was won");
                    assert_eq!(winner, entry.node, "whose is {key}?");
                    used.remove(key.as_str());
                }
                Deed::LoginBegun => {
                    let own = claims.iter().filter(|(_, (node, _))| *node == entry.node);
                    let newest = own.max_by_key(|(_, (_, at))| *at);
                    let (key, (_, at)) = newest.expect("it has a claim");
                    assert!(used.insert(*key), "two logins by one claim");
                    let age = entry.at - *at;
                    assert!(age < claim_life(parts(key).1), "the claim is {age:?} old");
                    let mut others = logging_in.values();
                    let is_met =
                        others.any(|other| apart == Apart::All || parts(other).0 == parts(key).0);
                    assert!(!is_met, "two log in at {:?}", entry.at);
                    logging_in.insert(entry.node, key);
                }
                Deed::LoggedIn(_) | Deed::Died => _ = logging_in.remove(&entry.node),
                Deed::Called { .. } | Deed::Conflicted => {}
            }
        }
    }

    /// Which logins never meet here: who could not store its session goes by the
    /// end of that, and the others by the end of the one in the store.
    pub(super) fn apart(&self) -> Apart {
        match self.unstored().alone() {
            0 => Apart::All,
            _ => Apart::SameEnd,
        }
    }

    /// A session in the store is replaced when somebody has met its end, and not
    /// before.
    pub(super) fn check_ends(&self) {
        let journal = self.world.facts.journal.borrow();
        let stored = self.stored_tokens();
        for ((token, _), (_, replaced)) in stored.iter().zip(stored.iter().skip(1)) {
            let met = Deed::Called {
                token: token.clone(),
                accepted: false,
            };
            let mut before = journal.iter().take_while(|entry| entry.at < *replaced);
            let is_met = before.any(|entry| entry.deed == met);
            assert!(is_met, "{token} was replaced while it was alive");
        }
    }

    /// Each login's token got into the store, but for so many.
    pub(super) fn check_logins(&self, unstored_max: usize) {
        let journal = self.world.facts.journal.borrow();
        let begun = journal
            .iter()
            .filter(|entry| entry.deed == Deed::LoginBegun);
        let begun = begun.count();
        let stored = self.stored_tokens();
        let by_login = stored.iter().filter(|(token, _)| token != FIRST).count();
        assert!(
            (by_login..=by_login + unstored_max).contains(&begun),
            "{begun} logins, and {by_login} of them in the store"
        );
    }

    /// The tokens that were in the store, and since when.
    fn stored_tokens(&self) -> Vec<(String, Duration)> {
        let mut stored: Vec<(String, Duration)> = Vec::new();
        for state in &*self.world.facts.states.borrow() {
            if let Some(text) = state.members.get("SessionId")
                && stored
                    .last()
                    .is_none_or(|(last, _)| *last != unquoted(text))
            {
                stored.push((unquoted(text), state.since));
            }
        }
        stored
    }

    /// How many logins' tokens did not get into the store because their process
    /// died or their session ended before, and how many because each attempt at writing met another.
    pub(super) fn unstored(&self) -> Unstored {
        let mut unstored = Unstored::default();
        let journal = self.world.facts.journal.borrow();
        let mut under_way: BTreeMap<usize, Login<'_>> = BTreeMap::new();
        for entry in &*journal {
            let login = under_way.get_mut(&entry.node);
            match (&entry.deed, login) {
                (Deed::LoginBegun, _) => {
                    _ = under_way.insert(entry.node, Login::default());
                }
                (Deed::LoggedIn(token), Some(login)) => login.token = Some(token),
                (Deed::Conflicted, Some(login)) => {
                    login.conflicts += 1;
                    if login.conflicts == ATTEMPTS_MAX {
                        unstored.starved += 1;
                    }
                }
                (
                    Deed::Called {
                        token,
                        accepted: false,
                    },
                    Some(login),
                ) => {
                    let is_its = login.token == Some(token) && !login.has_ended;
                    if is_its && !self.was_stored(token) {
                        login.has_ended = true;
                        unstored.ended += 1;
                    }
                }
                (Deed::Died, Some(login))
                    if login.token.is_none_or(|token| !self.was_stored(token)) =>
                {
                    unstored.died += 1;
                }
                _ => {}
            }
        }
        unstored
    }

    fn was_stored(&self, token: &str) -> bool {
        let stored = self.stored_tokens();
        stored.iter().any(|(stored, _)| stored == token)
    }

    fn stored_token(&self) -> Option<String> {
        self.world.stored("SessionId").map(|text| unquoted(&text))
    }
}

/// Whose renewal is claimed under that key, and which claim on it it is.
pub(super) fn parts(key: &str) -> (&str, u32) {
    let (session, number) = key.rsplit_once('-').unwrap();
    (session, number.parse().unwrap())
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}
