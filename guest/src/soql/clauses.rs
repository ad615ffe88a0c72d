//! The clauses of a SOQL statement, outermost only.
//!
//! Source: SOQL and SOSL Reference, "SOQL SELECT Syntax" and "Reserved Keywords". Most keywords
//! may also be names: the object `Order` exists. So a keyword counts where it can be one only.

use std::ops::Range;

use super::token::{Kind, Token, tokens};

/// A clause.
/// In the order in which a statement has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Clause {
    Select,
    From,
    Using,
    Where,
    With,
    GroupBy,
    Having,
    OrderBy,
    Limit,
    Offset,
    /// FOR VIEW, FOR REFERENCE or FOR UPDATE.
    For,
    /// UPDATE TRACKING or UPDATE VIEWSTAT.
    Update,
    AllRows,
    SetOptions,
}

/// The functions whose results belong to several records.
const AGGREGATES: [&str; 7] = [
    "COUNT",
    "COUNT_DISTINCT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "GROUPING",
];

/// A statement, cut into its clauses.
pub(crate) struct Clauses<'a> {
    statement: &'a str,
    tokens: Vec<Token<'a>>,
    /// Each clause, and the tokens behind its keywords.
    clauses: Vec<(Clause, Range<usize>)>,
}

impl<'a> Clauses<'a> {
    /// `None`: the statement cannot be read.
    pub(crate) fn of(statement: &'a str) -> Option<Self> {
        let tokens = tokens(statement).ok()?;
        let mut clauses: Vec<(Clause, Range<usize>)> = Vec::new();
        let mut number = 0;
        while let Some(token) = tokens.get(number) {
            let is_name = number > 0
                && matches!(clauses.last(), Some((Clause::From, range)) if range.start == number);
            let next = tokens.get(number + 1);
            let found = match token.depth == 0 && !is_name {
                true => keyword(token, next),
                false => None,
            };
            if let Some((clause, words)) = found {
                if let Some((_, range)) = clauses.last_mut() {
                    range.end = number;
                }
                clauses.push((clause, number + words..tokens.len()));
                number += words;
            } else {
                number += 1;
            }
        }
        let begins = clauses
            .first()
            .map(|(clause, range)| (*clause, range.start));
        let is_select = begins == Some((Clause::Select, 1));
        is_select.then_some(Self {
            statement,
            tokens,
            clauses,
        })
    }

    /// Whether it has this clause.
    pub(crate) fn has(&self, clause: Clause) -> bool {
        self.range(clause).is_some()
    }

    /// Whether it has each clause once, in the order of the grammar.
    pub(crate) fn is_in_order(&self) -> bool {
        self.clauses.is_sorted_by(|(one, _), (next, _)| one < next)
    }

    /// Whether it locks records, or changes statistics of them.
    pub(crate) fn writes(&self) -> bool {
        self.has(Clause::For) || self.has(Clause::Update)
    }

    /// Whether its records have children.
    pub(crate) fn has_children(&self) -> bool {
        let select = self.tokens(Clause::Select);
        let mut pairs = select.iter().zip(select.iter().skip(1));
        pairs.any(|(open, word)| open.kind == Kind::Open && word.is("SELECT"))
    }

    /// Whether its records are results of aggregate functions. One can be within another
    /// function, as in `FORMAT(MIN(CloseDate))`.
    pub(crate) fn is_aggregate(&self) -> bool {
        let select = self.tokens(Clause::Select);
        let mut subquery = None;
        let pairs = select.iter().zip(select.iter().skip(1));
        let mut own = pairs.filter(|(word, next)| {
            if subquery.is_some_and(|depth| word.depth <= depth) {
                subquery = None;
            }
            if subquery.is_none() && word.kind == Kind::Open && next.is("SELECT") {
                subquery = Some(word.depth);
            }
            subquery.is_none()
        });
        self.has(Clause::GroupBy)
            || own.any(|(word, open)| {
                open.kind == Kind::Open && AGGREGATES.iter().any(|name| word.is(name))
            })
    }

    /// Whether its result is a number, and no records.
    pub(crate) fn is_count(&self) -> bool {
        let select = self.tokens(Clause::Select);
        let [count, open, close] = select else {
            return false;
        };
        count.is("COUNT") && open.kind == Kind::Open && close.kind == Kind::Close
    }

    /// Whether it selects from one object alone.
    pub(crate) fn is_of_one_object(&self) -> bool {
        let from = self.tokens(Clause::From);
        !from.is_empty() && from.iter().all(|token| token.kind == Kind::Word)
    }

    /// The object that it selects from.
    pub(crate) fn object(&self) -> Option<&'a str> {
        self.tokens(Clause::From).first().map(|token| token.text)
    }

    /// The entries of the SELECT list that are fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a str> + '_ {
        let select = self.tokens(Clause::Select).iter();
        let outer = select.filter(|token| token.depth == 0 && token.kind == Kind::Word);
        outer.map(|token| token.text)
    }

    /// The tokens of a clause, without its keywords.
    pub(super) fn tokens(&self, clause: Clause) -> &[Token<'a>] {
        let range = self.range(clause).unwrap_or_default();
        self.tokens.get(range).unwrap_or_default()
    }

    /// The numbers of these tokens.
    pub(super) fn range(&self, clause: Clause) -> Option<Range<usize>> {
        let mut clauses = self.clauses.iter();
        let found = clauses.find(|(of, _)| *of == clause);
        found.map(|(_, range)| range.clone())
    }

    /// The text of a clause, without its keywords.
    pub(super) fn text(&self, clause: Clause) -> Option<&'a str> {
        let tokens = self.tokens(clause);
        let (first, last) = (tokens.first()?, tokens.last()?);
        self.statement.get(first.at..last.end())
    }

    /// The clauses that it has, in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = Clause> + '_ {
        self.clauses.iter().map(|(clause, _)| *clause)
    }
}

