//! How many records came to what.

use super::not_all_saved::NotAllSaved;
use super::outcome::State;

/// Counts outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    counts: [u64; State::ALL.len()],
    /// How many of the last records in a row were not saved.
    failed_in_a_row: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, state: State) {
        self.recall(state);
        if state.is_saved() {
            self.failed_in_a_row = 0;
        } else {
            self.failed_in_a_row += 1;
        }
    }

    /// Counts the outcome of an earlier run: it says nothing of how this one goes.
    pub(crate) fn recall(&mut self, state: State) {
        if let Some(count) = self.counts.get_mut(place(state)) {
            *count += 1;
        }
    }

    pub(crate) fn of(&self, state: State) -> u64 {
        self.counts.get(place(state)).copied().unwrap_or_default()
    }

    /// All that were counted.
    pub(crate) fn all(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn failed_in_a_row(&self) -> u64 {
        self.failed_in_a_row
    }

    /// In words, most useful first: `95 created, 5 refused`.
    pub(crate) fn words(&self) -> String {
        let counted = State::ALL.into_iter().filter(|state| self.of(*state) > 0);
        let words: Vec<String> = counted
            .map(|state| format!("{} {}", self.of(state), state.name()))
            .collect();
        if words.is_empty() {
            "no records".to_owned()
        } else {
            words.join(", ")
        }
    }

    /// Whether all of so many records were saved.
    ///
    /// # Errors
    ///
    /// [`NotAllSaved`].
    pub(crate) fn judge(&self, of: u64, is_written: bool) -> Result<(), NotAllSaved> {
        let saved: u64 = State::ALL
            .into_iter()
            .filter(|state| state.is_saved())
            .map(|state| self.of(state))
            .sum();
        let unknown = self.of(State::Unknown);
        let not_saved = of.saturating_sub(saved + unknown);
        NotAllSaved::check((not_saved, unknown, of), is_written)
    }
}

fn place(state: State) -> usize {
    State::ALL
        .iter()
        .position(|other| *other == state)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_and_judged() {
        let mut tally = Tally::default();
        assert_eq!(tally.words(), "no records");
        assert!(tally.judge(0, false).is_ok());
        for state in [State::Created, State::Refused, State::Refused] {
            tally.add(state);
        }
        assert_eq!(tally.failed_in_a_row(), 2);
        assert_eq!(tally.words(), "1 created, 2 refused");
        let refused = tally.judge(3, false).unwrap_err();
        assert_eq!(refused.to_string(), "2 of 3 records were not saved");
        assert!(refused.hint().unwrap().contains("--errors"));
        tally.recall(State::Unknown);
        assert_eq!((tally.failed_in_a_row(), tally.all()), (2, 4));
        tally = Tally::default();
        for state in [
            State::Created,
            State::Refused,
            State::Refused,
            State::Updated,
        ] {
            tally.add(state);
        }
        assert_eq!((tally.failed_in_a_row(), tally.all()), (0, 4));
        tally.add(State::Unknown);
        let refused = tally.judge(5, true).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "2 of 5 records were not saved, and the outcome of 1 is unknown"
        );
        assert!(refused.hint().unwrap().contains("look in Salesforce"));
        let mut unknown = Tally::default();
        unknown.add(State::Unknown);
        let refused = unknown.judge(1, true).unwrap_err().to_string();
        assert_eq!(refused, "the outcome of 1 of 1 records is unknown");
    }

    #[test]
    fn what_was_never_reached_was_not_saved() {
        let mut tally = Tally::default();
        tally.add(State::Created);
        let refused = tally.judge(10, true).unwrap_err();
        assert_eq!(refused.to_string(), "9 of 10 records were not saved");
        assert_eq!(refused.hint(), None);
    }
}
