//! The tables that a statement's paths lead through.

use std::sync::Arc;

use crate::schema::{Field, Kind, NAME, Parent, SObject, Schema};
use crate::soql::{Code, Path, SoqlError};

/// How many parents a path may lead through.
///
/// Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations".
pub(crate) const PARENTS_MAX: usize = 5;

/// How many parent relationships a statement may use. Source: as above.
pub(crate) const RELATIONSHIPS_MAX: usize = 55;

/// What Salesforce appends to its messages about unknown names.
const REFERENCE: &str =
    "Please reference your WSDL or the describe call for the appropriate names.";

/// The object of FROM, and every parent that some path has needed.
pub(super) struct Joins<'a> {
    schema: &'a Schema,
    sobject: Arc<SObject>,
    alias: Option<&'a str>,
    soql: &'a str,
    steps: Vec<Step>,
}

/// From table `child` to the table that this step adds: number of steps before
/// it, plus 1.
struct Step {
    child: usize,
    parent: Parent,
}

/// A field in one of the tables.
pub(super) struct Column {
    /// The tables from FROM's object (not included) to the field's own.
    pub(super) tables: Vec<(usize, Parent)>,
    pub(super) field: Arc<Field>,
}

impl<'a> Joins<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        sobject: &Arc<SObject>,
        alias: Option<&'a str>,
        soql: &'a str,
    ) -> Self {
        Self {
            schema,
            sobject: Arc::clone(sobject),
            alias,
            soql,
            steps: Vec::new(),
        }
    }

    pub(super) fn sobject(&self) -> &Arc<SObject> {
        &self.sobject
    }

    /// Finds the field that a path names, joining what it leads through.
    pub(super) fn resolve(&mut self, path: &Path) -> Result<Column, SoqlError> {
        let parents = self.without_root(path);
        if parents.len() > PARENTS_MAX {
            let message = format!("a relationship path can have at most {PARENTS_MAX} levels");
            return Err(self.invalid_field(path.at, &message));
        }
        let mut tables = Vec::with_capacity(parents.len());
        let (mut table, mut sobject) = (0, Arc::clone(&self.sobject));
        for name in parents {
            let parent = self
                .schema
                .parent(&sobject, name)
                .ok_or_else(|| self.unknown_relationship(name, path.at))?;
            if parent.sobject.name == NAME {
                return Err(SoqlError::unsupported("relationships with several objects"));
            }
            table = self.join(table, &parent);
            sobject = Arc::clone(&parent.sobject);
            tables.push((table, parent));
        }
        if self.steps.len() > RELATIONSHIPS_MAX {
            let message =
                format!("a query can use at most {RELATIONSHIPS_MAX} parent relationships");
            return Err(self.invalid_field(path.at, &message));
        }
        let field = sobject
            .field(&path.field)
            .ok_or_else(|| self.unknown_field(&path.field, &sobject, path.at))?;
        let field = Arc::clone(field);
        Ok(Column { tables, field })
    }

    /// What stands after `FROM`.
    pub(super) fn clause(&self) -> String {
        let mut clause = format!("\"{}\" AS t0", self.sobject.name);
        for (index, Step { child, parent }) in self.steps.iter().enumerate() {
            let table = index + 1;
            let (name, field) = (&parent.sobject.name, &parent.field.name);
            clause.push_str(&format!(
                " LEFT JOIN \"{name}\" AS t{table} ON t{table}.\"Id\" = t{child}.\"{field}\""
            ));
        }
        clause
    }

    /// An INVALID_FIELD at byte `at` of the statement.
    pub(super) fn invalid_field(&self, at: usize, message: &str) -> SoqlError {
        SoqlError::at(Code::InvalidField, self.soql, at, message)
    }

    /// The path's parents without the leading name of FROM's own object.
    fn without_root<'p>(&self, path: &'p Path) -> &'p [String] {
        let own = self.alias.unwrap_or(&self.sobject.name);
        match path.parents.split_first() {
            Some((first, rest)) if first.eq_ignore_ascii_case(own) => rest,
            _ => &path.parents,
        }
    }

    fn join(&mut self, child: usize, parent: &Parent) -> usize {
        let known = self
            .steps
            .iter()
            .position(|step| step.child == child && step.parent.field.name == parent.field.name);
        let index = known.unwrap_or_else(|| {
            let parent = parent.clone();
            self.steps.push(Step { child, parent });
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

impl Column {
    /// The column in SQL.
    pub(super) fn sql(&self) -> String {
        self.sibling(&self.field)
    }

    /// Another field of the same table.
    pub(super) fn sibling(&self, field: &Field) -> String {
        let table = self.tables.last().map_or(0, |(table, _)| *table);
        format!("t{table}.\"{}\"", field.name)
    }

    /// The column as it is compared and sorted: text without its case.
    pub(super) fn comparable(&self) -> String {
        match self.field.kind {
            Kind::Text | Kind::LongText | Kind::MultiPicklist => format!("fold({})", self.sql()),
            _ => self.sql(),
        }
    }
}
