//! Query locators: results that wait to be read on.
//!
//! Source: REST API Developer Guide, "Query"; the binding to the session is
//! from airbytehq/airbyte#84302, the two days from "API Query Cursor Limits".

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::database::{Matches, Place};
use crate::id::RecordId;
use crate::session::SessionId;
use crate::sql::RecordQuery;

/// Keys that all open locators may hold together, 8 bytes each. Beyond it the
/// oldest locators go; Salesforce bounds only their age.
pub(crate) const ROWS_MAX: usize = 10_000_000;

/// Locators that may be open at once, whatever they hold. Beyond it, too, the
/// oldest go.
pub(crate) const OPEN_MAX: usize = 10_000;

/// How long a locator lives, in milliseconds.
const LIFETIME_MS: i64 = 2 * 24 * 60 * 60 * 1_000;

/// The key prefix of locators.
const KEY_PREFIX: &str = "01g";

/// A query's result as it was when it ran: which rows, in which order.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) record: Arc<RecordQuery>,
    pub(crate) matches: Matches,
    /// Rows a page, unless a request says otherwise.
    pub(crate) batch_size: usize,
}

/// Why a locator does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocatorError {
    /// There is none of that name, or no longer.
    Unknown,
    /// Another session opened it.
    OtherSession,
}

/// Every open locator.
#[derive(Default)]
pub(crate) struct Locators {
    open: BTreeMap<RecordId, Locator>,
    opened: u64,
    rows: usize,
}

struct Locator {
    session: SessionId,
    snapshot: Snapshot,
    opened_ms: i64,
    /// Where its pages begin, as far as they have been named to the client.
    /// Nothing says that Salesforce accepts any other offset.
    places: BTreeMap<usize, Place>,
}

impl Locators {
    /// Keeps a snapshot for reading on from `place`, and names that.
    pub(crate) fn open(
        &mut self,
        session: SessionId,
        snapshot: Snapshot,
        place: Place,
        now_ms: i64,
    ) -> String {
        self.opened += 1;
        let id = RecordId::new(KEY_PREFIX, self.opened);
        let name = name(&id, place.delivered);
        self.rows += snapshot.matches.kept();
        let places = BTreeMap::from([(place.delivered, place)]);
        self.open.insert(
            id,
            Locator {
                session,
                snapshot,
                opened_ms: now_ms,
                places,
            },
        );
        self.forget_old(now_ms);
        name
    }

    /// Finds the snapshot that `name` continues, and where. `session` is the
    /// one that must have opened it, if that matters.
    pub(crate) fn find(
        &self,
        name: &str,
        session: Option<SessionId>,
        now_ms: i64,
    ) -> Result<(Snapshot, Place), LocatorError> {
        let (id, offset) = parse(name).ok_or(LocatorError::Unknown)?;
        let locator = self
            .open
            .get(&id)
            .filter(|locator| locator.is_alive(now_ms))
            .ok_or(LocatorError::Unknown)?;
        let place = locator
            .places
            .get(&offset)
            .cloned()
            .ok_or(LocatorError::Unknown)?;
        if session.is_some_and(|session| session != locator.session) {
            return Err(LocatorError::OtherSession);
        }
        Ok((locator.snapshot.clone(), place))
    }

    /// Names the next page of the locator that `previous` is of, from `place`.
    pub(crate) fn advance(&mut self, previous: &str, place: Place) -> Option<String> {
        let (id, _) = parse(previous)?;
        let delivered = place.delivered;
        self.open.get_mut(&id)?.places.insert(delivered, place);
        Some(name(&id, delivered))
    }

    fn forget_old(&mut self, now_ms: i64) {
        loop {
            let room = self.rows <= ROWS_MAX && self.open.len() <= OPEN_MAX;
            let Some(oldest) = self.open.first_entry() else {
                return;
            };
            if room && oldest.get().is_alive(now_ms) {
                return;
            }
            self.rows -= oldest.remove().snapshot.matches.kept();
        }
    }
}

impl Locator {
    fn is_alive(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.opened_ms) < LIFETIME_MS
    }
}

/// As in `01gRO0000016PIAYA2-2000`.
fn name(id: &RecordId, offset: usize) -> String {
    format!("{id}-{offset}")
}

