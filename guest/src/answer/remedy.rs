//! What helps against an error of Salesforce's API, in the words of the contract.

use sfbox_remedy::Remedy as Known;

use crate::error::Remedy;

/// What helps against an error with this code and message.
pub(super) fn of(code: &str, message: &str) -> Remedy {
    match sfbox_remedy::of(code, message) {
        Known::FixRequest => Remedy::FixRequest,
        Known::FixPermission => Remedy::FixPermission,
        Known::Retry => Remedy::Retry,
        Known::Wait => Remedy::Wait,
        Known::Gone => Remedy::Gone,
        Known::Unknown => Remedy::Unknown,
    }
}
