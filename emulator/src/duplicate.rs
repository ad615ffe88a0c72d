//! Duplicate rules: a record that has the same value as another one is not saved.
//!
//! Source: Salesforce Help, "Duplicate Rules"; SOAP API Developer Guide,
//! "DuplicateResult", "MatchResult"; the members and their values are those of captured
//! answers to the REST API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::schema::{Name, SObject, Schema};

/// Rules that can be set at once.
pub const DUPLICATE_RULES_MAX: usize = 100;

/// What Salesforce says of duplicates unless the rule says something else.
const MESSAGE: &str = "Use one of these records?";

/// A rule that compares one field of an object's records, without case if the field does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuplicateRule {
    /// The object.
    pub object: String,
    /// The field that has the same value in duplicates.
    pub field: String,
    /// What becomes of a duplicate.
    #[serde(default)]
    pub action: DuplicateAction,
}

/// What becomes of a duplicate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateAction {
    /// It is saved if the request allows that.
    #[default]
    Alert,
    /// It is never saved.
    Block,
}

/// A rule that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DuplicateRuleError {
    /// There is no such object.
    #[error("there is no object {0:?}")]
    UnknownObject(String),
    /// The object has no such field.
    #[error("{object} has no field {field:?}")]
    UnknownField {
        /// The object.
        object: String,
        /// The field that it does not have.
        field: String,
    },
    /// There are too many.
    #[error("there can be at most {DUPLICATE_RULES_MAX} duplicate rules")]
    TooMany,
}

/// The rules that are set.
#[derive(Debug, Default)]
pub(crate) struct DuplicateRules(Vec<DuplicateRule>);

/// The duplicates that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duplicates {
    pub(crate) rule: DuplicateRule,
    pub(crate) label: Name,
    pub(crate) label_plural: Name,
    /// Each record's id.
    pub(crate) ids: Vec<String>,
    /// Each record, as the REST API has it.
    pub(crate) records: Vec<Value>,
}

impl DuplicateRules {
    /// Adds rules; all of them, or none.
    pub(crate) fn add(
        &mut self,
        schema: &Schema,
        rules: Vec<DuplicateRule>,
    ) -> Result<(), DuplicateRuleError> {
        if self.0.len() + rules.len() > DUPLICATE_RULES_MAX {
            return Err(DuplicateRuleError::TooMany);
        }
        let named = rules.into_iter().map(|rule| rule.named(schema));
        let named = named.collect::<Result<Vec<_>, _>>()?;
        self.0.extend(named);
        Ok(())
    }

    /// The rules of an object.
    pub(crate) fn of(&self, sobject: &SObject) -> Vec<DuplicateRule> {
        let rules = self.0.iter().filter(|rule| *rule.object == *sobject.name);
        rules.cloned().collect()
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl DuplicateRule {
    /// The same, with the names as the schema writes them.
    fn named(self, schema: &Schema) -> Result<Self, DuplicateRuleError> {
        let Some(sobject) = schema.named(&self.object) else {
            return Err(DuplicateRuleError::UnknownObject(self.object));
        };
        let Some(field) = sobject.field(&self.field) else {
            return Err(DuplicateRuleError::UnknownField {
                object: self.object,
                field: self.field,
            });
        };
        Ok(Self {
            object: sobject.name.to_string(),
            field: field.name.to_string(),
            action: self.action,
        })
    }

    /// The rule's own name, and the one of its matching rule.
    fn names(&self) -> (String, String) {
        let (object, field) = (&self.object, &self.field);
        (
            format!("{object}_{field}_Duplicate_Rule"),
            format!("{object}_{field}_Match_Rule"),
        )
    }
}

impl Duplicates {
    /// What the error says.
    pub(crate) const fn message() -> &'static str {
        MESSAGE
    }

    /// As the REST API tells of them.
    pub(crate) fn result(&self) -> Value {
        let (rule, matching) = self.rule.names();
        let records = self.records.iter().map(|record| {
            json!({
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100.0,
                "record": record,
            })
        });
        json!({
            "allowSave": self.rule.action == DuplicateAction::Alert,
            "duplicateRule": rule,
            "duplicateRuleEntityType": self.rule.object,
            "errorMessage": MESSAGE,
            "matchResults": [{
                "entityType": self.rule.object,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": records.collect::<Vec<_>>(),
                "rule": matching,
                "size": self.ids.len(),
                "success": true,
            }],
        })
    }

    /// As the User Interface API tells of them, with the icon of their object.
    ///
    /// Source: User Interface API Developer Guide, "Duplicate Record Error", "Match
    /// Result"; a captured error.
    pub(crate) fn record_error(&self, theme: &Value) -> Value {
        let (_, matching) = self.rule.names();
        json!({
            "matchResults": [{
                "apiName": self.rule.object,
                "isAllowSave": self.rule.action == DuplicateAction::Alert,
                "matchRecordIds": self.ids,
                "matchRule": matching,
                "objectLabel": self.label,
                "objectLabelPlural": self.label_plural,
                "themeInfo": theme,
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: Value) -> DuplicateRule {
        serde_json::from_value(json).expect("a rule")
    }

    #[test]
    fn rules_are_of_their_object() {
        let schema = Schema::standard();
        let mut rules = DuplicateRules::default();
        let account = rule(json!({"object": "account", "field": "name", "action": "block"}));
        rules.add(&schema, vec![account]).expect("a rule");
        let named = rule(json!({"object": "Account", "field": "Name", "action": "block"}));
        let of = |rules: &DuplicateRules, name| rules.of(schema.named(name).expect("an object"));
        assert_eq!(of(&rules, "Account"), [named]);
        assert_eq!(of(&rules, "Contact"), []);
        rules.clear();
        assert_eq!(of(&rules, "Account"), []);
    }

    #[test]
    fn what_is_not_a_rule_is_refused() {
        let schema = Schema::standard();
        let mut rules = DuplicateRules::default();
        let mut add = |json| {
            rules
                .add(&schema, vec![rule(json)])
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            add(json!({"object": "Nothing", "field": "Name"})),
            Err("there is no object \"Nothing\"".to_owned())
        );
        assert_eq!(
            add(json!({"object": "Account", "field": "Foo"})),
            Err("Account has no field \"Foo\"".to_owned())
        );
        let one = rule(json!({"object": "Account", "field": "Name"}));
        assert_eq!(one.action, DuplicateAction::Alert);
        let many = |count| vec![one.clone(); count];
        assert_eq!(
            rules.add(&schema, many(DUPLICATE_RULES_MAX + 1)),
            Err(DuplicateRuleError::TooMany)
        );
        assert_eq!(rules.add(&schema, many(DUPLICATE_RULES_MAX)), Ok(()));
    }
}
