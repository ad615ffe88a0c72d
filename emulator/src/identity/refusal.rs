//! Why the identity service tells nothing: a status and one word, as text.
//!
//! Source: Salesforce Help, "Identity URLs", "Error Codes". Captured are
//! `Bad_OAuth_Token` (nforce, pull request 35) and `Bad_Id`
//! (mike4aday/SwiftlySalesforce, issue 120); nobody could confirm the others
//! against an org.

use http::StatusCode;

use crate::answer::Answer;

/// One of the documented refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    word: &'static str,
}

impl Refusal {
    pub(super) const NO_TOKEN: Self = Self::new(StatusCode::FORBIDDEN, "Missing_OAuth_Token");
    pub(super) const BAD_TOKEN: Self = Self::new(StatusCode::FORBIDDEN, "Bad_OAuth_Token");
    pub(super) const WRONG_ORG: Self = Self::new(StatusCode::FORBIDDEN, "Wrong_Org");
    pub(super) const BAD_ID: Self = Self::new(StatusCode::NOT_FOUND, "Bad_Id");
    pub(super) const INVALID_VERSION: Self =
        Self::new(StatusCode::NOT_ACCEPTABLE, "Invalid_Version");
    pub(super) const INVALID_CALLBACK: Self =
        Self::new(StatusCode::NOT_ACCEPTABLE, "Invalid_Callback");

    const fn new(status: StatusCode, word: &'static str) -> Self {
        Self { status, word }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::text(refusal.status, refusal.word)
    }
}
