//! What an org would refuse, as far as the descriptions of its objects tell it.
//!
//! Validation rules, triggers, duplicate rules, record types and what other records hold are
//! not described: a record that passes here can still be refused.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use super::shape::{Record, Shape};
use super::{Field, Object, Purpose, Type, number};
use crate::reason::Reason;
use crate::record_id::significant;

/// The beginnings of ids, by object.
pub(crate) type Prefixes = HashMap<String, String>;

/// The values that were met in fields whose values are unique: what has the same hash is the
/// same, so that a value takes eight bytes.
#[derive(Default)]
pub(crate) struct Seen {
    hasher: RandomState,
    values: HashMap<String, HashSet<u64>>,
}

impl Seen {
    fn hash(&self, field: &Field, text: &str) -> u64 {
        if field.case_sensitive {
            self.hasher.hash_one(text)
        } else {
            self.hasher.hash_one(text.to_lowercase())
        }
    }

    /// Those of the fields that had their value before. If there is none, the values are
    /// remembered: the org never saw those of a record that it refuses.
    fn again<'f>(&mut self, unique: &[(&'f Field, String)]) -> Vec<&'f Field> {
        let mut again = Vec::new();
        for (field, text) in unique {
            let hash = self.hash(field, text);
            let values = self.values.get(&field.name);
            if values.is_some_and(|values| values.contains(&hash)) {
                again.push(*field);
            }
        }
        for (field, text) in unique.iter().filter(|_| again.is_empty()) {
            let hash = self.hash(field, text);
            let values = self.values.entry(field.name.clone()).or_default();
            values.insert(hash);
        }
        again
    }
}

impl Shape {
    /// Why the org would refuse a record.
    ///
    /// Source of the codes: SOAP API Developer Guide, "StatusCode".
    pub(crate) fn judge(
        &self,
        record: &Record,
        prefixes: &Prefixes,
        seen: &mut Seen,
    ) -> Vec<Reason> {
        let Some(described) = &self.described else {
            return Vec::new();
        };
        let object = &described.object;
        let mut reasons = Vec::new();
        let mut unique = Vec::new();
        let all = record.key.iter().chain(&record.fields);
        for (name, json) in all.clone() {
            let Some(field) = object.field(name) else {
                continue;
            };
            let text = text(json);
            if text.trim().is_empty() {
                continue;
            }
            reasons.extend(refused(field, &text, prefixes));
            reasons.extend(record_type(object, field, &text));
            if field.unique && *self.purpose() == Purpose::Create {
                unique.push((field, text.trim().to_owned()));
            }
        }
        let value = |field: &Field| {
            let mut all = all.clone();
            let found = all.find(|(name, _)| {
                let relationship = field.relationship_name.as_deref();
                *name == field.name || relationship == Some(name.as_str())
            });
            found.map(|(_, json)| text(json))
        };
        let is_missing = |field: &&Field| match (self.purpose(), value(field)) {
            (Purpose::Create, None) => field.is_required(),
            // A default does not help a field that is emptied.
            (Purpose::Create | Purpose::Update | Purpose::Upsert(_), Some(text)) => {
                !field.nillable && text.trim().is_empty()
            }
            _ => false,
        };
        let missing = object.fields.iter().filter(is_missing);
        let missing: Vec<&str> = missing.map(|field| field.name.as_str()).collect();
        if !missing.is_empty() {
            let why = format!("Required fields are missing: [{}]", missing.join(", "));
            reasons.push(Reason::new("REQUIRED_FIELD_MISSING", why, &missing));
        }
        if reasons.is_empty() {
            reasons.extend(seen.again(&unique).into_iter().map(|field| {
                let why = format!("{}: another row has the same value", field.name);
                Reason::new("DUPLICATE_VALUE", why, &[&field.name])
            }));
        }
        reasons
    }
}

/// A value as text; empty for null. A parent that is named by an external id is a text, too.
fn text(json: &str) -> String {
    match json {
        "null" => String::new(),
        _ => serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()),
    }
}

