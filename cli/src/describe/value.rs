//! A value as its field has it. Nothing is guessed from looks: `00501` stays a text in a
//! field of texts, and is a number in a field of numbers.

use serde_json::Value as Json;

use super::{Field, Type, date, number};

/// What a number is, for somebody who wrote one that no program can hold: Salesforce's parser
/// refuses the whole request that it is in.
const TOO_LARGE: &str = "a number below 1.8e308";

/// A text as JSON for this field.
///
/// # Errors
///
/// What the field's type is, if the text has no such value.
pub(super) fn of_text(field: &Field, text: &str) -> Result<String, &'static str> {
    let written = match field.data_type {
        Type::Boolean => boolean(text).map(str::to_owned),
        Type::Int | Type::Long => number::whole(text),
        Type::Double | Type::Currency | Type::Percent => number::decimal(text),
        Type::Date => date::is_date(text).then(|| quoted(text)),
        Type::Datetime => date::moment(text).map(|moment| quoted(&moment)),
        Type::Time => date::is_time(text).then(|| quoted(text)),
        Type::Address | Type::Location => None,
        Type::Id
        | Type::Reference
        | Type::Email
        | Type::Picklist
        | Type::Multipicklist
        | Type::Base64
        | Type::Any
        | Type::Text => Some(quoted(text)),
    };
    let written = written.ok_or_else(|| words(field.data_type))?;
    match field.data_type.is_number() && !number::is_finite(&written) {
        true => Err(TOO_LARGE),
        false => Ok(written),
    }
}

/// A value of JSON as JSON for this field. A text is read as the cell of a CSV file would
/// be; what has the field's type already stays as it is written.
///
/// # Errors
///
/// As [`of_text`].
pub(super) fn of_json(field: &Field, json: &str) -> Result<String, &'static str> {
    let fits = |fits: bool| match fits {
        true => Ok(json.to_owned()),
        false => Err(words(field.data_type)),
    };
    let first = json.as_bytes().first().copied().unwrap_or_default();
    let is_number = first.is_ascii_digit() || first == b'-';
    let is_text = matches!(field.data_type, Type::Text | Type::Picklist);
    if is_number && !is_text && !number::is_finite(json) {
        return Err(TOO_LARGE);
    }
    if field.data_type == Type::Any {
        return Ok(json.to_owned());
    }
    match first {
        b'"' => {
            let text: String = serde_json::from_str(json).map_err(|_| "a text")?;
            of_text(field, &text)
        }
        // A number or a truth in a field of texts is a text: `{"Phone": 50}`.
        b't' | b'f' if is_text => Ok(quoted(json)),
        b't' | b'f' => fits(field.data_type == Type::Boolean),
        _ if is_number && is_text => Ok(quoted(json)),
        _ if is_number => match field.data_type {
            Type::Int | Type::Long => fits(number::whole(json).is_some()),
            Type::Double | Type::Currency | Type::Percent => fits(true),
            _ => fits(false),
        },
        _ => fits(false),
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

fn boolean(text: &str) -> Option<&'static str> {
    ["true", "false"]
        .into_iter()
        .find(|known| text.eq_ignore_ascii_case(known))
}

/// What a value of a type is, for somebody who wrote another.
fn words(data_type: Type) -> &'static str {
    match data_type {
        Type::Boolean => "`true` or `false`",
        Type::Int | Type::Long => "a whole number, without separators",
        Type::Double | Type::Currency | Type::Percent => {
            "a number with a point before its decimals, and without separators"
        }
        Type::Date => "a date such as 2026-02-28",
        Type::Datetime => "a date and time such as 2026-02-28T12:00:00Z",
        Type::Time => "a time such as 12:00:00.000Z",
        Type::Address | Type::Location => "written by the fields that it consists of",
        Type::Id
        | Type::Reference
        | Type::Email
        | Type::Picklist
        | Type::Multipicklist
        | Type::Base64
        | Type::Any
        | Type::Text => "a text",
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_text_becomes_what_its_field_holds() {
        let object = sample();
        for (field, text, json) in [
            ("Name", "00501", Some("\"00501\"")),
            ("Name", "true", Some("\"true\"")),
            ("Name", "a\"b\n", Some("\"a\\\"b\\n\"")),
            ("Odd__c", "1", Some("\"1\"")),
            ("Flag__c", "TRUE", Some("true")),
            ("Flag__c", "yes", None),
            ("Flag__c", "1", None),
            ("Count__c", "00501", Some("501")),
            ("Count__c", "1.0", None),
            ("Amount__c", "1.50", Some("1.50")),
            ("Amount__c", "1,50", None),
            ("Day__c", "2026-02-28", Some("\"2026-02-28\"")),
            ("Day__c", "28.02.2026", None),
            (
                "Moment__c",
                "2026-02-28T12:00:00.000+0000",
                Some("\"2026-02-28T12:00:00.000+00:00\""),
            ),
            ("Hour__c", "12:00:00", Some("\"12:00:00\"")),
            ("Place__c", "1;2", None),
            ("Amount__c", "1e30", Some("1e30")),
            ("Amount__c", "1e400", None),
            ("Count__c", &"9".repeat(400), None),
        ] {
            let written = of_text(object.field(field).unwrap(), text).ok();
            assert_eq!(written.as_deref(), json, "{field} {text}");
        }
    }

    #[test]
    fn json_of_the_right_type_stays_as_it_is_written() {
        let object = sample();
        for (field, json, written) in [
            ("Name", "\"a\"", Some("\"a\"")),
            ("Name", "50", Some("\"50\"")),
            ("Flag__c", "true", Some("true")),
            ("Flag__c", "\"true\"", Some("true")),
            ("Flag__c", "1", None),
            ("Count__c", "7", Some("7")),
            ("Count__c", "7.5", None),
            ("Count__c", "\"7\"", Some("7")),
            ("Count__c", "true", None),
            ("Amount__c", "1.10", Some("1.10")),
            ("Amount__c", "1E3", Some("1E3")),
            ("Amount__c", "{}", None),
            ("Amount__c", "-1E400", None),
            ("Name", "1E400", Some("\"1E400\"")),
            ("Name", "true", Some("\"true\"")),
            ("Choice__c", "false", Some("\"false\"")),
            ("Day__c", "true", None),
            ("Day__c", "20260228", None),
            ("Day__c", "[]", None),
        ] {
            let read = of_json(object.field(field).unwrap(), json).ok();
            assert_eq!(read.as_deref(), written, "{field} {json}");
        }
    }
}
