//! The contract's functions, as tests call them.

use super::FakePlatform;
use crate::client::Client;
use crate::contract::query::{Page, Rows};
use crate::contract::types::Options;
use crate::error::Error;
use crate::query::{First, More, Source};

impl Client<FakePlatform> {
    /// `query.query`.
    pub(crate) async fn query(
        &self,
        soql: &str,
        rows: Rows,
        batch_size: Option<u16>,
        options: &Options,
    ) -> Result<Page, Error> {
        let source = Source {
            rows,
            batch_size,
            tooling: false,
            composite: false,
        };
        self.run(First::new(soql, &[], source)?, options).await
    }

    /// `query.query-more`.
    pub(crate) async fn query_more(
        &self,
        next: &str,
        batch_size: Option<u16>,
        options: &Options,
    ) -> Result<Page, Error> {
        self.run(More::new(next, batch_size)?, options).await
    }
}
