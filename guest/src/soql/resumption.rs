//! A statement that can go on after any of its records.

use super::clauses::{Clause, Clauses};
use super::refused;
use crate::error::Error;
use crate::names::RecordId;

/// A statement in the order of its records' ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resumable {
    /// SELECT, FROM and USING.
    select: String,
    condition: Option<String>,
    /// WITH.
    with: Option<String>,
    /// SET OPTIONS.
    options: Option<String>,
}

impl Resumable {
    /// # Errors
    ///
    /// Names the rule.
    pub(crate) fn new(statement: &str) -> Result<Self, Error> {
        let unreadable = || not_resumable("it does not begin with SELECT, or is not complete");
        let clauses = Clauses::of(statement).ok_or_else(unreadable)?;
        // Otherwise a part of it would be left out, or become valid in another place.
        if !clauses.is_in_order() {
            return Err(not_resumable(
                "it has a clause twice, or clauses in another order than SOQL's",
            ));
        }
        if !clauses.is_of_one_object() {
            return Err(not_resumable("it must select from one object"));
        }
        if clauses.is_aggregate() {
            return Err(not_resumable("it has GROUP BY or an aggregate function"));
        }
        for clause in clauses.all() {
            match clause {
                Clause::Select
                | Clause::From
                | Clause::Using
                | Clause::Where
                | Clause::With
                | Clause::SetOptions => {}
                Clause::OrderBy if is_by_id(&clauses) => {}
                Clause::OrderBy => return Err(not_resumable("its ORDER BY must be Id")),
                Clause::Limit => return Err(not_resumable("it has LIMIT")),
                Clause::Offset => return Err(not_resumable("it has OFFSET")),
                Clause::GroupBy | Clause::Having => return Err(not_resumable("it has HAVING")),
                Clause::For => return Err(not_resumable("it has FOR")),
                Clause::Update => return Err(not_resumable("it has UPDATE")),
                Clause::AllRows => return Err(not_resumable("it has ALL ROWS")),
            }
        }
        let text = |clause| clauses.text(clause).map(str::to_owned);
        let (select, from) = (text(Clause::Select), text(Clause::From));
        let (Some(select), Some(from)) = (select, from) else {
            return Err(unreadable());
        };
        let using = text(Clause::Using).map_or_else(String::new, |using| format!(" USING {using}"));
        Ok(Self {
            select: format!("SELECT {select} FROM {from}{using}"),
            condition: text(Clause::Where),
            with: text(Clause::With),
            options: text(Clause::SetOptions),
        })
    }

    /// The statement for all records.
    pub(crate) fn whole(&self) -> String {
        let condition = self.condition.as_ref();
        self.statement(condition.map(|condition| format!(" WHERE {condition}")))
    }

    /// The statement for the records behind this one.
    pub(crate) fn behind(&self, last: &RecordId) -> String {
        let behind = format!("Id > '{last}'");
        self.statement(Some(match &self.condition {
            Some(condition) => format!(" WHERE ({condition}) AND {behind}"),
            None => format!(" WHERE {behind}"),
        }))
    }

    fn statement(&self, condition: Option<String>) -> String {
        let condition = condition.unwrap_or_default();
        let with = self.with.as_ref();
        let with = with.map_or_else(String::new, |with| format!(" WITH {with}"));
        let options = self.options.as_ref();
        let options = options.map_or_else(String::new, |set| format!(" SET OPTIONS {set}"));
        format!("{}{condition}{with} ORDER BY Id{options}", self.select)
    }
}

