//! How many records of each object a result has, if it cannot have all.

/// Gives every object as many rows as it has, but all together no more than
/// `limit`, which is distributed evenly: what one object does not need goes to the
/// others.
///
/// Source: SOQL and SOSL Reference, "LIMIT n".
pub(super) fn shares(found: &[usize], limit: usize) -> Vec<usize> {
    let mut shares = vec![0; found.len()];
    let mut left = limit;
    loop {
        let hungry: Vec<usize> = (0..found.len())
            .filter(|place| shares[*place] < found[*place])
            .collect();
        if hungry.is_empty() || left == 0 {
            return shares;
        }
        let each = (left / hungry.len()).max(1);
        for place in hungry {
            let more = each.min(found[place] - shares[place]).min(left);
            shares[place] += more;
            left -= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: "LIMIT n", its two examples first.
    #[test]
    fn rows_are_distributed_evenly() {
        for (found, limit, expected) in [
            (&[19, 35][..], 20, &[10, 10][..]),
            (&[20, 200], 100, &[20, 80]),
            (&[1, 2], 10, &[1, 2]),
            (&[5, 5, 5], 2, &[1, 1, 0]),
            (&[5], 0, &[0]),
            (&[], 5, &[]),
        ] {
            assert_eq!(shares(found, limit), expected, "{found:?} {limit}");
        }
    }
}
