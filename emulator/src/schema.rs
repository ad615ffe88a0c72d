//! The org's objects and fields: a small CRM with one custom object.
//!
//! Key prefixes, names and types of the standard objects are those of the
//! Object Reference for the Salesforce Platform.

mod access;
mod specimen;
mod standard;
mod subscription;

/// Every object of the org.
pub(crate) const SOBJECTS: [&SObject; 7] = [
    &standard::USER,
    &standard::ACCOUNT,
    &standard::CONTACT,
    &standard::OPPORTUNITY,
    &standard::ATTACHMENT,
    &subscription::SUBSCRIPTION,
    &specimen::SPECIMEN,
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
        /// The name under which a subquery of the other object finds it.
        children: Option<&'static str>,
    },
    /// Text that can be filtered: string, picklist, combobox, textarea, email,
    /// phone, URL.
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
    /// A time of day; stored as `HH:MM:SS.mmmZ`.
    Time,
    /// Choices, stored with a semicolon between them.
    MultiPicklist,
    /// Text that only some may read; others see asterisks.
    Encrypted,
    /// Bytes; stored as their number. A record names the resource that has them.
    Base64,
    /// An address, made of the fields that begin so. Has no column.
    Address {
        /// As in `Billing`.
        prefix: &'static str,
    },
    /// A place, made of two fields that begin so. Has no column.
    Location {
        /// As in `Site` of `Site__c`.
        prefix: &'static str,
    },
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

    /// The field by which the records of another object point to this one's,
    /// under the name that a subquery has for it.
    pub(crate) fn children(&self, relationship: &str) -> Option<Children> {
        SOBJECTS.into_iter().find_map(|sobject| {
            let mut fields = sobject.fields.iter();
            fields.find_map(|field| match field.kind {
                Kind::Reference {
                    to,
                    children: Some(name),
                    ..
                } if to == self.name && name.eq_ignore_ascii_case(relationship) => Some(Children {
                    field: field.name,
                    relationship: name,
                    sobject,
                }),
                _ => None,
            })
        })
    }

    /// The reference field that a path's `relationship` follows, the
    /// relationship's name as the schema writes it, and where it leads.
    pub(crate) fn parent(&self, relationship: &str) -> Option<Parent> {
        self.fields.iter().find_map(|field| match field.kind {
            Kind::Reference {
                to,
                relationship: name,
                ..
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

/// One step from a parent to its children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children {
    /// The children's reference field.
    pub(crate) field: &'static str,
    /// The relationship's name, as the schema writes it.
    pub(crate) relationship: &'static str,
    /// The children's object.
    pub(crate) sobject: &'static SObject,
}

/// One part of a compound field: its name there, and the field that it is.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) field: &'static Field,
}

impl SObject {
    /// What a compound field is made of, in the order in which it is written;
    /// nothing for other fields.
    ///
    /// Source: Object Reference, "Compound Fields".
    pub(crate) fn parts(&self, field: &Field) -> Vec<Part> {
        const ADDRESS: [(&str, &str); 8] = [
            ("city", "City"),
            ("country", "Country"),
            ("geocodeAccuracy", "GeocodeAccuracy"),
            ("latitude", "Latitude"),
            ("longitude", "Longitude"),
            ("postalCode", "PostalCode"),
            ("state", "State"),
            ("street", "Street"),
        ];
        const LOCATION: [(&str, &str); 2] = [
            ("latitude", "__Latitude__s"),
            ("longitude", "__Longitude__s"),
        ];
        let (prefix, parts) = match field.kind {
            Kind::Address { prefix } => (prefix, &ADDRESS[..]),
            Kind::Location { prefix } => (prefix, &LOCATION[..]),
            _ => return Vec::new(),
        };
        let part = |(name, ending): &(&'static str, &str)| {
            let field = self.field(&format!("{prefix}{ending}"))?;
            Some(Part { name, field })
        };
        parts.iter().filter_map(part).collect()
    }
}

impl Kind {
    /// Whether a table has a column for it.
    pub(crate) const fn is_stored(self) -> bool {
        !matches!(self, Self::Address { .. } | Self::Location { .. })
    }

    /// Whether statements may filter by it, and sort.
    ///
    /// Source: SOQL and SOSL Reference, "fieldExpression Syntax" and "ORDER BY".
    pub(crate) const fn is_filterable(self) -> bool {
        !matches!(
            self,
            Self::LongText
                | Self::Encrypted
                | Self::Base64
                | Self::Address { .. }
                | Self::Location { .. }
        )
    }

    /// Whether statements may sort by it.
    pub(crate) const fn is_sortable(self) -> bool {
        self.is_filterable() && !matches!(self, Self::MultiPicklist)
    }

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
            Self::Time => "time",
            Self::MultiPicklist => "multipicklist",
            Self::Encrypted => "encryptedstring",
            Self::Base64 => "base64",
            Self::Address { .. } => "address",
            Self::Location { .. } => "location",
        }
    }
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

const fn reference(name: &'static str, relationship: &'static str, to: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Reference {
            to,
            relationship,
            children: None,
        },
    }
}

/// A reference that the other object's subqueries can follow back.
const fn lookup(
    name: &'static str,
    relationship: &'static str,
    to: &'static str,
    children: &'static str,
) -> Field {
    Field {
        name,
        kind: Kind::Reference {
            to,
            relationship,
            children: Some(children),
        },
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
    fn every_compound_field_has_all_its_parts() {
        for sobject in SOBJECTS {
            for field in sobject.fields {
                let parts = match field.kind {
                    Kind::Address { .. } => 8,
                    Kind::Location { .. } => 2,
                    _ => 0,
                };
                assert_eq!(sobject.parts(field).len(), parts, "{}", field.name);
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
