//! What the table says of a method on a route.

use super::Effect;

/// What the table says of a method on a route: an effect, or what decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The same whatever is in the request.
    Fixed(Effect),
    /// A write of the object that the path names, which can be code.
    Object,
    /// By the statements in the query: SOQL.
    Soql,
    /// As [`Class::Soql`]; `q` is SOSL.
    Sosl,
    /// As [`Class::Soql`]; `q` is a text to search for.
    SearchParameters,
    /// A read if `updateViewStat=false`.
    ViewCounted,
    /// By the body: a parameterised search.
    SearchBody,
    /// By the body: ids and fields to retrieve.
    Retrieve,
    /// By the body: records, whose types can be code.
    Records,
    /// By the body: the operations of the UI API's batch.
    UiBatch,
    /// By the body: a job of Bulk API 2.0 that changes records.
    IngestJob,
    /// By the body: a job of Bulk API 2.0 that queries.
    QueryJob,
    /// By the body: a job of Bulk API v1.
    Job,
    /// By the body: the state of a job of Bulk API v1.
    JobState,
    /// By the body: a GraphQL document.
    GraphQl,
    /// By the body: parts, each judged by itself.
    Parts(Shape),
}

/// How a composite request lists its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Composite,
    Batch,
    Graph,
}

impl Class {
    /// The least and the gravest that a request of this class can do, where its
    /// body decides between them. Absent where the body says nothing about it.
    pub(super) fn bounds(self) -> Option<(Effect, Effect)> {
        match self {
            Self::Fixed(_)
            | Self::Object
            | Self::Soql
            | Self::Sosl
            | Self::SearchParameters
            | Self::ViewCounted => None,
            Self::SearchBody => Some((Effect::Read, Effect::Write)),
            Self::Retrieve | Self::QueryJob | Self::GraphQl => {
                Some((Effect::Read, Effect::Unknown))
            }
            Self::Records => Some((Effect::Write, Effect::MayDelete)),
            Self::UiBatch | Self::IngestJob | Self::Job | Self::JobState => {
                Some((Effect::Write, Effect::Unknown))
            }
            Self::Parts(_) => Some((Effect::Read, Effect::AnonymousApex)),
        }
    }
}
