//! What the columns of an input are.

use strsim::damerau_levenshtein;

use super::{Field, Object, Purpose, Type};
use crate::object_name::{ObjectName, is_name};
use crate::rows::Name;
use crate::verdict::Usage;

/// How many wrong columns are named in one message.
const NAMED_MAX: usize = 10;

/// A column of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// It is not sent: it was skipped, or is Salesforce's own.
    Ignored,
    /// Why the row failed in an earlier run.
    Reason,
    /// The id of the record itself.
    Id,
    /// A field.
    Field(Field),
    /// A parent that is named by one of its fields.
    Parent(Parent),
}

/// A parent that is named by one of its fields, such as an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    /// The field that holds the parent's id.
    pub(super) reference: Field,
    /// The parent's object, if the reference may lead to several.
    pub(super) object: Option<String>,
    /// The field of the parent.
    pub(super) key: Field,
}

impl Parent {
    /// The name under which the parent stands in a record.
    pub(super) fn relationship(&self) -> &str {
        let name = self.reference.relationship_name.as_deref();
        name.unwrap_or_default()
    }

    /// Whether its object is named as that of the other one.
    fn is_of_object(&self, other: &Self) -> bool {
        match (&self.object, &other.object) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        }
    }
}

/// The descriptions of an object and of its parents.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) object: Object,
    /// Those of the parents that columns name.
    pub(crate) parents: Vec<Object>,
}

/// The name of a column, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'n> {
    /// The parent's object, before a colon.
    object: Option<&'n str>,
    relationship: Option<&'n str>,
    field: &'n str,
}

impl<'n> Parts<'n> {
    /// `Field`, `Relationship.Field` or `Object:Relationship.Field`, as in Salesforce's Bulk
    /// API.
    ///
    /// Source: Bulk API 2.0 Developer Guide, "Relationship Fields in a Header Row".
    fn of(name: &'n str) -> Option<Self> {
        let parts = match name.split_once('.') {
            None => Self {
                object: None,
                relationship: None,
                field: name,
            },
            Some((relationship, field)) => {
                let (object, relationship) = match relationship.split_once(':') {
                    None => (None, relationship),
                    Some((object, relationship)) => (Some(object), relationship),
                };
                Self {
                    object,
                    relationship: Some(relationship),
                    field,
                }
            }
        };
        let mut names = [Some(parts.field), parts.relationship, parts.object]
            .into_iter()
            .flatten();
        names.all(is_name).then_some(parts)
    }
}

/// The parents whose descriptions the columns need. What is wrong with a column is said by
/// [`columns`].
pub(crate) fn wanted(object: &Object, names: &[Name], skip: &[String]) -> Vec<ObjectName> {
    let mut wanted: Vec<ObjectName> = Vec::new();
    for name in names.iter().filter(|name| !is_skipped(name, skip)) {
        let parts = Parts::of(&name.text);
        let target = parts.and_then(|parts| {
            let reference = object.reference(parts.relationship?)?;
            target(reference, parts.object).ok()
        });
        if let Some(target) = target.and_then(|name| name.parse::<ObjectName>().ok())
            && !wanted.contains(&target)
        {
            wanted.push(target);
        }
    }
    wanted
}

impl Described {
    /// Those of these names that name a parent, and nothing of it. A query prints `null` so
    /// for a record without the parent.
    pub(crate) fn relationships<'n>(&self, names: &[&'n Name]) -> Vec<&'n str> {
        let names = names.iter().map(|name| name.text.as_str());
        let object = &self.object;
        names
            .filter(|name| object.field(name).is_none() && object.reference(name).is_some())
            .collect()
    }
}

/// The object that a reference leads to.
fn target<'o>(reference: &'o Field, named: Option<&str>) -> Result<&'o str, String> {
    let to = &reference.reference_to;
    let mut others = to.iter();
    match (named, to.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => {
            let relationship = reference.relationship_name.as_deref().unwrap_or_default();
            let example = to.first().map_or("Account", String::as_str);
            Err(format!(
                "leads to several objects: name one before it, as in `{example}:{relationship}.…`"
            ))
        }
        (Some(named), _) => {
            let found = others.find(|object| object.eq_ignore_ascii_case(named));
            let why = || format!("does not lead to {named}, but to {}", to.join(", "));
            found.map(String::as_str).ok_or_else(why)
        }
    }
}

