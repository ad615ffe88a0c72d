//! What the callers of all writes may set: which headers it makes, and what may be done when
//! the answer is lost. Pure.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::call::{Call, Repeat};
use crate::contract::types::{Assignment, Duplicates, Repeat as Asked, WriteOptions};
use crate::error::Error;
use crate::names::RecordId;
use crate::rest::headers;

/// REST API Developer Guide, "Assignment Rule Header".
const ASSIGNMENT: HeaderName = HeaderName::from_static("sforce-auto-assign");

/// REST API Developer Guide, "Duplicate Rule Header".
const DUPLICATES: HeaderName = HeaderName::from_static("sforce-duplicate-rule-header");

/// What the functions of records set themselves.
const NOT_THE_CALLERS: [&str; 7] = [
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "sforce-auto-assign",
    "sforce-duplicate-rule-header",
];

/// The options of a write, without those of any call.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) repeat: Option<Asked>,
    pub(crate) assignment: Option<Assignment>,
    pub(crate) duplicates: Option<Duplicates>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Write {
    pub(crate) fn new(options: WriteOptions) -> (Self, crate::contract::types::Options) {
        let WriteOptions {
            call,
            repeat,
            assignment,
            duplicates,
            headers,
        } = options;
        let write = Self {
            repeat,
            assignment,
            duplicates,
            headers,
        };
        (write, call)
    }

    /// The idempotency key, if the write has one.
    pub(crate) fn key(&self) -> Option<&str> {
        match &self.repeat {
            Some(Asked::Keyed(key)) => Some(key),
            Some(Asked::UnlessExecuted | Asked::Always) | None => None,
        }
    }

    /// Refuses an idempotency key where there can be none.
    ///
    /// # Errors
    ///
    /// Says what to do instead.
    pub(crate) fn unkeyed(&self, remedy: &str) -> Result<(), Error> {
        match self.key() {
            None => Ok(()),
            Some(_) => Err(Error::Unsupported(format!(
                "an idempotency key is not possible here: {remedy}"
            ))),
        }
    }

    /// The call with what these options say. `class` is what holds unless they say more.
    ///
    /// # Errors
    ///
    /// Names the header that is not the caller's.
    pub(crate) fn apply(&self, call: Call, class: Repeat) -> Result<Call, Error> {
        let mut call = call.repeat(match self.repeat {
            None => class,
            Some(Asked::Always) => Repeat::Always,
            Some(Asked::UnlessExecuted) => Repeat::UnlessExecuted,
            Some(Asked::Keyed(_)) => Repeat::Keyed,
        });
        if let Some(assignment) = &self.assignment {
            call = call.header(ASSIGNMENT, rule(assignment)?);
        }
        if let Some(duplicates) = &self.duplicates {
            call = call.header(DUPLICATES, HeaderValue::from_static(words(*duplicates)));
        }
        more(call, &self.headers)
    }
}

/// The call with the headers of its caller.
///
/// # Errors
///
/// Names the header that is not the caller's, and quotes no value.
pub(crate) fn more(mut call: Call, given: &[(String, String)]) -> Result<Call, Error> {
    for (name, value) in headers::sent(given)? {
        if NOT_THE_CALLERS.contains(&name.as_str()) || name == CONTENT_TYPE || name == ACCEPT {
            return Err(Error::InvalidInput(format!(
                "the headers cannot be sent: the function sets `{name}` itself"
            )));
        }
        call = call.header(name, value);
    }
    Ok(call)
}

fn rule(assignment: &Assignment) -> Result<HeaderValue, Error> {
    let rule = match assignment {
        Assignment::Off => return Ok(HeaderValue::from_static("FALSE")),
        Assignment::Active => return Ok(HeaderValue::from_static("TRUE")),
        Assignment::Rule(id) => RecordId::parse(id)?.to_string(),
    };
    HeaderValue::try_from(rule)
        .map_err(|_| Error::InvalidInput("the assignment rule is not an id".to_owned()))
}

