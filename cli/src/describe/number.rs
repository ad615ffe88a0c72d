//! Numbers, as people write them and as JSON has them.

/// A whole number as JSON has it: without a plus sign, and without zeros before it.
pub(super) fn whole(text: &str) -> Option<String> {
    let (sign, digits) = signed(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| format!("{sign}{}", without_zeros(digits)))
}

/// A decimal number as JSON has it, with all of its digits.
pub(super) fn decimal(text: &str) -> Option<String> {
    let (sign, rest) = signed(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        None => (rest, None),
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
    };
    let (before, after) = match mantissa.split_once('.') {
        None => (mantissa, None),
        Some((before, after)) => (before, Some(after)),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let after_digits = after.unwrap_or_default();
    if !are_digits(before) || !are_digits(after_digits) || before.len() + after_digits.len() == 0 {
        return None;
    }
    let mut number = format!("{sign}{}", without_zeros(before));
    if !after_digits.is_empty() {
        number.push('.');
        number.push_str(after_digits);
    }
    if let Some(exponent) = exponent {
        let (sign, digits) = signed(exponent);
        if digits.is_empty() || !are_digits(digits) {
            return None;
        }
        number.push_str(&format!("e{sign}{digits}"));
    }
    Some(number)
}

/// Whether a number of JSON is one that can be held. A parser that cannot hold it refuses all
/// of the request.
pub(super) fn is_finite(json: &str) -> bool {
    json.parse::<f64>().is_ok_and(f64::is_finite)
}

/// How many digits a number of JSON has before its point, zeros before them not counted.
/// `None` if its exponent has no bounds.
pub(super) fn digits_before_point(json: &str) -> Option<usize> {
    let Apart {
        digits, exponent, ..
    } = Apart::of(json)?;
    match digits.is_empty() {
        true => Some(0),
        false => {
            let digits = i64::try_from(digits.len()).ok()?.checked_add(exponent)?;
            usize::try_from(digits.max(0)).ok()
        }
    }
}

/// A number of JSON in the form that all texts for it share: `70`, `7e1` and `70.0` are one
/// number. `None` if its exponent has no bounds.
pub(super) fn canonical(json: &str) -> Option<String> {
    let Apart {
        sign,
        digits,
        exponent,
    } = Apart::of(json)?;
    Some(match digits.is_empty() {
        true => "0".to_owned(),
        false => format!("{sign}{digits}e{exponent}"),
    })
}

/// A number taken apart.
struct Apart {
    sign: &'static str,
    /// Its digits, without the zeros around them; none of zero.
    digits: String,
    /// The power of ten of the last digit.
    exponent: i64,
}

impl Apart {
    fn of(json: &str) -> Option<Self> {
        let (sign, rest) = signed(json);
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{before}{after}");
        let digits = all.trim_end_matches('0');
        let behind = i64::try_from(after.len()).ok()?;
        let zeros = i64::try_from(all.len() - digits.len()).ok()?;
        let exponent: i64 = exponent.parse().ok()?;
        Some(Self {
            sign,
            digits: digits.trim_start_matches('0').to_owned(),
            exponent: exponent.checked_sub(behind)?.checked_add(zeros)?,
        })
    }
}

fn signed(text: &str) -> (&'static str, &str) {
    match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    }
}

fn without_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_numbers_have_digits_only() {
        for (text, json) in [
            ("0", Some("0")),
            ("007", Some("7")),
            ("-12", Some("-12")),
            ("+3", Some("3")),
            ("", None),
            ("-", None),
            ("1.0", None),
            ("1e3", None),
            ("1,000", None),
            (" 1", None),
            ("٣", None),
            ("--1", None),
        ] {
            assert_eq!(whole(text).as_deref(), json, "{text}");
        }
    }

    #[test]
    fn decimals_keep_their_digits() {
        for (text, json) in [
            ("1.10", Some("1.10")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("-00.50", Some("-0.50")),
            ("3.50E+08", Some("3.50e08")),
            ("1e-3", Some("1e-3")),
            ("12345678901234567.89", Some("12345678901234567.89")),
            (".", None),
            ("", None),
            ("1e", None),
            ("1e+", None),
            ("1.2.3", None),
            ("NaN", None),
            ("1,5", None),
            ("1 ", None),
            ("$1", None),
        ] {
            assert_eq!(decimal(text).as_deref(), json, "{text}");
        }
    }

    #[test]
    fn digits_are_counted_before_the_point() {
        for (json, digits) in [
            ("0", Some(0)),
            ("0.25", Some(0)),
            ("-12.5", Some(2)),
            ("1e9", Some(10)),
            ("1.5E+2", Some(3)),
            ("0.00123e5", Some(3)),
            ("123e-2", Some(1)),
            ("1e-9", Some(0)),
            ("0e9", Some(0)),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(digits_before_point(json), digits, "{json}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_json(text in "[-+]?[0-9]{0,4}(\\.[0-9]{0,4})?([eE][-+]?[0-9]{1,2})?") {
            if let Some(json) = decimal(&text) {
                prop_assert!(serde_json::from_str::<f64>(&json).is_ok(), "{text} {json}");
            }
        }
    }
}
