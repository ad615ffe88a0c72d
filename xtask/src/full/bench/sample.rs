//! What several rounds of one measurement say.

/// Values of one kind, at least one, from the least to the greatest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample(Vec<f64>);

impl Sample {
    /// Of these values; nothing if there are none.
    pub(super) fn new(mut values: Vec<f64>) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        (!values.is_empty()).then_some(Self(values))
    }

    /// The middle one; of an even number, the mean of the two.
    pub(super) fn median(&self) -> f64 {
        let above = self.0.len() / 2;
        let below = (self.0.len() - 1) / 2;
        f64::midpoint(self.0[below], self.0[above])
    }

    /// The value below which so large a share of them is: the least one that no smaller share
    /// reaches.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "there are less than 2^52 values, and shares are from 0 to 1"
    )]
    pub(super) fn at(&self, share: f64) -> f64 {
        let place = (self.0.len() as f64 * share).ceil() as usize;
        self.0[place.clamp(1, self.0.len()) - 1]
    }

    pub(super) fn least(&self) -> f64 {
        self.0[0]
    }

    pub(super) fn greatest(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        for (values, median) in [
            (vec![4.0], 4.0),
            (vec![3.0, 1.0], 2.0),
            (vec![9.0, 1.0, 2.0], 2.0),
            (vec![4.0, 1.0, 100.0, 2.0], 3.0),
        ] {
            assert_eq!(
                Sample::new(values).unwrap().median().to_bits(),
                f64::to_bits(median)
            );
        }
    }

    #[test]
    fn the_spread_is_from_the_least_to_the_greatest() {
        let sample = Sample::new(vec![2.0, 9.0, 1.0]).unwrap();
        assert_eq!((sample.least(), sample.greatest()), (1.0, 9.0));
    }

    #[test]
    fn a_share_of_the_values_is_at_most_the_one_there() {
        let hundred = Sample::new((1..=100).map(f64::from).collect()).unwrap();
        for (share, value) in [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            assert_eq!(hundred.at(share).to_bits(), f64::to_bits(value), "{share}");
        }
        let one = Sample::new(vec![7.0]).unwrap();
        assert_eq!(one.at(0.99).to_bits(), f64::to_bits(7.0));
    }

    #[test]
    fn nothing_measured_is_no_sample() {
        assert_eq!(Sample::new(vec![]), None);
    }
}
