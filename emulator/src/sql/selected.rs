//! SELECT lists of records.

use std::collections::HashSet;
use std::sync::Arc;

use super::Fragment;
use super::fields;
use super::joins::{Base, Column, Joins, Polymorphic, Stop, full_name};
use super::operand::{Operand, Role};
use super::shape::{Form, Member, Selected};
use crate::schema::Name;
use crate::soql::{Code, Expression, Item, Path, Query, SoqlError, TypeOf};

/// A shape that grows, and the columns that fill it.
pub(super) struct Selection {
    pub(super) root: Selected,
    pub(super) columns: Vec<Fragment>,
    /// The names that are taken, in the schema's spelling.
    seen: HashSet<String>,
    /// The relationships that TYPEOF reads.
    told_apart: HashSet<String>,
}

/// Resolves a SELECT list. `children` translates a subquery.
pub(super) fn select(
    query: &Query,
    items: &[Item],
    joins: &mut Joins<'_>,
    children: &mut dyn FnMut(&Query) -> Result<Member, SoqlError>,
) -> Result<Selection, SoqlError> {
    let mut selection = Selection {
        root: Selected::nothing(joins.sobject(), 0),
        columns: vec![Fragment::new("t0.\"Id\"")],
        seen: HashSet::new(),
        told_apart: HashSet::new(),
    };
    check_type_of(items)?;
    for item in items {
        match item {
            Item::Value { expression, alias } => {
                let alias = alias.as_ref().map(|alias| alias.text.as_str());
                selection.value(expression, alias, joins)?;
            }
            Item::Fields { set, .. } => {
                fields::check(query, *set)?;
                for path in fields::paths(joins.sobject(), item)? {
                    let column = joins.resolve(&path)?;
                    selection.field(&column)?;
                }
            }
            Item::TypeOf(type_of) => selection.type_of(type_of, joins)?,
            Item::Children(query) => {
                let member = children(query)?;
                selection.root.members.push(member);
            }
        }
    }
    joins.check()?;
    Ok(selection)
}

/// TYPEOF and functions cannot be in one SELECT list. The words are the
/// emulator's own.
///
/// Source: SOQL and SOSL Reference, "TYPEOF".
fn check_type_of(items: &[Item]) -> Result<(), SoqlError> {
    let has_type_of = items.iter().any(|item| matches!(item, Item::TypeOf(_)));
    let is_call = |item: &Item| match item {
        Item::Value { expression, .. } => !matches!(expression, Expression::Field(_)),
        _ => false,
    };
    if has_type_of && items.iter().any(is_call) {
        let message = "TYPEOF cannot be used with functions in the SELECT clause";
        return Err(SoqlError::new(Code::MalformedQuery, message));
    }
    Ok(())
}

impl Selection {
    fn value(
        &mut self,
        expression: &Expression,
        alias: Option<&str>,
        joins: &mut Joins<'_>,
    ) -> Result<(), SoqlError> {
        let operand = Operand::of_row(expression, joins)?;
        let column = joins.resolve(innermost(expression)?)?;
        match operand.role {
            Role::Field if alias.is_some() => Err(SoqlError::new(
                Code::MalformedQuery,
                "only aggregate expressions use field aliasing",
            )),
            Role::Field => self.field(&column),
            Role::Shown => self.shown(operand, &column, alias),
            Role::DatePart | Role::Aggregate => Err(SoqlError::new(
                Code::MalformedQuery,
                format!("Field must be grouped or aggregated: {}", operand.name),
            )),
        }
    }

    /// Adds a field, and the parents that it needs.
    fn field(&mut self, column: &Column) -> Result<(), SoqlError> {
        self.take(column.full_name())?;
        let member = self.member(column);
        self.insert(&column.stops, member);
        Ok(())
    }

    /// Adds a field's value in another form. Its second name is the record's
    /// own, however far away the field is (unconfirmed).
    fn shown(
        &mut self,
        operand: Operand,
        column: &Column,
        alias: Option<&str>,
    ) -> Result<(), SoqlError> {
        let (stops, name) = match alias {
            Some(alias) => (&[][..], Name::from(alias)),
            None => (&column.stops[..], column.field.name.clone()),
        };
        self.take(full_name(stops, &name))?;
        let form = operand.form();
        let member = Member::Value {
            name,
            column: self.column(operand.sql),
            form,
        };
        self.insert(stops, member);
        Ok(())
    }