fn parse(name: &str) -> Option<(RecordId, usize)> {
    let (id, offset) = name.split_once('-')?;
    let offset = offset.parse().ok()?;
    let parsed = RecordId::parse(id)?;
    (parsed.as_str() == id).then_some((parsed, offset))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::schema::Schema;
    use crate::session::Sessions;
    use crate::soql;
    use crate::sql::{Environment, Rows, Statement, translate};
    use crate::version::{ApiVersion, Known};

    fn snapshot(rows: usize) -> Snapshot {
        let Known::Served(version) = ApiVersion::parse("v66.0") else {
            panic!("it is served");
        };
        let soql = "SELECT Id FROM Account";
        let query = soql::parse(soql).expect("a query");
        let environment = Environment {
            schema: &Schema::standard(),
            rows: Rows::Live,
            today: date(2026, 1, 1),
            user: &RecordId::new("005", 1),
            version,
        };
        match translate(&query, soql, environment).expect("SQL") {
            Statement::Records { record, .. } => Snapshot {
                record,
                matches: Matches::Keys(vec![0; rows].into()),
                batch_size: 200,
            },
            other => panic!("{other:?}"),
        }
    }

    fn two_sessions() -> (SessionId, SessionId) {
        let mut sessions = Sessions::default();
        sessions.open("a".to_owned(), 0, 1);
        let first = sessions.touch("a", 0, 1).expect("a session");
        sessions.open("b".to_owned(), 0, 1);
        (first, sessions.touch("b", 0, 1).expect("a session"))
    }

    #[test]
    fn a_locator_is_its_sessions_alone() {
        let (own, other) = two_sessions();
        let mut locators = Locators::default();
        let name = locators.open(own, snapshot(5), Place::at(2), 0);
        assert!(name.starts_with("01g") && name.ends_with("-2"), "{name}");
        assert_eq!(
            locators.find(&name, Some(own), 0).map(|(_, place)| place),
            Ok(Place::at(2))
        );
        assert_eq!(
            locators.find(&name, Some(other), 0).err(),
            Some(LocatorError::OtherSession)
        );
        assert!(locators.find(&name, None, 0).is_ok());
    }

    #[test]
    fn only_offsets_that_were_handed_out_are_known() {
        let (own, _) = two_sessions();
        let mut locators = Locators::default();
        let first = locators.open(own, snapshot(9), Place::at(2), 0);
        let guessed = first.replace("-2", "-4");
        assert_eq!(
            locators.find(&guessed, None, 0).err(),
            Some(LocatorError::Unknown)
        );
        assert_eq!(
            locators.advance(&first, Place::at(4)),
            Some(guessed.clone())
        );
        assert!(locators.find(&guessed, None, 0).is_ok());
        assert!(
            locators.find(&first, None, 0).is_ok(),
            "a page can be read again"
        );
    }

    #[test]
    fn other_names_are_unknown() {
        let (own, _) = two_sessions();
        let mut locators = Locators::default();
        let name = locators.open(own, snapshot(9), Place::at(2), 0);
        for other in [
            "",
            "-",
            "01g",
            "01g-2",
            &name[..18],
            &name.to_lowercase(),
            &format!("{name}x"),
            "é-2",
        ] {
            assert_eq!(
                locators.find(other, None, 0).err(),
                Some(LocatorError::Unknown),
                "{other}"
            );
        }
    }

    #[test]
    fn a_locator_lives_two_days() {
        let (own, _) = two_sessions();
        let mut locators = Locators::default();
        let name = locators.open(own, snapshot(5), Place::at(2), 0);
        assert!(locators.find(&name, None, LIFETIME_MS - 1).is_ok());
        assert_eq!(
            locators.find(&name, None, LIFETIME_MS).err(),
            Some(LocatorError::Unknown)
        );
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_rows() {
        let (own, _) = two_sessions();
        let mut locators = Locators::default();
        let first = locators.open(own, snapshot(ROWS_MAX / 2), Place::at(2), 0);
        let second = locators.open(own, snapshot(ROWS_MAX - ROWS_MAX / 2), Place::at(2), 0);
        assert!(locators.find(&first, None, 0).is_ok());
        let third = locators.open(own, snapshot(1), Place::at(2), 0);
        assert_eq!(
            locators.find(&first, None, 0).err(),
            Some(LocatorError::Unknown)
        );
        assert!(locators.find(&second, None, 0).is_ok());
        assert!(locators.find(&third, None, 0).is_ok());
    }

    #[test]
    fn the_oldest_goes_when_too_many_are_open() {
        let (own, _) = two_sessions();
        let mut locators = Locators::default();
        let empty = snapshot(0);
        let mut open = || locators.open(own, empty.clone(), Place::at(2), 0);
        let first = open();
        let second = open();
        for _ in 2..OPEN_MAX {
            open();
        }
        assert!(locators.find(&first, None, 0).is_ok());
        locators.open(own, empty, Place::at(2), 0);
        assert_eq!(
            locators.find(&first, None, 0).err(),
            Some(LocatorError::Unknown)
        );
        assert!(locators.find(&second, None, 0).is_ok());
    }
}
