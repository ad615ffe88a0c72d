//! The part of GraphQL's grammar that this emulator takes: operations, fields,
//! aliases, arguments, variables. No fragments and no directives.
//!
//! Source: GraphQL specification, October 2021, section 2.

use std::iter::Peekable;
use std::vec::IntoIter;

use serde_json::{Map, Number, Value};

/// How deeply a document may nest.
const NESTING_MAX: usize = 50;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Query,
    Mutation,
}

#[derive(Debug, PartialEq)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) name: Option<String>,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Field {
    /// Under which name its value is answered.
    pub(super) alias: String,
    pub(super) name: String,
    /// With the values of variables.
    pub(super) arguments: Map<String, Value>,
    pub(super) fields: Vec<Self>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(Number),
    Symbol(char),
}

/// Reads a document.
pub(super) fn parse(
    document: &str,
    variables: &Map<String, Value>,
) -> Result<Vec<Operation>, String> {
    let tokens = lex(document)?.into_iter().peekable();
    let mut parser = Parser { tokens, variables };
    let mut operations = Vec::new();
    while parser.tokens.peek().is_some() {
        operations.push(parser.operation()?);
    }
    Ok(operations)
}

fn lex(document: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = document;
    while let Some(first) = rest.chars().next() {
        let end = |is_part: fn(char) -> bool| {
            rest.find(|character| !is_part(character))
                .unwrap_or(rest.len())
        };
        let length = match first {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => first.len_utf8(),
            '#' => end(|character| character != '\n' && character != '\r'),
            '"' => {
                let (text, length) = text(rest)?;
                tokens.push(Token::Text(text));
                length
            }
            '_' | 'a'..='z' | 'A'..='Z' => {
                let length = end(|character| character == '_' || character.is_ascii_alphanumeric());
                tokens.push(Token::Name(rest[..length].to_owned()));
                length
            }
            '-' | '0'..='9' => {
                let length = end(|character| {
                    character.is_ascii_digit() || matches!(character, '-' | '+' | '.' | 'e' | 'E')
                });
                let number = serde_json::from_str(&rest[..length]);
                tokens.push(Token::Number(
                    number.map_err(|_| unexpected(&rest[..length]))?,
                ));
                length
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '$' | '!' | '=' => {
                tokens.push(Token::Symbol(first));
                1
            }
            other => return Err(unexpected(&other.to_string())),
        };
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// A string literal and its length. Block strings are not taken; the escapes of
/// the others are JSON's.
fn text(rest: &str) -> Result<(String, usize), String> {
    if rest.starts_with("\"\"\"") {
        return Err("this emulator does not support block strings".to_owned());
    }
    let mut literals = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    match literals.next() {
        Some(Ok(text)) => Ok((text, literals.byte_offset())),
        _ => Err(unexpected("\"")),
    }
}

fn unexpected(token: &str) -> String {
    format!("unexpected token: '{token}'")
}

struct Parser<'v> {
    tokens: Peekable<IntoIter<Token>>,
    variables: &'v Map<String, Value>,
}

impl Parser<'_> {
    fn operation(&mut self) -> Result<Operation, String> {
        let mut kind = Kind::Query;
        let mut name = None;
        if let Some(Token::Name(keyword)) =
            self.tokens.next_if(|token| matches!(token, Token::Name(_)))
        {
            kind = match keyword.as_str() {
                "query" => Kind::Query,
                "mutation" => Kind::Mutation,
                other => return Err(unexpected(other)),
            };
            name = self.optional_name();
            if self.takes('(') {
                while !self.takes(')') {
                    self.definition()?;
                }
            }
        }
        let fields = self.fields(0)?;
        Ok(Operation { kind, name, fields })
    }

    /// A variable's definition, such as `$n: Int = 5`: what it says is not used.
    fn definition(&mut self) -> Result<(), String> {
        self.expect('$')?;
        self.name()?;
        self.expect(':')?;
        while self.takes('[') {}
        self.name()?;
        while self.takes(']') || self.takes('!') {}
        if self.takes('=') {
            self.value(0)?;
        }
        Ok(())
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<Field>, String> {
        self.expect('{')?;
        if depth > NESTING_MAX {
            return Err("the document nests too deeply".to_owned());
        }
        let mut fields = Vec::new();
        while !self.takes('}') {
            let alias = self.name()?;
            let name = if self.takes(':') {
                self.name()?
            } else {
                alias.clone()
            };
            let mut arguments = Map::new();
            if self.takes('(') {
                while !self.takes(')') {
                    let name = self.name()?;
                    self.expect(':')?;
                    arguments.insert(name, self.value(0)?);
                }
            }
            let has_fields = self.tokens.peek() == Some(&Token::Symbol('{'));
            let fields_of_it = if has_fields {
                self.fields(depth + 1)?
            } else {
                Vec::new()
            };
            fields.push(Field {
                alias,
                name,
                arguments,
                fields: fields_of_it,
            });
        }
        Ok(fields)
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > NESTING_MAX {
            return Err("the document nests too deeply".to_owned());
        }
        Ok(match self.tokens.next() {
            Some(Token::Text(text)) => Value::String(text),
            Some(Token::Number(number)) => Value::Number(number),
            Some(Token::Name(name)) => match name.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                // An enum's value.
                _ => Value::String(name),
            },
            Some(Token::Symbol('$')) => {
                let name = self.name()?;
                self.variables.get(&name).cloned().unwrap_or(Value::Null)
            }
            Some(Token::Symbol('[')) => {
                let mut values = Vec::new();
                while !self.takes(']') {
                    values.push(self.value(depth + 1)?);
                }
                Value::Array(values)
            }
            Some(Token::Symbol('{')) => {
                let mut members = Map::new();
                while !self.takes('}') {
                    let name = self.name()?;
                    self.expect(':')?;
                    members.insert(name, self.value(depth + 1)?);
                }
                Value::Object(members)
            }
            token => return Err(found(token)),
        })
    }

    fn optional_name(&mut self) -> Option<String> {
        match self.tokens.next_if(|token| matches!(token, Token::Name(_))) {
            Some(Token::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(name),
            token => Err(found(token)),
        }
    }

    fn takes(&mut self, symbol: char) -> bool {
        self.tokens.next_if_eq(&Token::Symbol(symbol)).is_some()
    }

    fn expect(&mut self, symbol: char) -> Result<(), String> {
        match self.tokens.next() {
            Some(Token::Symbol(found)) if found == symbol => Ok(()),
            token => Err(found(token)),
        }
    }
}

fn found(token: Option<Token>) -> String {
    unexpected(&match token {
        Some(Token::Name(text) | Token::Text(text)) => text,
        Some(Token::Number(number)) => number.to_string(),
        Some(Token::Symbol(symbol)) => symbol.to_string(),
        None => "<EOF>".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read() {
        let variables = json!({"n": "a\"b"})
            .as_object()
            .cloned()
            .expect("an object");
        let document = r#"
            # a comment { }
            query { a }
            mutation M($n: [String!]! = ["x"], $m: Int) {
                x: b(input: {n: $n, list: [1, -2.5, true, null, ASC], m: $m}) { c }
            }"#;
        let operations = parse(document, &variables).expect("a document");
        assert_eq!(operations.len(), 2);
        let [query, mutation] = &operations[..] else {
            unreachable!("there are two")
        };
        assert_eq!((query.kind, &query.name), (Kind::Query, &None));
        assert_eq!(
            (mutation.kind, mutation.name.as_deref()),
            (Kind::Mutation, Some("M"))
        );
        let field = &mutation.fields[0];
        assert_eq!((&field.alias[..], &field.name[..]), ("x", "b"));
        assert_eq!(
            Value::Object(field.arguments.clone()),
            json!({"input": {"n": "a\"b", "list": [1, -2.5, true, null, "ASC"], "m": null}})
        );
        assert_eq!(field.fields[0].name, "c");
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let nested = "{a".repeat(60) + &"}".repeat(60);
        for (document, error) in [
            ("{", "unexpected token: '<EOF>'"),
            ("{a}}", "unexpected token: '}'"),
            ("{a(b)}", "unexpected token: ')'"),
            ("{... F}", "unexpected token: '.'"),
            ("fragment F on A {a}", "unexpected token: 'fragment'"),
            ("{a(b: \"x)}", "unexpected token: '\"'"),
            (&nested, "the document nests too deeply"),
        ] {
            assert_eq!(
                parse(document, &Map::new()),
                Err(error.to_owned()),
                "{document}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(document in "(\\PC|[{}()\\[\\]:$\"a1 -]){0,60}") {
            let _ = parse(&document, &Map::new());
        }
    }
}
