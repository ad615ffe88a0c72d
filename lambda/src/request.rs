//! What a caller asks for, whichever way it came. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use sfbox::{Options, QueryOptions, Rows};

/// A request for one page, or for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Which page.
    pub(crate) start: Start,
    /// The org, if it is not the configured one.
    pub(crate) org: Option<String>,
    rows: Option<Sees>,
    batch_size: Option<u16>,
    api_version: Option<String>,
}

/// Where the records begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// With the first record of a statement.
    Soql(String),
    /// Where an earlier page ended.
    Next(String),
}

/// Which rows a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sees {
    Live,
    All,
}

/// A request that is none. What was sent is not repeated: it may be a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// It is not JSON of the right form.
    #[error(
        "the request is not a JSON object of `soql` or `next`, `org`, `rows` (`live` or `all`), \
         `batchSize` (a number) and `apiVersion`, and nothing else"
    )]
    Form,
    /// It says nothing to begin with, or two things.
    #[error("the request must have either `soql` or `next`")]
    Start,
    /// The queue's requests are for all pages.
    #[error("a queued request must have `soql`: it is answered with all pages")]
    QueuedNext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    soql: Option<String>,
    next: Option<String>,
    org: Option<String>,
    rows: Option<Sees>,
    batch_size: Option<u16>,
    api_version: Option<String>,
}

impl Request {
    /// Reads a request out of JSON.
    ///
    /// # Errors
    ///
    /// When it is not a request.
    pub(crate) fn from_json(value: Value) -> Result<Self, RequestError> {
        let form: Form = serde_json::from_value(value).map_err(|_| RequestError::Form)?;
        form.read()
    }

    /// Reads a request out of JSON text.
    ///
    /// # Errors
    ///
    /// When it is not a request.
    pub(crate) fn from_text(text: &str) -> Result<Self, RequestError> {
        let form: Form = serde_json::from_str(text).map_err(|_| RequestError::Form)?;
        form.read()
    }

    /// Reads a request out of a URL's parameters, which are decoded.
    ///
    /// # Errors
    ///
    /// When they are not a request.
    pub(crate) fn from_parameters(
        parameters: BTreeMap<String, String>,
    ) -> Result<Self, RequestError> {
        let member = |(name, text): (String, String)| {
            let value = match text.parse::<u16>() {
                Ok(number) if name == "batchSize" => number.into(),
                _ => Value::String(text),
            };
            (name, value)
        };
        Self::from_json(parameters.into_iter().map(member).collect())
    }

    /// Reads a request that is to be answered with all pages.
    ///
    /// # Errors
    ///
    /// When it is not a request, or begins in the middle.
    pub(crate) fn from_queue(text: &str) -> Result<Self, RequestError> {
        let request = Self::from_text(text)?;
        match request.start {
            Start::Soql(_) => Ok(request),
            Start::Next(_) => Err(RequestError::QueuedNext),
        }
    }

    /// The library's options for it.
    pub(crate) fn options(&self, timeout: Duration, api_version: Option<&str>) -> QueryOptions {
        QueryOptions {
            call: Options {
                timeout: Some(timeout),
                api_version: self
                    .api_version
                    .clone()
                    .or_else(|| api_version.map(str::to_owned)),
            },
            rows: match self.rows {
                Some(Sees::All) => Rows::All,
                Some(Sees::Live) | None => Rows::Live,
            },
            batch_size: self.batch_size,
        }
    }
}

impl Form {
    fn read(self) -> Result<Request, RequestError> {
        let start = match (self.soql, self.next) {
            (Some(soql), None) => Start::Soql(soql),
            (None, Some(next)) => Start::Next(next),
            (None, None) | (Some(_), Some(_)) => return Err(RequestError::Start),
        };
        Ok(Request {
            start,
            org: self.org,
            rows: self.rows,
            batch_size: self.batch_size,
            api_version: self.api_version,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn soql() -> Request {
        Request {
            start: Start::Soql("SELECT Id FROM Account".to_owned()),
            org: None,
            rows: None,
            batch_size: None,
            api_version: None,
        }
    }

    #[test]
    fn a_request_is_read_from_json_and_from_parameters_alike() {
        let full = Request {
            org: Some("beta".to_owned()),
            rows: Some(Sees::All),
            batch_size: Some(200),
            api_version: Some("v65.0".to_owned()),
            ..soql()
        };
        let json = json!({
            "soql": "SELECT Id FROM Account", "org": "beta", "rows": "all", "batchSize": 200,
            "apiVersion": "v65.0",
        });
        assert_eq!(Request::from_text(&json.to_string()), Ok(full.clone()));
        assert_eq!(Request::from_json(json), Ok(full.clone()));
        let parameters = [
            ("soql", "SELECT Id FROM Account"),
            ("org", "beta"),
            ("rows", "all"),
            ("batchSize", "200"),
            ("apiVersion", "v65.0"),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Request::from_parameters(parameters.into()), Ok(full));
    }

    #[test]
    fn what_is_no_request_is_refused_and_not_repeated() {
        for (value, refused) in [
            (json!({}), RequestError::Start),
            (json!({"soql": "x", "next": "y"}), RequestError::Start),
            (json!({"soql": "x", "canary": 1}), RequestError::Form),
            (json!({"soql": ["canary"]}), RequestError::Form),
            (json!({"soql": "x", "rows": "canary"}), RequestError::Form),
            (json!({"soql": "x", "batchSize": "200"}), RequestError::Form),
            (
                json!({"soql": "x", "batchSize": 65_536}),
                RequestError::Form,
            ),
            (json!([]), RequestError::Form),
            (json!("canary"), RequestError::Form),
            (json!(null), RequestError::Form),
        ] {
            assert_eq!(Request::from_json(value.clone()), Err(refused), "{value}");
            assert!(!refused.to_string().contains("canary"));
        }
        assert_eq!(Request::from_text("{"), Err(RequestError::Form));
    }

    #[test]
    fn a_queued_request_begins_with_a_statement() {
        let begins = r#"{"soql": "SELECT Id FROM Account"}"#;
        assert_eq!(Request::from_queue(begins), Ok(soql()));
        let goes_on = r#"{"next": "x"}"#;
        assert_eq!(Request::from_queue(goes_on), Err(RequestError::QueuedNext));
    }

    #[test]
    fn what_a_request_names_counts_for_more_than_what_is_configured() {
        let timeout = Duration::from_secs(9);
        let options = soql().options(timeout, Some("v64.0"));
        assert_eq!(options.call.api_version.as_deref(), Some("v64.0"));
        assert_eq!(options.call.timeout, Some(timeout));
        assert_eq!(options.rows, Rows::Live);
        let request = Request {
            rows: Some(Sees::All),
            api_version: Some("v65.0".to_owned()),
            ..soql()
        };
        let options = request.options(timeout, Some("v64.0"));
        assert_eq!(options.call.api_version.as_deref(), Some("v65.0"));
        assert_eq!(options.rows, Rows::All);
    }
}
