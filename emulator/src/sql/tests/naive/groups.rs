//! Groups: by comparing each record with each group.

use serde_json::{Map, Value as Json};

use super::cell::letters;
use super::{Cell, Found, World, cut, date_part, innermost, sorted};
use crate::soql::{Aggregate, Call, Expression, Function, GroupingKind, Item, Query};
use crate::sql::Rows;

/// Some records, and which of the grouping's values they have in common.
struct Group<'w> {
    found: Vec<Found<'w>>,
    kept: Vec<bool>,
    values: Vec<Cell>,
}

impl World {
    pub(super) fn groups(&self, query: &Query, items: &[Item], found: &[Found<'_>]) -> Vec<Json> {
        let mut groups = self.all_groups(query, found);
        if let Some(having) = &query.having {
            groups.retain(|group| {
                self.holds(having, Rows::Live, &mut |expression| {
                    self.group_value(expression, group, query)
                })
            });
        }
        let sobject = self.object(&query.from.name.text);
        groups.sort_by(|one, other| {
            sorted(&query.order, |expression| {
                (
                    self.group_value(expression, one, query),
                    self.group_value(expression, other, query),
                    self.schema_field(expression, sobject, query),
                )
            })
        });
        let groups = cut(query, groups).into_iter();
        groups
            .map(|group| self.shown_group(query, items, &group))
            .collect()
    }

    fn all_groups<'w>(&self, query: &Query, found: &[Found<'w>]) -> Vec<Group<'w>> {
        let Some(grouping) = &query.group else {
            return vec![Group {
                found: found.to_vec(),
                kept: Vec::new(),
                values: Vec::new(),
            }];
        };
        let number = grouping.by.len();
        let sets: Vec<Vec<bool>> = match grouping.kind {
            GroupingKind::Plain => vec![vec![true; number]],
            GroupingKind::Rollup => {
                let ends = 0..=number;
                ends.map(|end| (0..number).map(|place| place < end).collect())
                    .collect()
            }
            GroupingKind::Cube => {
                let mut sets = vec![Vec::new()];
                for _ in 0..number {
                    let both = |set: Vec<bool>| {
                        let with = [set.clone(), vec![true]].concat();
                        [with, [set, vec![false]].concat()]
                    };
                    sets = sets.into_iter().flat_map(both).collect();
                }
                sets
            }
        };
        let mut groups: Vec<Group<'w>> = Vec::new();
        for kept in sets {
            let mut own: Vec<Group<'w>> = Vec::new();
            if !kept.contains(&true) {
                own.push(Group {
                    found: Vec::new(),
                    kept: kept.clone(),
                    values: vec![Cell::Null; number],
                });
            }
            for found in found {
                let values: Vec<Cell> = grouping
                    .by
                    .iter()
                    .zip(&kept)
                    .map(|(expression, kept)| {
                        let value = self.value(expression, *found, query);
                        if *kept { value } else { Cell::Null }
                    })
                    .collect();
                let same = |group: &&mut Group<'w>| {
                    let mut pairs = group.values.iter().zip(&values);
                    pairs.all(|(one, other)| is_same(one, other))
                };
                match own.iter_mut().find(same) {
                    Some(group) => {
                        group.found.push(*found);
                        for (known, value) in group.values.iter_mut().zip(values) {
                            *known = first(known.clone(), value);
                        }
                    }
                    None => own.push(Group {
                        found: vec![*found],
                        kept: kept.clone(),
                        values,
                    }),
                }
            }
            groups.extend(own);
        }
        groups
    }

    fn shown_group(&self, query: &Query, items: &[Item], group: &Group<'_>) -> Json {
        let mut shown = Map::new();
        let mut unnamed = 0;
        let sobject = self.object(&query.from.name.text);
        for item in items {
            let Item::Value { expression, alias } = item else {
                panic!("a value");
            };
            let is_named = match expression {
                Expression::Field(_) => true,
                Expression::Call(call) => {
                    matches!(call.function, Function::ToLabel | Function::ConvertCurrency)
                }
                Expression::Distance(_) => false,
            };
            let name = match alias {
                Some(alias) => alias.text.clone(),
                None if is_named => {
                    let field = self.field(innermost(expression), sobject, query);
                    field.expect("a field").name.to_string()
                }
                None => {
                    unnamed += 1;
                    format!("expr{}", unnamed - 1)
                }
            };
            let value = self.group_value(expression, group, query);
            shown.insert(name, value.json());
        }
        Json::Object(shown)
    }

    fn group_value(&self, expression: &Expression, group: &Group<'_>, query: &Query) -> Cell {
        let by = query.group.iter().flat_map(|grouping| &grouping.by);
        let mut by = by.map(written);
        let place = by.position(|by| by == written(expression));
        if let Some(place) = place {
            return group.values[place].clone();
        }
        let Expression::Call(call) = expression else {
            panic!("not grouped: {expression:?}");
        };
        match call.function {
            Function::Aggregate(function) => self.aggregate(function, call, group, query),
            Function::Grouping => {
                let by = query.group.iter().flat_map(|grouping| &grouping.by);
                let place = by.map(written).position(|by| by == written(&call.argument));
                Cell::Integer(i64::from(!group.kept[place.expect("grouped")]))
            }
            Function::Date(part) => {
                date_part(part, &self.group_value(&call.argument, group, query))
            }
            Function::ToLabel | Function::ConvertCurrency => {
                self.group_value(&call.argument, group, query)
            }
            other => panic!("{} of a group", other.name()),
        }
    }

    fn aggregate(
        &self,
        function: Aggregate,
        call: &Call,
        group: &Group<'_>,
        query: &Query,
    ) -> Cell {
        let mut values = Vec::new();
        for found in &group.found {
            let value = self.value(&call.argument, *found, query);
            if value != Cell::Null {
                values.push(value);
            }
        }
        let field = self.field(
            innermost(&call.argument),
            self.object(&query.from.name.text),
            query,
        );
        let choices = field.map(|field| field.picklist.values.clone());
        let choices = choices.unwrap_or_default();
        match function {
            Aggregate::Count => Cell::Integer(values.len() as i64),
            Aggregate::CountDistinct => {
                let mut distinct: Vec<Cell> = Vec::new();
                for value in values {
                    if !distinct.iter().any(|known| is_same(known, &value)) {
                        distinct.push(value);
                    }
                }
                Cell::Integer(distinct.len() as i64)
            }
            Aggregate::Sum | Aggregate::Average => {
                let is_whole = values.iter().all(|value| matches!(value, Cell::Integer(_)));
                let sum: f64 = values.iter().map(Cell::number).sum();
                match values.len() {
                    0 => Cell::Null,
                    number if function == Aggregate::Average => Cell::Double(sum / number as f64),
                    _ if is_whole => Cell::Integer(sum as i64),
                    _ => Cell::Double(decimal_sum(&values)),
                }
            }
            Aggregate::Minimum | Aggregate::Maximum => {
                let mut best: Option<Cell> = None;
                for value in values {
                    best = Some(match best {
                        None => value,
                        Some(best) => {
                            let order = value.in_order(&best, &choices);
                            let is_better = if function == Aggregate::Minimum {
                                order.is_lt()
                            } else {
                                order.is_gt()
                            };
                            if is_better {
                                value
                            } else if order.is_eq() {
                                first(best, value)
                            } else {
                                best
                            }
                        }
                    });
                }
                best.unwrap_or(Cell::Null)
            }
        }
    }
}

