//! Objects that only the Tooling API has: what developers write for an org.
//!
//! Source: Tooling API Developer Guide, "Tooling API Objects".

use super::data_type::DataType as T;
use super::definition::{boolean, datetime, double, int, restricted, stamps, string};
use super::field::Field;
use super::sobject::SObject;

/// Characters of the longest Apex class, trigger or page.
///
/// Source: Apex Developer Guide, "Execution Governors and Limits".
const BODY_MAX: u32 = 1_000_000;

const STATUSES: [&str; 4] = ["Inactive", "Active", "Deleted", "Compiling"];

const MANAGEABLE_STATES: [&str; 7] = [
    "beta",
    "deleted",
    "deprecated",
    "deprecatedEditable",
    "installed",
    "installedEditable",
    "unmanaged",
];

/// All of them. Callers can only read them.
pub(super) fn sobjects() -> Vec<SObject> {
    [
        ("ApexClass", "01p", code("Body", &[valid()])),
        ("ApexTrigger", "01q", code("Body", &[valid(), trigger()])),
        ("ApexPage", "066", code("Markup", &[page()])),
        ("ApexComponent", "099", code("Markup", &[page()])),
        ("ApexLog", "07L", log()),
        ("StaticResource", "081", code("Body", &[resource()])),
        ("GlobalValueSet", "0Nt", value_set()),
    ]
    .map(|(name, key_prefix, fields)| SObject::new(name, key_prefix, fields).read_only())
    .into()
}

/// What all that is written has in common; `body` is its text.
fn code(body: &str, others: &[Vec<Field>]) -> Vec<Field> {
    let common = vec![
        string("Name", 255).name_field(),
        string("NamespacePrefix", 15),
        Field::new(body, T::TextArea).length(BODY_MAX),
        double("ApiVersion", 18, 1),
        restricted("ManageableState", &MANAGEABLE_STATES),
        string("FullName", 255),
        Field::new("Metadata", T::ComplexValue),
    ];
    let others = others.iter().flatten().cloned();
    common.into_iter().chain(others).chain(stamps()).collect()
}

fn valid() -> Vec<Field> {
    vec![
        restricted("Status", &STATUSES),
        boolean("IsValid"),
        double("BodyCrc", 18, 0),
        int("LengthWithoutComments"),
        Field::new("SymbolTable", T::ComplexValue),
    ]
}

fn trigger() -> Vec<Field> {
    let events = [
        "UsageBeforeInsert",
        "UsageAfterInsert",
        "UsageBeforeUpdate",
        "UsageAfterUpdate",
        "UsageBeforeDelete",
        "UsageAfterDelete",
        "UsageAfterUndelete",
        "UsageIsBulk",
    ];
    let mut fields = vec![
        string("TableEnumOrId", 40),
        string("EntityDefinitionId", 40),
    ];
    fields.extend(events.map(boolean));
    fields
}

fn page() -> Vec<Field> {
    vec![
        string("MasterLabel", 80),
        string("Description", 255),
        string("ControllerType", 40),
        string("ControllerKey", 255),
    ]
}

fn resource() -> Vec<Field> {
    vec![
        string("ContentType", 120),
        string("CacheControl", 40),
        string("Description", 255),
        int("BodyLength"),
    ]
}

fn log() -> Vec<Field> {
    let fields = vec![
        string("Application", 255),
        int("DurationMilliseconds"),
        string("Location", 40),
        int("LogLength"),
        string("LogUserId", 18),
        string("Operation", 255),
        string("Request", 255),
        datetime("StartTime"),
        string("Status", 255),
    ];
    fields.into_iter().chain(stamps()).collect()
}

fn value_set() -> Vec<Field> {
    let fields = vec![
        string("DeveloperName", 80).name_field(),
        string("MasterLabel", 80),
        string("Description", 255),
        string("NamespacePrefix", 15),
        string("FullName", 255),
        Field::new("Metadata", T::ComplexValue),
    ];
    fields.into_iter().chain(stamps()).collect()
}
