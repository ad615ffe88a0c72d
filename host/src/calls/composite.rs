//! The calls of `wit/composite.wit`.

pub use crate::bindings::exports::sfbox::client::composite::{
    Graph, GraphAnswer, OnFailure, Planted, Refusal, Subrequest, Subresponse, TreeAnswer,
};

use crate::answer::error_bytes;

use super::{Answer, WriteOptions, calls};

impl Answer for Vec<Subresponse> {
    fn text_bytes(&self) -> usize {
        self.iter().map(length).sum()
    }
}

impl Answer for Vec<GraphAnswer> {
    fn text_bytes(&self) -> usize {
        let responses = self.iter().flat_map(|graph| &graph.responses);
        responses.map(length).sum()
    }
}

impl Answer for TreeAnswer {
    fn text_bytes(&self) -> usize {
        match self {
            Self::Created(planted) => {
                let texts = planted.iter();
                texts.map(|one| one.reference_id.len() + one.id.len()).sum()
            }
            Self::Refused(refusals) => refusals.iter().map(|one| error_bytes(&one.errors)).sum(),
        }
    }
}

fn length(response: &Subresponse) -> usize {
    let headers = response.headers.iter();
    let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    headers + response.body.as_ref().map_or(0, String::len)
}

calls! { composite:
    /// Executes 1 to 25 requests in their order, which may refer to each other, as one call
    /// of the API.
    ///
    /// # Errors
    ///
    /// See `send` in `wit/composite.wit`; above all
    /// [`Failure::OutcomeUnknown`](crate::Failure::OutcomeUnknown) when the answer was lost.
    composite = "composite send"
        call_send(requests: &[Subrequest], on_failure: OnFailure; WriteOptions)
        -> Vec<Subresponse>;

    /// Executes 1 to 25 requests that do not refer to each other, one after the other.
    ///
    /// # Errors
    ///
    /// See `batch` in `wit/composite.wit`.
    batch = "composite batch"
        call_batch(requests: &[Subrequest], on_failure: OnFailure; WriteOptions)
        -> Vec<Subresponse>;

    /// Executes 1 to 75 graphs of requests, each as a whole or not at all.
    ///
    /// # Errors
    ///
    /// See `graphs` in `wit/composite.wit`.
    graphs = "composite graphs" call_graphs(graphs: &[Graph]; WriteOptions) -> Vec<GraphAnswer>;

    /// Creates records with their children, all or none.
    ///
    /// # Errors
    ///
    /// See `tree` in `wit/composite.wit`.
    tree = "composite tree" call_tree(object: &str, records: &[String]; WriteOptions)
        -> TreeAnswer;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::ANSWER_BYTES_MAX;

    #[test]
    fn what_the_org_chose_is_within_the_limit() {
        let response = |bytes| Subresponse {
            reference_id: String::new(),
            status: 200,
            headers: vec![("x".to_owned(), "y".to_owned())],
            body: Some("x".repeat(bytes - 2)),
        };
        let graph = |bytes| GraphAnswer {
            id: String::new(),
            successful: true,
            responses: vec![response(bytes)],
        };
        let tree = |bytes| {
            TreeAnswer::Created(vec![Planted {
                reference_id: "x".repeat(bytes),
                id: String::new(),
            }])
        };
        for (bytes, is_within) in [(ANSWER_BYTES_MAX, true), (ANSWER_BYTES_MAX + 1, false)] {
            assert_eq!(vec![response(bytes)].bounded().is_ok(), is_within);
            assert_eq!(vec![graph(bytes)].bounded().is_ok(), is_within);
            assert_eq!(tree(bytes).bounded().is_ok(), is_within);
        }
    }
}