fn is_skipped(name: &Name, skip: &[String]) -> bool {
    skip.iter()
        .any(|skip| skip.eq_ignore_ascii_case(&name.text))
}

/// What the columns are.
///
/// # Errors
///
/// [`Usage`] with all columns that are wrong.
pub(super) fn columns(
    described: Option<&Described>,
    purpose: &Purpose,
    names: &[Name],
    skip: &[String],
) -> Result<Vec<Column>, Usage> {
    let unknown = skip.iter().find(|skip| {
        let is_it = |name: &Name| name.text.eq_ignore_ascii_case(skip);
        !names.iter().any(is_it)
    });
    if let Some(unknown) = unknown {
        let why = format!("`--skip {unknown}`: there is no such column");
        return Err(Usage::new(why));
    }
    let mut columns = Vec::with_capacity(names.len());
    let mut wrong = Vec::new();
    for name in names {
        let column = if is_skipped(name, skip) {
            Ok(Column::Ignored)
        } else {
            column(described, purpose, name)
        };
        match column {
            Ok(column) => {
                wrong.extend(twice(&columns, &column).map(|why| (name, why)));
                columns.push(column);
            }
            Err(why) => wrong.push((name, why)),
        }
    }
    if wrong.is_empty() {
        return Ok(columns);
    }
    Err(refused(&wrong))
}

fn refused(wrong: &[(&Name, String)]) -> Usage {
    let shown = wrong.iter().take(NAMED_MAX);
    let shown = shown.map(|(name, why)| format!("line {}: `{}` {why}", name.line, name.text));
    let mut lines: Vec<String> = shown.collect();
    if wrong.len() > NAMED_MAX {
        lines.push(format!("and {} more", wrong.len() - NAMED_MAX));
    }
    let advice = "nothing was sent; `--skip COLUMN` leaves a column out";
    match lines.as_slice() {
        [only] => Usage::new(format!("{only}; {advice}")),
        _ => Usage::new(format!(
            "{} columns cannot be sent:\n{}\n{advice}",
            wrong.len(),
            lines.join("\n")
        )),
    }
}

/// Why a column cannot stand beside the others.
fn twice(columns: &[Column], new: &Column) -> Option<String> {
    let Column::Parent(new) = new else {
        return None;
    };
    // Rows may name parents of different objects, each row one of them.
    let is_same = |column: &Column| match column {
        Column::Parent(parent) => {
            parent
                .relationship()
                .eq_ignore_ascii_case(new.relationship())
                && parent.is_of_object(new)
        }
        _ => false,
    };
    let is_twice = columns.iter().any(is_same);
    is_twice.then(|| "names a parent that another column names".to_owned())
}

fn column(described: Option<&Described>, purpose: &Purpose, name: &Name) -> Result<Column, String> {
    if name.is_reason() {
        return Ok(Column::Reason);
    }
    let is_id = name.text.eq_ignore_ascii_case("Id");
    if name.is_own() || (purpose.needs_only_ids() && !is_id) {
        return Ok(Column::Ignored);
    }
    if is_id {
        return match purpose {
            Purpose::Create => Err("cannot be set: Salesforce chooses the id".to_owned()),
            Purpose::Upsert(key) => Err(format!("cannot be set: {key} names the record")),
            Purpose::Update | Purpose::Delete => Ok(Column::Id),
        };
    }
    let Some(parts) = Parts::of(&name.text) else {
        if name.text.contains([';', '\t', '|']) {
            return Err(
                "seems to be several columns: `--delimiter` says what separates them".to_owned(),
            );
        }
        return Err(
            "is no name of a field: a name has letters, digits and `_`, and one point before the \
             field of a parent"
                .to_owned(),
        );
    };
    let Some(described) = described else {
        return Ok(undescribed(&parts));
    };
    match parts.relationship {
        None => field(&described.object, purpose, parts.field).map(Column::Field),
        Some(relationship) => parent(described, purpose, &parts, relationship).map(Column::Parent),
    }
}

/// A column of which nothing is known but its name.
fn undescribed(parts: &Parts<'_>) -> Column {
    let any = |name: &str| Field {
        name: name.to_owned(),
        data_type: Type::Any,
        ..Field::default()
    };
    match parts.relationship {
        None => Column::Field(any(parts.field)),
        Some(relationship) => Column::Parent(Parent {
            reference: Field {
                relationship_name: Some(relationship.to_owned()),
                ..any("")
            },
            object: parts.object.map(str::to_owned),
            key: any(parts.field),
        }),
    }
}

