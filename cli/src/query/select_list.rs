//! What a statement's SELECT list says of the columns of its result.
//!
//! Salesforce answers fields in the case of its schema, leaves the alias of the
//! object out, and names neither a null parent's fields nor the columns of an
//! empty result; so the columns are those of the list. Source of the grammar:
//! SOQL and SOSL Reference, "SOQL SELECT Syntax" and "Alias Notation". Nothing
//! here judges a statement: Salesforce does.

mod settled;
mod tokens;

use crate::records::Column;
use tokens::{Token, Tokens};

/// The columns of a statement's result, as far as it tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SelectList {
    /// `COUNT()`: no record, only a number.
    Count,
    /// One column or more for each of these, in their order.
    Columns(Vec<Entry>),
    /// The statement is not understood here: the columns are those of the first
    /// page.
    Unknown,
}

/// One entry of the list, and what its column is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A field or a member, whatever the rows hold.
    Field(Column),
    /// An alias, or a function that Salesforce calls after its field.
    Named(Column),
    /// A function that Salesforce numbers: `expr0`, `expr1`, …
    Numbered(Column),
    /// A function whose name only rows tell. Without rows it has this one.
    Unnamed(Column),
    /// `FIELDS()`: the members that no other entry names.
    Others,
}

/// Reads the SELECT list of `soql`.
pub(super) fn read(soql: &str) -> SelectList {
    Statement::read(Tokens::of(soql)).map_or(SelectList::Unknown, |statement| statement.columns())
}

/// One item of the list.
#[derive(Debug, PartialEq, Eq)]
enum Item<'a> {
    /// A field, through relationships or none, and its alias.
    Field(&'a str, Option<&'a str>),
    /// `f(…)`, and its alias.
    Function {
        name: &'a str,
        inside: Vec<Token<'a>>,
        alias: Option<&'a str>,
    },
    /// A member of its own that is neither: children, or `TYPEOF`.
    Member(&'a str),
}

struct Statement<'a> {
    items: Vec<Item<'a>>,
    objects: Vec<Object<'a>>,
    grouped: bool,
}

/// One entry of FROM: `Contact c`, or `c.Account a`, which is a parent of it.
struct Object<'a> {
    path: &'a str,
    alias: Option<&'a str>,
}

impl<'a> Statement<'a> {
    /// `None` if this is no statement as far as it is understood here.
    fn read(mut tokens: Tokens<'a>) -> Option<Self> {
        tokens.take("SELECT").then_some(())?;
        let mut items = Vec::new();
        loop {
            items.push(item(&mut tokens)?);
            if tokens.take("FROM") {
                break;
            }
            tokens.take(",").then_some(())?;
        }
        let mut objects = Vec::new();
        loop {
            let path = tokens.word()?;
            tokens.take("AS");
            let alias = if at_clause(&tokens) {
                None
            } else {
                tokens.word()
            };
            objects.push(Object { path, alias });
            if !tokens.take(",") {
                break;
            }
        }
        Some(Self {
            items,
            objects,
            grouped: tokens.have("GROUP", "BY"),
        })
    }

    fn columns(&self) -> SelectList {
        if let [Item::Function { name, inside, .. }] = self.items.as_slice()
            && name.eq_ignore_ascii_case("COUNT")
            && inside.is_empty()
        {
            return SelectList::Count;
        }
        let mut numbered = 0;
        let entries = self.items.iter().map(|item| match item {
            Item::Member(name) => Entry::Field(Column::named(name)),
            Item::Field(path, alias) => self.field(path, *alias),
            Item::Function {
                name,
                inside,
                alias,
            } => self.function(name, inside, *alias, &mut numbered),
        });
        SelectList::Columns(entries.collect())
    }

    /// The column of a field. Records of groups have its alias or the last name
    /// of its path. Source: SOQL and SOSL Reference, "Using Aliases with GROUP
    /// BY".
    fn field(&self, path: &str, alias: Option<&str>) -> Entry {
        match (self.grouped, alias) {
            (true, Some(alias)) => Entry::Named(Column::named(alias)),
            (true, None) => {
                let name = path.rsplit('.').next().unwrap_or(path);
                Entry::Named(Column::named(name))
            }
            (false, _) => Entry::Field(self.column(path)),
        }
    }

