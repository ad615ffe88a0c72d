//! WHERE.

use super::super::world::{CHOICES, TEXTS};
use super::{Path, Writer, is_apart};
use crate::schema::{DataType, Field, Kind, SObject};
use crate::seed;

impl<'w> Writer<'w> {
    /// WHERE, or nothing; with semi-joins at the top of a whole statement's.
    pub(super) fn clause(&mut self, sobject: &'w SObject, is_whole: bool) -> String {
        if self.dice.once_in(3) {
            return String::new();
        }
        let condition = self.condition(sobject, 0);
        if is_whole
            && self.dice.once_in(6)
            && let Some(join) = self.semi_join(sobject)
        {
            return format!(" WHERE {join} AND ({condition})");
        }
        format!(" WHERE {condition}")
    }

    fn condition(&mut self, sobject: &'w SObject, depth: usize) -> String {
        if depth < 3 && self.dice.once_in(3) {
            let word = self.dice.word(&[" AND ", " OR "]);
            let operands: Vec<String> = (0..2 + self.dice.below(2))
                .map(|_| format!("({})", self.condition(sobject, depth + 1)))
                .collect();
            return operands.join(word);
        }
        if depth < 3 && self.dice.once_in(6) {
            return format!("NOT ({})", self.condition(sobject, depth + 1));
        }
        match self.path(sobject, |field| field.is_filterable() && !is_apart(field)) {
            Some(path) => self.comparison(&path),
            None => "Id != null".to_owned(),
        }
    }

    fn comparison(&mut self, path: &Path) -> String {
        let Path { text, field } = path;
        let is_date = matches!(field.kind, Kind::Date | Kind::DateTime);
        if is_date && self.dice.once_in(4) {
            return self.about_date_part(text, field.kind);
        }
        if field.data_type == DataType::Picklist && self.dice.once_in(6) {
            let operator = self.dice.word(&["=", "!=", "<"]);
            return format!("toLabel({text}) {operator} {}", self.literal(field));
        }
        let is_ordered = !matches!(field.kind, Kind::Boolean | Kind::MultiPicklist);
        match self.dice.below(8) {
            0 => format!("{text} {} null", self.dice.word(&["=", "!="])),
            1 if field.kind == Kind::Text => {
                format!("{text} LIKE {}", self.pattern())
            }
            1 if field.kind == Kind::MultiPicklist => {
                let word = self.dice.word(&["INCLUDES", "EXCLUDES"]);
                let choices: Vec<String> = (0..=self.dice.below(2))
                    .map(|_| match self.dice.below(3) {
                        0 => "'A;ж'".to_owned(),
                        1 => "''".to_owned(),
                        _ => quoted(self.dice.word(&CHOICES)),
                    })
                    .collect();
                format!("{text} {word} ({})", choices.join(", "))
            }
            2 => {
                let word = self.dice.word(&["IN", "NOT IN"]);
                let values: Vec<String> = (0..=self.dice.below(3))
                    .map(|_| match self.dice.below(6) {
                        0 => "null".to_owned(),
                        _ => self.literal(field),
                    })
                    .collect();
                format!("{text} {word} ({})", values.join(", "))
            }
            3..=5 if is_ordered => {
                let operator = self.dice.word(&["<", "<=", ">", ">="]);
                format!("{text} {operator} {}", self.literal(field))
            }
            _ => {
                let operator = self.dice.word(&["=", "!=", "<>"]);
                format!("{text} {operator} {}", self.literal(field))
            }
        }
    }

    fn about_date_part(&mut self, text: &str, kind: Kind) -> String {
        let is_instant = kind == Kind::DateTime;
        let argument = match self.dice.below(3) {
            0 if is_instant => format!("convertTimezone({text})"),
            _ => text.to_owned(),
        };
        let part = if is_instant {
            self.dice
                .word(&["HOUR_IN_DAY", "CALENDAR_QUARTER", "WEEK_IN_YEAR"])
        } else {
            self.dice
                .word(&["DAY_IN_WEEK", "CALENDAR_MONTH", "FISCAL_QUARTER"])
        };
        let operator = self.dice.word(&["=", "!=", "<", ">="]);
        format!("{part}({argument}) {operator} {}", self.dice.below(9))
    }