    fn type_of(&mut self, type_of: &TypeOf, joins: &mut Joins<'_>) -> Result<(), SoqlError> {
        let polymorphic = joins.polymorphic(&type_of.relationship)?;
        let relationship = polymorphic.relationship.clone();
        let mut cases = Vec::new();
        let mut named: HashSet<String> = HashSet::new();
        for case in &type_of.cases {
            let (name, at) = (&case.sobject.text, case.sobject.at);
            if !named.insert(name.to_ascii_lowercase()) {
                let message = format!("WHEN clause operand [{name}] is not unique");
                return Err(joins.malformed(at, &message));
            }
            let base = joins.told_apart(&polymorphic, name).ok_or_else(|| {
                let message = format!("{relationship} cannot be a record of {name}");
                joins.malformed(at, &message)
            })?;
            cases.push(self.case(&base, &case.fields, joins)?);
        }
        if !type_of.otherwise.is_empty() {
            cases.push(self.otherwise(&polymorphic, &type_of.otherwise, joins)?);
        }
        let name = full_name(&polymorphic.stops, &relationship);
        let begin = format!("{name}.");
        if let Some(other) = self.seen.iter().find(|other| other.starts_with(&begin)) {
            return Err(duplicate(other));
        }
        self.told_apart.insert(begin);
        self.take(name)?;
        let member = Member::TypeOf {
            relationship,
            cases,
        };
        self.insert(&polymorphic.stops, member);
        Ok(())
    }

    fn case(
        &mut self,
        base: &Base,
        fields: &[Path],
        joins: &mut Joins<'_>,
    ) -> Result<Selected, SoqlError> {
        let id = self.column(Fragment::new(&base.id()));
        let mut record = Selected::nothing(&base.sobject, id);
        for path in fields {
            let column = joins.resolve_from(base, &path.parents, &path.field, path.at)?;
            let member = self.member(&column);
            record.insert(&column.stops, member, &mut self.columns);
        }
        Ok(record)
    }

    /// What ELSE reads: the fields of the object Name.
    fn otherwise(
        &mut self,
        polymorphic: &Polymorphic,
        fields: &[Path],
        joins: &mut Joins<'_>,
    ) -> Result<Selected, SoqlError> {
        let id = self.column(Fragment::new(&polymorphic.id()));
        let mut record = Selected {
            name: polymorphic.name.name.clone(),
            objects: joins.objects(polymorphic),
            id,
            members: Vec::new(),
        };
        for path in fields {
            let column = joins.of_name(polymorphic, path)?;
            record.members.push(self.member(&column));
        }
        Ok(record)
    }

    /// Takes a name, which must be free. What TYPEOF reads, the list cannot read
    /// as well; the words for that are unconfirmed.
    ///
    /// Source: SOQL and SOSL Reference, "TYPEOF".
    fn take(&mut self, name: String) -> Result<(), SoqlError> {
        let mut told_apart = self.told_apart.iter();
        let is_told_apart = told_apart.any(|begin| name.starts_with(begin));
        if is_told_apart || self.seen.contains(&name) {
            return Err(duplicate(&name));
        }
        self.seen.insert(name);
        Ok(())
    }

    fn column(&mut self, sql: Fragment) -> usize {
        self.columns.push(sql);
        self.columns.len() - 1
    }

    /// The member that a record has for a column, with what that needs.
    fn member(&mut self, column: &Column) -> Member {
        let field = &column.field;
        let name = field.name.clone();
        if field.kind.is_stored() {
            return Member::Value {
                name,
                column: self.column(Fragment::new(&column.sql())),
                form: Form::Plain(field.kind),
            };
        }
        let parts = column.sobject.parts(field).into_iter().map(|part| {
            let column = self.column(Fragment::new(&column.sibling(&part.field)));
            (part, column)
        });
        Member::Compound {
            name,
            parts: parts.collect(),
        }
    }

    fn insert(&mut self, stops: &[Stop], member: Member) {
        self.root.insert(stops, member, &mut self.columns);
    }
}

impl Selected {
    /// Adds a member that lies behind `stops`, and the parents that it needs.
    fn insert(&mut self, stops: &[Stop], member: Member, columns: &mut Vec<Fragment>) {
        let Some((stop, rest)) = stops.split_first() else {
            self.members.push(member);
            return;
        };
        for own in &mut self.members {
            if let Member::Parent {
                relationship,
                record,
            } = own
                && *relationship == stop.relationship
            {
                return record.insert(rest, member, columns);
            }
        }
        columns.push(Fragment::new(&stop.id));
        let mut record = Self {
            name: stop.sobject.name.clone(),
            objects: stop.objects.iter().map(Arc::clone).collect(),
            id: columns.len() - 1,
            members: Vec::new(),
        };
        record.insert(rest, member, columns);
        self.members.push(Member::Parent {
            relationship: stop.relationship.clone(),
            record,
        });
    }
}

fn duplicate(name: &str) -> SoqlError {
    let message = format!("duplicate field selected: {name}");
    SoqlError::new(Code::InvalidField, message)
}

/// The field that a function is of, in the end.
fn innermost(expression: &Expression) -> Result<&Path, SoqlError> {
    match expression {
        Expression::Field(path) => Ok(path),
        Expression::Call(call) => innermost(&call.argument),
        Expression::Distance(_) => Err(SoqlError::unsupported("DISTANCE()")),
    }
}