/// Why a field does not take a value that has its type.
fn refused(field: &Field, text: &str, prefixes: &Prefixes) -> Option<Reason> {
    let name = field.name.as_str();
    let reason =
        |code: &str, why: String| Some(Reason::new(code, format!("{name}: {why}"), &[name]));
    let out_of_range = |digits: usize| {
        let why = format!("it has more than {digits} digits before the point");
        reason("NUMBER_OUTSIDE_VALID_RANGE", why)
    };
    let too_many =
        |most: usize| number::digits_before_point(text).is_some_and(|digits| digits > most);
    match field.data_type {
        Type::Int | Type::Long if field.digits > 0 && too_many(field.digits) => {
            out_of_range(field.digits)
        }
        Type::Double | Type::Currency | Type::Percent => {
            let most = field.precision.saturating_sub(field.scale);
            (most > 0 && too_many(most)).then(|| out_of_range(most))?
        }
        Type::Text | Type::Picklist | Type::Multipicklist | Type::Email
            if field.length > 0 && text.trim().chars().count() > field.length =>
        {
            let why = format!("it has more than {} characters", field.length);
            reason("STRING_TOO_LONG", why)
        }
        Type::Email if !is_email(text.trim()) => reason(
            "INVALID_EMAIL_ADDRESS",
            "it is no e-mail address".to_owned(),
        ),
        Type::Picklist | Type::Multipicklist if !has_choices(field, text) => reason(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            format!("it is none of {}", choices(field)),
        ),
        Type::Id | Type::Reference => {
            reference(field, text, prefixes).and_then(|why| reason("MALFORMED_ID", why))
        }
        _ => None,
    }
}

fn has_choices(field: &Field, text: &str) -> bool {
    let is_choice = |text: &str| {
        let mut choices = field.picklist_values.iter();
        choices.any(|choice| choice.active && choice.value == text)
    };
    let is_several = field.data_type == Type::Multipicklist;
    !field.restricted_picklist
        || if is_several {
            text.split(';').all(is_choice)
        } else {
            is_choice(text)
        }
}

/// Some of the choices, for a person.
fn choices(field: &Field) -> String {
    const SHOWN: usize = 8;
    let choices = field.picklist_values.iter().filter(|choice| choice.active);
    let choices: Vec<&str> = choices.map(|choice| choice.value.as_str()).collect();
    let shown = choices.get(..SHOWN).unwrap_or(&choices).join(", ");
    let more = choices.len().saturating_sub(SHOWN);
    match more {
        0 => shown,
        _ => format!("{shown} and {more} more"),
    }
}

/// Why an id cannot be in a reference.
fn reference(field: &Field, text: &str, prefixes: &Prefixes) -> Option<String> {
    if significant(text).is_none() {
        return Some("it is no id".to_owned());
    }
    let known = field.reference_to.iter();
    let known: Option<Vec<&String>> = known.map(|object| prefixes.get(object)).collect();
    let known = known.filter(|known| !known.is_empty())?;
    let leads = known.iter().any(|prefix| text.starts_with(prefix.as_str()));
    (!leads).then(|| format!("it is no id of {}", field.reference_to.join(", ")))
}

/// Why an id is not that of a record type of the object.
fn record_type(object: &Object, field: &Field, text: &str) -> Option<Reason> {
    let is_reference = field.name == "RecordTypeId" && !object.record_type_infos.is_empty();
    let id = significant(text).filter(|_| is_reference)?;
    let mut known = object.record_type_infos.iter();
    let is_known = known.any(|known| significant(&known.record_type_id) == Some(id));
    (!is_known).then(|| {
        let why = format!("RecordTypeId: {} has no such record type", object.name);
        Reason::new("INVALID_CROSS_REFERENCE_KEY", why, &[&field.name])
    })
}

