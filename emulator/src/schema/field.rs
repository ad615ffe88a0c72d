//! One field, with all that describe tells of it.
//!
//! Source: Object Reference and SOAP API Developer Guide, "Field" of
//! `DescribeSObjectResult`.

use serde_json::{Map, Value};

use super::data_type::{DataType, Kind, TEXT_AREA_MAX};
use super::name::Name;

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Its API name.
    pub(crate) name: Name,
    /// Its name for people.
    pub(crate) label: Name,
    /// What it holds, as describe names it.
    pub(crate) data_type: DataType,
    /// What its column stores, and how statements compare it.
    pub(crate) kind: Kind,
    /// Characters that text can have; 0 for other types.
    pub(crate) length: u32,
    /// Digits of a whole number; 0 for other types.
    pub(crate) digits: u32,
    /// Digits of a decimal number, those after the point included.
    pub(crate) precision: u32,
    /// Digits after the point.
    pub(crate) scale: u32,
    /// Where a reference leads.
    pub(crate) reference: Option<Reference>,
    /// The choices of a picklist, a multi-select picklist or a combobox.
    pub(crate) picklist: Picklist,
    /// The compound field that this field is a part of.
    pub(crate) compound: Option<Name>,
    /// What a new record has unless it says otherwise.
    pub(crate) default: Option<Value>,
    /// The formula of a calculated field, as text.
    pub(crate) formula: Option<Name>,
    /// The expression of SQL by which the database computes it from the other
    /// columns of its row.
    pub(crate) sql: Option<Name>,
    /// More about the type, such as `plaintextarea`.
    pub(crate) extra_type: Option<Name>,
    /// What describe answers of it, if a file says so; else it follows from the
    /// rest.
    pub(crate) described: Option<Map<String, Value>>,
    pub(crate) nillable: bool,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    /// Whether a new record gets a value without naming the field.
    pub(crate) defaulted_on_create: bool,
    pub(crate) filterable: bool,
    pub(crate) sortable: bool,
    pub(crate) groupable: bool,
    pub(crate) aggregatable: bool,
    pub(crate) calculated: bool,
    pub(crate) auto_number: bool,
    /// How a number is written, as in `A-{0000}`. Describe does not tell it.
    pub(crate) number_format: Option<Name>,
    pub(crate) unique: bool,
    /// Whether comparisons distinguish upper and lower case.
    pub(crate) case_sensitive: bool,
    pub(crate) external_id: bool,
    /// Whether an upsert may find records by it.
    pub(crate) id_lookup: bool,
    /// Whether it is the object's name field.
    pub(crate) name_field: bool,
    /// Whether its text is HTML.
    pub(crate) html: bool,
}

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The objects whose records it can point to: one, unless it is polymorphic.
    pub(crate) to: Vec<Name>,
    /// The name under which a path follows it; a few have none.
    pub(crate) relationship: Option<Name>,
    /// The name under which a subquery of the other object finds it.
    pub(crate) children: Option<Name>,
    /// Whether records are deleted with the record that they point to.
    pub(crate) cascade_delete: bool,
    /// Whether a record to which others point cannot be deleted.
    pub(crate) restricted_delete: bool,
    /// The place of a master-detail relationship among those of its object;
    /// `None` for a lookup.
    pub(crate) order: Option<u8>,
}

/// The choices of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picklist {
    pub(crate) values: Vec<PicklistValue>,
    /// Whether other values are refused.
    pub(crate) restricted: bool,
    /// The field on whose value the choices depend.
    pub(crate) controller: Option<Name>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PicklistValue {
    pub(crate) value: Name,
    pub(crate) label: Name,
    pub(crate) active: bool,
    pub(crate) default: bool,
    /// For which values of the controlling field it is valid: a bit set in
    /// base64, bit 0 leftmost.
    pub(crate) valid_for: Option<Name>,
}

impl Field {
    /// A field of that name and type, with the type's defaults: it can be
    /// written, and can be null if the type can.
    pub(super) fn new(name: &str, data_type: DataType) -> Self {
        use DataType as T;
        let length = match data_type {
            T::Id | T::Reference => 18,
            T::String | T::Picklist | T::ComboBox | T::TextArea | T::Url => 255,
            T::Email => 80,
            T::Phone => 40,
            T::MultiPicklist => 4_099,
            T::EncryptedString => 175,
            _ => 0,
        };
        let (precision, scale) = match data_type {
            T::Double | T::Currency | T::Percent => (18, 2),
            _ => (0, 0),
        };
        let digits = match data_type {
            T::Int => 8,
            T::Long => 18,
            _ => 0,
        };
        let is_compound = matches!(data_type, T::Address | T::Location);
        let is_boolean = data_type == T::Boolean;
        let mut field = Self {
            name: name.into(),
            label: label(name).into(),
            data_type,
            kind: data_type.kind(true),
            length,
            digits,
            precision,
            scale,
            reference: None,
            picklist: Picklist::default(),
            compound: None,
            default: is_boolean.then_some(Value::Bool(false)),
            formula: None,
            sql: None,
            extra_type: None,
            described: None,
            nillable: !is_boolean && data_type != T::Id,
            createable: !is_compound && data_type != T::Id,
            updateable: !is_compound && data_type != T::Id,
            defaulted_on_create: is_boolean || data_type == T::Id,
            filterable: false,
            sortable: false,
            groupable: false,
            aggregatable: false,
            calculated: false,
            auto_number: false,
            number_format: None,
            unique: false,
            case_sensitive: false,
            external_id: false,
            id_lookup: data_type == T::Id,
            name_field: false,
            html: false,
        };
        field.set_uses();
        field
    }

