//! A second evaluator, to compare the translation with: no SQL, no index, loops
//! over rows. It is written from the guide alone, and shares with the translation
//! the tree and the schema.

mod cell;
mod condition;
mod groups;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};

use crate::schema::{SObject, Schema};
use crate::soql::{
    Aggregate, DatePart, Direction, Expression, FieldSet, Function, Item, Nulls,
    Ordering as OrderBy, Path, Query, Selection, TypeOf,
};
use crate::sql::Rows;
pub(super) use cell::Cell;

/// A record: its fields' values. Absent ones are null.
pub(super) type Record = BTreeMap<String, Cell>;

/// All records, by object, in the order in which they were added.
pub(super) struct World {
    pub(super) schema: Schema,
    pub(super) tables: BTreeMap<String, Vec<Record>>,
    pub(super) today: Date,
    pub(super) user: String,
}

/// A record and its object.
#[derive(Clone, Copy)]
pub(super) struct Found<'w> {
    sobject: &'w SObject,
    record: &'w Record,
}

impl World {
    /// The records that a statement answers, without their attributes; for
    /// `COUNT()` as many nulls.
    pub(super) fn answer(&self, query: &Query, rows: Rows) -> Vec<Json> {
        let sobject = self.object(&query.from.name.text);
        let found = self.matching(query, sobject, rows, |_| true);
        match &query.selection {
            Selection::Count => vec![Json::Null; cut(query, found).len()],
            Selection::Members(items) if query.is_grouped() => self.groups(query, items, &found),
            Selection::Members(items) => self.records(query, items, found, rows),
        }
    }

    fn object(&self, name: &str) -> &SObject {
        self.schema.named(name).expect("an object")
    }

    fn rows(&self, sobject: &SObject) -> &[Record] {
        self.tables.get(&*sobject.name).map_or(&[], Vec::as_slice)
    }