/// A name, an at sign, and a domain of several labels.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_part)
    };
    let is_odd = |letter: char| letter.is_whitespace() || letter == '@';
    !name.is_empty()
        && !name.contains(is_odd)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::super::column::tests::described;
    use super::*;
    use crate::rows::{Name, Row, Value};

    fn codes(purpose: Purpose, cells: &[(&str, &str)], seen: &mut Seen) -> Vec<String> {
        let name = |&(text, _): &(&str, &str)| Name {
            text: text.to_owned(),
            line: 1,
        };
        let names: Vec<Name> = cells.iter().map(name).collect();
        let shape = Shape::of(purpose, Some(described()), (&names, &[]), "#N/A").unwrap();
        let values = cells.iter().map(|&(_, cell)| Value::Text(cell.to_owned()));
        let row = Row {
            number: 1,
            line: 2,
            values: values.enumerate().collect(),
        };
        let prefixes = [("Account", "001"), ("Case", "500")];
        let prefixes = prefixes.map(|(name, prefix)| (name.to_owned(), prefix.to_owned()));
        let record = shape.record(&row).unwrap();
        let reasons = shape.judge(&record, &prefixes.into(), seen);
        reasons.into_iter().map(|reason| reason.code).collect()
    }

    fn code(field: &str, cell: &str) -> Vec<String> {
        codes(
            Purpose::Create,
            &[("Name", "x"), (field, cell)],
            &mut Seen::default(),
        )
    }

    #[test]
    fn the_limits_of_fields_are_known() {
        let (long, longer) = ("é".repeat(20), "é".repeat(21));
        for (field, cell, expected) in [
            ("Ext__c", long.as_str(), None),
            ("Ext__c", longer.as_str(), Some("STRING_TOO_LONG")),
            ("Count__c", "-12345678", None),
            ("Count__c", "123456789", Some("NUMBER_OUTSIDE_VALID_RANGE")),
            ("Amount__c", "1234.5678", None),
            ("Amount__c", "12345", Some("NUMBER_OUTSIDE_VALID_RANGE")),
            ("Amount__c", "1e30", Some("NUMBER_OUTSIDE_VALID_RANGE")),
            ("Amount__c", "1.5e3", None),
            ("Amount__c", "0.1", None),
            ("Mail__c", "a@b.example", None),
            ("Mail__c", "a@b", Some("INVALID_EMAIL_ADDRESS")),
            ("Choice__c", "Red", None),
            (
                "Choice__c",
                "Old",
                Some("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ),
            ("Free__c", "Mauve", None),
            ("Choices__c", "Red;Blue", None),
            (
                "Choices__c",
                "Red;Mauve",
                Some("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ),
            ("AccountId", "001D000000IqhSLIAZ", None),
            ("AccountId", "003D000000IqhSL", Some("MALFORMED_ID")),
            ("AccountId", "x", Some("MALFORMED_ID")),
            ("WhatId", "500D000000IqhSL", None),
            ("Choice__c", "#N/A", None),
            ("RecordTypeId", "012000000000000AAA", None),
            (
                "RecordTypeId",
                "012D000000IqhSL",
                Some("INVALID_CROSS_REFERENCE_KEY"),
            ),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(code(field, cell), expected, "{field} {cell}");
        }
    }

    #[test]
    fn a_new_record_needs_its_required_fields_and_none_is_emptied() {
        let seen = &mut Seen::default();
        let missing = ["REQUIRED_FIELD_MISSING"];
        assert_eq!(codes(Purpose::Create, &[("Count__c", "1")], seen), missing);
        assert_eq!(codes(Purpose::Create, &[("Name", " ")], seen), missing);
        let emptied = [("Name", "x"), ("Flag__c", "#N/A")];
        assert_eq!(codes(Purpose::Create, &emptied, seen), missing);
        let id = ("Id", "a00000000000001");
        assert!(codes(Purpose::Update, &[id, ("Count__c", "1")], seen).is_empty());
        assert_eq!(
            codes(Purpose::Update, &[id, ("Name", "#N/A")], seen),
            missing
        );
        let upsert = || Purpose::Upsert("Ext__c".to_owned());
        let key = ("Ext__c", "1");
        assert!(
            codes(upsert(), &[key], seen).is_empty(),
            "it may be there already"
        );
        assert_eq!(codes(upsert(), &[key, ("Name", "#N/A")], seen), missing);
    }

    #[test]
    fn a_unique_value_occurs_once() {
        let seen = &mut Seen::default();
        let mut judged =
            |field, cell| codes(Purpose::Create, &[("Name", "x"), (field, cell)], seen);
        assert!(judged("Ext__c", "ab").is_empty());
        assert_eq!(judged("Ext__c", "AB"), ["DUPLICATE_VALUE"]);
        assert!(judged("Strict__c", "ab").is_empty());
        assert!(judged("Strict__c", "AB").is_empty());
        assert_eq!(judged("Strict__c", "ab"), ["DUPLICATE_VALUE"]);
        // A row that is refused for something else takes no value away.
        let refused = [("Ext__c", "free")];
        let missing = codes(Purpose::Create, &refused, seen);
        assert_eq!(missing, ["REQUIRED_FIELD_MISSING"]);
        let good = [("Name", "x"), ("Ext__c", "free")];
        assert!(codes(Purpose::Create, &good, seen).is_empty());
    }
}
