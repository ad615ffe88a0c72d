//! Whether a value fits its field: its length, its digits, its choices.
//!
//! Source: SOAP API Developer Guide, "Field" of `DescribeSObjectResult`; the
//! codes are in "Core Data Types Used in API Calls", `StatusCode`. The words are
//! those of captured answers.

use http::StatusCode;
use rusqlite::types::Value as Stored;

use crate::error::ApiError;
use crate::schema::{DataType, Field, Kind};

/// Characters that an error repeats of a value which is too long.
const SHOWN_MAX: usize = 1_000;

/// The value as it is kept, if the field can hold it.
pub(super) fn fitted(field: &Field, value: Stored) -> Result<Stored, ApiError> {
    match value {
        Stored::Text(text) => {
            check_text(field, &text)?;
            Ok(Stored::Text(text))
        }
        Stored::Integer(number) if field.kind == Kind::Integer => {
            check_digits(field, &number.to_string(), field.digits)?;
            Ok(Stored::Integer(number))
        }
        Stored::Real(number) => decimal(field, number).map(Stored::Real),
        value => Ok(value),
    }
}

fn check_text(field: &Field, text: &str) -> Result<(), ApiError> {
    let (name, label, length) = (&field.name, &field.label, field.length);
    let refused = |code, message| {
        let error = ApiError::caller(StatusCode::BAD_REQUEST, code, message);
        Err(error.about([name]))
    };
    // Ids are checked by what they are.
    if matches!(
        field.kind,
        Kind::Id | Kind::Reference | Kind::Date | Kind::Time
    ) {
        return Ok(());
    }
    if length > 0 && text.chars().count() > length as usize {
        // Salesforce's answer repeats the value; how much of it is unconfirmed.
        let shown: String = text.chars().take(SHOWN_MAX).collect();
        let message = format!("{label}: data value too large: {shown} (max length={length})");
        return refused("STRING_TOO_LONG", message);
    }
    if field.data_type == DataType::Email && !is_email(text) {
        let message = format!("{label}: invalid email address: {text}");
        return refused("INVALID_EMAIL_ADDRESS", message);
    }
    if let Some(choice) = unknown_choice(field, text) {
        let message = format!("{label}: bad value for restricted picklist field: {choice}");
        return refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message);
    }
    Ok(())
}

/// What a restricted picklist does not have.
fn unknown_choice<'t>(field: &Field, text: &'t str) -> Option<&'t str> {
    if !field.picklist.restricted {
        return None;
    }
    let is_known = |choice: &&str| {
        let mut values = field.picklist.values.iter();
        values.any(|value| value.active && value.value == *choice)
    };
    let choices: Vec<&str> = match field.kind {
        Kind::MultiPicklist => text.split(';').collect(),
        _ => vec![text],
    };
    choices.into_iter().find(|choice| !is_known(choice))
}

/// A name, an at sign, and a domain of several labels.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    !name.is_empty()
        && !name.contains(|letter: char| letter.is_whitespace() || letter == '@')
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// Cuts the digits after the point that are too many. Too many before it are an
/// error.
fn decimal(field: &Field, number: f64) -> Result<f64, ApiError> {
    if field.precision == 0 {
        return Ok(number);
    }
    let text = number.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    check_digits(field, whole, field.precision.saturating_sub(field.scale))?;
    let rest: String = rest.chars().take(field.scale as usize).collect();
    Ok(format!("{whole}.{rest}0").parse().unwrap_or(number))
}

fn check_digits(field: &Field, whole: &str, most: u32) -> Result<(), ApiError> {
    let digits = whole.trim_start_matches(['-', '0']).len();
    if most == 0 || digits <= most as usize {
        return Ok(());
    }
    let (name, label) = (&field.name, &field.label);
    let message = format!("{label}: value outside of valid range on numeric field: {whole}");
    let error = ApiError::caller(
        StatusCode::BAD_REQUEST,
        "NUMBER_OUTSIDE_VALID_RANGE",
        message,
    );
    Err(error.about([name]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn fit(object: &str, field: &str, value: Stored) -> Result<Stored, String> {
        let schema = Schema::standard();
        let sobject = schema.named(object).expect("an object");
        let field = sobject.field(field).expect("a field");
        fitted(field, value).map_err(|error| format!("{}: {}", error.code, error.message))
    }

    fn text(value: &str) -> Stored {
        Stored::Text(value.to_owned())
    }

    #[test]
    fn text_may_be_as_long_as_its_field_and_no_longer() {
        let longest = "é".repeat(40);
        assert!(fit("Contact", "FirstName", text(&longest)).is_ok());
        assert_eq!(
            fit("Contact", "FirstName", text(&format!("{longest}x"))),
            Err(format!(
                "STRING_TOO_LONG: First Name: data value too large: {longest}x (max length=40)"
            ))
        );
        assert!(fit("Account", "Description", text(&"x".repeat(32_000))).is_ok());
        assert!(fit("Account", "Description", text(&"x".repeat(32_001))).is_err());
    }

    #[test]
    fn restricted_picklists_take_their_values_alone() {
        assert!(fit("Specimen__c", "Picklist__c", text("Red")).is_ok());
        assert_eq!(
            fit("Specimen__c", "Picklist__c", text("Mauve")),
            Err(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: Picklist: bad value for restricted picklist \
                 field: Mauve"
                    .to_owned()
            )
        );
        assert!(fit("Account", "Industry", text("Puppetry")).is_ok());
    }

    #[test]
    fn addresses_of_people_look_like_some() {
        for (value, is_one) in [
            ("a@b.example", true),
            ("a.b+c@d-e.example", true),
            ("a", false),
            ("@b.example", false),
            ("a@b", false),
            ("a@b..example", false),
            ("a b@c.example", false),
            ("a@b@c.example", false),
        ] {
            assert_eq!(
                fit("Contact", "Email", text(value)).is_ok(),
                is_one,
                "{value}"
            );
        }
    }

    #[test]
    fn excess_decimals_are_cut_and_excess_digits_refused() {
        let real = |value| fit("Opportunity", "Amount", Stored::Real(value));
        for (value, kept) in [
            (0.295, 0.29),
            (-0.295, -0.29),
            (1.5, 1.5),
            (1e15, 1e15),
            (0.29, 0.29),
            (0.0, 0.0),
        ] {
            assert_eq!(real(value), Ok(Stored::Real(kept)), "{value}");
        }
        // 18 digits, 2 of them after the point.
        assert!(real(9_999_999_999_999_998.0).is_ok());
        assert!(real(1e16).is_err());
        let int = |value| fit("Account", "NumberOfEmployees", Stored::Integer(value));
        assert!(int(99_999_999).is_ok() && int(-99_999_999).is_ok());
        assert_eq!(
            int(100_000_000),
            Err(
                "NUMBER_OUTSIDE_VALID_RANGE: Employees: value outside of valid range on numeric \
                 field: 100000000"
                    .to_owned()
            )
        );
    }
}