fn field(object: &Object, purpose: &Purpose, name: &str) -> Result<Field, String> {
    let Some(field) = object.field(name) else {
        let names = object.fields.iter().map(|field| field.name.as_str());
        return Err(unknown(name, names, &format!("a field of {}", object.name)));
    };
    check_writable(field, purpose)?;
    Ok(field.clone())
}

fn check_writable(field: &Field, purpose: &Purpose) -> Result<(), String> {
    let is_writable = match purpose {
        Purpose::Create => field.createable,
        Purpose::Update => field.updateable,
        Purpose::Upsert(_) => field.createable || field.updateable,
        Purpose::Delete => true,
    };
    if is_writable {
        return Ok(());
    }
    Err(match (purpose, field.createable) {
        (Purpose::Update, true) => "can be set only when a record is created".to_owned(),
        _ => "is read-only for this user".to_owned(),
    })
}

fn parent(
    described: &Described,
    purpose: &Purpose,
    parts: &Parts<'_>,
    relationship: &str,
) -> Result<Parent, String> {
    let object = &described.object;
    let Some(reference) = object.reference(relationship) else {
        let names = object.fields.iter();
        let names = names.filter_map(|field| field.relationship_name.as_deref());
        let what = format!("the column of a parent of {}", object.name);
        return Err(unknown(relationship, names, &what));
    };
    let target = target(reference, parts.object)?;
    check_writable(reference, purpose)?;
    let is_it = |object: &&Object| object.name.eq_ignore_ascii_case(target);
    let Some(parent) = described.parents.iter().find(is_it) else {
        return Err(format!("leads to {target}, which cannot be described"));
    };
    let keys = parent.fields.iter().filter(|field| field.is_key());
    let key = parent.field(parts.field).filter(|field| field.is_key());
    let Some(key) = key else {
        let what = format!("an external id of {target}");
        return Err(unknown(
            parts.field,
            keys.map(|field| field.name.as_str()),
            &what,
        ));
    };
    Ok(Parent {
        reference: reference.clone(),
        object: (reference.reference_to.len() > 1).then(|| target.to_owned()),
        key: key.clone(),
    })
}