fn words(duplicates: Duplicates) -> &'static str {
    let Duplicates {
        allow_save,
        include_record_details,
        run_as_current_user,
    } = duplicates;
    match (allow_save, include_record_details, run_as_current_user) {
        (false, false, false) => "allowSave=false",
        (true, false, false) => "allowSave=true",
        (false, true, false) => "allowSave=false; includeRecordDetails=true",
        (true, true, false) => "allowSave=true; includeRecordDetails=true",
        (false, false, true) => "allowSave=false; runAsCurrentUser=true",
        (true, false, true) => "allowSave=true; runAsCurrentUser=true",
        (false, true, true) => "allowSave=false; includeRecordDetails=true; runAsCurrentUser=true",
        (true, true, true) => "allowSave=true; includeRecordDetails=true; runAsCurrentUser=true",
    }
}

/// Options that say nothing.
#[cfg(test)]
impl Default for Write {
    fn default() -> Self {
        Self {
            repeat: None,
            assignment: None,
            duplicates: None,
            headers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::call::Path;
    use crate::names::{ApiVersion, Host};
    use crate::token::AccessToken;

    fn call() -> Call {
        Call::new(Method::POST, Path::Versioned("sobjects/A".to_owned()))
    }

    fn sent(write: &Write) -> Vec<(String, String)> {
        let call = write.apply(call(), Repeat::UnlessExecuted).unwrap();
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = call.uri(&host, ApiVersion::DEFAULT).unwrap();
        let request = call.request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap());
        let headers = request.unwrap().headers().clone();
        let own = headers
            .iter()
            .filter(|(name, _)| !["accept", "authorization"].contains(&name.as_str()));
        own.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect()
    }

    #[test]
    fn each_option_becomes_a_header() {
        assert_eq!(sent(&Write::default()), []);
        for (assignment, value) in [
            (Assignment::Off, "FALSE"),
            (Assignment::Active, "TRUE"),
            (
                Assignment::Rule("01Q000000000001AAA".to_owned()),
                "01Q000000000001AAA",
            ),
        ] {
            let write = Write {
                assignment: Some(assignment),
                ..Write::default()
            };
            assert_eq!(
                sent(&write),
                [("sforce-auto-assign".to_owned(), value.to_owned())]
            );
        }
        for number in 0..8_u8 {
            let [allow_save, include_record_details, run_as_current_user] =
                [1, 2, 4].map(|bit| number & bit != 0);
            let duplicates = Duplicates {
                allow_save,
                include_record_details,
                run_as_current_user,
            };
            let said = words(duplicates);
            assert!(
                said.starts_with(&format!("allowSave={allow_save}")),
                "{said}"
            );
            assert_eq!(
                said.contains("; includeRecordDetails=true"),
                include_record_details
            );
            assert_eq!(
                said.contains("; runAsCurrentUser=true"),
                run_as_current_user
            );
        }
        let write = Write {
            headers: vec![("Sforce-Call-Options".to_owned(), "client=x".to_owned())],
            ..Write::default()
        };
        assert_eq!(
            sent(&write),
            [("sforce-call-options".to_owned(), "client=x".to_owned())]
        );
    }

    #[test]
    fn an_assignment_rule_is_an_id() {
        let write = Write {
            assignment: Some(Assignment::Rule("x".to_owned())),
            ..Write::default()
        };
        assert!(write.apply(call(), Repeat::Always).is_err());
    }

    #[test]
    fn what_a_function_sets_itself_is_not_the_callers() {
        for name in NOT_THE_CALLERS
            .iter()
            .chain(&["Content-Type", "accept", "Authorization"])
        {
            let headers = vec![((*name).to_owned(), "x".to_owned())];
            let refused = more(call(), &headers);
            assert!(matches!(refused, Err(Error::InvalidInput(_))), "{name}");
        }
    }

    #[test]
    fn the_caller_may_know_better_when_a_write_may_be_sent_again() {
        for (asked, class, expected) in [
            (None, Repeat::Always, Repeat::Always),
            (None, Repeat::UnlessExecuted, Repeat::UnlessExecuted),
            (Some(Asked::Always), Repeat::UnlessExecuted, Repeat::Always),
            (
                Some(Asked::UnlessExecuted),
                Repeat::Always,
                Repeat::UnlessExecuted,
            ),
            (
                Some(Asked::Keyed("k".to_owned())),
                Repeat::UnlessExecuted,
                Repeat::Keyed,
            ),
        ] {
            let write = Write {
                repeat: asked,
                ..Write::default()
            };
            let call = write.apply(call(), class).unwrap();
            assert_eq!(call.manner().repeat, expected);
        }
    }
}
