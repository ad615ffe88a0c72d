//! The component's functions for programs that run its core natively.

use crate::client::Client;
use crate::contract::query::{Page, QueryOptions};
use crate::contract::types::Parameter;
use crate::error::Error;
use crate::platform::Platform;
use crate::query::{First, Source};
use crate::soql;

/// A statement with its values, as it is sent.
///
/// # Errors
///
/// Names the parameter and the rule.
pub fn bound(statement: &str, parameters: &[Parameter]) -> Result<String, Error> {
    soql::bind(statement, parameters)
}

/// The first page of a query: `query.query`.
///
/// # Errors
///
/// See `wit/query.wit`.
pub async fn first_page<P: Platform>(
    client: &Client<P>,
    soql: String,
    options: QueryOptions,
) -> Result<Page, Error> {
    let first = First::new(&soql, &[], Source::from(&options))?;
    client
        .page(first, options.complete_children, &options.call)
        .await
}
