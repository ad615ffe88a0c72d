//! Records that somebody else seems to be writing: a write of one fails.
//!
//! Source: SOAP API Developer Guide, `StatusCode`, UNABLE_TO_LOCK_ROW; the words are
//! those of captured answers.

use rusqlite::types::Value as Stored;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::id::RecordId;
use crate::schema::Schema;

/// Locks that can be set at once.
pub const LOCKS_MAX: usize = 1_000;

/// Records whose writes fail with UNABLE_TO_LOCK_ROW.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLock {
    /// Which records.
    pub record: LockedRecord,
    /// How many writes fail; absent: all, until the reset.
    #[serde(default)]
    pub count: Option<u64>,
}

/// Which records are locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum LockedRecord {
    /// The one with this id. Writes of records that refer to it fail, too: they lock
    /// their parents.
    Id {
        /// Its id.
        id: String,
    },
    /// Those that have a value, or would get it.
    Value {
        /// Their object.
        object: String,
        /// The field that has the value.
        field: String,
        /// The value.
        value: Value,
    },
}

/// A lock that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LockError {
    /// The id is malformed.
    #[error("{0:?} is not the id of a record")]
    Id(String),
    /// There is no such object.
    #[error("there is no object {0:?}")]
    UnknownObject(String),
    /// The object has no such field.
    #[error("{object} has no field {field:?}")]
    UnknownField {
        /// The object.
        object: String,
        /// The field that it does not have.
        field: String,
    },
    /// A field cannot have the value.
    #[error("{0} cannot have this value")]
    Value(String),
    /// There are too many.
    #[error("there can be at most {LOCKS_MAX} locks")]
    TooMany,
}

/// What a lock compares with a write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    Id(RecordId),
    Value {
        object: String,
        field: String,
        value: Stored,
    },
}

#[derive(Debug)]
struct Lock {
    number: u64,
    target: Target,
    count: Option<u64>,
}

/// The locks that are set.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    locks: Vec<Lock>,
    /// How many were ever set.
    last: u64,
}

impl Locks {
    /// Adds locks; all of them, or none.
    pub(crate) fn add(&mut self, schema: &Schema, locks: Vec<RecordLock>) -> Result<(), LockError> {
        if self.locks.len() + locks.len() > LOCKS_MAX {
            return Err(LockError::TooMany);
        }
        let targets = locks.into_iter().map(|lock| {
            let target = Target::read(schema, lock.record)?;
            Ok((target, lock.count))
        });
        for (target, count) in targets.collect::<Result<Vec<_>, LockError>>()? {
            self.last += 1;
            self.locks.push(Lock {
                number: self.last,
                target,
                count,
            });
        }
        Ok(())
    }

    /// What is locked, with the numbers of the locks.
    pub(crate) fn targets(&self) -> Vec<(u64, Target)> {
        let set = self.locks.iter().filter(|lock| lock.count != Some(0));
        set.map(|lock| (lock.number, lock.target.clone())).collect()
    }

    /// Counts a write that a lock made fail.
    pub(crate) fn strike(&mut self, number: u64) {
        for lock in &mut self.locks {
            if lock.number == number {
                lock.count = lock.count.map(|count| count.saturating_sub(1));
            }
        }
        self.locks.retain(|lock| lock.count != Some(0));
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.locks.clear();
    }
}

impl Target {
    fn read(schema: &Schema, record: LockedRecord) -> Result<Self, LockError> {
        match record {
            LockedRecord::Id { id } => {
                let parsed = RecordId::parse(&id);
                parsed.map(Self::Id).ok_or(LockError::Id(id))
            }
            LockedRecord::Value {
                object,
                field,
                value,
            } => {
                let sobject = schema.named(&object);
                let sobject = sobject.ok_or_else(|| LockError::UnknownObject(object.clone()))?;
                let known = sobject.field(&field);
                let known = known.ok_or(LockError::UnknownField { object, field })?;
                let stored = known.store(&value);
                let stored = stored.map_err(|_| LockError::Value(known.name.to_string()))?;
                Ok(Self::Value {
                    object: sobject.name.to_string(),
                    field: known.name.to_string(),
                    value: stored,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lock(json: Value) -> RecordLock {
        serde_json::from_value(json).expect("a lock")
    }

    fn add(locks: &mut Locks, json: Value) -> Result<(), String> {
        let added = locks.add(&Schema::standard(), vec![lock(json)]);
        added.map_err(|error| error.to_string())
    }

    #[test]
    fn a_lock_strikes_as_often_as_it_says() {
        let mut locks = Locks::default();
        let id = RecordId::new("001", 1);
        add(
            &mut locks,
            json!({"record": {"id": id.as_str()}, "count": 2}),
        )
        .expect("a lock");
        add(
            &mut locks,
            json!({"record": {"object": "account", "field": "name", "value": "A"}}),
        )
        .expect("a lock");
        let value = Target::Value {
            object: "Account".to_owned(),
            field: "Name".to_owned(),
            value: Stored::Text("A".to_owned()),
        };
        let both = vec![(1, Target::Id(id)), (2, value.clone())];
        assert_eq!(locks.targets(), both);
        locks.strike(1);
        locks.strike(2);
        assert_eq!(locks.targets(), both);
        locks.strike(1);
        assert_eq!(locks.targets(), [(2, value)]);
        locks.clear();
        assert_eq!(locks.targets(), []);
    }

    #[test]
    fn what_cannot_be_locked_is_refused() {
        let mut locks = Locks::default();
        for (record, error) in [
            (json!({"id": "x"}), "\"x\" is not the id of a record"),
            (
                json!({"object": "Nothing", "field": "Name", "value": "A"}),
                "there is no object \"Nothing\"",
            ),
            (
                json!({"object": "Account", "field": "Foo", "value": "A"}),
                "Account has no field \"Foo\"",
            ),
            (
                json!({"object": "Account", "field": "AnnualRevenue", "value": "much"}),
                "AnnualRevenue cannot have this value",
            ),
        ] {
            assert_eq!(
                add(&mut locks, json!({"record": record})),
                Err(error.to_owned())
            );
        }
        for json in [
            json!({"record": {"id": "001", "more": 1}}),
            json!({"record": {"object": "Account"}}),
            json!({"record": {"id": "001"}, "skip": 1}),
            json!({}),
        ] {
            assert!(
                serde_json::from_value::<RecordLock>(json.clone()).is_err(),
                "{json}"
            );
        }
        let id = RecordId::new("001", 1);
        let many = |count| vec![lock(json!({"record": {"id": id.as_str()}})); count];
        let schema = Schema::standard();
        assert_eq!(
            locks.add(&schema, many(LOCKS_MAX + 1)),
            Err(LockError::TooMany)
        );
        assert_eq!(locks.targets(), []);
        assert_eq!(locks.add(&schema, many(LOCKS_MAX)), Ok(()));
    }
}
