//! The tables that a statement's paths lead through.

mod column;

use std::sync::Arc;

use super::Environment;
use crate::schema::{Field, Name, Parent, SObject};
use crate::soql::{Code, Path, SoqlError};

pub(super) use column::{Column, Stop, full_name};
use column::{Holder, table_column};

/// How many parents a path may lead through.
///
/// Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations".
pub(crate) const PARENTS_MAX: usize = 5;

/// How many parent relationships a statement may use; each object that a
/// polymorphic one is told apart by counts. Source: as above.
pub(crate) const RELATIONSHIPS_MAX: usize = 55;

/// What Salesforce appends to its messages about unknown names.
const REFERENCE: &str =
    "Please reference your WSDL or the describe call for the appropriate names.";

/// The object of FROM, and every parent that some path has needed.
pub(super) struct Joins<'a> {
    pub(super) environment: Environment<'a>,
    /// The whole text, of which errors echo a part.
    pub(super) soql: &'a str,
    sobject: Arc<SObject>,
    /// By which names a path may call it.
    names: Vec<&'a str>,
    steps: Vec<Step>,
    /// Polymorphic references whose objects were not told apart: the table and
    /// the field.
    any: Vec<(usize, Name)>,
}

/// From table `child` to the table that this step adds: number of steps before
/// it, plus 1.
struct Step {
    child: usize,
    field: Arc<Field>,
    sobject: Arc<SObject>,
}

/// A record from which a path can go on.
#[derive(Clone)]
pub(super) struct Base {
    table: usize,
    pub(super) sobject: Arc<SObject>,
}

/// A polymorphic relationship, whose records are of several objects.
pub(super) struct Polymorphic {
    /// The way to the record that has it.
    pub(super) stops: Vec<Stop>,
    pub(super) relationship: Name,
    /// The object `Name`, which has what all of its objects have.
    pub(super) name: Arc<SObject>,
    table: usize,
    field: Arc<Field>,
}

impl<'a> Joins<'a> {
    pub(super) fn new(
        environment: Environment<'a>,
        soql: &'a str,
        sobject: &Arc<SObject>,
        names: Vec<&'a str>,
    ) -> Self {
        Self {
            environment,
            soql,
            sobject: Arc::clone(sobject),
            names,
            steps: Vec::new(),
            any: Vec::new(),
        }
    }

    pub(super) fn sobject(&self) -> &Arc<SObject> {
        &self.sobject
    }

    /// The record of FROM.
    pub(super) fn root(&self) -> Base {
        Base {
            table: 0,
            sobject: Arc::clone(&self.sobject),
        }
    }

    /// Finds the field that a path names, joining what it leads through.
    pub(super) fn resolve(&mut self, path: &Path) -> Result<Column, SoqlError> {
        let parents = self.without_root(&path.parents);
        self.resolve_from(&self.root(), parents, &path.field, path.at)
    }

    /// The same from another record.
    pub(super) fn resolve_from(
        &mut self,
        base: &Base,
        parents: &[String],
        field: &str,
        at: usize,
    ) -> Result<Column, SoqlError> {
        let (stops, holder, sobject) = self.walk(base, parents, at)?;
        let field = sobject
            .field(field)
            .ok_or_else(|| self.unknown_field(field, &sobject, at))?;
        Ok(Column {
            field: Arc::clone(field),
            stops,
            sobject,
            holder,
        })
    }

    /// The polymorphic relationship that a path names.
    pub(super) fn polymorphic(&mut self, path: &Path) -> Result<Polymorphic, SoqlError> {
        let parents = self.without_root(&path.parents);
        let (stops, holder, sobject) = self.walk(&self.root(), parents, path.at)?;
        let parent = self.environment.schema.parent(&sobject, &path.field);
        let parent = parent.ok_or_else(|| self.unknown_relationship(&path.field, path.at))?;
        let table = match holder {
            Holder::Table(table) if is_polymorphic(&parent) => table,
            // The words are the emulator's own.
            _ => {
                let message = format!(
                    "TYPEOF needs a polymorphic relationship, and {} is not one",
                    path.field
                );
                return Err(self.malformed(path.at, &message));
            }
        };
        Ok(Polymorphic {
            stops,
            relationship: parent.relationship,
            name: parent.sobject,
            table,
            field: parent.field,
        })
    }

    /// The records of one object that a polymorphic relationship leads to; `None`
    /// if it cannot lead to them.
    pub(super) fn told_apart(&mut self, polymorphic: &Polymorphic, sobject: &str) -> Option<Base> {
        let schema = self.environment.schema;
        let sobject = schema
            .referenced(&polymorphic.field)
            .find(|known| known.name.eq_ignore_ascii_case(sobject))?;
        Some(Base {
            table: self.join(polymorphic.table, &polymorphic.field, sobject),
            sobject: Arc::clone(sobject),
        })
    }

    /// A field that all records of a polymorphic relationship have.
    pub(super) fn of_name(
        &mut self,
        polymorphic: &Polymorphic,
        path: &Path,
    ) -> Result<Column, SoqlError> {
        if let Some(parent) = path.parents.first() {
            return Err(self.unknown_relationship(parent, path.at));
        }
        let sobject = Arc::clone(&polymorphic.name);
        let field = sobject
            .field(&path.field)
            .ok_or_else(|| self.unknown_field(&path.field, &sobject, path.at))?;
        Ok(Column {
            field: Arc::clone(field),
            stops: Vec::new(),
            holder: Holder::Any {
                id: polymorphic.id(),
                objects: self.objects(polymorphic),
            },
            sobject,
        })
    }

