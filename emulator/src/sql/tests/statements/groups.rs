//! GROUP BY.

use super::{Writer, Written, is_apart};
use crate::schema::{Field, Kind, SObject};

impl<'w> Writer<'w> {
    pub(super) fn grouped(&mut self, sobject: &'w SObject) -> Written {
        let kind = self.dice.word(&["", "", "ROLLUP", "CUBE"]);
        let keys = self.keys(sobject);
        let mut items: Vec<String> = Vec::new();
        for key in &keys {
            if !self.dice.once_in(4) {
                items.push(self.with_alias(key, items.len()));
            }
        }
        let mut aggregates = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            aggregates.extend(self.aggregate(sobject, &keys));
        }
        for aggregate in &aggregates {
            let alias = match self.dice.below(2) {
                0 => String::new(),
                _ => format!(" total{}", items.len()),
            };
            items.push(format!("{aggregate}{alias}"));
        }
        let has_subtotals = !kind.is_empty() && !keys.is_empty();
        if has_subtotals {
            let key = self.dice.one(&keys).clone();
            items.push(format!("GROUPING({key}) sub{}", items.len()));
        }
        if items.is_empty() || aggregates.is_empty() {
            items.push("COUNT(Id)".to_owned());
        }
        let condition = self.clause(sobject, true);
        let (group, having, end, is_ordered) = if keys.is_empty() {
            (String::new(), String::new(), String::new(), true)
        } else {
            let list = keys.join(", ");
            let group = match kind {
                "" => format!(" GROUP BY {list}"),
                kind => format!(" GROUP BY {kind}({list})"),
            };
            let (end, is_ordered) = self.end(&keys, &aggregates, has_subtotals);
            (group, self.having(&aggregates), end, is_ordered)
        };
        let select = items.join(", ");
        Written {
            soql: format!(
                "SELECT {select} FROM {}{condition}{group}{having}{end}",
                sobject.name
            ),
            is_ordered,
        }
    }

    /// What groups are told apart by: different fields, whose names differ.
    fn keys(&mut self, sobject: &'w SObject) -> Vec<String> {
        let mut keys: Vec<(String, String)> = Vec::new();
        for _ in 0..self.dice.below(4) {
            let wanted = |field: &Field| {
                // Others count the ids, which groups cannot be told apart by then.
                field.kind != Kind::Id
                    && !is_apart(field)
                    && (field.groupable && field.is_sortable() || field.kind == Kind::DateTime)
            };
            let Some(path) = self.path(sobject, wanted) else {
                continue;
            };
            let key = match path.field.kind {
                Kind::DateTime => {
                    let parts = ["CALENDAR_YEAR", "DAY_ONLY", "HOUR_IN_DAY", "CALENDAR_MONTH"];
                    format!("{}({})", self.dice.word(&parts), path.text)
                }
                Kind::Date if self.dice.once_in(2) => format!("CALENDAR_QUARTER({})", path.text),
                _ => path.text.clone(),
            };
            let name = path.field.name.to_lowercase();
            if !keys.iter().any(|(_, known)| *known == name) {
                keys.push((key, name));
            }
        }
        keys.into_iter().map(|(key, _)| key).collect()
    }

    fn with_alias(&mut self, key: &str, place: usize) -> String {
        if self.dice.once_in(5) {
            return format!("{key} key{place}");
        }
        key.to_owned()
    }

    fn aggregate(&mut self, sobject: &'w SObject, keys: &[String]) -> Option<String> {
        let function = self
            .dice
            .word(&["COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"]);
        let is_sum = matches!(function, "SUM" | "AVG");
        let path = self.path(sobject, |field| {
            let is_number = matches!(field.kind, Kind::Integer | Kind::Double);
            field.aggregatable
                && !is_apart(field)
                && field.kind != Kind::Time
                && (is_number || !is_sum)
        })?;
        // A value of the group is not aggregated.
        let is_key = keys.contains(&path.text);
        (!is_key).then(|| format!("{function}({})", path.text))
    }

    fn having(&mut self, aggregates: &[String]) -> String {
        if self.dice.once_in(2) {
            return String::new();
        }
        let count = format!(
            "COUNT(Id) {} {}",
            self.dice.word(&["=", "!=", ">", "<="]),
            self.dice.below(4)
        );
        let other = aggregates
            .iter()
            .find(|aggregate| aggregate.starts_with("COUNT") || aggregate.starts_with("SUM"));
        match other {
            Some(aggregate) if self.dice.once_in(2) => {
                format!(" HAVING {count} OR {aggregate} > 1")
            }
            _ => format!(" HAVING {count}"),
        }
    }

    /// ORDER BY, LIMIT and OFFSET. With a LIMIT the order leaves nothing open.
    fn end(
        &mut self,
        keys: &[String],
        aggregates: &[String],
        has_subtotals: bool,
    ) -> (String, bool) {
        let mut order: Vec<String> = Vec::new();
        if let Some(aggregate) = aggregates.first()
            && self.dice.once_in(2)
        {
            order.push(format!("{aggregate}{}", self.direction()));
        }
        let is_ordered = self.dice.once_in(2);
        if is_ordered {
            for key in keys {
                order.push(format!("{key}{}", self.direction()));
                if has_subtotals {
                    order.push(format!("GROUPING({key})"));
                }
            }
        }
        let mut end = String::new();
        if !order.is_empty() {
            end = format!(" ORDER BY {}", order.join(", "));
        }
        if is_ordered {
            end.push_str(&self.limit());
        }
        (end, is_ordered)
    }
}
