//! A page's records, cut into messages. Pure.

use serde_json::value::RawValue;

use crate::refusal::Refusal;

/// The longest body of a message, in bytes.
///
/// A queue takes messages of 1 MiB, or fewer if it was set up so: 256 KiB was the
/// most for years, and is what many queues are set to. The attributes count as well,
/// and ours take less than a KiB.
///
/// Source: Amazon SQS Developer Guide, "Amazon SQS message quotas".
pub(crate) const BODY_BYTES_MAX: usize = (256 << 10) - (1 << 10);

/// The body of a page without records: SQS takes no empty one.
const NOTHING: &str = "\n";

/// Cuts a page into bodies of whole records, one a line (NDJSON): as few as can be,
/// at least one.
///
/// # Errors
///
/// When a record does not fit into a body.
pub(crate) fn cut(records: &[&RawValue]) -> Result<Vec<String>, Refusal> {
    let mut bodies = vec![String::new()];
    for record in records {
        let line = line(record.get());
        if line.len() > BODY_BYTES_MAX {
            return Err(Refusal::RecordTooLarge {
                bytes: line.len(),
                limit: BODY_BYTES_MAX,
            });
        }
        match bodies.last_mut() {
            Some(body) if body.len() + line.len() <= BODY_BYTES_MAX => body.push_str(&line),
            _ => bodies.push(line),
        }
    }
    if records.is_empty() {
        bodies = vec![NOTHING.to_owned()];
    }
    Ok(bodies)
}

/// A record on a line of its own. JSON has line breaks only between tokens (RFC 8259,
/// section 7). SQS takes any character of JSON but two: those can only stand in a
/// string, and are escaped there.
///
/// Source: Amazon SQS API Reference, "SendMessage".
fn line(record: &str) -> String {
    let mut line = String::with_capacity(record.len() + 1);
    for character in record.chars() {
        match character {
            '\n' | '\r' => {}
            '\u{fffe}' => line.push_str("\\ufffe"),
            '\u{ffff}' => line.push_str("\\uffff"),
            other => line.push(other),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut_texts(texts: &[String]) -> Result<Vec<String>, Refusal> {
        let raw: Vec<Box<RawValue>> = texts
            .iter()
            .map(|text| RawValue::from_string(text.clone()).unwrap())
            .collect();
        let raw: Vec<&RawValue> = raw.iter().map(AsRef::as_ref).collect();
        cut(&raw)
    }

    /// A record of so many bytes, its line break not counted.
    fn record(bytes: usize) -> String {
        format!("\"{}\"", "x".repeat(bytes - 2))
    }

    #[test]
    fn a_record_of_the_limit_passes_and_one_byte_more_does_not() {
        let bodies = cut_texts(&[record(BODY_BYTES_MAX - 1)]).unwrap();
        assert_eq!(bodies.len(), 1);
        assert_eq!(bodies[0].len(), BODY_BYTES_MAX);
        let refused = cut_texts(&[record(BODY_BYTES_MAX)]).unwrap_err();
        let Refusal::RecordTooLarge { bytes, limit } = refused else {
            panic!("{refused}");
        };
        assert_eq!((bytes, limit), (BODY_BYTES_MAX + 1, BODY_BYTES_MAX));
    }

    #[test]
    fn a_body_is_filled_to_the_limit_and_not_past_it() {
        let half = BODY_BYTES_MAX / 2;
        let fits = cut_texts(&[record(half - 1), record(half - 1)]).unwrap();
        assert_eq!(fits.len(), 1);
        let past = cut_texts(&[record(half - 1), record(BODY_BYTES_MAX - half)]).unwrap();
        assert_eq!(past.len(), 2);
    }

    #[test]
    fn a_page_without_records_is_a_message_too() {
        assert_eq!(cut_texts(&[]).unwrap(), ["\n"]);
    }

    #[test]
    fn a_record_is_one_line_that_sqs_takes() {
        let pretty = "{\n  \"a\": \"\u{fffe}\u{ffff}é\",\r\n  \"b\": 1.50\n}".to_owned();
        assert_eq!(
            cut_texts(&[pretty]).unwrap(),
            ["{  \"a\": \"\\ufffe\\uffffé\",  \"b\": 1.50}\n"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_lost_added_or_moved(sizes in prop::collection::vec(2_usize..100_000, 0..24)) {
            let records: Vec<String> = sizes.into_iter().map(record).collect();
            let bodies = cut_texts(&records).unwrap();
            prop_assert!(bodies.iter().all(|body| (1..=BODY_BYTES_MAX).contains(&body.len())));
            let lines: Vec<&str> = bodies.iter().flat_map(|body| body.lines()).collect();
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(lines, records);
        }
    }
}
