//! What is wrong with a result that is not whole.

use std::fmt;

/// Why a result is not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// A page names one as the next that was named before: it would never end.
    #[error("the org named the same page twice: the query would never end")]
    Circle,
    /// A page has no records, and is not the last.
    #[error("the org sent a page without records that is not the last")]
    EmptyPage,
    /// There are more records than the query has.
    #[error("the org sent {records} records, but reported a total of {total}")]
    TooMany {
        /// How many came so far.
        records: u64,
        /// How many the query has in all.
        total: u64,
    },
    /// Records or children are missing at the end.
    #[error("{0}")]
    Missing(Missing),
}

/// What is missing of a result whose last page has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many records of the outer query.
    pub records: u64,
    /// How many the query has in all; `None` where Salesforce does not know.
    pub total: Option<u64>,
    /// The children that were cut, by relationship.
    pub children: Vec<CutChildren>,
}

/// The children of one relationship that were cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutChildren {
    /// The relationship, below another one as in `Contacts.Cases`.
    pub relationship: String,
    /// How many records are missing, as far as it is known.
    pub records: u64,
    /// Whether that is all of them. Some lists do not tell how long they are.
    pub exact: bool,
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.records > 0 {
            write!(out, "{} ", self.records)?;
            if let Some(total) = self.total {
                write!(out, "of {total} ")?;
            }
            out.write_str(
                "records are missing; they may have been deleted while the pages were read",
            )?;
        }
        for (number, cut) in self.children.iter().enumerate() {
            if number > 0 || self.records > 0 {
                out.write_str("; ")?;
            }
            match (cut.exact, cut.records) {
                (true, records) => write!(out, "{records} ")?,
                (false, 0) => {}
                (false, records) => write!(out, "at least {records} ")?,
            }
            write!(out, "child records of `{}` are missing", cut.relationship)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_children_are_named() {
        let cut = |relationship: &str, records, exact| CutChildren {
            relationship: relationship.to_owned(),
            records,
            exact,
        };
        let mut missing = Missing {
            records: 0,
            total: Some(9),
            children: vec![
                cut("Contacts", 3, true),
                cut("Contacts.Cases", 0, false),
                cut("Tasks", 2, false),
            ],
        };
        let children = "3 child records of `Contacts` are missing; child records of \
                        `Contacts.Cases` are missing; at least 2 child records of `Tasks` are \
                        missing";
        assert_eq!(missing.to_string(), children);
        missing.records = 4;
        let words = missing.to_string();
        assert!(words.starts_with("4 of 9 records are missing; "), "{words}");
        assert!(words.ends_with(&format!("; {children}")), "{words}");
    }
}
