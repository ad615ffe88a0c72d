//! A schema with other objects and fields than every org has.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::Schema;
use super::field::Field;
use super::name::Name;
use super::sobject::SObject;

/// Characters of the longest name: 40, a namespace of 15, and what stands
/// between and behind them. Source: Metadata API Developer Guide, "CustomField".
const NAME_MAX: usize = 80;

/// Fields that an object can have. Source: Salesforce Help, "Custom Fields
/// Allowed Per Object", the largest edition's, and the standard ones.
const FIELDS_MAX: usize = 1_000;

/// What is wrong with an object or a field.
pub(super) struct Wrong {
    /// The object, and the field if it is one's.
    pub(super) place: String,
    pub(super) why: String,
}

impl Wrong {
    pub(super) fn new(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            why: why.into(),
        }
    }
}

/// An object as a describe has it.
pub(super) struct Described {
    pub(super) sobject: SObject,
    pub(super) relationships: Vec<Relationship>,
}

/// A field of another object that leads to the one which is described.
pub(super) struct Relationship {
    pub(super) child: Name,
    pub(super) field: Name,
    pub(super) name: Option<Name>,
    pub(super) cascade_delete: bool,
    pub(super) restricted_delete: bool,
    /// As it was told.
    pub(super) json: Value,
}

/// The schema with these objects in place of those of the same names.
pub(super) fn replaced(schema: &Schema, described: Vec<Described>) -> Result<Schema, Wrong> {
    let mut sobjects = of(schema);
    let mut relationships = Vec::new();
    for Described {
        mut sobject,
        relationships: own,
    } in described
    {
        check_fields(&sobject)?;
        let same = |known: &SObject| known.name.eq_ignore_ascii_case(&sobject.name);
        if let Some(place) = sobjects.iter().position(same) {
            let known = sobjects.remove(place);
            keep_derived(&mut sobject, &known);
        }
        relationships.extend(own.into_iter().map(|own| (sobject.name.clone(), own)));
        sobjects.push(sobject);
    }
    for (parent, relationship) in relationships {
        relate(&mut sobjects, &parent, relationship);
    }
    free_prefixes(&mut sobjects);
    Ok(Schema::new(sobjects))
}

/// The schema with these new objects, and these fields of objects that it has.
pub(super) fn extended(
    schema: &Schema,
    new: Vec<SObject>,
    fields: Vec<(Name, Field)>,
) -> Result<Schema, Wrong> {
    let mut sobjects = of(schema);
    sobjects.extend(new);
    for (object, field) in fields {
        let same = |known: &&mut SObject| known.name == object;
        if let Some(sobject) = sobjects.iter_mut().find(same) {
            sobject.fields.push(Arc::new(field));
        }
    }
    for sobject in &mut sobjects {
        check_fields(sobject)?;
    }
    number_prefixes(&mut sobjects)?;
    let schema = Schema::new(sobjects);
    check_references(&schema)?;
    Ok(schema)
}

/// Whether a name can be one of Salesforce's, and of a table or a column.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    if is_plain && begins && name.len() <= NAME_MAX {
        return Ok(());
    }
    Err(format!(
        "an API name begins with a letter and has at most {NAME_MAX} letters, digits and underscores"
    ))
}

fn of(schema: &Schema) -> Vec<SObject> {
    let sobjects = schema.sobjects().iter();
    sobjects.map(|sobject| (**sobject).clone()).collect()
}

fn check_fields(sobject: &SObject) -> Result<(), Wrong> {
    let wrong = |why: String| Err(Wrong::new(&*sobject.name, why));
    let mut names = HashSet::new();
    for field in &sobject.fields {
        if !names.insert(field.name.to_ascii_lowercase()) {
            return wrong(format!("it has the field {} twice", field.name));
        }
    }
    if sobject.fields.len() > FIELDS_MAX {
        return wrong(format!("an object can have at most {FIELDS_MAX} fields"));
    }
    match sobject.fields.first() {
        Some(first) if first.name == "Id" => Ok(()),
        _ => wrong("it has no field Id".to_owned()),
    }
}

/// What the database derives is derived further on, if it is still from the same
/// fields; numbers are still written in their format.
fn keep_derived(sobject: &mut SObject, known: &SObject) {
    let names: HashSet<Name> = sobject
        .fields
        .iter()
        .map(|field| field.name.clone())
        .collect();
    let is_whole = |sql: &str| {
        // Columns stand between quotes.
        let mut columns = sql.split('"').skip(1).step_by(2);
        columns.all(|column| names.contains(column))
    };
    for field in &mut sobject.fields {
        let Some(known) = known.field(&field.name) else {
            continue;
        };
        let sql = known.sql.clone().filter(|sql| is_whole(sql));
        let format = known.number_format.clone();
        let children = known
            .reference
            .as_ref()
            .and_then(|known| known.children.clone());
        let field = Arc::make_mut(field);
        field.sql = sql;
        field.number_format = format;
        if let Some(reference) = &mut field.reference {
            reference.children = children;
        }
    }
}

