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
    fn nothing_measured_is_no_sample() {
        assert_eq!(Sample::new(vec![]), None);
    }
}
