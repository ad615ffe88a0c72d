//! A tree as a statement.
//!
//! What is printed reads as the same tree, but for the places of its parts.

mod condition;
mod literal;

use std::fmt::{self, Display, Formatter};

use super::ast::{
    Call, CategorySelector, DataCategory, Direction, Distance, Expression, FieldSet, Grouping,
    GroupingKind, Item, Location, Name, Nulls, Ordering, Path, Purpose, Query, Selection, Setting,
    Source, Statistic, TypeOf, Unit, With,
};

impl Display for Query {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "SELECT {} FROM {}", self.selection, self.from)?;
        for source in &self.further {
            write!(out, ", {source}")?;
        }
        // After the last object, because after a scope an object of the name
        // Scope reads as another one.
        if let Some(scope) = &self.scope {
            write!(out, " USING SCOPE {scope}")?;
        }
        if let Some(condition) = &self.condition {
            write!(out, " WHERE {condition}")?;
        }
        for with in &self.with {
            write!(out, " WITH {with}")?;
        }
        if let Some(group) = &self.group {
            write!(out, " GROUP BY {group}")?;
        }
        if let Some(having) = &self.having {
            write!(out, " HAVING {having}")?;
        }
        if !self.order.is_empty() {
            write!(out, " ORDER BY {}", List(&self.order))?;
        }
        if let Some(limit) = self.limit {
            write!(out, " LIMIT {limit}")?;
        }
        if let Some(offset) = self.offset {
            write!(out, " OFFSET {offset}")?;
        }
        let mut purposes = self.purposes.iter();
        if let Some(purpose) = purposes.next() {
            write!(out, " FOR {purpose}")?;
        }
        if !self.statistics.is_empty() {
            write!(out, " UPDATE {}", List(&self.statistics))?;
        }
        if let Some(purpose) = purposes.next() {
            write!(out, " FOR {purpose}")?;
        }
        if self.all_rows {
            write!(out, " ALL ROWS")?;
        }
        if !self.options.is_empty() {
            write!(out, " SET OPTIONS ({})", List(&self.options))?;
        }
        Ok(())
    }
}

/// Parts with commas between them.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        separated(out, self.0, ", ")
    }
}

fn separated<T: Display>(out: &mut Formatter<'_>, parts: &[T], between: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(between)?;
        }
        write!(out, "{part}")?;
    }
    Ok(())
}

impl Display for Selection {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => out.write_str("COUNT()"),
            Self::Members(items) => write!(out, "{}", List(items)),
        }
    }
}

impl Display for Item {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { expression, alias } => {
                write!(out, "{expression}")?;
                alias.iter().try_for_each(|alias| write!(out, " {alias}"))
            }
            Self::Fields { set, .. } => write!(out, "FIELDS({set})"),
            Self::TypeOf(type_of) => write!(out, "{type_of}"),
            Self::Children(query) => write!(out, "({query})"),
        }
    }
}

impl Display for FieldSet {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::All => "ALL",
            Self::Standard => "STANDARD",
            Self::Custom => "CUSTOM",
        })
    }
}

impl Display for TypeOf {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "TYPEOF {}", self.relationship)?;
        for case in &self.cases {
            write!(out, " WHEN {} THEN {}", case.sobject, List(&case.fields))?;
        }
        if !self.otherwise.is_empty() {
            write!(out, " ELSE {}", List(&self.otherwise))?;
        }
        out.write_str(" END")
    }
}

impl Display for Source {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for parent in &self.parents {
            write!(out, "{parent}.")?;
        }
        write!(out, "{}", self.name)?;
        // AS tells a second name from the beginning of a clause.
        self.alias
            .iter()
            .try_for_each(|alias| write!(out, " AS {alias}"))
    }
}

impl Display for Name {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Display for Path {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for parent in &self.parents {
            write!(out, "{parent}.")?;
        }
        out.write_str(&self.field)
    }
}

impl Display for Expression {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => write!(out, "{path}"),
            Self::Call(Call {
                function, argument, ..
            }) => write!(out, "{}({argument})", function.name()),
            Self::Distance(distance) => write!(out, "{distance}"),
        }
    }
}

impl Display for Distance {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Kilometres => "km",
            Unit::Miles => "mi",
        };
        write!(out, "DISTANCE({}, {}, '{unit}')", self.from, self.to)
    }
}

impl Display for Location {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => write!(out, "{path}"),
            Self::Coordinates {
                latitude,
                longitude,
            } => write!(out, "GEOLOCATION({latitude}, {longitude})"),
        }
    }
}

impl Display for With {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(name) => write!(out, "{name}"),
            Self::DataCategory(categories) => {
                out.write_str("DATA CATEGORY ")?;
                separated(out, categories, " AND ")
            }
            Self::Setting(setting) => write!(out, "{setting}"),
            Self::Settings { name, settings } => write!(out, "{name} ({})", List(settings)),
        }
    }
}

impl Display for Setting {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} = {}", self.name, self.literal)
    }
}

impl Display for DataCategory {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let selector = match self.selector {
            CategorySelector::At => "AT",
            CategorySelector::Above => "ABOVE",
            CategorySelector::Below => "BELOW",
            CategorySelector::AboveOrBelow => "ABOVE_OR_BELOW",
        };
        let categories = List(&self.categories);
        write!(out, "{} {selector} ({categories})", self.group)
    }
}

impl Display for Grouping {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let by = List(&self.by);
        match self.kind {
            GroupingKind::Plain => write!(out, "{by}"),
            GroupingKind::Rollup => write!(out, "ROLLUP({by})"),
            GroupingKind::Cube => write!(out, "CUBE({by})"),
        }
    }
}

impl Display for Ordering {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let nulls = match self.nulls {
            Nulls::First => "FIRST",
            Nulls::Last => "LAST",
        };
        write!(out, "{} {direction} NULLS {nulls}", self.expression)
    }
}

impl Display for Purpose {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::View => "VIEW",
            Self::Reference => "REFERENCE",
            Self::Update => "UPDATE",
        })
    }
}

impl Display for Statistic {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tracking => "TRACKING",
            Self::ViewStat => "VIEWSTAT",
        })
    }
}

#[cfg(test)]
mod tests;
