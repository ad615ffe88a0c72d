//! What a group has: the values that tell it apart, and aggregates.
//!
//! The SQL has three layers. `m` has the rows with a column `k0`, `k1` … for each
//! grouping value and `a0`, `a1` … for each aggregate's argument. Above it are
//! the groups, with `g0` … for each grouping value, `s0` … for whether it is a
//! subtotal over that, and `v0` … for each aggregate. The statement's own SELECT,
//! HAVING and ORDER BY are about those.

use super::super::Fragment;
use super::super::joins::Joins;
use super::super::operand::{Operand, Role};
use super::measure::Measure;
use super::{malformed, sets};
use crate::schema::Kind;
use crate::soql::{
    Aggregate, Call, Code, DatePart, Expression, Function, GroupingKind, Query, SoqlError,
};

/// Values that ROLLUP and CUBE may have. Source: SOQL and SOSL Reference, "GROUP
/// BY ROLLUP" and "GROUP BY CUBE".
const SUBTOTALS_MAX: usize = 3;

/// What the groups of a statement have.
pub(super) struct Values<'q> {
    pub(super) joins: Joins<'q>,
    /// Without GROUP BY all rows are one group.
    kind: Option<GroupingKind>,
    /// As the rows have them.
    keys: Vec<Operand>,
    measures: Vec<Measure>,
}

impl<'q> Values<'q> {
    /// The grouping values of a statement.
    pub(super) fn new(query: &'q Query, mut joins: Joins<'q>) -> Result<Self, SoqlError> {
        let kind = query.group.as_ref().map(|group| group.kind);
        let mut keys: Vec<Operand> = Vec::new();
        let by = query.group.iter().flat_map(|group| &group.by);
        for expression in by {
            let key = Operand::of_row(expression, &mut joins)?;
            check_key(&key, &joins)?;
            if keys.iter().any(|known| known.identity == key.identity) {
                return Err(malformed(&format!(
                    "duplicate grouping expression: {}",
                    key.name
                )));
            }
            keys.push(key);
        }
        let has_subtotals = matches!(kind, Some(GroupingKind::Rollup | GroupingKind::Cube));
        if has_subtotals && keys.len() > SUBTOTALS_MAX {
            // The words are the emulator's own.
            return Err(malformed(&format!(
                "GROUP BY ROLLUP and GROUP BY CUBE can have at most {SUBTOTALS_MAX} fields"
            )));
        }
        Ok(Self {
            joins,
            kind,
            keys,
            measures: Vec::new(),
        })
    }

    /// A group's value.
    pub(super) fn of(&mut self, expression: &Expression) -> Result<Operand, SoqlError> {
        self.find(expression, "Field must be grouped or aggregated")
    }

    /// The same in ORDER BY.
    pub(super) fn ordered(&mut self, expression: &Expression) -> Result<Operand, SoqlError> {
        self.find(expression, "Ordered field must be grouped or aggregated")
    }

    fn find(&mut self, expression: &Expression, refusal: &str) -> Result<Operand, SoqlError> {
        if let Expression::Call(call) = expression {
            match call.function {
                Function::Aggregate(function) => return self.aggregate(function, call),
                Function::Grouping => return self.grouping(call),
                Function::Format => return Ok(self.find(&call.argument, refusal)?.formatted()),
                _ => {}
            }
        }
        let row = Operand::of_row(expression, &mut self.joins)?;
        if let Some(key) = self.key(&row) {
            return Ok(key);
        }
        // A function of a grouping value is a value of the group as well.
        if let Expression::Call(call) = expression {
            match call.function {
                Function::ToLabel => return Ok(self.find(&call.argument, refusal)?.label()),
                Function::Date(part) => {
                    if let Some(value) = self.date_part(part, call)? {
                        return Ok(value);
                    }
                }
                _ => {}
            }
        }
        Err(malformed(&format!(
            "{refusal}: {}",
            self.text(&row, expression)
        )))
    }

    /// A part of a date that the groups are told apart by; not of a datetime.
    ///
    /// Source: SOQL and SOSL Reference, "Date Functions".
    fn date_part(&mut self, part: DatePart, call: &Call) -> Result<Option<Operand>, SoqlError> {
        let argument = Operand::of_row(&call.argument, &mut self.joins)?;
        match self.key(&argument) {
            Some(key) if key.kind == Kind::Date => key.part(part, call.at, &self.joins).map(Some),
            _ => Ok(None),
        }
    }

    fn aggregate(&mut self, function: Aggregate, call: &Call) -> Result<Operand, SoqlError> {
        let argument = match &*call.argument {
            field @ Expression::Field(_) => Operand::of_row(field, &mut self.joins)?,
            Expression::Call(_) | Expression::Distance(_) => {
                let message = format!(
                    "nested functional syntax can only be used in the following manner: \
                     date_function(convertTimezone(columnName)): {}",
                    call.function.name()
                );
                return Err(self.joins.malformed(call.at, &message));
            }
        };
        let measure = Measure { function, argument };
        let Measure { argument, .. } = &measure;
        let name = self.text(argument, &call.argument);
        if !measure.is_possible() {
            let message = format!(
                "field {name} does not support aggregate operator {}",
                call.function.name()
            );
            return Err(self.joins.malformed(call.at, &message));
        }
        if self.kind == Some(GroupingKind::Plain) && self.key(argument).is_some() {
            let message = format!("Grouped field should not be aggregated: {name}");
            return Err(self.joins.malformed(call.at, &message));
        }
        let same = |known: &Measure| {
            known.function == function && known.argument.identity == argument.identity
        };
        let place = self.measures.iter().position(same).unwrap_or_else(|| {
            self.measures.push(measure.clone());
            self.measures.len() - 1
        });
        Ok(Operand {
            sql: Fragment::new(&format!("v{place}")),
            kind: measure.kind(),
            name: format!("{}({name})", call.function.name()),
            at: call.at,
            role: Role::Aggregate,
            ..measure.argument
        })
    }