    /// The objects that a polymorphic relationship can lead to.
    pub(super) fn objects(&self, polymorphic: &Polymorphic) -> Vec<Arc<SObject>> {
        let objects = self.environment.schema.referenced(&polymorphic.field);
        objects.map(Arc::clone).collect()
    }

    /// What stands after `FROM`.
    pub(super) fn clause(&self) -> String {
        let mut clause = format!("\"{}\" AS t0", self.sobject.name);
        for (index, step) in self.steps.iter().enumerate() {
            let table = index + 1;
            let (name, reference) = (&step.sobject.name, table_column(step.child, &step.field));
            clause.push_str(&format!(
                " LEFT JOIN \"{name}\" AS t{table} ON t{table}.\"Id\" = {reference}"
            ));
        }
        clause
    }

    /// An INVALID_FIELD at byte `at` of the statement.
    pub(super) fn invalid_field(&self, at: usize, message: &str) -> SoqlError {
        SoqlError::at(Code::InvalidField, self.soql, at, message)
    }

    /// A MALFORMED_QUERY at byte `at` of the statement.
    pub(super) fn malformed(&self, at: usize, message: &str) -> SoqlError {
        SoqlError::at(Code::MalformedQuery, self.soql, at, message)
    }

    /// Refuses more relationships than a statement may use. The words are the
    /// emulator's own.
    pub(super) fn check(&self) -> Result<(), SoqlError> {
        if self.steps.len() + self.any.len() <= RELATIONSHIPS_MAX {
            return Ok(());
        }
        let message = format!("a query can use at most {RELATIONSHIPS_MAX} parent relationships");
        Err(SoqlError::new(Code::InvalidField, message))
    }

    /// The path's parents without the leading name of FROM's own object.
    fn without_root<'p>(&self, parents: &'p [String]) -> &'p [String] {
        match parents.split_first() {
            Some((first, rest)) if self.is_root(first) => rest,
            _ => parents,
        }
    }

    fn is_root(&self, name: &str) -> bool {
        let mut names = self.names.iter();
        names.any(|own| own.eq_ignore_ascii_case(name))
    }

    /// Follows parents: where they lead, and of which object that is.
    fn walk(
        &mut self,
        base: &Base,
        parents: &[String],
        at: usize,
    ) -> Result<(Vec<Stop>, Holder, Arc<SObject>), SoqlError> {
        if parents.len() > PARENTS_MAX {
            let message = format!("a relationship path can have at most {PARENTS_MAX} levels");
            return Err(self.invalid_field(at, &message));
        }
        let mut stops = Vec::with_capacity(parents.len());
        let mut sobject = Arc::clone(&base.sobject);
        let mut holder = Holder::Table(base.table);
        for name in parents {
            // Nothing leads on from the object Name.
            let Holder::Table(table) = holder else {
                return Err(self.unknown_relationship(name, at));
            };
            let parent = self.environment.schema.parent(&sobject, name);
            let parent = parent.ok_or_else(|| self.unknown_relationship(name, at))?;
            holder = self.follow(table, &parent);
            stops.push(Stop {
                relationship: parent.relationship,
                sobject: Arc::clone(&parent.sobject),
                objects: holder.objects(&parent.sobject),
                id: holder.id(),
            });
            sobject = parent.sobject;
        }
        Ok((stops, holder, sobject))
    }

    fn follow(&mut self, table: usize, parent: &Parent) -> Holder {
        if !is_polymorphic(parent) {
            return Holder::Table(self.join(table, &parent.field, &parent.sobject));
        }
        let use_of_it = (table, parent.field.name.clone());
        if !self.any.contains(&use_of_it) {
            self.any.push(use_of_it);
        }
        let objects = self.environment.schema.referenced(&parent.field);
        Holder::Any {
            id: table_column(table, &parent.field),
            objects: objects.map(Arc::clone).collect(),
        }
    }

    fn join(&mut self, child: usize, field: &Arc<Field>, sobject: &Arc<SObject>) -> usize {
        let known = self.steps.iter().position(|step| {
            step.child == child
                && step.field.name == field.name
                && step.sobject.name == sobject.name
        });
        let index = known.unwrap_or_else(|| {
            self.steps.push(Step {
                child,
                field: Arc::clone(field),
                sobject: Arc::clone(sobject),
            });
            self.steps.len() - 1
        });
        index + 1
    }

    fn unknown_relationship(&self, name: &str, at: usize) -> SoqlError {
        let message = format!(
            "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom \
             relationship, be sure to append the '__r' after the custom relationship name. {REFERENCE}"
        );
        self.invalid_field(at, &message)
    }

    fn unknown_field(&self, name: &str, sobject: &SObject, at: usize) -> SoqlError {
        let message = format!(
            "No such column '{name}' on entity '{}'. If you are attempting to use a custom field, be sure to append \
             the '__c' after the custom field name. {REFERENCE}",
            sobject.name
        );
        self.invalid_field(at, &message)
    }
}

impl Base {
    /// The record's id, in SQL.
    pub(super) fn id(&self) -> String {
        Holder::Table(self.table).id()
    }
}

impl Polymorphic {
    /// The id that the relationship follows, in SQL.
    pub(super) fn id(&self) -> String {
        table_column(self.table, &self.field)
    }
}

/// Whether a reference can point to records of several objects.
fn is_polymorphic(parent: &Parent) -> bool {
    let reference = parent.field.reference.as_ref();
    reference.is_some_and(|reference| reference.to.len() > 1)
}