    /// Sets what statements can do with the field, by its type.
    ///
    /// Source: Object Reference, the properties Filter, Sort, Group and
    /// Aggregate of each type.
    pub(super) fn set_uses(&mut self) {
        use DataType as T;
        let is_long = self.data_type == T::TextArea && self.length > TEXT_AREA_MAX;
        self.kind = self.data_type.kind(!is_long);
        let is_compound = matches!(self.kind, Kind::Address | Kind::Location);
        // Describe says so of compound fields, which only DISTANCE() can use.
        self.filterable = self.kind.is_filterable() || is_compound;
        self.sortable = self.kind.is_sortable();
        self.groupable = self.sortable
            && !matches!(
                self.data_type,
                T::Double | T::Currency | T::Percent | T::DateTime | T::Time
            );
        self.aggregatable = self.sortable && self.data_type != T::Boolean;
    }

    /// Whether a record keeps a value of it: the database has a column, and does
    /// not compute it.
    pub(crate) fn is_stored(&self) -> bool {
        self.kind.is_stored() && self.sql.is_none()
    }

    /// Whether callers may write it.
    pub(crate) fn is_writable(&self) -> bool {
        self.createable || self.updateable
    }

    /// Whether a new record must have a value.
    ///
    /// Source: SOAP API Developer Guide, "Required Fields".
    pub(crate) fn is_required(&self) -> bool {
        self.createable && !self.nillable && !self.defaulted_on_create
    }

    /// Whether a record can be named by its value of the field.
    ///
    /// Source: Bulk API Developer Guide, "Relationship Fields in a Header Row".
    pub(crate) fn is_key(&self) -> bool {
        self.external_id || self.id_lookup
    }

    /// The name under which a path follows the reference, as the schema writes it.
    pub(crate) fn relationship(&self) -> Option<&Name> {
        self.reference.as_ref()?.relationship.as_ref()
    }

    /// The objects to whose records the reference can point; none for other fields.
    pub(crate) fn targets(&self) -> &[Name] {
        self.reference
            .as_ref()
            .map_or(&[], |reference| &reference.to)
    }

    /// The choice that a new record has unless it says otherwise.
    pub(crate) fn default_choice(&self) -> Option<&Name> {
        let mut values = self.picklist.values.iter();
        let choice = values.find(|value| value.default && value.active)?;
        Some(&choice.value)
    }

    /// An auto number as it is written. Source: Salesforce Help, "Custom Field
    /// Types", "Auto Number"; other parts of a format than its digits are kept.
    pub(crate) fn numbered(&self, number: u64) -> String {
        let format = self.number_format.as_deref().unwrap_or("{00000000}");
        let parts = format.split_once('{').and_then(|(before, rest)| {
            let (digits, after) = rest.split_once('}')?;
            Some((before, digits.len(), after))
        });
        match parts {
            Some((before, width, after)) => format!("{before}{number:0width$}{after}"),
            None => number.to_string(),
        }
    }

    /// Whether upper and lower case are the same in its values.
    pub(crate) fn folds(&self) -> bool {
        self.kind == Kind::Text && !self.case_sensitive
    }

    /// Whether statements may filter by it.
    pub(crate) fn is_filterable(&self) -> bool {
        self.filterable && self.kind.is_filterable()
    }

    /// Whether statements may sort by it.
    pub(crate) fn is_sortable(&self) -> bool {
        self.sortable && self.kind.is_sortable()
    }
}

/// Whether a name ends as those of a customer's schema do.
pub(crate) fn is_custom(name: &str) -> bool {
    ["__c", "__s", "__pc", "__x"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// The label that an API name suggests: `Annual Revenue` of `AnnualRevenue`,
/// `Account ID` of `AccountId`, `Text Area` of `Text_Area__c`.
pub(super) fn label(name: &str) -> String {
    let is_custom = is_custom(name);
    let (stem, _) = name.split_once("__").unwrap_or((name, ""));
    if is_custom {
        return stem.replace('_', " ");
    }
    let mut label = String::new();
    let mut before = None;
    for letter in stem.chars() {
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            label.push(' ');
        }
        label.push(letter);
        before = Some(letter);
    }
    match label.strip_suffix("Id") {
        Some(rest) => format!("{rest}ID"),
        None => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_format_says() {
        let mut field = Field::new("Number__c", DataType::String);
        assert_eq!(field.numbered(42), "00000042");
        for (format, written) in [
            ("A-{0000}", "A-0042"),
            ("{0}", "42"),
            ("{0000}/x", "0042/x"),
            ("{}", "42"),
            ("none", "42"),
        ] {
            field.number_format = Some(format.into());
            assert_eq!(field.numbered(42), written);
        }
    }

    #[test]
    fn a_name_suggests_a_label() {
        for (name, words) in [
            ("AnnualRevenue", "Annual Revenue"),
            ("AccountId", "Account ID"),
            ("Id", "ID"),
            ("Text_Area__c", "Text Area"),
            ("Site__Latitude__s", "Site"),
            ("Name", "Name"),
        ] {
            assert_eq!(label(name), words);
        }
    }
}
