//! The component's functions for programs that run its core natively.

use crate::client::Client;
use crate::contract::query::{Page, QueryOptions};
use crate::error::Error;
use crate::platform::Platform;
use crate::query::First;

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
    let QueryOptions {
        call,
        rows,
        batch_size,
    } = options;
    let first = First {
        soql,
        rows,
        batch_size,
    };
    client.run(first, &call).await
}