    fn grouping(&mut self, call: &Call) -> Result<Operand, SoqlError> {
        let row = Operand::of_row(&call.argument, &mut self.joins)?;
        let place = self.place(&row);
        let has_subtotals = matches!(self.kind, Some(GroupingKind::Rollup | GroupingKind::Cube));
        match place {
            Some(place) if has_subtotals => Ok(Operand {
                sql: Fragment::new(&format!("s{place}")),
                kind: Kind::Integer,
                name: format!("GROUPING({})", row.name),
                at: call.at,
                role: Role::Aggregate,
                ..row
            }),
            // The words are the emulator's own.
            _ => {
                let message = format!(
                    "GROUPING() needs a field of GROUP BY ROLLUP or GROUP BY CUBE: {}",
                    row.name
                );
                Err(self.joins.malformed(call.at, &message))
            }
        }
    }

    fn place(&self, row: &Operand) -> Option<usize> {
        self.keys
            .iter()
            .position(|key| key.identity == row.identity)
    }

    /// The grouping value that a row's value is.
    fn key(&self, row: &Operand) -> Option<Operand> {
        let place = self.place(row)?;
        Some(Operand {
            sql: Fragment::new(&format!("g{place}")),
            ..row.clone()
        })
    }

    /// A value as the statement writes it.
    fn text(&self, row: &Operand, expression: &Expression) -> String {
        match expression {
            Expression::Field(path) => {
                let parents = path.parents.iter().map(String::as_str);
                parents.chain([&*path.field]).collect::<Vec<_>>().join(".")
            }
            Expression::Call(_) | Expression::Distance(_) => row.name.clone(),
        }
    }

    /// `WITH m AS (…)`: the rows, which hold `condition`.
    pub(super) fn rows(&self, condition: &Fragment) -> Fragment {
        let keys = self.keys.iter().enumerate();
        let keys = keys.map(|(place, key)| key.sql.clone().between("", &format!(" AS k{place}")));
        let arguments = self.measures.iter().enumerate().map(|(place, measure)| {
            let argument = measure.argument.sql.clone();
            argument.between("", &format!(" AS a{place}"))
        });
        let mut columns: Vec<Fragment> = keys.chain(arguments).collect();
        if columns.is_empty() {
            columns.push(Fragment::new("1"));
        }
        let mut rows = Fragment::new("WITH m AS (SELECT ");
        rows.push(Fragment::list(columns));
        rows.push_text(&format!(" FROM {} WHERE ", self.joins.clause()));
        rows.push(condition.clone());
        rows.push_text(") ");
        rows
    }

    /// The groups and their subtotals.
    pub(super) fn groups(&self) -> Fragment {
        let kind = self.kind.unwrap_or(GroupingKind::Plain);
        let mut groups = Fragment::new("");
        for (number, kept) in sets::of(kind, self.keys.len()).iter().enumerate() {
            groups.push_text(if number == 0 { "" } else { " UNION ALL " });
            groups.push(self.set(kept));
        }
        groups
    }

    fn set(&self, kept: &[bool]) -> Fragment {
        let mut columns = Vec::new();
        let mut by = Vec::new();
        for (place, (key, kept)) in self.keys.iter().zip(kept).enumerate() {
            let column = Operand {
                sql: Fragment::new(&format!("k{place}")),
                ..key.clone()
            };
            let (value, subtotal) = match (kept, column.is_folded()) {
                (false, _) => ("NULL".to_owned(), 1),
                // Of texts that differ in case alone, the first in bytes.
                (true, true) => (format!("min(k{place})"), 0),
                (true, false) => (format!("k{place}"), 0),
            };
            columns.push(Fragment::new(&format!(
                "{value} AS g{place}, {subtotal} AS s{place}"
            )));
            if *kept {
                by.push(column.comparable());
            }
        }
        for (place, measure) in self.measures.iter().enumerate() {
            let value = measure.of(&format!("a{place}"));
            columns.push(value.between("", &format!(" AS v{place}")));
        }
        // Without GROUP BY it is an aggregate that makes one group of all rows.
        if self.measures.is_empty() {
            columns.push(Fragment::new("count(*)"));
        }
        let mut set = Fragment::new("SELECT ");
        set.push(Fragment::list(columns));
        set.push_text(" FROM m");
        if !by.is_empty() {
            set.push_text(" GROUP BY ");
            set.push(Fragment::list(by));
        }
        set
    }
}

fn check_key(key: &Operand, joins: &Joins<'_>) -> Result<(), SoqlError> {
    let is_groupable = match key.role {
        Role::Field => key.field.groupable,
        Role::Shown => !key.is_formatted && key.field.groupable,
        Role::DatePart => true,
        Role::Aggregate => false,
    };
    if is_groupable {
        return Ok(());
    }
    let message = format!("field '{}' can not be grouped in a query call", key.name);
    Err(SoqlError::at(
        Code::MalformedQuery,
        joins.soql,
        key.at,
        &message,
    ))
}
