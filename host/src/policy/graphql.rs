//! What a GraphQL document does: the gravest of its operations, whichever of
//! them `operationName` chooses.
//!
//! Grammar: GraphQL specification, October 2021, executable documents. Mutations
//! of Salesforce: `mutation { uiapi(input: {...}) { AccountCreate(...) {...} } }`
//! with `Create`, `Update` and `Delete` (GraphQL API developer guide, API 66.0).

use std::iter::Peekable;
use std::str::Chars;

use super::Effect;
use super::json::{Json, OTHER_FORM, Trouble};
use super::records::is_code;

/// What the body of a POST of `/graphql` does.
pub(super) fn by_body(body: &Json) -> Result<Effect, Trouble> {
    body.only(&["query", "operationName", "variables", "extensions"])?;
    effect(body.text("query")?).ok_or(OTHER_FORM)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    /// One of `!$&():=@[]{|}`.
    Mark(char),
    Spread,
    /// A number or a string.
    Value,
}

/// What a document does. Absent if it cannot be read.
fn effect(document: &str) -> Option<Effect> {
    let mut tokens = Tokens(tokens(document)?.into_iter().peekable());
    let mut effect = None;
    while let Some(token) = tokens.0.next() {
        let of_definition = match &token {
            Token::Mark('{') => {
                tokens.skip('{')?;
                Some(Effect::Read)
            }
            Token::Name(name) => {
                tokens.skip_to_selection()?;
                match name.as_str() {
                    "mutation" => Some(tokens.mutation()?),
                    "query" => {
                        tokens.skip('{')?;
                        Some(Effect::Read)
                    }
                    "fragment" => {
                        tokens.skip('{')?;
                        None
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        effect = effect.max(of_definition);
    }
    effect
}

struct Tokens(Peekable<std::vec::IntoIter<Token>>);

impl Tokens {
    /// Reads on to what closes a bracket, which was read.
    fn skip(&mut self, open: char) -> Option<()> {
        let mut closers = vec![closer(open)?];
        while let Some(expected) = closers.last() {
            match self.0.next()? {
                Token::Mark(mark) if mark == *expected => {
                    closers.pop();
                }
                Token::Mark(mark @ ('(' | '[' | '{')) => closers.push(closer(mark)?),
                Token::Mark(')' | ']' | '}') => return None,
                _ => {}
            }
        }
        Some(())
    }

    /// Reads on behind the brace that opens a definition's fields: past its
    /// name, variables and directives.
    fn skip_to_selection(&mut self) -> Option<()> {
        loop {
            match self.0.next()? {
                Token::Mark('{') => return Some(()),
                Token::Mark('(') => self.skip('(')?,
                Token::Mark('@') | Token::Name(_) => {}
                _ => return None,
            }
        }
    }

    /// What a mutation does whose brace was read.
    fn mutation(&mut self) -> Option<Effect> {
        let mut effect = Effect::Write;
        while let Some(name) = self.field()? {
            match self.0.peek() {
                Some(Token::Mark('{')) if name == "uiapi" => {
                    self.0.next();
                    effect = effect.max(self.changes()?);
                }
                Some(Token::Mark('{')) => {
                    self.0.next();
                    self.skip('{')?;
                    effect = Effect::MayDelete;
                }
                _ => effect = Effect::MayDelete,
            }
        }
        Some(effect)
    }

    /// What the fields of a mutation's `uiapi` do.
    fn changes(&mut self) -> Option<Effect> {
        let mut effect = Effect::Write;
        while let Some(name) = self.field()? {
            let created = name.strip_suffix("Create");
            let object = created.or_else(|| name.strip_suffix("Update"));
            effect = effect.max(match object {
                Some(object) if !is_code(object) => Effect::Write,
                None if name.ends_with("Delete") => Effect::Delete,
                _ => Effect::MayDelete,
            });
            if self.0.next_if_eq(&Token::Mark('{')).is_some() {
                self.skip('{')?;
            }
        }
        Some(effect)
    }

    /// The next field's name, behind its alias; its arguments and directives are
    /// read. `Some(None)` behind the last. Fragments are not looked into.
    fn field(&mut self) -> Option<Option<String>> {
        let mut name = match self.0.next()? {
            Token::Mark('}') => return Some(None),
            Token::Name(name) => name,
            _ => return None,
        };
        if self.0.next_if_eq(&Token::Mark(':')).is_some() {
            let Token::Name(aliased) = self.0.next()? else {
                return None;
            };
            name = aliased;
        }
        loop {
            if self.0.next_if_eq(&Token::Mark('(')).is_some() {
                self.skip('(')?;
            } else if self.0.next_if_eq(&Token::Mark('@')).is_some() {
                let Token::Name(_) = self.0.next()? else {
                    return None;
                };
            } else {
                return Some(Some(name));
            }
        }
    }
}

fn closer(open: char) -> Option<char> {
    match open {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

fn tokens(document: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = document.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' | ',' => {}
            '#' => comment(&mut rest)?,
            '"' => {
                string(&mut rest)?;
                tokens.push(Token::Value);
            }
            '.' => {
                if rest.next()? != '.' || rest.next()? != '.' {
                    return None;
                }
                tokens.push(Token::Spread);
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                tokens.push(Token::Name(name));
            }
            c if c.is_ascii_digit() || c == '-' => {
                let in_number = |c: &char| c.is_ascii_alphanumeric() || "+-._".contains(*c);
                while rest.next_if(in_number).is_some() {}
                tokens.push(Token::Value);
            }
            c if "!$&():=@[]{|}".contains(c) => tokens.push(Token::Mark(c)),
            _ => return None,
        }
    }
    Some(tokens)
}

/// Reads on to the end of a line. Characters that other readers take for one
/// leave a doubt.
fn comment(rest: &mut Peekable<Chars<'_>>) -> Option<()> {
    for c in rest.by_ref() {
        match c {
            '\n' | '\r' => break,
            '\t' | ' '..='~' => {}
            _ => return None,
        }
    }
    Some(())
}

/// Reads on to the end of a string, whose first quote was read.
fn string(rest: &mut Peekable<Chars<'_>>) -> Option<()> {
    if rest.next_if_eq(&'"').is_some() {
        // The empty string, or the beginning of a block.
        return match rest.next_if_eq(&'"') {
            Some(_) => block(rest),
            None => Some(()),
        };
    }
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '\\' => {
                rest.next().filter(|c| "\"\\/bfnrtu".contains(*c))?;
            }
            c if c.is_control() && c != '\t' => return None,
            _ => {}
        }
    }
}

/// Reads on to the end of a block string: three quotes, not behind a backslash.
fn block(rest: &mut Peekable<Chars<'_>>) -> Option<()> {
    let mut quotes = 0;
    let mut escaped = false;
    loop {
        match rest.next()? {
            '"' if escaped => {
                // `\"""` is three quotes of the text; `\"` a backslash and one.
                quotes = 0;
                escaped = false;
                if rest.next_if_eq(&'"').is_some() {
                    rest.next_if_eq(&'"')?;
                } else {
                    quotes = 1;
                }
            }
            '"' => {
                quotes += 1;
                if quotes == 3 {
                    return Some(());
                }
            }
            c => {
                quotes = 0;
                escaped = c == '\\';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_reads() {
        for document in [
            "{ uiapi { query { Account { edges { node { Id } } } } } }",
            "query q($a: [String!] = [\"}\"], $b: X = {c: 1}) @d(e: {f: 1}) { a(b: $a) { c } }",
            "query { a(b: \"mutation { x }\") } # mutation { uiapi { ADelete } }",
            "query { a(b: \"\"\" \\\"\"\" } mutation { x \"\"\") { ...F ... on B @c { mutation } } } \
             fragment F on Mutation { AccountDelete }",
            "query A { a } query B { b }",
            "query mutation { mutation }",
            "{a(b:\"\",c:-1.5e3,d:$e,f:\"\\\"\"){g}}",
        ] {
            assert_eq!(effect(document), Some(Effect::Read), "{document}");
        }
    }

    #[test]
    fn the_gravest_operation_counts() {
        for (document, expected) in [
            (
                "mutation { uiapi { AccountCreate(input: {}) { Record { Id } } } }",
                Effect::Write,
            ),
            (
                "mutation M($i: X) { uiapi(input: {a: 1}) @b { x: AccountUpdate(input: $i) } }",
                Effect::Write,
            ),
            (
                "mutation { uiapi { AccountDelete(input: {Id: \"1\"}) { Id } } }",
                Effect::Delete,
            ),
            (
                "mutation { uiapi { ACreate: AccountDelete(input: 1) { Id } } }",
                Effect::Delete,
            ),
            ("mutation { uiapi { ACreate BDelete } }", Effect::Delete),
            (
                "mutation { u: uiapi { A__cCreate } uiapi { A__cDelete } }",
                Effect::Delete,
            ),
            (
                "query A { a } mutation B { uiapi { ADelete } }",
                Effect::Delete,
            ),
            ("{ a } mutation B { uiapi { ACreate } }", Effect::Write),
            (
                "{ a(b: \"\"\"x\"\"\") } mutation B { uiapi { ADelete } }",
                Effect::Delete,
            ),
            (
                "{ a(b: \"\\\\\") } mutation B { uiapi { ADelete } }",
                Effect::Delete,
            ),
            ("# x\rmutation B { uiapi { ADelete } }", Effect::Delete),
            ("mutation { uiapi { AccountMerge } }", Effect::MayDelete),
            (
                "mutation { uiapi { ApexTriggerCreate } }",
                Effect::MayDelete,
            ),
            ("mutation { uiapi: other { ACreate } }", Effect::MayDelete),
            ("mutation { emptyRecycleBin }", Effect::MayDelete),
        ] {
            assert_eq!(effect(document), Some(expected), "{document}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed() {
        for document in [
            "",
            "fragment F on A { b }",
            "subscription { a }",
            "type A { b: C }",
            "{ a ",
            "{ a } }",
            "{ a(b: \"x) }",
            "{ a(b: \"\"\"x\"\") }",
            "{ a(b: \"\\q\") }",
            "{ a(b: [)] }",
            "{ a } # \u{2028}mutation { b }",
            "\u{feff}{ a }",
            "{ a } ; mutation { b }",
            "mutation { ...F } fragment F on Mutation { uiapi { ADelete } }",
            "mutation { uiapi { ...F } } fragment F on U { ADelete }",
            "mutation { uiapi { ... on U { ADelete } } }",
            "mutation \"x\" { a }",
        ] {
            assert_eq!(effect(document), None, "{document}");
        }
    }
}