    fn function(
        &self,
        name: &str,
        inside: &[Token<'_>],
        alias: Option<&str>,
        numbered: &mut usize,
    ) -> Entry {
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is(&["FIELDS"]) {
            return Entry::Others;
        }
        if let Some(alias) = alias {
            return Entry::Named(Column::named(alias));
        }
        if !self.grouped
            && let Some(path) = shown_field(name, inside)
        {
            return Entry::Named(self.column(path));
        }
        let column = Column::named(&format!("expr{numbered}"));
        *numbered += 1;
        if is(&NUMBERED) {
            Entry::Numbered(column)
        } else {
            Entry::Unnamed(column)
        }
    }

    /// A path without the name that FROM gives the object: Salesforce leaves it
    /// out as well.
    fn column(&self, path: &str) -> Column {
        let mut path: Vec<&str> = path.split('.').collect();
        // An alias may be of a parent that is itself named by an alias.
        for _ in 0..self.objects.len() {
            let Some((first, rest)) = path.split_first() else {
                break;
            };
            let Some(object) = self.objects.iter().find(|object| object.is(first)) else {
                break;
            };
            if rest.is_empty() {
                break;
            }
            let parents: Vec<&str> = object.path.split('.').collect();
            let parents = if parents.len() > 1 {
                parents
            } else {
                Vec::new()
            };
            let is_root = parents.is_empty();
            path = [&parents, rest].concat();
            if is_root {
                break;
            }
        }
        Column {
            path: path.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl Object<'_> {
    /// Whether `name` stands for it: its alias, or its own name.
    fn is(&self, name: &str) -> bool {
        let named = |own: &str| own.eq_ignore_ascii_case(name);
        self.alias.is_some_and(named) || named(self.path)
    }
}

/// The functions that Salesforce numbers when they have no alias: aggregates and
/// date functions. Source: SOQL and SOSL Reference, "Aggregate Functions" and
/// "Date Functions".
const NUMBERED: [&str; 19] = [
    "AVG",
    "COUNT",
    "COUNT_DISTINCT",
    "MIN",
    "MAX",
    "SUM",
    "CALENDAR_MONTH",
    "CALENDAR_QUARTER",
    "CALENDAR_YEAR",
    "DAY_IN_MONTH",
    "DAY_IN_WEEK",
    "DAY_IN_YEAR",
    "DAY_ONLY",
    "FISCAL_MONTH",
    "FISCAL_QUARTER",
    "FISCAL_YEAR",
    "HOUR_IN_DAY",
    "WEEK_IN_MONTH",
    "WEEK_IN_YEAR",
];

/// The field that a function only shows in another way: Salesforce calls its
/// column after that field. Source: SOQL and SOSL Reference, "toLabel()",
/// "FORMAT()" and "convertCurrency()".
fn shown_field<'a>(name: &str, inside: &[Token<'a>]) -> Option<&'a str> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    match inside {
        [Token::Word(path)] if is("toLabel") || is("FORMAT") || is("convertCurrency") => Some(path),
        [
            Token::Word(inner),
            Token::Symbol("("),
            Token::Word(path),
            Token::Symbol(")"),
        ] if is("FORMAT") && inner.eq_ignore_ascii_case("convertCurrency") => Some(path),
        _ => None,
    }
}

/// The words that may follow an object in FROM, and are no alias of it.
const CLAUSES: [&str; 11] = [
    "WHERE", "ORDER", "LIMIT", "OFFSET", "USING", "WITH", "GROUP", "HAVING", "FOR", "UPDATE", "ALL",
];

fn at_clause(tokens: &Tokens<'_>) -> bool {
    CLAUSES.into_iter().any(|clause| tokens.is(clause))
}

fn item<'a>(tokens: &mut Tokens<'a>) -> Option<Item<'a>> {
    if tokens.is("(") {
        return children(tokens).map(Item::Member);
    }
    if tokens.is("TYPEOF") && !tokens.is_next(",") && !tokens.is_next("FROM") {
        tokens.take("TYPEOF");
        let field = tokens.word()?;
        while !tokens.take("END") {
            tokens.next()?;
        }
        return Some(Item::Member(field));
    }
    let name = tokens.word()?;
    if tokens.is("(") {
        let inside = tokens.parenthesised()?;
        return Some(Item::Function {
            name,
            inside,
            alias: alias(tokens),
        });
    }
    Some(Item::Field(name, alias(tokens)))
}

fn alias<'a>(tokens: &mut Tokens<'a>) -> Option<&'a str> {
    if tokens.is("FROM") {
        return None;
    }
    tokens.word()
}

/// The member with the children that a subquery answers: the relationship's
/// name, without the object that it is of.
fn children<'a>(tokens: &mut Tokens<'a>) -> Option<&'a str> {
    let mut inside = Tokens::within(tokens.parenthesised()?);
    let mut depth = 0_usize;
    loop {
        match inside.next()? {
            Token::Symbol("(") => depth += 1,
            Token::Symbol(")") => depth = depth.checked_sub(1)?,
            Token::Word(word) if depth == 0 && word.eq_ignore_ascii_case("FROM") => break,
            _ => {}
        }
    }
    inside.word()?.rsplit('.').next()
}

#[cfg(test)]
mod tests;
