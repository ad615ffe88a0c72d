//! The org's objects and fields.
//!
//! An org has one schema from its start, and shares it with all that outlive a
//! request: statements of locators, records. Those hold what they need of it by
//! `Arc`.

mod data_type;
mod field;
mod name;
mod sobject;
mod specimen;
mod standard;
mod subscription;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use data_type::Kind;
pub(crate) use field::Field;
pub(crate) use name::Name;
pub(crate) use sobject::{Part, SObject};

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
    /// The parent's object.
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
    /// The objects of every org: a CRM with two custom objects.
    pub(crate) fn standard() -> Self {
        Self::new(vec![
            standard::user(),
            standard::account(),
            standard::contact(),
            standard::opportunity(),
            standard::attachment(),
            subscription::subscription(),
            specimen::specimen(),
        ])
    }

    fn new(sobjects: Vec<SObject>) -> Self {
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
        let reference = field.reference.iter();
        let names = reference.flat_map(|reference| &reference.to);
        names.filter_map(|name| self.named(name))
    }

    /// The reference field of `child` that a path's `relationship` follows, the
    /// relationship's name as the schema writes it, and where it leads.
    pub(crate) fn parent(&self, child: &SObject, relationship: &str) -> Option<Parent> {
        child.fields.iter().find_map(|field| {
            let reference = field.reference.as_ref()?;
            let name = reference.relationship.as_ref()?;
            if !name.eq_ignore_ascii_case(relationship) {
                return None;
            }
            Some(Parent {
                field: Arc::clone(field),
                relationship: name.clone(),
                sobject: Arc::clone(self.referenced(field).next()?),
            })
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