    /// A value that a field could have.
    pub(super) fn literal(&mut self, field: &Field) -> String {
        match field.kind {
            Kind::Id | Kind::Reference => self.id(),
            Kind::Boolean => self.dice.word(&["true", "FALSE"]).to_owned(),
            Kind::Integer => format!("{}", self.dice.below(6) as i64 - 1),
            Kind::Double => format!("{:.1}", self.dice.below(7) as f64 / 2.0 - 1.0),
            Kind::Date => match self.dice.below(2) {
                0 => format!("2024-05-{:02}", 10 + self.dice.below(14)),
                _ => self.relative(),
            },
            Kind::DateTime => match self.dice.below(3) {
                0 => format!("2024-05-{:02}T13:00:00Z", 10 + self.dice.below(14)),
                1 => format!("2024-05-17T{:02}:00:00.001+05:30", self.dice.below(24)),
                _ => self.relative(),
            },
            Kind::Time => format!("{:02}:00:00.000Z", self.dice.below(4) * 6),
            Kind::MultiPicklist => quoted(self.dice.word(&["A", "a;B", "A;b;ж", ""])),
            _ => {
                let choices = &field.picklist.values;
                if choices.is_empty() || self.dice.once_in(2) {
                    return quoted(self.dice.word(&TEXTS));
                }
                let choice = self.dice.one(choices);
                let text = self
                    .dice
                    .one(&[&choice.value, &choice.label])
                    .to_lowercase();
                quoted(&text)
            }
        }
    }

    fn id(&mut self) -> String {
        let sobject = self.object();
        let id = seed::record_id(sobject, self.dice.below(6) as u64);
        match self.dice.below(3) {
            0 => quoted(id.short()),
            _ => quoted(id.as_str()),
        }
    }

    fn relative(&mut self) -> String {
        let counted = [
            "LAST_N_DAYS",
            "NEXT_N_DAYS",
            "N_DAYS_AGO",
            "LAST_N_WEEKS",
            "NEXT_N_MONTHS",
            "N_QUARTERS_AGO",
            "LAST_N_FISCAL_YEARS",
        ];
        let named = [
            "YESTERDAY",
            "TODAY",
            "TOMORROW",
            "LAST_WEEK",
            "THIS_MONTH",
            "NEXT_QUARTER",
            "THIS_YEAR",
            "LAST_FISCAL_QUARTER",
            "LAST_90_DAYS",
        ];
        match self.dice.below(2) {
            0 => format!("{}:{}", self.dice.word(&counted), 1 + self.dice.below(4)),
            _ => self.dice.word(&named).to_owned(),
        }
    }

    fn pattern(&mut self) -> String {
        let mut pattern = String::new();
        for _ in 0..=self.dice.below(3) {
            pattern.push_str(match self.dice.below(4) {
                0 => "%",
                1 => "_",
                2 => self.dice.word(&["\\%", "\\_", "\\\\"]),
                _ => self.dice.word(&["a", "B", "é", "ж", "ß", "東", "σ", "x"]),
            });
        }
        format!("'{pattern}'")
    }

    fn semi_join(&mut self, sobject: &'w SObject) -> Option<String> {
        let refused = ["Attachment", "Event", "Task", "Note", "ContentDocumentLink"];
        let mut known = Vec::new();
        for child in self.world.schema.sobjects() {
            let is_refused = refused.contains(&&*child.name) || !child.queryable;
            if is_refused || child.name == sobject.name {
                continue;
            }
            for field in &child.fields {
                let reference = field.reference.iter();
                let leads = |to: &[crate::schema::Name]| to.contains(&sobject.name);
                if reference.clone().any(|reference| leads(&reference.to)) {
                    known.push(("Id".to_owned(), field.name.to_string(), child));
                }
                for own in &sobject.fields {
                    let targets = own.reference.iter().flat_map(|reference| &reference.to);
                    let is_shared = |target| {
                        let mut references = field.reference.iter();
                        references.any(|reference| reference.to.contains(target))
                    };
                    if targets.clone().any(is_shared) {
                        known.push((own.name.to_string(), field.name.to_string(), child));
                    }
                    if field.kind == Kind::Id && targets.clone().any(|to| *to == child.name) {
                        known.push((own.name.to_string(), "Id".to_owned(), child));
                    }
                }
            }
        }
        if known.is_empty() {
            return None;
        }
        let (left, right, child) = self.dice.one(&known);
        let word = self.dice.word(&["IN", "NOT IN"]);
        let condition = self.clause(child, false);
        Some(format!(
            "{left} {word} (SELECT {right} FROM {}{condition})",
            child.name
        ))
    }
}

/// A text as SOQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