/// That a name is not what it should be, and which one it may have been.
fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>, what: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let distance = |known: &&str| damerau_levenshtein(&known.to_ascii_lowercase(), &lower);
    let closest = known.min_by_key(distance);
    let close = closest.filter(|known| distance(known) <= 1 + name.len() / 4);
    match close {
        Some(close) => format!("is not {what}: did you mean `{close}`?"),
        None => format!("is not {what} that this user may see"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::sample;
    use super::*;

    pub(in super::super) fn described() -> Described {
        let account = r#"{"name": "Account", "keyPrefix": "001", "fields": [
            {"name": "Ext__c", "type": "string", "externalId": true, "idLookup": true},
            {"name": "Number__c", "type": "double", "externalId": true, "idLookup": true},
            {"name": "Name", "type": "string"}]}"#;
        Described {
            object: sample(),
            parents: vec![serde_json::from_str(account).unwrap()],
        }
    }

    fn names(texts: &[&str]) -> Vec<Name> {
        let name = |text: &&str| Name {
            text: (*text).to_owned(),
            line: 1,
        };
        texts.iter().map(name).collect()
    }

    fn judged(purpose: &Purpose, texts: &[&str]) -> Result<usize, String> {
        let columns = columns(Some(&described()), purpose, &names(texts), &[]);
        columns
            .map(|columns| columns.len())
            .map_err(|refused| refused.to_string())
    }

    #[test]
    fn columns_are_fields_in_any_case_parents_and_salesforces_own() {
        let texts = [
            "name",
            "Account.ext__c",
            "account:WHAT.Ext__c",
            "sf__Id",
            "sf__error",
        ];
        let columns = columns(Some(&described()), &Purpose::Create, &names(&texts), &[]).unwrap();
        let [
            Column::Field(name),
            Column::Parent(one),
            Column::Parent(other),
            own,
            reason,
        ] = columns.as_slice()
        else {
            panic!("{columns:?}");
        };
        assert_eq!(name.name, "Name");
        assert_eq!((one.relationship(), &*one.key.name), ("Account", "Ext__c"));
        assert_eq!(one.object, None);
        assert_eq!(other.object.as_deref(), Some("Account"));
        assert_eq!((own, reason), (&Column::Ignored, &Column::Reason));
    }

    #[test]
    fn a_column_that_cannot_be_sent_is_named_with_its_reason() {
        let upsert = Purpose::Upsert("Ext__c".to_owned());
        for (purpose, text, words) in [
            (
                &Purpose::Create,
                "Nmae",
                "is not a field of Specimen__c: did you mean `Name`?",
            ),
            (
                &Purpose::Create,
                "Zzz",
                "is not a field of Specimen__c that this user may see",
            ),
            (&Purpose::Create, "Id", "Salesforce chooses the id"),
            (&upsert, "Id", "Ext__c names the record"),
            (&Purpose::Create, "CreatedDate", "is read-only"),
            (
                &Purpose::Update,
                "OnlyNew__c",
                "only when a record is created",
            ),
            (
                &Purpose::Create,
                "Acount.Ext__c",
                "is not the column of a parent of Specimen__c: did you mean `Account`?",
            ),
            (&Purpose::Create, "What.Ext__c", "`Account:What.…`"),
            (
                &Purpose::Create,
                "Lead:What.Ext__c",
                "does not lead to Lead",
            ),
            (&Purpose::Create, "Case:What.Ext__c", "cannot be described"),
            (
                &Purpose::Create,
                "Account.Name",
                "is not an external id of Account",
            ),
            (&Purpose::Create, "../", "is no name of a field"),
            (&Purpose::Create, "a.b.c", "is no name of a field"),
            (
                &Purpose::Create,
                "Name;Count__c",
                "`--delimiter` says what separates them",
            ),
            (&Purpose::Create, "🦀", "is no name of a field"),
        ] {
            let refused = judged(purpose, &[text]).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
            assert!(refused.contains("nothing was sent"), "{refused}");
        }
        let both = judged(&Purpose::Create, &["Account.Ext__c", "Account.Number__c"]);
        assert!(both.unwrap_err().contains("another column names"));
        let either = ["Account:What.Ext__c", "Case:What.Ext__c"];
        let refused = judged(&Purpose::Create, &either).unwrap_err();
        assert!(!refused.contains("another column names"), "{refused}");
        let two = columns(
            None,
            &Purpose::Create,
            &names(&["Account.X__c", "Owner.X__c"]),
            &[],
        );
        assert!(two.is_ok(), "without a description, too");
        let many: Vec<String> = (0..12).map(|number| format!("Z{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let refused = judged(&Purpose::Create, &many).unwrap_err();
        assert!(refused.contains("12 columns") && refused.contains("and 2 more"));
    }

    #[test]
    fn a_column_can_be_left_out() {
        let skip = ["nmae".to_owned()];
        let texts = names(&["Nmae", "Name"]);
        let columns = columns(Some(&described()), &Purpose::Create, &texts, &skip).unwrap();
        assert_eq!(columns.first(), Some(&Column::Ignored));
        let skip = ["Other".to_owned()];
        let refused = super::columns(None, &Purpose::Create, &texts, &skip).unwrap_err();
        assert!(refused.to_string().contains("no such column"));
    }

    #[test]
    fn a_parent_that_a_query_has_printed_as_null_is_no_field() {
        let described = described();
        let names = names(&["account", "What", "Name", "Zzz", "AccountId"]);
        let names: Vec<&Name> = names.iter().collect();
        assert_eq!(described.relationships(&names), ["account", "What"]);
    }

    #[test]
    fn deletions_read_only_ids() {
        assert_eq!(judged(&Purpose::Delete, &["Name", "Id", "../"]), Ok(3));
    }

    #[test]
    fn parents_are_described_when_columns_name_them() {
        let wanted = |texts: &[&str]| -> Vec<String> {
            let wanted = wanted(&sample(), &names(texts), &[]);
            wanted.iter().map(ToString::to_string).collect()
        };
        assert_eq!(wanted(&["Account.Ext__c", "Name"]), ["Account"]);
        assert_eq!(wanted(&["Case:What.Ext__c"]), ["Case"]);
        assert!(wanted(&["What.Ext__c", "Zzz.x", "Name", "../"]).is_empty());
    }
}
