//! How wide the columns of a table are.

/// Between two columns.
pub(super) const GAP: usize = 2;

/// The narrowest that a longer text is cut to: what is left of it should still
/// tell something.
const TEXT_MIN: usize = 8;

/// What a column needs, in terminal columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// The longest part of the header that is not broken.
    pub(super) word: usize,
    /// The header on one line.
    pub(super) header: usize,
    /// The widest cell that is not cut.
    pub(super) whole: usize,
    /// The widest text.
    pub(super) text: usize,
}

/// How the rows are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Beside each other, in columns of these widths.
    Columns(Vec<usize>),
    /// Below each other, since a table would not fit.
    Records,
}

impl Need {
    fn least(self) -> usize {
        self.word.max(self.whole).max(self.text.min(TEXT_MIN))
    }

    fn most(self) -> usize {
        self.header.max(self.whole).max(self.text)
    }
}

impl Layout {
    /// The layout for a terminal with `room` columns, or for a file. If there will
    /// be more pages, texts get the free room: theirs may be longer.
    pub(super) fn of(needs: &[Need], room: Option<usize>, more: bool) -> Self {
        let widest: Vec<usize> = needs.iter().map(|need| need.most()).collect();
        let Some(room) = room else {
            return Self::Columns(widest);
        };
        let gaps = GAP * needs.len().saturating_sub(1);
        let least: usize = needs.iter().map(|need| need.least()).sum();
        let Some(free) = room.checked_sub(gaps + least) else {
            return Self::Records;
        };
        let mut widths = fitted(needs, least + free);
        if more {
            let used: usize = widths.iter().sum();
            share(&mut widths, least + free - used, |at| {
                needs.get(at).is_some_and(|need| need.text > 0)
            });
        }
        Self::Columns(widths)
    }
}

/// Widths between the least and the most that fit into `room`: the widest columns
/// give way first.
fn fitted(needs: &[Need], room: usize) -> Vec<usize> {
    let limited = |limit: usize| {
        needs
            .iter()
            .map(move |need| limit.clamp(need.least(), need.most().max(need.least())))
    };
    let widest = needs.iter().map(|need| need.most()).max().unwrap_or(0);
    // The largest limit on all of them that fits.
    let (mut fits, mut too_wide) = (0, widest + 1);
    while too_wide - fits > 1 {
        let limit = fits + (too_wide - fits) / 2;
        if limited(limit).sum::<usize>() <= room {
            fits = limit;
        } else {
            too_wide = limit;
        }
    }
    let mut widths: Vec<usize> = limited(fits).collect();
    // What is too little for all of them, one column each.
    let used: usize = widths.iter().sum();
    let mut left = room.saturating_sub(used);
    for (width, need) in widths.iter_mut().zip(needs) {
        if left > 0 && *width < need.most() {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

/// Gives what is left to some of the columns, each as much.
fn share(widths: &mut [usize], left: usize, takes: impl Fn(usize) -> bool) {
    let takers = (0..widths.len()).filter(|at| takes(*at)).count();
    let Some(each) = left.checked_div(takers) else {
        return;
    };
    for (at, width) in widths.iter_mut().enumerate() {
        if takes(at) {
            *width += each;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: usize) -> Need {
        Need {
            word: 4,
            header: 4,
            whole: 0,
            text,
        }
    }

    fn whole(whole: usize) -> Need {
        Need {
            word: 2,
            header: 2,
            whole,
            text: 0,
        }
    }

    #[test]
    fn texts_share_the_room_that_the_rest_leaves() {
        for (needs, room, widths) in [
            (&[whole(18), text(4)][..], 80, &[18, 4][..]),
            (&[whole(18), text(50), text(50)], 60, &[18, 19, 19]),
            (&[whole(18), text(50), text(10)], 60, &[18, 28, 10]),
            (&[whole(18), text(50), text(51)], 61, &[18, 20, 19]),
            (&[whole(18), text(50)], 28, &[18, 8]),
            (&[text(10), text(10)], 21, &[10, 9]),
            (&[], 80, &[]),
        ] {
            let layout = Layout::of(needs, Some(room), false);
            assert_eq!(
                layout,
                Layout::Columns(widths.to_vec()),
                "{needs:?} in {room}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_printed_as_records() {
        for (needs, room) in [
            (&[whole(18), text(50)][..], 27),
            (&[whole(18), whole(18)], 37),
            (&[whole(18)], 17),
            (&[whole(18)], 0),
        ] {
            assert_eq!(Layout::of(needs, Some(room), true), Layout::Records);
        }
    }

    #[test]
    fn a_header_gives_way_as_far_as_its_words() {
        let header = Need {
            word: 9,
            header: 30,
            whole: 4,
            text: 0,
        };
        let widths = |room| Layout::of(&[header, text(20)], Some(room), false);
        assert_eq!(widths(60), Layout::Columns(vec![30, 20]));
        assert_eq!(widths(40), Layout::Columns(vec![19, 19]));
        assert_eq!(widths(19), Layout::Columns(vec![9, 8]));
        assert_eq!(widths(18), Layout::Records);
    }

    #[test]
    fn later_pages_have_the_free_room_and_a_single_one_takes_none() {
        let needs = [whole(18), text(10), text(0)];
        let widths = |more| Layout::of(&needs, Some(80), more);
        assert_eq!(widths(false), Layout::Columns(vec![18, 10, 4]));
        assert_eq!(widths(true), Layout::Columns(vec![18, 54, 4]));
        assert_eq!(
            Layout::of(&needs, None, true),
            Layout::Columns(vec![18, 10, 4])
        );
    }

    proptest! {
        #[test]
        fn columns_fit_or_are_not_printed(
            needs in prop::collection::vec((0_usize..30, 0_usize..30, 0_usize..30, 0_usize..90), 0..8),
            room in 0_usize..200,
            more: bool,
        ) {
            let needs: Vec<Need> = needs
                .into_iter()
                .map(|(word, more, whole, text)| Need { word, header: word + more, whole, text })
                .collect();
            if let Layout::Columns(widths) = Layout::of(&needs, Some(room), more) {
                let gaps = GAP * widths.len().saturating_sub(1);
                prop_assert!(widths.is_empty() || widths.iter().sum::<usize>() + gaps <= room);
                for (width, need) in widths.iter().zip(&needs) {
                    prop_assert!(*width >= need.whole && *width >= need.word);
                }
            }
        }
    }
}
