//! Random statements, as texts.

mod conditions;
mod groups;

use std::sync::Arc;

use super::dice::Dice;
use super::naive::World;
use crate::schema::{Field, Kind, NAME, Name, Reference, SObject};

/// Writes statements about the records of a world.
pub(super) struct Writer<'w> {
    pub(super) world: &'w World,
    pub(super) dice: Dice,
}

/// A statement, and whether its result has an order.
pub(super) struct Written {
    pub(super) soql: String,
    pub(super) is_ordered: bool,
}

/// A path to a field, as text.
struct Path {
    text: String,
    field: Arc<Field>,
}

impl<'w> Writer<'w> {
    pub(super) fn statement(&mut self) -> Written {
        let sobject = self.object();
        match self.dice.below(8) {
            0 => {
                let condition = self.clause(sobject, true);
                let limit = self.limit();
                self.written(format!(
                    "SELECT COUNT() FROM {}{condition}{limit}",
                    sobject.name
                ))
            }
            1..=3 => self.grouped(sobject),
            _ => self.records(sobject),
        }
    }

    fn written(&self, soql: String) -> Written {
        Written {
            soql,
            is_ordered: true,
        }
    }

    fn object(&mut self) -> &'w SObject {
        let sobjects = self.world.schema.sobjects();
        loop {
            let sobject = self.dice.one(sobjects);
            if sobject.queryable {
                return sobject;
            }
        }
    }

    fn records(&mut self, sobject: &'w SObject) -> Written {
        let alias = self.dice.word(&["", " x", " AS y"]);
        let select = self.select(sobject, 2);
        let condition = self.clause(sobject, true);
        let order = self.order(sobject);
        let limit = self.limit();
        self.written(format!(
            "SELECT {select} FROM {}{alias}{condition}{order}{limit}",
            sobject.name
        ))
    }

    /// A SELECT list whose names are all different, with subqueries up to a
    /// level.
    fn select(&mut self, sobject: &'w SObject, level: usize) -> String {
        let mut items: Vec<String> = Vec::new();
        for _ in 0..=self.dice.below(5) {
            let Some(path) = self.path(sobject, |field| !is_apart(field)) else {
                continue;
            };
            let item = match path.field.data_type {
                crate::schema::DataType::Picklist if self.dice.once_in(4) => {
                    format!("toLabel({})", path.text)
                }
                crate::schema::DataType::Currency if self.dice.once_in(4) => {
                    format!("convertCurrency({})", path.text)
                }
                _ => path.text.clone(),
            };
            let is_known = items.iter().any(|known| known.contains(&path.text));
            let mut items_end = items.iter();
            let is_part = items_end.any(|known| path.text.contains(known.as_str()));
            if !is_known && !is_part {
                items.push(item);
            }
        }
        if items.is_empty() {
            items.push("Id".to_owned());
        }
        if self.dice.once_in(3) && !items.iter().any(|item| item.contains('(')) {
            items.extend(self.type_of(sobject, &items));
        }
        if level < 4 && self.dice.once_in(3) {
            items.extend(self.children(sobject, level));
        }
        items.join(", ")
    }

    fn type_of(&mut self, sobject: &'w SObject, items: &[String]) -> Option<String> {
        let any: Vec<_> = polymorphic(sobject)
            .into_iter()
            .filter(|(relationship, _)| {
                let begin = format!("{relationship}.");
                !items.iter().any(|item| item.starts_with(&begin))
            })
            .collect();
        if any.is_empty() {
            return None;
        }
        let (relationship, reference) = self.dice.one(&any);
        let mut text = format!("TYPEOF {relationship}");
        for object in reference.to.iter().take(2 + self.dice.below(3)) {
            let object = self.world.schema.named(object).expect("an object");
            let path = self.path(object, |field| !is_apart(field) && field.kind != Kind::Id);
            let fields = path.map_or_else(|| "Id".to_owned(), |path| format!("Id, {}", path.text));
            text.push_str(&format!(" WHEN {} THEN {fields}", object.name));
        }
        if self.dice.once_in(2) {
            text.push_str(" ELSE Name, Type");
        }
        Some(format!("{text} END"))
    }

    fn children(&mut self, sobject: &'w SObject, level: usize) -> Option<String> {
        let sobjects = self.world.schema.sobjects().iter();
        let mut known = Vec::new();
        for child in sobjects {
            for field in &child.fields {
                let reference = field.reference.iter();
                for reference in reference.filter(|reference| reference.to.contains(&sobject.name))
                {
                    if let Some(name) = &reference.children {
                        known.push((name.to_string(), child));
                    }
                }
            }
        }
        if known.is_empty() {
            return None;
        }
        let (name, child) = self.dice.one(&known);
        let select = self.select(child, level + 1);
        let condition = self.clause(child, false);
        let order = self.order(child);
        let limit = match self.dice.below(3) {
            0 => " LIMIT 1",
            _ => "",
        };
        Some(format!(
            "(SELECT {select} FROM {name}{condition}{order}{limit})"
        ))
    }

    /// A path to a field that is `wanted`, through at most two parents.
    fn path(&mut self, sobject: &'w SObject, wanted: impl Fn(&Field) -> bool) -> Option<Path> {
        let mut text = String::new();
        let mut sobject = sobject;
        for _ in 0..self.dice.below(3) {
            let parents: Vec<_> = sobject
                .fields
                .iter()
                .filter_map(|field| field.reference.as_ref())
                .filter(|reference| reference.to.len() == 1)
                .filter_map(|reference| Some((reference.relationship.as_ref()?, &reference.to[0])))
                .collect();
            if parents.is_empty() {
                break;
            }
            let (relationship, object) = self.dice.one(&parents);
            text.push_str(relationship);
            text.push('.');
            sobject = self.world.schema.named(object).expect("an object");
        }
        let any = polymorphic(sobject);
        let is_any = !any.is_empty() && self.dice.once_in(3);
        if is_any {
            let (relationship, _) = self.dice.one(&any);
            text.push_str(relationship);
            text.push('.');
            sobject = self.world.schema.named(NAME).expect("Name");
        }
        let fields: Vec<_> = sobject
            .fields
            .iter()
            .filter(|field| wanted(field))
            // Where not every object has it, a boolean is shown as null and
            // compared as false.
            .filter(|field| !is_any || field.kind != Kind::Boolean)
            .collect();
        if fields.is_empty() {
            return None;
        }
        let field = self.dice.one(&fields);
        text.push_str(&field.name);
        Some(Path {
            text,
            field: Arc::clone(field),
        })
    }

    fn order(&mut self, sobject: &'w SObject) -> String {
        let mut order = Vec::new();
        for _ in 0..self.dice.below(3) {
            if let Some(path) = self.path(sobject, |field| field.is_sortable() && !is_apart(field))
            {
                order.push(format!("{}{}", path.text, self.direction()));
            }
        }
        if order.is_empty() {
            return String::new();
        }
        format!(" ORDER BY {}", order.join(", "))
    }

    fn direction(&mut self) -> String {
        let direction = self.dice.word(&["", " ASC", " DESC"]);
        let nulls = self.dice.word(&["", " NULLS FIRST", " NULLS LAST"]);
        format!("{direction}{nulls}")
    }

    fn limit(&mut self) -> String {
        let limit = match self.dice.below(4) {
            0 => format!(" LIMIT {}", self.dice.below(6)),
            _ => String::new(),
        };
        let offset = match self.dice.below(6) {
            0 => format!(" OFFSET {}", self.dice.below(4)),
            _ => String::new(),
        };
        format!("{limit}{offset}")
    }
}

/// The relationships of an object that lead to several.
fn polymorphic(sobject: &SObject) -> Vec<(&Name, &Reference)> {
    let references = sobject.fields.iter();
    let references = references.filter_map(|field| field.reference.as_ref());
    references
        .filter(|reference| reference.to.len() > 1)
        .filter_map(|reference| Some((reference.relationship.as_ref()?, reference)))
        .collect()
}

/// Whether no random record has such a value, or records show it in another way.
fn is_apart(field: &Field) -> bool {
    let is_hidden = matches!(
        field.kind,
        Kind::LongText | Kind::Encrypted | Kind::Base64 | Kind::Address | Kind::Location
    );
    is_hidden || field.sql.is_some()
}
