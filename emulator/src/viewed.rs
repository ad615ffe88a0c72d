//! The records that were viewed last, by the one user that there is.
//!
//! Source: REST API Developer Guide, "Recently Viewed Items" and "MRU Header".

use std::collections::VecDeque;

use crate::id::RecordId;

/// Records that are remembered. Source: "Recently Viewed Items".
pub(crate) const VIEWED_MAX: usize = 200;

/// Records, the last one first.
#[derive(Default)]
pub(crate) struct Viewed(VecDeque<RecordId>);

impl Viewed {
    /// Puts a record before all others.
    pub(crate) fn add(&mut self, id: RecordId) {
        self.0.retain(|other| *other != id);
        self.0.push_front(id);
        self.0.truncate(VIEWED_MAX);
    }

    /// The ids, the last one first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &RecordId> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_come_first_and_once() {
        let mut viewed = Viewed::default();
        let id = |number| RecordId::new("001", number);
        for number in [1, 2, 1] {
            viewed.add(id(number));
        }
        assert_eq!(viewed.ids().cloned().collect::<Vec<_>>(), [id(1), id(2)]);
        for number in 0..VIEWED_MAX as u64 + 1 {
            viewed.add(id(number));
        }
        let ids: Vec<_> = viewed.ids().cloned().collect();
        assert_eq!(ids.len(), VIEWED_MAX);
        assert_eq!(
            (&ids[0], ids.last()),
            (&id(VIEWED_MAX as u64), Some(&id(1)))
        );
    }
}
