//! The call of `wit/query-stream.wit`.

use super::{Error, Org, Parameter, RecordsOptions};
use crate::records::{self, Records};

impl Org {
    /// Runs a SOQL statement and answers all of its records, as a stream. The next page is
    /// asked for while the current one is read; a reader that reads slowly slows it down, and
    /// one that drops the stream ends it.
    ///
    /// `parameters` are the values of the places `:name` in the statement.
    ///
    /// # Errors
    ///
    /// What fails before the first page: see `records` in `wit/query-stream.wit`. What fails
    /// later is the last item of the stream.
    pub async fn records(
        &self,
        soql: &str,
        parameters: &[Parameter],
        options: &RecordsOptions,
    ) -> Result<Records, Error> {
        records::begin(self, soql, parameters, options).await
    }
}
