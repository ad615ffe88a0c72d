//! The lines of a conversation.

use serde::{Deserialize, Serialize};

/// What is asked of the component.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "call", rename_all = "camelCase")]
pub enum Call {
    /// `query.query`.
    #[serde(rename_all = "camelCase")]
    Query {
        /// The org.
        org: String,
        /// The statement.
        soql: String,
        /// Rows a page.
        batch_size: Option<u16>,
    },
    /// `query.query-more`.
    QueryMore {
        /// The org.
        org: String,
        /// What the page before it said.
        next: String,
    },
    /// `session.status`.
    Status {
        /// The org.
        org: String,
    },
    /// The same query as often as that, all at once.
    Together {
        /// The org.
        org: String,
        /// The statement.
        soql: String,
        /// How often.
        count: usize,
    },
}

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// A page.
    Page {
        /// Salesforce's answer.
        body: String,
        /// The next page's name.
        next: Option<String>,
    },
    /// What is known of the session, as text.
    Status(String),
    /// The answers to calls that were made at once.
    Together(Vec<Self>),
    /// The contract's error: its case, and all of it as text.
    Error(String),
}

/// Bytes that come in pieces, as lines.
#[derive(Default)]
pub struct Lines(Vec<u8>);

impl Lines {
    /// The lines that these bytes complete, without their ends.
    pub fn completed_by(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.0.extend_from_slice(bytes);
        let mut complete: Vec<Vec<u8>> =
            self.0.split(|byte| *byte == b'\n').map(Vec::from).collect();
        self.0 = complete.pop().unwrap_or_default();
        complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_as_the_other_programs_read_it() {
        let call =
            r#"{"call": "query", "org": "acme", "soql": "SELECT Id FROM A", "batchSize": null}"#;
        assert_eq!(
            serde_json::from_str::<Call>(call).unwrap(),
            Call::Query {
                org: "acme".to_owned(),
                soql: "SELECT Id FROM A".to_owned(),
                batch_size: None
            }
        );
        let more = r#"{"call": "queryMore", "org": "acme", "next": "n"}"#;
        assert!(matches!(
            serde_json::from_str(more).unwrap(),
            Call::QueryMore { .. }
        ));
        assert!(serde_json::from_str::<Call>(r#"{"call": "delete", "org": "acme"}"#).is_err());
    }

    #[test]
    fn lines_are_put_together_from_any_pieces() {
        let mut lines = Lines::default();
        assert!(lines.completed_by(b"fir").is_empty());
        assert_eq!(
            lines.completed_by(b"st\nsecond\n\nthi"),
            [&b"first"[..], b"second", b""]
        );
        assert_eq!(lines.completed_by(b"rd\n"), [b"third"]);
    }
}
