//! The org's objects and fields: a small CRM with one custom object.
//!
//! Key prefixes, names and types of the standard objects are those of the
//! Object Reference for the Salesforce Platform.

mod standard;
mod subscription;

/// Every object of the org.
pub(crate) const SOBJECTS: [&SObject; 5] = [
    &standard::USER,
    &standard::ACCOUNT,
    &standard::CONTACT,
    &standard::OPPORTUNITY,
    &subscription::SUBSCRIPTION,
];

/// One object.
#[derive(Debug)]
pub(crate) struct SObject {
    /// Its API name.
    pub(crate) name: &'static str,
    /// The first three characters of its records' ids.
    pub(crate) key_prefix: &'static str,
    /// Its fields, `Id` first.
    pub(crate) fields: &'static [Field],
}

/// One field.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its API name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The record's own id.
    Id,
    /// Another record's id.
    Reference {
        /// The object that it points to.
        to: &'static str,
        /// The name under which a path follows it.
        relationship: &'static str,
    },
    /// Text that can be filtered: string, picklist, email, phone, URL.
    Text,
    /// A long text area, which can neither be filtered nor sorted.
    LongText,
    /// True or false, never null.
    Boolean,
    /// A whole number.
    Integer,
    /// A decimal number: double, currency, percent.
    Double,
    /// A day; stored as `YYYY-MM-DD`.
    Date,
    /// An instant; stored as milliseconds since 1970-01-01T00:00:00Z.
    DateTime,
}

impl SObject {
    /// The object of that name, in any case.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SOBJECTS
            .into_iter()
            .find(|sobject| sobject.name.eq_ignore_ascii_case(name))
    }

    /// The field of that name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The reference field that a path's `relationship` follows, the
    /// relationship's name as the schema writes it, and where it leads.
    pub(crate) fn parent(&self, relationship: &str) -> Option<Parent> {
        self.fields.iter().find_map(|field| match field.kind {
            Kind::Reference {
                to,
                relationship: name,
            } if name.eq_ignore_ascii_case(relationship) => Some(Parent {
                field: field.name,
                relationship: name,
                sobject: Self::named(to)?,
            }),
            _ => None,
        })
    }
}

/// One step from a child to its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    /// The child's reference field.
    pub(crate) field: &'static str,
    /// The relationship's name, as the schema writes it.
    pub(crate) relationship: &'static str,
    /// The parent's object.
    pub(crate) sobject: &'static SObject,
}

impl Kind {
    /// The type's name in Salesforce's messages about filters.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Reference { .. } => "reference",
            Self::Text => "string",
            Self::LongText => "textarea",
            Self::Boolean => "boolean",
            Self::Integer => "int",
            Self::Double => "double",
            Self::Date => "date",
            Self::DateTime => "dateTime",
        }
    }
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

const fn reference(name: &'static str, relationship: &'static str, to: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Reference { to, relationship },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reference_leads_to_an_object() {
        for sobject in SOBJECTS {
            for field in sobject.fields {
                if let Kind::Reference { relationship, .. } = field.kind {
                    assert!(
                        sobject.parent(relationship).is_some(),
                        "{}.{}",
                        sobject.name,
                        field.name
                    );
                }
            }
        }
    }

    #[test]
    fn names_and_prefixes_are_unique() {
        let prefixes: HashSet<_> = SOBJECTS.iter().map(|sobject| sobject.key_prefix).collect();
        assert_eq!(prefixes.len(), SOBJECTS.len());
        for sobject in SOBJECTS {
            let names: HashSet<_> = sobject
                .fields
                .iter()
                .map(|field| field.name.to_lowercase())
                .collect();
            assert_eq!(names.len(), sobject.fields.len(), "{}", sobject.name);
            assert_eq!(sobject.fields[0].kind, Kind::Id);
        }
    }

    #[test]
    fn lookups_ignore_case() {
        let account = SObject::named("aCCOUNT").expect("an object");
        assert_eq!(
            account.field("annualREVENUE").expect("a field").name,
            "AnnualRevenue"
        );
        assert_eq!(
            account.parent("OWNER").expect("a parent").sobject.name,
            "User"
        );
        assert!(SObject::named("Accountz").is_none());
    }
}
