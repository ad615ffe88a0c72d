//! What a caller asks for, whichever way it came. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sfbox::{Options, QueryOptions, Rows};

use crate::rest::{self, Rest};

/// What is asked, and of which org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) to: To,
    pub(crate) asked: Asked,
}

/// Whom a request is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct To {
    /// The org, if it is not the configured one.
    pub(crate) org: Option<String>,
    api_version: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// For one page, or for all of them.
    Records(Query),
    /// For anything.
    Rest(Rest),
}

/// A request for records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// Which page.
    pub(crate) start: Start,
    rows: Option<Sees>,
    batch_size: Option<u16>,
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
        "the request is not a JSON object of `soql` or `next`, with `rows` (`live` or `all`) and \
         `batchSize` (a number), or of `rest`, and of `org` and `apiVersion`, and nothing else"
    )]
    Form,
    /// What goes to Salesforce as it is has another form.
    #[error(
        "`rest` is not an object of `path`, `method` (GET, HEAD, POST, PUT, PATCH, DELETE or \
         OPTIONS), `headers` (texts), `body` (text, or a JSON object or array) or `bodyBase64`, and \
         `repeatable` (`true` or `false`), and nothing else"
    )]
    Rest,
    /// It says nothing to begin with, or two things.
    #[error("the request must have exactly one of `soql`, `next` and `rest`")]
    Start,
    /// The queue's requests are for all pages.
    #[error("a queued request must have `soql`: it is answered with all pages")]
    QueuedNext,
    /// The queue may deliver it again.
    #[error(
        "a queue delivers a message at least once: `rest` must be a GET or a HEAD that only reads, \
         or have `repeatable`, `true` if sending it twice does no harm"
    )]
    QueuedOnce,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    soql: Option<String>,
    next: Option<String>,
    /// Read by itself, since its body is sent as it was written.
    rest: Option<Box<RawValue>>,
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

    /// Reads a request that a queue may deliver more than once. One for records is to be
    /// answered with all pages.
    ///
    /// # Errors
    ///
    /// When it is not a request, begins in the middle, or must not be sent twice.
    pub(crate) fn from_queue(text: &str) -> Result<Self, RequestError> {
        let request = Self::from_text(text)?;
        match &request.asked {
            Asked::Records(query) => match query.start {
                Start::Soql(_) => Ok(request),
                Start::Next(_) => Err(RequestError::QueuedNext),
            },
            Asked::Rest(rest) if rest.is_repeatable() || rest.is_plain() => Ok(request),
            Asked::Rest(_) => Err(RequestError::QueuedOnce),
        }
    }
}

impl To {
    /// The library's options for a call of so long. `api_version` is the configured one.
    pub(crate) fn options(&self, timeout: Duration, api_version: Option<&str>) -> Options {
        let own = self.api_version.as_deref();
        Options {
            timeout: Some(timeout),
            api_version: own.or(api_version).map(str::to_owned),
        }
    }
}

impl Query {
    /// The library's options for it.
    pub(crate) fn options(&self, call: Options) -> QueryOptions {
        QueryOptions {
            call,
            rows: match self.rows {
                Some(Sees::All) => Rows::All,
                Some(Sees::Live) | None => Rows::Live,
            },
            batch_size: self.batch_size,
            ..QueryOptions::default()
        }
    }
}

impl Form {
    fn read(self) -> Result<Request, RequestError> {
        let (rows, batch_size) = (self.rows, self.batch_size);
        let records = |start| {
            Asked::Records(Query {
                start,
                rows,
                batch_size,
            })
        };
        let asked = match (self.soql, self.next, self.rest) {
            (Some(soql), None, None) => records(Start::Soql(soql)),
            (None, Some(next), None) => records(Start::Next(next)),
            (None, None, Some(_)) if rows.is_some() || batch_size.is_some() => {
                return Err(RequestError::Form);
            }
            (None, None, Some(rest)) => {
                let form: Option<rest::Form> = serde_json::from_str(rest.get()).ok();
                let rest = form.and_then(rest::Form::read);
                Asked::Rest(rest.ok_or(RequestError::Rest)?)
            }
            _ => return Err(RequestError::Start),
        };
        Ok(Request {
            to: To {
                org: self.org,
                api_version: self.api_version,
            },
            asked,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn soql() -> Query {
        Query {
            start: Start::Soql("SELECT Id FROM Account".to_owned()),
            rows: None,
            batch_size: None,
        }
    }

    fn request(query: Query) -> Request {
        Request {
            to: To::default(),
            asked: Asked::Records(query),
        }
    }

    #[test]
    fn a_request_is_read_from_json_and_from_parameters_alike() {
        let query = Query {
            rows: Some(Sees::All),
            batch_size: Some(200),
            ..soql()
        };
        let full = Request {
            to: To {
                org: Some("beta".to_owned()),
                api_version: Some("v65.0".to_owned()),
            },
            ..request(query)
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
            (
                json!({"soql": "x", "rest": {"path": "y"}}),
                RequestError::Start,
            ),
            (
                json!({"rest": {"path": "y"}, "rows": "live"}),
                RequestError::Form,
            ),
            (json!({"rest": "canary"}), RequestError::Rest),
            (json!({"rest": {"method": "GET"}}), RequestError::Rest),
            (
                json!({"rest": {"path": "y", "canary": 1}}),
                RequestError::Rest,
            ),
            (
                json!({"rest": {"path": "y", "method": "canary"}}),
                RequestError::Rest,
            ),
            (
                json!({"rest": {"path": "y", "body": 1}}),
                RequestError::Rest,
            ),
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
        assert_eq!(Request::from_queue(begins), Ok(request(soql())));
        let goes_on = r#"{"next": "x"}"#;
        assert_eq!(Request::from_queue(goes_on), Err(RequestError::QueuedNext));
    }

    #[test]
    fn of_a_queue_only_what_may_be_sent_twice_is_taken() {
        for (rest, is_taken) in [
            (json!({"path": "limits"}), true),
            (json!({"path": "limits", "method": "HEAD"}), true),
            (
                json!({"path": "x", "method": "PUT", "repeatable": true}),
                true,
            ),
            (json!({"path": "x", "body": {}, "repeatable": true}), true),
            (json!({"path": "x", "method": "PUT"}), false),
            (json!({"path": "x", "method": "OPTIONS"}), false),
            (
                json!({"path": "x", "method": "POST", "repeatable": false}),
                false,
            ),
            (json!({"path": "x", "body": {}}), false),
        ] {
            let read = Request::from_queue(&json!({ "rest": rest }).to_string());
            match is_taken {
                true => assert!(read.is_ok(), "{rest}"),
                false => assert_eq!(read, Err(RequestError::QueuedOnce), "{rest}"),
            }
        }
    }

    #[test]
    fn what_a_request_names_counts_for_more_than_what_is_configured() {
        let timeout = Duration::from_secs(9);
        let call = To::default().options(timeout, Some("v64.0"));
        assert_eq!(call.api_version.as_deref(), Some("v64.0"));
        assert_eq!(call.timeout, Some(timeout));
        assert_eq!(soql().options(call.clone()).rows, Rows::Live);
        let to = To {
            api_version: Some("v65.0".to_owned()),
            ..To::default()
        };
        let own = to.options(timeout, Some("v64.0"));
        assert_eq!(own.api_version.as_deref(), Some("v65.0"));
        let query = Query {
            rows: Some(Sees::All),
            ..soql()
        };
        assert_eq!(query.options(call).rows, Rows::All);
    }
}
