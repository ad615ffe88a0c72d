//! The records of trees, level by level: parents come before their children.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::id::RecordId;
use crate::schema::{Children, SObject, Schema};

/// Records of a request. Source: REST API Developer Guide, "sObject Tree".
const RECORDS_MAX: usize = 200;

/// Objects of a request. Source: as above.
const TYPES_MAX: usize = 5;

/// Levels of a tree. Source: as above.
const LEVELS_MAX: usize = 5;

/// One record.
#[derive(Debug)]
pub(super) struct Node<'s> {
    pub(super) reference: String,
    pub(super) sobject: &'s Arc<SObject>,
    /// The object that the record says it is of.
    named: Option<String>,
    /// The place of its parent, and the field that points to it.
    parent: Option<(usize, String)>,
    level: usize,
    fields: Map<String, Value>,
}

/// What is wrong with a record's place in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Another record has its reference.
    DoubledReference,
    NoType,
    OtherType,
}

/// The records of a request.
#[derive(Debug)]
pub(super) struct Plan<'s>(Vec<Node<'s>>);

/// A record whose place is known, but not its own children.
struct Next<'s> {
    record: Map<String, Value>,
    sobject: &'s Arc<SObject>,
    parent: Option<(usize, String)>,
    level: usize,
}

impl<'s> Plan<'s> {
    /// Reads the trees whose roots are records of `root`.
    ///
    /// # Errors
    ///
    /// When a limit is exceeded, or a record has no reference. These refuse the whole
    /// request; the words for limits are the emulator's own.
    pub(super) fn read(
        schema: &'s Schema,
        root: &'s Arc<SObject>,
        records: Vec<Map<String, Value>>,
    ) -> Result<Self, ApiError> {
        let mut nodes: Vec<Node<'s>> = Vec::new();
        let roots = records.into_iter().map(|record| Next {
            record,
            sobject: root,
            parent: None,
            level: 1,
        });
        let mut level: Vec<Next<'s>> = roots.collect();
        while !level.is_empty() {
            let mut below = Vec::new();
            for next in level {
                let place = nodes.len();
                if place == RECORDS_MAX {
                    return Err(too_much("records"));
                }
                let (node, children) = Node::read(schema, next)?;
                nodes.push(node);
                below.extend(children.into_iter().map(|child| Next {
                    record: child.record,
                    sobject: child.sobject,
                    parent: Some((place, child.field)),
                    level: nodes.last().map_or(1, |parent| parent.level + 1),
                }));
            }
            if below.first().is_some_and(|next| next.level > LEVELS_MAX) {
                return Err(too_much("levels"));
            }
            level = below;
        }
        let types: BTreeSet<&str> = nodes.iter().map(|node| &*node.sobject.name).collect();
        if types.len() > TYPES_MAX {
            return Err(too_much("types of records"));
        }
        Ok(Self(nodes))
    }

    /// Every record, parents before their children.
    pub(super) fn nodes(&self) -> &[Node<'s>] {
        &self.0
    }

    /// The same, level by level.
    pub(super) fn levels(&self) -> impl Iterator<Item = &[Node<'s>]> {
        self.0.chunk_by(|one, other| one.level == other.level)
    }

    /// The records that cannot be created whatever their fields are.
    pub(super) fn problems(&self) -> Vec<(&Node<'s>, Problem)> {
        let mut seen = BTreeSet::new();
        let mut doubled = BTreeSet::new();
        for node in &self.0 {
            if !seen.insert(&*node.reference) {
                doubled.insert(&*node.reference);
            }
        }
        let problem = |node: &Node<'s>| {
            if doubled.contains(&*node.reference) {
                return Some(Problem::DoubledReference);
            }
            match &node.named {
                None => Some(Problem::NoType),
                Some(name) if !name.eq_ignore_ascii_case(&node.sobject.name) => {
                    Some(Problem::OtherType)
                }
                Some(_) => None,
            }
        };
        let nodes = self.0.iter();
        nodes
            .filter_map(|node| Some((node, problem(node)?)))
            .collect()
    }
}

/// A child of a record.
struct Child<'s> {
    sobject: &'s Arc<SObject>,
    /// The field that points to the parent.
    field: String,
    record: Map<String, Value>,
}

impl<'s> Node<'s> {
    /// Parts a record from its children.
    fn read(schema: &'s Schema, next: Next<'s>) -> Result<(Self, Vec<Child<'s>>), ApiError> {
        let attributes = next.record.get("attributes");
        let attribute = |name: &str| {
            let value = attributes.and_then(|attributes| attributes.get(name));
            value.and_then(Value::as_str).map(str::to_owned)
        };
        let reference = attribute("referenceId").filter(|reference| !reference.is_empty());
        let reference = reference.ok_or_else(no_reference)?;
        let named = attribute("type");
        let mut fields = Map::new();
        let mut children = Vec::new();
        for (name, value) in next.record {
            let below = match value.get("records") {
                Some(Value::Array(_)) => schema.children(next.sobject, &name),
                _ => None,
            };
            // What is not a relationship is refused where the record is created.
            let Some((sobject, field)) = below.and_then(|below| place(schema, &below)) else {
                fields.insert(name, value);
                continue;
            };
            for record in records(value)? {
                children.push(Child {
                    sobject,
                    field: field.clone(),
                    record,
                });
            }
        }
        let node = Self {
            reference,
            sobject: next.sobject,
            named,
            parent: next.parent,
            level: next.level,
            fields,
        };
        Ok((node, children))
    }

    /// The fields, with the id of the parent among those of the records before.
    pub(super) fn body(&self, ids: &[RecordId]) -> Map<String, Value> {
        let mut body = self.fields.clone();
        if let Some((place, field)) = &self.parent
            && let Some(id) = ids.get(*place)
        {
            body.insert(field.clone(), id.as_str().into());
        }
        body
    }
}

/// The object of children, and the field that points to their parent.
fn place<'s>(schema: &'s Schema, children: &Children) -> Option<(&'s Arc<SObject>, String)> {
    let sobject = schema.named(&children.sobject.name)?;
    Some((sobject, children.field.name.to_string()))
}

fn records(children: Value) -> Result<Vec<Map<String, Value>>, ApiError> {
    let Value::Object(mut children) = children else {
        return Ok(Vec::new());
    };
    let Some(Value::Array(records)) = children.remove("records") else {
        return Ok(Vec::new());
    };
    let record = |record| match record {
        Value::Object(record) => Ok(record),
        _ => Err(ApiError::invalid_input("a record is a JSON object")),
    };
    records.into_iter().map(record).collect()
}

/// The words are those of a captured answer, which is said to have the status 403.
fn no_reference() -> ApiError {
    ApiError::invalid_input("Include a reference ID for each record in the request.")
}

fn too_much(what: &str) -> ApiError {
    ApiError::invalid_input(&format!("there are too many {what}"))
}

#[cfg(test)]
mod tests;