/// Whether the order is `Id`, ascending.
fn is_by_id(clauses: &Clauses<'_>) -> bool {
    let words: Vec<String> = clauses
        .tokens(Clause::OrderBy)
        .iter()
        .map(|token| token.text.to_ascii_uppercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((&"ID", direction)) = words.split_first() else {
        return false;
    };
    let nulls = direction.strip_prefix(&["ASC"]).unwrap_or(direction);
    matches!(nulls, [] | ["NULLS", "FIRST" | "LAST"])
}

fn not_resumable(why: &str) -> Error {
    refused(format!("the statement cannot be resumed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_goes_on_behind_a_record() {
        let id = RecordId::parse("001D000000IqhSLIAZ").unwrap();
        for (statement, whole, behind) in [
            (
                "SELECT Id FROM A",
                "SELECT Id FROM A ORDER BY Id",
                "SELECT Id FROM A WHERE Id > '001D000000IqhSLIAZ' ORDER BY Id",
            ),
            (
                "select Name, (SELECT Id FROM Bs LIMIT 1) from A a where X = 1 OR Y = 'or' order by id asc nulls last",
                "SELECT Name, (SELECT Id FROM Bs LIMIT 1) FROM A a WHERE X = 1 OR Y = 'or' ORDER BY Id",
                "SELECT Name, (SELECT Id FROM Bs LIMIT 1) FROM A a WHERE (X = 1 OR Y = 'or') AND Id > '001D000000IqhSLIAZ' ORDER BY Id",
            ),
            (
                "SELECT Id FROM A USING SCOPE mine WITH DATA CATEGORY Geo__c AT x__c",
                "SELECT Id FROM A USING SCOPE mine WITH DATA CATEGORY Geo__c AT x__c ORDER BY Id",
                "SELECT Id FROM A USING SCOPE mine WHERE Id > '001D000000IqhSLIAZ' WITH DATA CATEGORY Geo__c AT x__c ORDER BY Id",
            ),
            (
                "SELECT Id FROM A WHERE N = '' SET OPTIONS (honorEmptyStrings = true)",
                "SELECT Id FROM A WHERE N = '' ORDER BY Id SET OPTIONS (honorEmptyStrings = true)",
                "SELECT Id FROM A WHERE (N = '') AND Id > '001D000000IqhSLIAZ' ORDER BY Id SET OPTIONS (honorEmptyStrings = true)",
            ),
        ] {
            let resumable = Resumable::new(statement).unwrap();
            assert_eq!(resumable.whole(), whole);
            assert_eq!(resumable.behind(&id), behind);
        }
    }

    #[test]
    fn a_statement_that_would_change_its_meaning_is_refused() {
        for (statement, why) in [
            (
                "SELECT COUNT() FROM A",
                "it has GROUP BY or an aggregate function",
            ),
            (
                "SELECT Name FROM A GROUP BY Name",
                "it has GROUP BY or an aggregate function",
            ),
            ("SELECT Id FROM A LIMIT 1", "it has LIMIT"),
            ("SELECT Id FROM A OFFSET 1", "it has OFFSET"),
            ("SELECT Id FROM A ORDER BY Name", "its ORDER BY must be Id"),
            (
                "SELECT Id FROM A ORDER BY Id DESC",
                "its ORDER BY must be Id",
            ),
            (
                "SELECT Id FROM A ORDER BY Id, Name",
                "its ORDER BY must be Id",
            ),
            ("SELECT Id FROM A FOR UPDATE", "it has FOR"),
            (
                "SELECT Id FROM A WHERE X = 1 WHERE Y = 2",
                "it has a clause twice, or clauses in another order than SOQL's",
            ),
            (
                "SELECT Id FROM A ORDER BY Id WHERE Y = 2",
                "it has a clause twice, or clauses in another order than SOQL's",
            ),
            (
                "SELECT Id FROM A a, a.Bs b",
                "it must select from one object",
            ),
            (
                "FIND {x}",
                "it does not begin with SELECT, or is not complete",
            ),
            (
                "SELECT Id FROM A WHERE N = 'x",
                "it does not begin with SELECT, or is not complete",
            ),
        ] {
            let refused = Resumable::new(statement).unwrap_err().to_string();
            assert_eq!(refused, format!("the statement cannot be resumed: {why}"));
        }
    }
}
