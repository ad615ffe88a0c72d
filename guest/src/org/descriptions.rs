//! Descriptions that are remembered.

use std::collections::VecDeque;

use http::header::HeaderValue;

use crate::names::ApiVersion;

/// How many are remembered.
const NUMBER_MAX: usize = 100;

/// How many bytes they may have together.
const BYTES_MAX: usize = 16 << 20;

/// What is described: its path below the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject(pub(super) String);

/// A description, and the date to ask with whether it has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) body: String,
    pub(crate) date: Option<HeaderValue>,
}

/// The descriptions that were read last.
#[derive(Default)]
pub(crate) struct Descriptions {
    known: VecDeque<(ApiVersion, Subject, Description)>,
}

impl Descriptions {
    pub(crate) fn get(&self, version: ApiVersion, subject: &Subject) -> Option<&Description> {
        let mut known = self.known.iter();
        let found = known.find(|(of, name, _)| *of == version && name == subject);
        found.map(|(_, _, description)| description)
    }

    /// Remembers one, and forgets the oldest where there is no room.
    pub(crate) fn put(&mut self, version: ApiVersion, subject: Subject, new: Description) {
        let is_other = |of: &ApiVersion, name: &Subject| *of != version || *name != subject;
        self.known.retain(|(of, name, _)| is_other(of, name));
        if new.date.is_none() || new.body.len() > BYTES_MAX {
            return;
        }
        self.known.push_back((version, subject, new));
        let bytes = |known: &VecDeque<(_, _, Description)>| -> usize {
            known
                .iter()
                .map(|(_, _, description)| description.body.len())
                .sum()
        };
        while self.known.len() > NUMBER_MAX || bytes(&self.known) > BYTES_MAX {
            self.known.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(bytes: usize) -> Description {
        Description {
            body: "x".repeat(bytes),
            date: Some(HeaderValue::from_static("Tue, 17 Sep 2013 16:26:07 GMT")),
        }
    }

    fn subject(name: usize) -> Subject {
        Subject(name.to_string())
    }

    #[test]
    fn as_many_are_remembered_as_there_is_room_for() {
        let version = ApiVersion::DEFAULT;
        let mut known = Descriptions::default();
        for number in 0..=NUMBER_MAX {
            known.put(version, subject(number), description(1));
        }
        assert_eq!(known.get(version, &subject(0)), None);
        assert!(known.get(version, &subject(1)).is_some());
        known.put(version, subject(7), description(BYTES_MAX - 3));
        assert_eq!(known.known.len(), 4);
        known.put(version, subject(7), description(BYTES_MAX + 1));
        assert_eq!(known.get(version, &subject(7)), None);
        let other = ApiVersion::parse("v65.0").unwrap();
        assert_eq!(known.get(other, &subject(NUMBER_MAX)), None);
    }

    #[test]
    fn what_has_no_date_is_not_remembered() {
        let mut known = Descriptions::default();
        let undated = Description {
            date: None,
            ..description(1)
        };
        known.put(ApiVersion::DEFAULT, subject(1), undated);
        assert_eq!(known.get(ApiVersion::DEFAULT, &subject(1)), None);
    }
}
