//! The calls of `wit/query.wit`.

pub use crate::bindings::exports::sfbox::client::query::{Page, Rows};
pub use crate::bindings::exports::sfbox::client::types::{Parameter, Value};

use super::{Answer, QueryOptions, calls};

impl Answer for Page {
    fn text_bytes(&self) -> usize {
        self.body.len()
    }
}

calls! { query:
    /// As [`Org::query`](super::Org::query), with values for the places `:name` in the
    /// statement.
    ///
    /// # Errors
    ///
    /// See `query` in `wit/query.wit`.
    query_with = "query" call_query(soql: &str, parameters: &[Parameter]; QueryOptions) -> Page;

    /// Answers the page that a [`Page::next`] names.
    ///
    /// # Errors
    ///
    /// See `query-more` in `wit/query.wit`; above all
    /// [`Failure::SessionChanged`](crate::Failure::SessionChanged).
    query_more = "query-more" call_query_more(next: &str; QueryOptions) -> Page;

    /// Answers how Salesforce would run a statement, as a JSON object with `plans`.
    ///
    /// # Errors
    ///
    /// See `explain` in `wit/query.wit`.
    explain = "explain" call_explain(soql: &str, parameters: &[Parameter]; QueryOptions) -> String;
}

impl super::Org {
    /// Runs a SOQL statement and answers its first page. For all records, see
    /// [`Org::records`](super::Org::records).
    ///
    /// # Errors
    ///
    /// See `query` in `wit/query.wit`.
    pub async fn query(&self, soql: &str, options: &QueryOptions) -> Result<Page, super::Error> {
        self.query_with(soql, &[], options).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;
    use crate::answer::ANSWER_BYTES_MAX;

    #[test]
    fn a_page_of_the_limit_passes_and_one_byte_more_does_not() {
        let page = |bytes| Page {
            body: "x".repeat(bytes),
            total_size: Some(0),
            next: None,
        };
        assert!(page(ANSWER_BYTES_MAX).bounded().is_ok());
        let refused = page(ANSWER_BYTES_MAX + 1).bounded().unwrap_err();
        assert!(matches!(refused, Failure::UnexpectedAnswer(_)));
    }
}