/// Gives a child's field the name that its parent's describe has for it. What
/// the schema does not have is kept to be told again.
fn relate(sobjects: &mut [SObject], parent: &Name, told: Relationship) {
    let child = sobjects
        .iter_mut()
        .find(|sobject| sobject.name == told.child);
    let field = child.and_then(|sobject| {
        let mut fields = sobject.fields.iter_mut();
        fields.find(|field| field.name == told.field)
    });
    if let Some(field) = field
        && let Some(reference) = &mut Arc::make_mut(field).reference
    {
        reference.children = told.name;
        reference.cascade_delete = told.cascade_delete;
        reference.restricted_delete = told.restricted_delete;
        return;
    }
    if let Some(parent) = sobjects.iter_mut().find(|sobject| sobject.name == *parent) {
        parent.other_children.push(told.json);
    }
}

/// Gives an object of this program another prefix, if a file's object has its.
fn free_prefixes(sobjects: &mut [SObject]) {
    let theirs = sobjects
        .iter()
        .filter(|sobject| sobject.described.is_some());
    let taken: HashSet<Name> = theirs.map(|sobject| sobject.key_prefix.clone()).collect();
    for place in 0..sobjects.len() {
        let sobject = &sobjects[place];
        let is_ours = sobject.described.is_none() && sobject.is_custom();
        // Some objects have records whose ids have no prefix of their own.
        let lacks_one = sobject.queryable && sobject.key_prefix.is_empty();
        if lacks_one || is_ours && taken.contains(&sobject.key_prefix) {
            let free = free_prefix(sobjects, sobject.is_external());
            sobjects[place].key_prefix = free;
        }
    }
}

/// Gives a new object a prefix, if its file does not; no two have the same.
fn number_prefixes(sobjects: &mut [SObject]) -> Result<(), Wrong> {
    for place in 0..sobjects.len() {
        let sobject = &sobjects[place];
        if sobject.key_prefix.is_empty() && sobject.is_custom() {
            let free = free_prefix(sobjects, sobject.is_external());
            sobjects[place].key_prefix = free;
        }
    }
    for (place, sobject) in sobjects.iter().enumerate() {
        let prefix = &sobject.key_prefix;
        let same = |other: &&SObject| other.key_prefix == *prefix;
        if let Some(other) = sobjects[..place].iter().find(same)
            && !prefix.is_empty()
        {
            let why = format!("{} has the key prefix {prefix} too", other.name);
            return Err(Wrong::new(&*sobject.name, why));
        }
    }
    Ok(())
}

/// A prefix that no object has: `a02`, `a03` and so on, or `x01` of an external
/// object.
fn free_prefix(sobjects: &[SObject], is_external: bool) -> Name {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let first = if is_external { 'x' } else { 'a' };
    let prefixes = DIGITS.iter().flat_map(|tens| {
        let ones = DIGITS.iter();
        ones.map(move |one| format!("{first}{}{}", char::from(*tens), char::from(*one)))
    });
    let is_free = |prefix: &String| {
        let mut sobjects = sobjects.iter();
        sobjects.all(|sobject| sobject.key_prefix != **prefix)
    };
    prefixes
        .into_iter()
        .find(is_free)
        .unwrap_or_default()
        .into()
}

/// Whether each new lookup leads to an object, and is found there by a name of
/// its own.
fn check_references(schema: &Schema) -> Result<(), Wrong> {
    let mut seen = HashSet::new();
    for sobject in schema.sobjects() {
        for field in &sobject.fields {
            let Some(reference) = &field.reference else {
                continue;
            };
            let place = || format!("{}.{}", sobject.name, field.name);
            for to in &reference.to {
                if schema.named(to).is_none() && field.described.is_none() {
                    let why = format!("it leads to {to}, which is not an object of this org");
                    return Err(Wrong::new(place(), why));
                }
                let Some(children) = &reference.children else {
                    continue;
                };
                // Two lookups of one object can have the same name only in
                // Salesforce's own objects.
                let is_new = seen.insert((to.clone(), children.to_ascii_lowercase()));
                if !is_new && super::is_custom(&field.name) {
                    let why = format!(
                        "{to} has other children under the name {children}: name them by `children`"
                    );
                    return Err(Wrong::new(place(), why));
                }
            }
        }
    }
    Ok(())
}