    fn matching<'w>(
        &'w self,
        query: &Query,
        sobject: &'w SObject,
        rows: Rows,
        also: impl Fn(&Record) -> bool,
    ) -> Vec<Found<'w>> {
        let mut found = Vec::new();
        for record in self.rows(sobject) {
            let is_deleted = record.get("IsDeleted") == Some(&Cell::Boolean(true));
            if is_deleted && rows == Rows::Live || !also(record) {
                continue;
            }
            let mine = query
                .scope
                .as_ref()
                .is_some_and(|scope| scope.text == "mine");
            if mine && record.get("OwnerId") != Some(&Cell::Id(self.user.clone())) {
                continue;
            }
            let here = Found { sobject, record };
            let holds = |condition| {
                self.holds(condition, rows, &mut |expression| {
                    self.value(expression, here, query)
                })
            };
            if query.condition.as_ref().is_none_or(holds) {
                found.push(here);
            }
        }
        found
    }

    fn records(
        &self,
        query: &Query,
        items: &[Item],
        mut found: Vec<Found<'_>>,
        rows: Rows,
    ) -> Vec<Json> {
        found.sort_by(|one, other| {
            sorted(&query.order, |expression| {
                let field = self.schema_field(expression, one.sobject, query);
                (
                    self.value(expression, *one, query),
                    self.value(expression, *other, query),
                    field,
                )
            })
        });
        let found = cut(query, found).into_iter();
        found
            .map(|found| self.shown(query, items, found, rows))
            .collect()
    }

    fn shown(&self, query: &Query, items: &[Item], found: Found<'_>, rows: Rows) -> Json {
        let mut shown = Map::new();
        for item in items {
            match item {
                Item::Value { expression, alias } => {
                    let value = self.value(expression, found, query);
                    let path = innermost(expression);
                    let (parents, name) = match alias {
                        Some(alias) => (&[][..], alias.text.clone()),
                        None => (own_parents(path, found.sobject, query), path.field.clone()),
                    };
                    self.put(&mut shown, found, parents, &name, value.json());
                }
                Item::Fields { set, .. } => {
                    for field in &found.sobject.fields {
                        let is_custom = field.name.contains("__");
                        let is_meant = match set {
                            FieldSet::All => true,
                            FieldSet::Standard => !is_custom,
                            FieldSet::Custom => is_custom,
                        };
                        if is_meant && field.kind.is_stored() {
                            let value = found.record.get(&*field.name).unwrap_or(&Cell::Null);
                            shown.insert(field.name.to_string(), value.json());
                        }
                    }
                }
                Item::TypeOf(type_of) => {
                    let (name, value) = self.type_of(type_of, found, query);
                    shown.insert(name, value);
                }
                Item::Children(subquery) => {
                    let (name, value) = self.children(subquery, found, rows);
                    shown.insert(name, value);
                }
            }
        }
        Json::Object(shown)
    }

    /// Puts a value where it belongs: into parents, which are null if they are
    /// missing.
    fn put(
        &self,
        shown: &mut Map<String, Json>,
        found: Found<'_>,
        parents: &[String],
        name: &str,
        value: Json,
    ) {
        let Some((relationship, rest)) = parents.split_first() else {
            let spelt = found
                .sobject
                .field(name)
                .map(|field| field.name.to_string());
            shown.insert(spelt.unwrap_or_else(|| name.to_owned()), value);
            return;
        };
        let step = self.schema.parent(found.sobject, relationship);
        let spelt = step.expect("a relationship").relationship.to_string();
        match self.parent(found, relationship) {
            None => {
                shown.insert(spelt, Json::Null);
            }
            Some(parent) => {
                let inner = shown.entry(spelt).or_insert_with(|| json!({}));
                let inner = inner.as_object_mut().expect("a parent");
                self.put(inner, parent, rest, name, value);
            }
        }
    }

    fn type_of(&self, type_of: &TypeOf, found: Found<'_>, query: &Query) -> (String, Json) {
        let name = &type_of.relationship.field;
        let step = self.schema.parent(found.sobject, name);
        let spelt = step.expect("a relationship").relationship.to_string();
        let Some(parent) = self.parent(found, name) else {
            return (spelt, Json::Null);
        };
        let is_case = |object: &str| parent.sobject.name.eq_ignore_ascii_case(object);
        let mut cases = type_of.cases.iter();
        let mut shown = Map::new();
        let Some(case) = cases.find(|case| is_case(&case.sobject.text)) else {
            for path in &type_of.otherwise {
                let path = Path {
                    parents: vec![name.clone()],
                    ..path.clone()
                };
                let value = self.value(&Expression::Field(path.clone()), found, query);
                shown.insert(path.field, value.json());
            }
            let value = (!shown.is_empty()).then_some(Json::Object(shown));
            return (spelt, value.unwrap_or(Json::Null));
        };
        for path in &case.fields {
            let value = self.value(&Expression::Field(path.clone()), parent, query);
            self.put(&mut shown, parent, &path.parents, &path.field, value.json());
        }
        (spelt, Json::Object(shown))
    }

    fn children(&self, subquery: &Query, found: Found<'_>, rows: Rows) -> (String, Json) {
        let name = &subquery.from.name.text;
        let step = self.schema.children(found.sobject, name);
        let step = step.expect("children");
        let id = found.record.get("Id");
        let child = self.object(&step.sobject.name);
        let matching = self.matching(subquery, child, rows, |record| {
            record.get(&*step.field.name) == id
        });
        let Selection::Members(items) = &subquery.selection else {
            panic!("children have members");
        };
        let records = self.records(subquery, items, matching, rows);
        let value = match records.len() {
            0 => Json::Null,
            size => json!({"totalSize": size, "done": true, "records": records}),
        };
        (step.relationship.to_string(), value)
    }

    /// The record that a reference points to.
    fn parent<'w>(&'w self, found: Found<'w>, relationship: &str) -> Option<Found<'w>> {
        let step = self.schema.parent(found.sobject, relationship);
        let id = found
            .record
            .get(&*step.expect("a relationship").field.name)?;
        for (object, records) in &self.tables {
            if let Some(record) = records.iter().find(|record| record.get("Id") == Some(id)) {
                let sobject = self.object(object);
                return Some(Found { sobject, record });
            }
        }
        None
    }

    fn value(&self, expression: &Expression, found: Found<'_>, query: &Query) -> Cell {
        match expression {
            Expression::Field(path) => {
                let mut here = Some(found);
                let mut is_any = false;
                for parent in own_parents(path, found.sobject, query) {
                    is_any = here.is_some_and(|here| self.is_any(here.sobject, parent));
                    here = here.and_then(|here| self.parent(here, parent));
                }
                let value = here.and_then(|here| {
                    if is_any && path.field.eq_ignore_ascii_case("Type") {
                        return Some(Cell::Text(here.sobject.name.to_string()));
                    }
                    let field = here.sobject.field(&path.field);
                    let is_name = is_any && path.field.eq_ignore_ascii_case("Name");
                    let mut names = here.sobject.fields.iter().filter(|field| field.name_field);
                    let field = field.or_else(|| names.next().filter(|_| is_name))?;
                    here.record.get(&*field.name).cloned()
                });
                let is_boolean = || self.is_boolean(path, found.sobject, query);
                match value {
                    None | Some(Cell::Null) if is_boolean() => Cell::Boolean(false),
                    None => Cell::Null,
                    Some(value) => value,
                }
            }
            Expression::Call(call) => {
                let argument = self.value(&call.argument, found, query);
                match call.function {
                    Function::Date(part) => date_part(part, &argument),
                    Function::ConvertTimezone | Function::ConvertCurrency => argument,
                    Function::ToLabel => {
                        let path = innermost(expression);
                        let field = self.field(path, found.sobject, query);
                        let choices = field.as_ref().map(|field| &field.picklist.values);
                        argument.label(choices.map_or(&[], Vec::as_slice))
                    }
                    other => panic!("{} of a row", other.name()),
                }
            }
            Expression::Distance(_) => panic!("no distances"),
        }
    }

    /// Whether a relationship leads to several objects.
    fn is_any(&self, sobject: &SObject, relationship: &str) -> bool {
        let step = self.schema.parent(sobject, relationship);
        let reference = step.and_then(|step| step.field.reference.clone());
        reference.is_some_and(|reference| reference.to.len() > 1)
    }

    /// The field of a path that does not go through several objects.
    fn field(
        &self,
        path: &Path,
        sobject: &SObject,
        query: &Query,
    ) -> Option<std::sync::Arc<crate::schema::Field>> {
        let mut sobject = std::sync::Arc::clone(self.schema.named(&sobject.name)?);
        for parent in own_parents(path, &sobject.clone(), query) {
            sobject = self.schema.parent(&sobject, parent)?.sobject;
        }
        sobject.field(&path.field).cloned()
    }

    fn is_boolean(&self, path: &Path, sobject: &SObject, query: &Query) -> bool {
        let field = self.field(path, sobject, query);
        field.is_some_and(|field| field.kind == crate::schema::Kind::Boolean)
    }

    fn schema_field(
        &self,
        expression: &Expression,
        sobject: &SObject,
        query: &Query,
    ) -> Option<std::sync::Arc<crate::schema::Field>> {
        match expression {
            Expression::Field(path) => self.field(path, sobject, query),
            // The least and the greatest choice are choices.
            Expression::Call(call)
                if matches!(
                    call.function,
                    Function::Aggregate(Aggregate::Minimum | Aggregate::Maximum)
                ) =>
            {
                let field = self.field(innermost(expression), sobject, query)?;
                let mut field = crate::schema::Field::clone(&field);
                field.reference = None;
                Some(std::sync::Arc::new(field))
            }
            _ => None,
        }
    }
}

