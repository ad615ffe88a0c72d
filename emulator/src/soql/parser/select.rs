//! SELECT lists.

use super::super::ast::{FieldSet, Item, Name, Path, Query, Selection, TypeOf, When};
use super::super::error::SoqlError;
use super::Parser;
use super::expression::path;

impl Parser<'_> {
    /// SELECT and what it asks for.
    pub(super) fn selection(&mut self) -> Result<Selection, SoqlError> {
        let select = self.next;
        self.expect("SELECT")?;
        if self.at("COUNT") && self.follows(1, "(") {
            if self.follows(2, ")") {
                self.next += 3;
                return Ok(Selection::Count);
            }
            if !self.is_name(2) {
                self.next += 2;
                return Err(self.no_viable(select));
            }
        }
        if !self.at("(") && !self.is_name(0) {
            return Err(self.no_viable(select));
        }
        let mut items = vec![self.item()?];
        while self.take(",") {
            items.push(self.item()?);
        }
        Ok(Selection::Members(items))
    }

    fn item(&mut self) -> Result<Item, SoqlError> {
        if self.take("(") {
            let query = Box::new(self.subquery(Self::query)?);
            let can_follow = self.at(",") || self.at("FROM") || self.is_name(0);
            self.expect_before(")", can_follow)?;
            self.refuse_alias()?;
            return Ok(Item::Children(query));
        }
        if self.at("TYPEOF") && self.is_name(1) && self.follows(2, "WHEN") {
            let type_of = self.type_of()?;
            self.refuse_alias()?;
            return Ok(Item::TypeOf(type_of));
        }
        if self.at("FIELDS") && self.follows(1, "(") && self.is_name(2) && self.follows(3, ")") {
            return self.fields();
        }
        let expression = self.ordered()?;
        let alias = self.alias()?;
        Ok(Item::Value { expression, alias })
    }

    /// A second name, if there is one.
    pub(super) fn alias(&mut self) -> Result<Option<Name>, SoqlError> {
        // The one reserved word that can be a name, but no second name.
        if self.at("GROUP") {
            self.refuse(self.unexpected());
        }
        if self.is_name(0) {
            return self.name().map(Some);
        }
        Ok(None)
    }

    fn refuse_alias(&mut self) -> Result<(), SoqlError> {
        if let Some(alias) = self.alias()? {
            self.refuse(self.alias_of_no_aggregate(alias.at));
        }
        Ok(())
    }

    fn fields(&mut self) -> Result<Item, SoqlError> {
        let at = self.peek().at;
        self.next += 2;
        let set = match self.peek().source.to_ascii_uppercase().as_str() {
            "ALL" => FieldSet::All,
            "STANDARD" => FieldSet::Standard,
            "CUSTOM" => FieldSet::Custom,
            _ => {
                self.refuse(self.unexpected());
                FieldSet::All
            }
        };
        self.next += 2;
        self.refuse_alias()?;
        Ok(Item::Fields { set, at })
    }

    fn type_of(&mut self) -> Result<TypeOf, SoqlError> {
        let at = self.peek().at;
        self.expect("TYPEOF")?;
        let relationship = path(&self.name()?);
        let mut cases = Vec::new();
        while self.take("WHEN") {
            let sobject = self.name()?;
            self.expect_before("THEN", self.is_name(0))?;
            let fields = self.paths()?;
            cases.push(When { sobject, fields });
        }
        let otherwise = if self.take("ELSE") {
            self.paths()?
        } else {
            Vec::new()
        };
        let can_follow = !otherwise.is_empty() && (self.at(",") || self.at("FROM"));
        self.expect_before("END", can_follow)?;
        Ok(TypeOf {
            relationship,
            cases,
            otherwise,
            at,
        })
    }

    fn paths(&mut self) -> Result<Vec<Path>, SoqlError> {
        let mut paths = vec![path(&self.name()?)];
        while self.take(",") {
            paths.push(path(&self.name()?));
        }
        Ok(paths)
    }

    /// Refuses second names of fields, which only grouped statements have.
    pub(super) fn check_aliases(&mut self, query: &Query) {
        let Selection::Members(items) = &query.selection else {
            return;
        };
        if query.is_grouped() {
            return;
        }
        let aliased = items.iter().find_map(|item| match item {
            Item::Value {
                expression,
                alias: Some(_),
            } if expression.is_field() => Some(expression.at()),
            _ => None,
        });
        if let Some(at) = aliased {
            self.refuse(self.alias_of_no_aggregate(at));
        }
    }

    fn alias_of_no_aggregate(&self, at: usize) -> SoqlError {
        self.malformed(at, "only aggregate expressions use field aliasing")
    }
}
