//! Numbers in digits and letters.

/// In ASCII's order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The last so many digits of a number whose first byte is the highest.
pub(super) fn digits(number: &[u8], length: usize) -> String {
    let mut number = number.to_vec();
    let mut digits = vec![b'0'; length];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0_usize;
        for byte in &mut number {
            let value = rest * 256 + usize::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default();
            rest = value % 62;
        }
        *digit = DIGITS[rest];
    }
    digits.into_iter().map(char::from).collect()
}

/// Whether a byte is one of the digits.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_has_its_digits() {
        for (number, length, expected) in [
            (&[0][..], 1, "0"),
            (&[61], 1, "z"),
            (&[62], 2, "10"),
            (&[62], 1, "0"),
            (&[1, 0], 3, "048"),
            (&[255; 4], 6, "4gfFC3"),
            (
                &[255; 32],
                43,
                "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1",
            ),
        ] {
            assert_eq!(digits(number, length), expected);
        }
        // 32 bytes do not need a 44th digit.
        assert!(digits(&[255; 32], 44).starts_with('0'));
    }

    proptest! {
        #[test]
        fn digits_are_the_number(number in any::<u64>()) {
            let digits = digits(&number.to_be_bytes(), 11);
            prop_assert!(digits.bytes().all(is_digit));
            let value = digits.bytes().fold(0_u64, |value, digit| {
                let at = DIGITS.iter().position(|one| *one == digit).unwrap();
                value.wrapping_mul(62).wrapping_add(at as u64)
            });
            prop_assert_eq!(value, number);
        }
    }
}
