//! Fields and functions of fields.

use super::super::ast::{Call, Distance, Expression, Function, Location, Name, Path, Unit};
use super::super::error::SoqlError;
use super::super::lexer::Token;
use super::Parser;

/// What can stand after an expression, but for names and symbols.
const AFTER: [&str; 13] = [
    "FROM", "LIKE", "IN", "NOT", "INCLUDES", "EXCLUDES", "HAVING", "LIMIT", "ASC", "DESC", "NULLS",
    "FOR", "UPDATE",
];

/// The path that a dotted name is.
pub(super) fn path(name: &Name) -> Path {
    let mut parents: Vec<String> = name.text.split('.').map(str::to_owned).collect();
    let field = parents.pop().unwrap_or_default();
    Path {
        parents,
        field,
        at: name.at,
    }
}

impl Parser<'_> {
    /// A field, a function of a field, or a function of a function of one.
    pub(super) fn expression(&mut self) -> Result<Expression, SoqlError> {
        let first = self.next;
        let name = self.name()?;
        if !self.take("(") {
            return Ok(Expression::Field(path(&name)));
        }
        if !self.is_name(0) {
            return Err(self.no_viable(first));
        }
        let inner = self.name()?;
        if self.take(")") {
            return Ok(self.call(&name, Expression::Field(path(&inner))));
        }
        if !self.take("(") {
            return Err(self.no_viable(first));
        }
        let field = Expression::Field(path(&self.name()?));
        self.expect(")")?;
        let argument = self.call(&inner, field);
        self.expect_before(")", self.follows_expression())?;
        Ok(self.call(&name, argument))
    }

    /// An expression where a distance can stand, too.
    pub(super) fn ordered(&mut self) -> Result<Expression, SoqlError> {
        if self.at_distance() {
            return self.distance().map(Expression::Distance);
        }
        self.expression()
    }

    fn follows_expression(&self) -> bool {
        let lexeme = self.peek();
        match lexeme.token {
            Token::Word => self.is_name(0) || AFTER.iter().any(|word| self.at(word)),
            Token::Symbol => matches!(lexeme.source, "," | "=" | "!=" | "<>" | "<" | ">"),
            _ => false,
        }
    }

    fn call(&mut self, name: &Name, argument: Expression) -> Expression {
        let at = name.at;
        let Some(function) = Function::named(&name.text) else {
            // Nobody has published what Salesforce says.
            let message = format!("unknown function: {}", name.text);
            self.refuse(self.malformed(at, &message));
            return argument;
        };
        // Captured from dynamic SOQL in Apex; unconfirmed over REST.
        if matches!(function, Function::Aggregate(_)) && !argument.is_field() {
            let message = format!(
                "nested functional syntax can only be used in the following manner: \
                 date_function(convertTimezone(columnName)): {}",
                function.name()
            );
            self.refuse(self.malformed(at, &message));
        }
        Expression::Call(Call {
            function,
            argument: Box::new(argument),
            at,
        })
    }

    pub(super) fn at_distance(&self) -> bool {
        self.at("DISTANCE") && self.follows(1, "(") && self.is_name(2) && self.follows(3, ",")
    }

    pub(super) fn distance(&mut self) -> Result<Distance, SoqlError> {
        let at = self.peek().at;
        self.next += 2;
        let from = path(&self.name()?);
        self.expect(",")?;
        let to = if self.at("GEOLOCATION") && !self.follows(1, ",") {
            self.next += 1;
            self.expect_before("(", self.begins_number())?;
            let latitude = self.degrees()?;
            self.expect_before(",", self.begins_number())?;
            let longitude = self.degrees()?;
            self.expect_before(")", self.at(","))?;
            Location::Coordinates {
                latitude,
                longitude,
            }
        } else {
            Location::Field(path(&self.name()?))
        };
        self.expect_before(",", self.peek().token == Token::Text)?;
        let unit = self.unit()?;
        self.expect_before(")", self.follows_expression())?;
        Ok(Distance { from, to, unit, at })
    }

    fn degrees(&mut self) -> Result<f64, SoqlError> {
        let first = self.next;
        let sign = self.sign();
        let lexeme = self.peek();
        if !matches!(lexeme.token, Token::Integer | Token::Decimal) {
            return Err(self.no_viable(first));
        }
        let degrees = format!("{sign}{}", lexeme.source).parse();
        let degrees = degrees.map_err(|_| self.unexpected())?;
        self.next += 1;
        Ok(degrees)
    }

    fn begins_number(&self) -> bool {
        let is_number = matches!(self.peek().token, Token::Integer | Token::Decimal);
        is_number || self.at("+") || self.at("-")
    }

    fn unit(&mut self) -> Result<Unit, SoqlError> {
        let lexeme = self.peek();
        if lexeme.token != Token::Text {
            return Err(self.unexpected());
        }
        self.next += 1;
        match lexeme.source.to_ascii_lowercase().as_str() {
            "'km'" => Ok(Unit::Kilometres),
            "'mi'" => Ok(Unit::Miles),
            unit => {
                // The words are the emulator's own.
                let message = format!("a distance is in 'mi' or 'km', not in {unit}");
                self.refuse(self.malformed(lexeme.at, &message));
                Ok(Unit::Kilometres)
            }
        }
    }
}
