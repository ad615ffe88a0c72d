//! The calls of `wit/query.wit`.

pub use crate::bindings::exports::sfbox::client::query::{Page, Rows};

use super::{Answer, QueryOptions, calls};

impl Answer for Page {
    fn text_bytes(&self) -> usize {
        self.body.len()
    }
}

calls! { query:
    /// Runs a SOQL statement and answers its first page.
    ///
    /// # Errors
    ///
    /// See `query` in `wit/query.wit`.
    query = "query" call_query(soql: &str; QueryOptions) -> Page;

    /// Answers the page that a [`Page::next`] names.
    ///
    /// # Errors
    ///
    /// See `query-more` in `wit/query.wit`; above all
    /// [`Failure::SessionChanged`](crate::Failure::SessionChanged).
    query_more = "query-more" call_query_more(next: &str; QueryOptions) -> Page;
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
