//! A few nodes that share a secret, somebody else who writes to it, and what
//! came of their calls.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::super::tests::{Instance, query};
use super::schedule::{Schedule, Step};
use crate::error::Error;
use crate::fake_platform::{Facts, FakePlatform, ORG, Weather, World};
use crate::platform::{Platform as _, StoreError};

/// The members that somebody else writes.
pub(super) const OTHERS: [&str; 3] = ["OtherA", "OtherB", "OtherC"];

/// How often a call comes back at most when it is told to.
const TRIES_MAX: usize = 20;

pub(super) struct Fleet {
    pub(super) facts: Rc<Facts>,
    nodes: Vec<Weather>,
    members: RefCell<Vec<Option<Member>>>,
    pub(super) tries: RefCell<Vec<Try>>,
    /// The last values of the others' members that the store took.
    pub(super) acknowledged: RefCell<BTreeMap<&'static str, u64>>,
    is_over: Cell<bool>,
}

/// A process that is up.
#[derive(Clone)]
struct Member {
    platform: FakePlatform,
    client: Instance,
}

/// One try of a call, of a node that lived to see its end.
#[derive(Debug)]
pub(super) struct Try {
    pub(super) began: Duration,
    pub(super) ended: Duration,
    pub(super) outcome: Result<(), Error>,
}

impl Fleet {
    pub(super) fn new(world: &World, nodes: Vec<Weather>) -> Rc<Self> {
        Rc::new(Self {
            facts: Rc::clone(&world.facts),
            members: RefCell::new(vec![None; nodes.len()]),
            nodes,
            tries: RefCell::default(),
            acknowledged: RefCell::default(),
            is_over: Cell::default(),
        })
    }

    /// Lets a schedule happen to it.
    pub(super) async fn play(self: Rc<Self>, schedule: Schedule) {
        let time = FakePlatform::of(&self.facts);
        time.spawn(Box::pin(
            Rc::clone(&self).write(schedule.writer, schedule.rest),
        ));
        for (gap, step) in schedule.steps {
            time.sleep(gap).await;
            match step {
                Step::Call(node) => self.call(node),
                Step::Crash(node) => self.crash(node),
                Step::End(age) => self.facts.end_older_than(age),
            }
        }
        self.is_over.set(true);
    }

    /// The numbers of those that are up.
    pub(super) fn survivors(&self) -> Vec<usize> {
        let members = self.members.borrow();
        let up = (0..members.len()).filter(|node| members[*node].is_some());
        up.collect()
    }

    /// The process that is this node now.
    pub(super) fn process(&self, node: usize) -> usize {
        self.member(node).platform.number()
    }

    /// Begins a call, which comes back when it is told to.
    pub(super) fn call(self: &Rc<Self>, node: usize) {
        let Member { platform, client } = self.member(node);
        let (fleet, time) = (Rc::clone(self), platform.clone());
        platform.spawn(Box::pin(async move {
            for _ in 0..TRIES_MAX {
                let began = time.monotonic();
                let outcome = query(Rc::clone(&client)).await.map(|_| ());
                let wait = match &outcome {
                    Err(Error::RateLimited(limit)) => Some(limit.retry_after_s.unwrap_or(1)),
                    _ => None,
                };
                fleet.tries.borrow_mut().push(Try {
                    began,
                    ended: time.monotonic(),
                    outcome,
                });
                let Some(wait) = wait else { return };
                time.sleep(Duration::from_secs(wait.into())).await;
            }
        }));
    }

    fn member(&self, node: usize) -> Member {
        let mut members = self.members.borrow_mut();
        let come_up = || {
            let platform = FakePlatform::with(&self.facts, self.nodes[node].clone());
            let client = Rc::new(platform.client());
            Member { platform, client }
        };
        members[node].get_or_insert_with(come_up).clone()
    }

    fn crash(&self, node: usize) {
        if let Some(member) = self.members.borrow_mut()[node].take() {
            member.platform.crash();
        }
    }

    /// Writes the others' members, one after the other, until all is over.
    async fn write(self: Rc<Self>, weather: Weather, rest: Duration) {
        let platform = FakePlatform::with(&self.facts, weather);
        for (number, key) in (0..).zip(OTHERS.iter().cycle()) {
            while let Ok(read) = platform.get(ORG).await {
                let value = Some(u64::to_string(&number).into());
                let written = platform.replace(ORG, &read.version, vec![(key, value)]);
                match written.await {
                    Err(StoreError::Conflict) => {}
                    Err(_) => break,
                    Ok(_) => {
                        self.acknowledged.borrow_mut().insert(key, number);
                        break;
                    }
                }
                platform.sleep(rest / 10).await;
            }
            platform.sleep(rest).await;
            if self.is_over.get() {
                break;
            }
        }
    }
}
