//! What a statement's SELECT list says of the columns of its result.
//!
//! Salesforce answers fields in the case of its schema, leaves the alias of the
//! object out, and names neither a null parent's fields nor the columns of an
//! empty result; so the columns are those of the list. Source of the grammar:
//! SOQL and SOSL Reference, "SOQL SELECT Syntax" and "Alias Notation". Nothing
//! here judges a statement: Salesforce does.

mod tokens;

use tokens::{Token, Tokens};

/// The columns of a statement's result, as far as it tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum SelectList {
    /// `COUNT()`: no record, only a number.
    Count,
    /// These, and no others.
    Columns(Vec<Column>),
    /// Salesforce decides: `FIELDS()`, aggregates, and what is not understood
    /// here. What can be told of them is for a result without records.
    Salesforces(Vec<Column>),
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Column {
    /// The relationships to follow from the record, and the member then.
    pub(in super::super) path: Vec<String>,
}

impl SelectList {
    /// Members of records of ours.
    pub(in super::super) fn members(names: &[&str]) -> Self {
        Self::Columns(names.iter().map(|name| Column::named(name)).collect())
    }
}

impl Column {
    fn named(name: &str) -> Self {
        Self {
            path: vec![name.to_owned()],
        }
    }
}

/// Reads the SELECT list of `soql`.
pub(in super::super) fn read(soql: &str) -> SelectList {
    Statement::read(Tokens::of(soql))
        .map_or(SelectList::Salesforces(Vec::new()), Statement::columns)
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

    fn columns(self) -> SelectList {
        let is_function = |item: &Item<'_>| matches!(item, Item::Function { .. });
        if let [Item::Function { name, inside, .. }] = self.items.as_slice()
            && name.eq_ignore_ascii_case("COUNT")
            && inside.is_empty()
        {
            return SelectList::Count;
        }
        if self.grouped || self.items.iter().any(is_function) {
            return SelectList::Salesforces(self.guessed());
        }
        SelectList::Columns(
            self.items
                .iter()
                .map(|item| match item {
                    Item::Field(path, _) => self.column(path),
                    Item::Member(name) | Item::Function { name, .. } => Column::named(name),
                })
                .collect(),
        )
    }

    /// The members that records of aggregates would have: aliases, the last name
    /// of a path, and `expr0`, `expr1`, … for functions without alias. Source:
    /// SOQL and SOSL Reference, "Using Aliases with GROUP BY".
    fn guessed(&self) -> Vec<Column> {
        let mut unnamed = 0;
        let mut columns = Vec::new();
        for item in &self.items {
            match item {
                // How many fields it stands for nobody knows.
                Item::Function { name, .. } if name.eq_ignore_ascii_case("FIELDS") => {
                    return Vec::new();
                }
                Item::Function {
                    alias: Some(alias), ..
                }
                | Item::Field(_, Some(alias)) => columns.push(Column::named(alias)),
                Item::Function { name, inside, .. } => match inside.as_slice() {
                    [Token::Word(path)] if name.eq_ignore_ascii_case("toLabel") => {
                        columns.push(self.column(path));
                    }
                    _ => {
                        columns.push(Column::named(&format!("expr{unnamed}")));
                        unnamed += 1;
                    }
                },
                Item::Field(path, None) if self.grouped => {
                    let name = path.rsplit('.').next().unwrap_or(path);
                    columns.push(Column::named(name));
                }
                Item::Field(path, None) => columns.push(self.column(path)),
                Item::Member(name) => columns.push(Column::named(name)),
            }
        }
        columns
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