/// Orders two rows by their values and the field that these are of.
fn sorted(
    order: &[OrderBy],
    mut values: impl FnMut(&Expression) -> (Cell, Cell, Option<std::sync::Arc<crate::schema::Field>>),
) -> Ordering {
    for OrderBy {
        expression,
        direction,
        nulls,
    } in order
    {
        let (one, other, field) = values(expression);
        let is_reference = field
            .as_ref()
            .is_some_and(|field| field.reference.is_some());
        let nulls_first = *nulls == Nulls::First || is_reference;
        let compared = match (one == Cell::Null, other == Cell::Null) {
            (true, true) => Ordering::Equal,
            (true, false) if nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let choices = field.as_ref().map(|field| &field.picklist.values);
                let compared = one.in_order(&other, choices.map_or(&[], Vec::as_slice));
                match direction {
                    Direction::Ascending => compared,
                    Direction::Descending => compared.reverse(),
                }
            }
        };
        if compared != Ordering::Equal {
            return compared;
        }
    }
    Ordering::Equal
}

/// What OFFSET and LIMIT leave.
fn cut<T>(query: &Query, rows: Vec<T>) -> Vec<T> {
    let offset = query.offset.unwrap_or(0) as usize;
    let limit = query.limit.unwrap_or(u64::MAX) as usize;
    rows.into_iter().skip(offset).take(limit).collect()
}

/// The parents of a path, without the name of FROM's own object.
fn own_parents<'p>(path: &'p Path, sobject: &SObject, query: &Query) -> &'p [String] {
    let alias = query.from.alias.as_ref().map(|alias| alias.text.as_str());
    match path.parents.split_first() {
        Some((first, rest))
            if first.eq_ignore_ascii_case(&sobject.name) || Some(first.as_str()) == alias =>
        {
            rest
        }
        _ => &path.parents,
    }
}

fn innermost(expression: &Expression) -> &Path {
    match expression {
        Expression::Field(path) => path,
        Expression::Call(call) => innermost(&call.argument),
        Expression::Distance(_) => panic!("no distances"),
    }
}

/// A part of a date, by the guide's table.
fn date_part(part: DatePart, value: &Cell) -> Cell {
    let (date, hour) = match value {
        Cell::Date(date) => (*date, 0),
        Cell::Instant(milliseconds) => {
            let days = milliseconds.div_euclid(86_400_000);
            let date = Date::constant(1970, 1, 1) + jiff::Span::new().days(days);
            (date, milliseconds.rem_euclid(86_400_000) / 3_600_000)
        }
        _ => return Cell::Null,
    };
    let (month, day) = (i64::from(date.month()), i64::from(date.day()));
    let day_of_year = i64::from(date.day_of_year());
    Cell::Integer(match part {
        DatePart::CalendarMonth | DatePart::FiscalMonth => month,
        DatePart::CalendarQuarter | DatePart::FiscalQuarter => match month {
            1..=3 => 1,
            4..=6 => 2,
            7..=9 => 3,
            _ => 4,
        },
        DatePart::CalendarYear | DatePart::FiscalYear => i64::from(date.year()),
        DatePart::DayInMonth => day,
        DatePart::DayInWeek => i64::from(date.weekday().to_sunday_one_offset()),
        DatePart::DayInYear => day_of_year,
        DatePart::DayOnly => return Cell::Date(date),
        DatePart::HourInDay => hour,
        DatePart::WeekInMonth => (1..=5).find(|week| day <= week * 7).expect("a week"),
        DatePart::WeekInYear => (1..=53)
            .find(|week| day_of_year <= week * 7)
            .expect("a week"),
    })
}
