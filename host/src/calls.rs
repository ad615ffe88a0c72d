//! The calls of the contract, one file for each of its interfaces.
//!
//! A function of the contract is one line of [`calls!`] and its documentation: its name
//! in Rust, its words for logs and errors, what wasmtime's bindings call it, its
//! parameters without the org, its options, and its answer. An interface is one more
//! file here, its name in [`crate::engine::exports`], and an [`Answer`] for what it
//! answers. Options with fields of their own need [`CallOptions`].

mod collections;
mod composite;
mod org;
mod query;
mod query_stream;
mod rest;
mod rest_streams;
mod search;
mod session;
mod sobjects;

pub use collections::{Outcome, Outcomes, Saved};
pub use composite::{
    Graph, GraphAnswer, OnFailure, Planted, Refusal, Subrequest, Subresponse, TreeAnswer,
};
pub use query::{Page, Parameter, Rows, Value};
pub use rest::{RestMethod, RestRequest, RestResponse};
pub use search::{Scope, Target};
pub use session::{Origin, Status};
pub use sobjects::{
    Assignment, Changes, Content, Created, Duplicates, ExternalId, Fetched, Key, Repeat, Upserted,
    Validator,
};

use crate::answer::Answer;
use crate::error::Error;
use crate::options::{
    CallOptions, ChangeOptions, DescribeOptions, FindOptions, ManyOptions, Options, QueryOptions,
    ReadOptions, RecordsOptions, RestOptions, WriteOptions,
};
use crate::org::Org;

/// Methods of [`Org`], each a function of the contract's interface `$interface`.
macro_rules! calls {
    ($interface:ident: $(
        $(#[$documentation:meta])*
        $name:ident = $operation:literal
            $function:ident($($parameter:ident: $kind:ty),*; $options:ty) -> $answer:ty;
    )*) => {
        impl super::Org {$(
            $(#[$documentation])*
            pub async fn $name(
                &self,
                $($parameter: $kind,)*
                options: &$options,
            ) -> Result<$answer, super::Error> {
                let org = self.name().to_owned();
                $(let $parameter = $parameter.to_owned();)*
                let options = options.clone();
                let time = super::CallOptions::call(&options).time();
                self.call($operation, time, move |started| Box::pin(async move {
                    let interface = match &started.exports.$interface {
                        Ok(interface) => interface,
                        Err(missing) => return Ok(Err(missing.failure())),
                    };
                    let options = super::CallOptions::with_time_left(options, started.remaining);
                    let accessor = started.accessor;
                    interface.$function(accessor, org, $($parameter,)* options.into()).await
                }))
                .await
            }
        )*}
    };
}
use calls;