/// Whether two values are one group's.
fn is_same(one: &Cell, other: &Cell) -> bool {
    match (one, other) {
        (Cell::Text(one), Cell::Text(other)) => letters(one) == letters(other),
        (one, other) => one == other,
    }
}

/// Of texts that differ in case alone, the first in bytes.
fn first(one: Cell, other: Cell) -> Cell {
    match (one, other) {
        (Cell::Text(one), Cell::Text(other)) => Cell::Text(one.min(other)),
        (one, _) => one,
    }
}

/// A sum as people write it below each other: whole numbers of the smallest decimal
/// place that a summand has.
fn decimal_sum(values: &[Cell]) -> f64 {
    let values = || values.iter().map(Cell::number);
    let places = values().map(|value| {
        let text = value.to_string();
        text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
    });
    let places = places.max().unwrap_or(0);
    let units: i128 = values()
        .map(|value| format!("{value:.places$}").replace('.', ""))
        .map(|digits| digits.parse::<i128>().expect("a number that fits"))
        .sum();
    let decimal = format!("{units}e-{places}");
    decimal.parse().expect("a number")
}

/// An expression without its place.
fn written(expression: &Expression) -> String {
    match expression {
        Expression::Field(path) => {
            let parents = path.parents.join(".");
            format!("{parents}.{}", path.field).to_lowercase()
        }
        Expression::Call(call) => {
            format!("{}({})", call.function.name(), written(&call.argument))
        }
        Expression::Distance(_) => String::new(),
    }
}