/// The clause that a word begins, and how many words its keywords have.
fn keyword(token: &Token<'_>, next: Option<&Token<'_>>) -> Option<(Clause, usize)> {
    let follows = |words: &[&str]| next.is_some_and(|next| words.iter().any(|word| next.is(word)));
    let is_count = || next.is_some_and(|next| matches!(next.kind, Kind::Number | Kind::Place));
    let one = |clause| Some((clause, 1));
    match () {
        () if token.is("SELECT") => one(Clause::Select),
        () if token.is("FROM") => one(Clause::From),
        () if token.is("USING") => one(Clause::Using),
        () if token.is("WHERE") => one(Clause::Where),
        () if token.is("WITH") => one(Clause::With),
        () if token.is("HAVING") => one(Clause::Having),
        () if token.is("LIMIT") => one(Clause::Limit),
        () if token.is("GROUP") && follows(&["BY"]) => Some((Clause::GroupBy, 2)),
        () if token.is("ORDER") && follows(&["BY"]) => Some((Clause::OrderBy, 2)),
        () if token.is("OFFSET") && is_count() => one(Clause::Offset),
        () if token.is("FOR") && follows(&["VIEW", "REFERENCE", "UPDATE"]) => one(Clause::For),
        () if token.is("UPDATE") && follows(&["TRACKING", "VIEWSTAT"]) => one(Clause::Update),
        () if token.is("ALL") && follows(&["ROWS"]) => Some((Clause::AllRows, 2)),
        () if token.is("SET") && follows(&["OPTIONS"]) => Some((Clause::SetOptions, 2)),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "SELECT Id, (SELECT Id FROM Contacts WHERE A = 1 ORDER BY B LIMIT 2), \
                        Owner.Name FROM Order ORDER BY Name DESC, Id LIMIT 7 OFFSET 3 FOR VIEW";

    #[test]
    fn a_statement_is_cut_into_its_own_clauses() {
        let clauses = Clauses::of(LONG).unwrap();
        let all: Vec<Clause> = clauses.all().collect();
        assert_eq!(
            all,
            [
                Clause::Select,
                Clause::From,
                Clause::OrderBy,
                Clause::Limit,
                Clause::Offset,
                Clause::For
            ]
        );
        assert_eq!(clauses.text(Clause::OrderBy), Some("Name DESC, Id"));
        assert_eq!(clauses.text(Clause::From), Some("Order"));
        assert_eq!(clauses.object(), Some("Order"));
        assert_eq!(clauses.fields().collect::<Vec<_>>(), ["Id", "Owner.Name"]);
        assert!(clauses.has_children() && clauses.writes() && !clauses.is_aggregate());
    }

    #[test]
    fn names_that_look_like_keywords_are_names() {
        let statement = "SELECT Offset, Update, For, All, Group__c FROM Update u WHERE Offset = 1";
        let clauses = Clauses::of(statement).unwrap();
        let all: Vec<Clause> = clauses.all().collect();
        assert_eq!(all, [Clause::Select, Clause::From, Clause::Where]);
        assert_eq!(clauses.text(Clause::From), Some("Update u"));
    }

    #[test]
    fn aggregates_and_several_objects_are_known() {
        for (statement, aggregate, one_object) in [
            ("SELECT COUNT() FROM A", true, true),
            ("SELECT MAX(X) m FROM A", true, true),
            ("SELECT Name FROM A GROUP BY Name", true, true),
            (
                "SELECT Count, (SELECT COUNT(Id) FROM Bs) FROM A",
                false,
                true,
            ),
            ("SELECT FORMAT(MIN(CloseDate)) Amt FROM A", true, true),
            (
                "SELECT (SELECT COUNT(Id) FROM Bs), convertCurrency(SUM(X)) FROM A",
                true,
                true,
            ),
            (
                "SELECT toLabel(Count), (SELECT (SELECT MAX(Id) FROM Cs), Id FROM Bs) FROM A",
                false,
                true,
            ),
            ("SELECT a.Id FROM A a, a.Bs b", false, false),
            ("SELECT Id FROM A AS a", false, true),
            ("SELECT Id FROM", false, false),
        ] {
            let clauses = Clauses::of(statement).unwrap();
            assert_eq!(clauses.is_aggregate(), aggregate, "{statement}");
            assert_eq!(clauses.is_of_one_object(), one_object, "{statement}");
        }
        assert!(Clauses::of("select count ( ) from A").unwrap().is_count());
        assert!(!Clauses::of("SELECT COUNT(Id) FROM A").unwrap().is_count());
        let semi_join = Clauses::of("SELECT Id FROM A WHERE Id IN (SELECT AId FROM B)").unwrap();
        assert!(!semi_join.has_children());
    }

    #[test]
    fn what_is_no_select_has_no_clauses() {
        for statement in [
            "",
            "FIND {x}",
            "UPDATE A SET x",
            "SELECT 'a",
            "x SELECT Id FROM A",
        ] {
            assert!(Clauses::of(statement).is_none(), "{statement}");
        }
    }
}
