//! The org's objects and fields.
//!
//! An org has one schema from its start, and shares it with all that outlive a
//! request: statements of locators, records. Those hold what they need of it by
//! `Arc`.

mod data_type;
mod definition;
mod extension;
mod field;
mod file;
mod name;
mod sobject;
#[allow(
    clippy::too_many_lines,
    reason = "its functions are tables, one entry a field"
)]
mod standard;
mod tooling;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use data_type::{DataType, Kind};
#[cfg(test)]
pub(crate) use field::Reference;
pub(crate) use field::{Field, PicklistValue, is_custom};
pub use file::{SchemaError, SchemaFile};
pub(crate) use name::Name;
pub(crate) use sobject::{NAME, Part, RecordType, SObject};

/// All objects of an org.
#[derive(Debug)]
pub(crate) struct Schema {
    sobjects: Vec<Arc<SObject>>,
    /// Places in `sobjects`, by names in lower case.
    by_name: HashMap<String, usize>,
}

/// One step from a child to its parent.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    /// The child's reference field.
    pub(crate) field: Arc<Field>,
    /// The relationship's name, as the schema writes it.
    pub(crate) relationship: Name,
    /// The parent's object; of a lookup that leads to several it is `Name`,
    /// which tells of all of them.
    pub(crate) sobject: Arc<SObject>,
}

/// One step from a parent to its children.
#[derive(Clone, Debug)]
pub(crate) struct Children {
    /// The children's reference field.
    pub(crate) field: Arc<Field>,
    /// The relationship's name, as the schema writes it.
    pub(crate) relationship: Name,
    /// The children's object.
    pub(crate) sobject: Arc<SObject>,
}

impl Schema {
    /// The objects of every org: a CRM, two custom objects and an external one.
    pub(crate) fn standard() -> Self {
        Self::new(standard::sobjects())
    }

    /// The objects of the Tooling API.
    pub(crate) fn tooling() -> Self {
        Self::new(tooling::sobjects())
    }

    fn new(mut sobjects: Vec<SObject>) -> Self {
        sobjects.sort_by(|one, other| one.name.cmp(&other.name));
        let sobjects: Vec<_> = sobjects.into_iter().map(Arc::new).collect();
        let names = sobjects.iter().enumerate();
        let by_name = names.map(|(place, sobject)| (sobject.name.to_ascii_lowercase(), place));
        Self {
            by_name: by_name.collect(),
            sobjects,
        }
    }

    /// Every object.
    pub(crate) fn sobjects(&self) -> &[Arc<SObject>] {
        &self.sobjects
    }

    /// Every object that has records of its own.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Arc<SObject>> {
        let sobjects = self.sobjects.iter();
        sobjects.filter(|sobject| !sobject.key_prefix.is_empty())
    }

    /// The object of that name, in any case.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<SObject>> {
        let place = self.by_name.get(&name.to_ascii_lowercase())?;
        self.sobjects.get(*place)
    }

    /// The object whose records have ids like this one.
    pub(crate) fn of_id(&self, id: &str) -> Option<&Arc<SObject>> {
        self.sobjects.iter().find(|sobject| sobject.owns(id))
    }

    /// The objects to which a reference can point; none for other fields.
    pub(crate) fn referenced<'s>(
        &'s self,
        field: &'s Field,
    ) -> impl Iterator<Item = &'s Arc<SObject>> {
        let names = field.targets().iter();
        names.filter_map(|name| self.named(name))
    }

    /// Whether a reference can point to a record with this id: all that look like
    /// one can, if the schema does not have all objects to which it leads.
    pub(crate) fn leads_to(&self, field: &Field, id: &str) -> bool {
        let known = self.referenced(field).count();
        known < field.targets().len() || self.referenced(field).any(|to| to.owns(id))
    }

    /// The reference field of `child` that a path's `relationship` follows, the
    /// relationship's name as the schema writes it, and where it leads.
    pub(crate) fn parent(&self, child: &SObject, relationship: &str) -> Option<Parent> {
        let field = child.relationship(relationship)?;
        let parent = match field.targets() {
            [one] => self.named(one),
            _ => self.named(NAME),
        };
        Some(Parent {
            field: Arc::clone(field),
            relationship: field.relationship()?.clone(),
            sobject: Arc::clone(parent?),
        })
    }

    /// The field by which the records of another object point to `parent`'s,
    /// under the name that a subquery has for it.
    pub(crate) fn children(&self, parent: &SObject, relationship: &str) -> Option<Children> {
        self.sobjects.iter().find_map(|sobject| {
            sobject.fields.iter().find_map(|field| {
                let reference = field.reference.as_ref()?;
                let name = reference.children.as_ref()?;
                let is_it =
                    name.eq_ignore_ascii_case(relationship) && reference.to.contains(&parent.name);
                is_it.then(|| Children {
                    field: Arc::clone(field),
                    relationship: name.clone(),
                    sobject: Arc::clone(sobject),
                })
            })
        })
    }
}

#[cfg(test)]
mod tests;
