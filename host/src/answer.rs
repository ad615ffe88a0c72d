//! How long the answer of a call may be.

use crate::bindings::exports::sfbox::client::types::{ApiError, Error as Failure, Unexpected};

/// The longest answer that is handed over whole, in bytes after decompression;
/// longer ones are for streams.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What a call answers. Every call's answer has to say how much text it is, so that no
/// call goes without the limit.
pub(crate) trait Answer: Send + Sized + 'static {
    /// The length of the text that the org chose, in bytes.
    fn text_bytes(&self) -> usize;

    /// The answer, if it is within the limit. The product keeps to it by itself; another
    /// component might not.
    ///
    /// # Errors
    ///
    /// [`Failure::UnexpectedAnswer`] for a longer one.
    fn bounded(self) -> Result<Self, Failure> {
        if self.text_bytes() > ANSWER_BYTES_MAX {
            return Err(Failure::UnexpectedAnswer(Unexpected {
                status: 0,
                reason: format!("the answer is longer than {ANSWER_BYTES_MAX} bytes"),
                request_id: None,
            }));
        }
        Ok(self)
    }
}

impl Answer for () {
    fn text_bytes(&self) -> usize {
        0
    }
}

impl Answer for String {
    fn text_bytes(&self) -> usize {
        self.len()
    }
}

/// The length of the texts in a list of Salesforce's errors, in bytes.
pub(crate) fn error_bytes(errors: &[ApiError]) -> usize {
    let texts = errors.iter().map(|error| {
        let details = error.details.as_ref().map_or(0, String::len);
        error.code.len() + error.message.len() + details
    });
    texts.sum()
}
