//! How Salesforce would run a statement. Source: REST API Developer Guide, "Query", parameter
//! `explain`.

use percent_encoding::utf8_percent_encode;

use super::{LENGTH, Source};
use crate::answer::Answer;
use crate::call::{Call, Operation, Path, RESERVED};
use crate::contract::types::Parameter;
use crate::error::Error;
use crate::soql;
use crate::token::Fingerprint;

/// `query.explain`.
pub(crate) struct Explain {
    soql: String,
    source: Source,
}

impl Explain {
    /// # Errors
    ///
    /// Why the statement cannot be sent.
    pub(crate) fn new(soql: &str, parameters: &[Parameter], source: Source) -> Result<Self, Error> {
        let soql = soql::bind(soql, parameters)?;
        soql::checked(&soql, "SOQL")?;
        Ok(Self { soql, source })
    }
}

impl Operation for Explain {
    type Output = String;

    fn call(&self) -> Result<Call, Error> {
        let resource = self.source.resource()?;
        let soql = utf8_percent_encode(&self.soql, &RESERVED);
        let path = Path::Versioned(format!("{resource}?explain={soql}"));
        Ok(Call::get(path).length(LENGTH))
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<String, Error> {
        match answer.is_success() {
            true => answer.text("a query plan"),
            false => Err(answer.failure()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::query::Rows;
    use crate::names::{ApiVersion, Host};

    #[test]
    fn a_statement_is_explained_and_not_run() {
        let source = Source {
            rows: Rows::Live,
            batch_size: None,
            tooling: false,
            composite: true,
        };
        let call = Explain::new("SELECT Id FROM A", &[], source)
            .unwrap()
            .call();
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = call.unwrap().uri(&host, ApiVersion::DEFAULT).unwrap();
        assert_eq!(
            uri.path_and_query().unwrap(),
            "/services/data/v66.0/query?explain=SELECT%20Id%20FROM%20A"
        );
    }
}
