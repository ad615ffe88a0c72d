//! Aggregates.

use super::super::Fragment;
use super::super::operand::Operand;
use crate::schema::Kind;
use crate::soql::Aggregate;

/// An aggregate of a value that every row of a group has.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) function: Aggregate,
    /// The value, as the rows have it.
    pub(super) argument: Operand,
}

impl Measure {
    /// Whether such a value can be aggregated so.
    ///
    /// Source: SOQL and SOSL Reference, "Support for Field Types in Aggregate
    /// Functions".
    pub(super) fn is_possible(&self) -> bool {
        let kind = self.argument.kind;
        let is_number = matches!(kind, Kind::Integer | Kind::Double);
        self.argument.field.aggregatable
            && kind != Kind::Time
            && match self.function {
                Aggregate::Average | Aggregate::Sum => is_number,
                Aggregate::Count
                | Aggregate::CountDistinct
                | Aggregate::Maximum
                | Aggregate::Minimum => true,
            }
    }

    /// What the result is.
    pub(super) fn kind(&self) -> Kind {
        match self.function {
            Aggregate::Count | Aggregate::CountDistinct => Kind::Integer,
            Aggregate::Average => Kind::Double,
            Aggregate::Sum | Aggregate::Maximum | Aggregate::Minimum => self.argument.kind,
        }
    }

    /// The aggregate in SQL, of the rows' column `column`.
    pub(super) fn of(&self, column: &str) -> Fragment {
        let argument = Operand {
            sql: Fragment::new(column),
            ..self.argument.clone()
        };
        let simple = |function: &str| Fragment::new(&format!("{function}({column})"));
        match self.function {
            Aggregate::Count => simple("count"),
            Aggregate::CountDistinct => argument.comparable().between("count(DISTINCT ", ")"),
            Aggregate::Average => simple("avg"),
            Aggregate::Sum if self.argument.kind == Kind::Integer => simple("sum_of_integers"),
            Aggregate::Sum => simple("sum_of_fractions"),
            Aggregate::Minimum if self.is_text() => self.extreme("least", &argument),
            Aggregate::Maximum if self.is_text() => self.extreme("greatest", &argument),
            Aggregate::Minimum => simple("min"),
            Aggregate::Maximum => simple("max"),
        }
    }

    fn is_text(&self) -> bool {
        self.argument.kind == Kind::Text
    }

    fn extreme(&self, function: &str, argument: &Operand) -> Fragment {
        let key = argument.sortable().between(&format!("{function}("), "");
        let mut sql = key;
        sql.push_text(&format!(", {})", argument.sql.text));
        sql
    }
}
