//! The types of fields, as describe names them.

/// A field's type. Source: Object Reference, "Field Types"; `long` and
/// `complexvalue` are in describes that clients captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DataType {
    Id,
    Reference,
    String,
    Picklist,
    MultiPicklist,
    ComboBox,
    TextArea,
    Email,
    Phone,
    Url,
    EncryptedString,
    Boolean,
    Int,
    Long,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Time,
    Base64,
    Address,
    Location,
    AnyType,
    ComplexValue,
}

/// What a column stores, and how statements compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The record's own id.
    Id,
    /// Another record's id.
    Reference,
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
    Address,
    /// A place, made of two fields that begin so. Has no column.
    Location,
}

/// Characters of the longest text area that can be filtered, with exceptions
/// among the standard fields.
///
/// Source: Salesforce Help, "Custom Field Types", "Text Area" and "Text Area
/// (Long)".
pub(crate) const TEXT_AREA_MAX: u32 = 255;

impl DataType {
    /// Its name in describe.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Reference => "reference",
            Self::String => "string",
            Self::Picklist => "picklist",
            Self::MultiPicklist => "multipicklist",
            Self::ComboBox => "combobox",
            Self::TextArea => "textarea",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::EncryptedString => "encryptedstring",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Time => "time",
            Self::Base64 => "base64",
            Self::Address => "address",
            Self::Location => "location",
            Self::AnyType => "anyType",
            Self::ComplexValue => "complexvalue",
        }
    }

    /// What a column of this type stores. A text area that statements cannot
    /// filter by is a long one.
    pub(crate) const fn kind(self, is_filterable: bool) -> Kind {
        match self {
            Self::Id => Kind::Id,
            Self::Reference => Kind::Reference,
            Self::TextArea if !is_filterable => Kind::LongText,
            Self::String
            | Self::Picklist
            | Self::ComboBox
            | Self::TextArea
            | Self::Email
            | Self::Phone
            | Self::Url => Kind::Text,
            // Values of any type are kept as text, which nobody compares.
            Self::AnyType | Self::ComplexValue => Kind::LongText,
            Self::MultiPicklist => Kind::MultiPicklist,
            Self::EncryptedString => Kind::Encrypted,
            Self::Boolean => Kind::Boolean,
            Self::Int | Self::Long => Kind::Integer,
            Self::Double | Self::Currency | Self::Percent => Kind::Double,
            Self::Date => Kind::Date,
            Self::DateTime => Kind::DateTime,
            Self::Time => Kind::Time,
            Self::Base64 => Kind::Base64,
            Self::Address => Kind::Address,
            Self::Location => Kind::Location,
        }
    }
}

impl Kind {
    /// Whether a table has a column for it.
    pub(crate) const fn is_stored(self) -> bool {
        !matches!(self, Self::Address | Self::Location)
    }

    /// Whether statements may filter by it, and sort.
    ///
    /// Source: SOQL and SOSL Reference, "fieldExpression Syntax" and "ORDER BY".
    pub(crate) const fn is_filterable(self) -> bool {
        !matches!(
            self,
            Self::LongText | Self::Encrypted | Self::Base64 | Self::Address | Self::Location
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
            Self::Reference => "reference",
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
            Self::Address => "address",
            Self::Location => "location",
        }
    }
}
