//! What a statement says of the form of its result.
//!
//! This is no parser of SOQL: it looks for two forms that no other text can have at
//! their places.

/// What kind of result a statement has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `SELECT COUNT()`: a number, and no records.
    Count,
    /// Records.
    Records,
    /// Records that may have children, because there is a statement within the
    /// statement. A record can then come again on a later page.
    Nested,
}

impl Kind {
    pub(super) fn of(soql: &str) -> Self {
        if is_count(soql).is_some() {
            Self::Count
        } else if is_nested(soql) {
            Self::Nested
        } else {
            Self::Records
        }
    }

    pub(super) fn repeats_parents(self) -> bool {
        self == Self::Nested
    }
}

fn is_count(soql: &str) -> Option<()> {
    let rest = keyword(soql.trim_start(), "SELECT")?;
    let rest = keyword(
        rest.strip_prefix(char::is_whitespace)?.trim_start(),
        "COUNT",
    )?;
    let rest = rest.trim_start().strip_prefix('(')?;
    let rest = rest.trim_start().strip_prefix(')')?;
    keyword(rest.trim_start(), "FROM").map(drop)
}

/// Whether a parenthesis is followed by `SELECT`. In a semi-join there is one too, which
/// does no harm.
fn is_nested(soql: &str) -> bool {
    soql.split('(').skip(1).any(|inside| {
        let rest = keyword(inside.trim_start(), "SELECT");
        rest.is_some_and(|rest| rest.starts_with(char::is_whitespace))
    })
}

/// What follows a keyword.
fn keyword<'a>(text: &'a str, keyword: &str) -> Option<&'a str> {
    let (word, rest) = text.split_at_checked(keyword.len())?;
    word.eq_ignore_ascii_case(keyword).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_and_a_nested_statement_are_recognised() {
        for (soql, kind) in [
            ("SELECT COUNT() FROM Account", Kind::Count),
            (" select\n count ( ) from Account WHERE x = 1", Kind::Count),
            ("SELECT COUNT(Id) FROM Account", Kind::Records),
            ("SELECT Id FROM Account", Kind::Records),
            ("SELECTCOUNT() FROM Account", Kind::Records),
            (
                "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
                Kind::Nested,
            ),
            (
                "SELECT (\n select Id FROM Contacts) FROM Account",
                Kind::Nested,
            ),
            (
                "SELECT Id FROM A WHERE Id IN (SELECT AId FROM B)",
                Kind::Nested,
            ),
            ("SELECT toLabel(Selected__c) FROM A", Kind::Records),
            ("é", Kind::Records),
            ("SELECÉ", Kind::Records),
            ("", Kind::Records),
        ] {
            assert_eq!(Kind::of(soql), kind, "{soql}");
        }
    }
}
