//! The call of `wit/rest.wit`.

pub use crate::bindings::exports::sfbox::client::rest::{
    Method as RestMethod, Request as RestRequest, Response as RestResponse,
};

use super::{Answer, RestOptions, calls};

impl Answer for RestResponse {
    // Body and headers have the limit each, so that a body of the limit passes with them.
    fn text_bytes(&self) -> usize {
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len());
        headers.sum::<usize>().max(self.body.len())
    }
}

calls! { rest:
    /// Sends any request that Salesforce's API takes, and answers what Salesforce answers:
    /// a refusal, such as a status of 400 or 503, is an answer as well.
    ///
    /// The path is absolute, or relative to the API version, as in `limits`. The body is at
    /// most 64 MiB, and so is the answer's.
    ///
    /// # Errors
    ///
    /// See `send` in `wit/rest.wit`; above all
    /// [`Failure::OutcomeUnknown`](crate::Failure::OutcomeUnknown) when the answer to a
    /// request was lost that is not repeatable.
    rest = "rest" call_send(request: &RestRequest; RestOptions) -> RestResponse;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::ANSWER_BYTES_MAX;

    #[test]
    fn a_body_of_the_limit_passes_with_its_headers_and_one_byte_more_does_not() {
        let response = |body, header| RestResponse {
            status: 200,
            headers: vec![("x".repeat(9), "x".repeat(header))],
            body: vec![b'x'; body],
        };
        assert!(response(ANSWER_BYTES_MAX, 9).bounded().is_ok());
        assert!(response(ANSWER_BYTES_MAX + 1, 0).bounded().is_err());
        assert!(response(0, ANSWER_BYTES_MAX - 9).bounded().is_ok());
        assert!(response(0, ANSWER_BYTES_MAX - 8).bounded().is_err());
    }
}
