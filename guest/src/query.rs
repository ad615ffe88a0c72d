//! SOQL queries: requests built, pages read. Source: REST API Developer Guide,
//! "Query", "QueryAll", "Query Options Header".

mod explanation;
mod head;
pub(crate) mod lines;
mod long;
pub(crate) mod parents;
mod place;
pub(crate) mod record;

use http::header::{HeaderName, HeaderValue};
use percent_encoding::utf8_percent_encode;

use crate::answer::Answer;
use crate::call::{Call, Length, Operation, Path, RESERVED, Repeat, URI_BYTES_MAX};
use crate::contract::query::{Page, QueryOptions, Rows};
use crate::contract::types::Parameter;
use crate::error::Error;
use crate::locator::Locator;
use crate::soql::{self, Clauses};
use crate::token::Fingerprint;
use crate::unauthorized::Unauthorized;
pub(crate) use explanation::Explain;

/// Rows a page, from and to.
const BATCH_SIZE: std::ops::RangeInclusive<u16> = 200..=2_000;

/// The header that asks for so many.
const QUERY_OPTIONS: HeaderName = HeaderName::from_static("sforce-query-options");

/// What makes a query's URI long.
const LENGTH: Length = Length {
    of: "the SOQL statement",
    remedy: "split it, for example by fewer values in an IN list",
};

/// What of a URI is not the path below the version, at most: the scheme, a host's name (RFC
/// 1035, section 2.3.4), and `/services/data/vNNN.0/`.
const BEFORE_PATH_BYTES_MAX: usize = 8 + 253 + 22;

/// How many bytes a path may have so that its URI fits at every instance.
pub(crate) const PATH_BYTES_MAX: usize = URI_BYTES_MAX - BEFORE_PATH_BYTES_MAX;

/// Where a query runs, and how its pages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) rows: Rows,
    pub(crate) batch_size: Option<u16>,
    pub(crate) tooling: bool,
    /// Whether a statement that is too long for a URI may be a part of a composite request.
    pub(crate) composite: bool,
}

/// `query.query`: the first page.
pub(crate) struct First {
    /// The statement's path below the version.
    path: String,
    source: Source,
    repeat: Repeat,
}

/// `query.query-more`: the page that a locator names.
pub(crate) struct More {
    locator: Locator,
    batch_size: Option<u16>,
}

impl Source {
    /// Where a statement goes, without it.
    pub(crate) fn resource(self) -> Result<&'static str, Error> {
        match (self.tooling, self.rows) {
            (false, Rows::Live) => Ok("query"),
            (false, Rows::All) => Ok("queryAll"),
            (true, Rows::Live) => Ok("tooling/query"),
            (true, Rows::All) => Err(Error::InvalidInput(
                "the objects of the Tooling API have no deleted records: query the live ones"
                    .to_owned(),
            )),
        }
    }
}

impl From<&QueryOptions> for Source {
    fn from(options: &QueryOptions) -> Self {
        Self {
            rows: options.rows,
            batch_size: options.batch_size,
            tooling: options.tooling,
            composite: options.composite,
        }
    }
}

impl First {
    /// The first page of a statement with these values.
    ///
    /// # Errors
    ///
    /// Why it cannot be sent.
    pub(crate) fn new(soql: &str, parameters: &[Parameter], source: Source) -> Result<Self, Error> {
        let soql = soql::bind(soql, parameters)?;
        soql::checked(&soql, "SOQL")?;
        Self::of(&soql, source)
    }

    /// That of a statement that has its values.
    ///
    /// # Errors
    ///
    /// When there is no such resource.
    pub(crate) fn of(soql: &str, source: Source) -> Result<Self, Error> {
        let resource = source.resource()?;
        let encoded = utf8_percent_encode(soql, &RESERVED);
        Ok(Self {
            path: format!("{resource}?q={encoded}"),
            source,
            repeat: repeat(soql),
        })
    }

    /// Whether it goes into a composite request. There is none for the Tooling API here.
    fn is_long(&self) -> bool {
        self.path.len() > PATH_BYTES_MAX && self.source.composite && !self.source.tooling
    }
}

/// Whether a statement may run twice. Most have neither word, and are not looked at further.
fn repeat(soql: &str) -> Repeat {
    let may_write = soql::has_word(soql, &["FOR", "UPDATE"]);
    let writes = may_write && Clauses::of(soql).is_none_or(|clauses| clauses.writes());
    match writes {
        true => Repeat::UnlessExecuted,
        false => Repeat::Always,
    }
}

impl Operation for First {
    type Output = Page;

    fn call(&self) -> Result<Call, Error> {
        let batch_size = batch_size(self.source.batch_size)?;
        let path = self.path.clone();
        let call = match self.is_long() {
            true => long::call(path, batch_size),
            false => with_batch_size(Call::get(Path::Versioned(path)), batch_size),
        };
        Ok(call.length(LENGTH).repeat(self.repeat))
    }

    fn read(&self, answer: Answer, session: &Fingerprint) -> Result<Page, Error> {
        let answer = match self.is_long() {
            true => long::inner(answer)?,
            false => answer,
        };
        read(answer, session, None)
    }
}

impl More {
    /// The page that `next` names, which is from a page before.
    pub(crate) fn new(next: &str, batch_size: Option<u16>) -> Result<Self, Error> {
        let locator = Locator::parse(next)
            .ok_or_else(|| Error::InvalidInput("`next` is not one of ours".to_owned()))?;
        Ok(Self::of(locator, batch_size))
    }

    /// The page at a locator.
    pub(crate) fn of(locator: Locator, batch_size: Option<u16>) -> Self {
        Self {
            locator,
            batch_size,
        }
    }
}

impl Operation for More {
    type Output = Page;

    fn session(&self) -> Option<&Fingerprint> {
        Some(self.locator.session())
    }

    fn call(&self) -> Result<Call, Error> {
        let path = Path::Whole(self.locator.path().to_owned());
        let call = Call::get(path).unauthorized(Unauthorized::Locator);
        let call = with_batch_size(call, batch_size(self.batch_size)?);
        Ok(call.length(LENGTH))
    }

    fn read(&self, answer: Answer, session: &Fingerprint) -> Result<Page, Error> {
        read(answer, session, Some(&self.locator))
    }
}

/// The value of the header that asks for so many rows.
fn batch_size(rows: Option<u16>) -> Result<Option<HeaderValue>, Error> {
    let Some(rows) = rows else {
        return Ok(None);
    };
    if !BATCH_SIZE.contains(&rows) {
        return Err(Error::InvalidInput(format!(
            "batch-size is not from {} to {}",
            BATCH_SIZE.start(),
            BATCH_SIZE.end()
        )));
    }
    let value = HeaderValue::try_from(format!("batchSize={rows}"))
        .map_err(|_| Error::InvalidInput("batch-size cannot be sent".to_owned()))?;
    Ok(Some(value))
}

fn with_batch_size(call: Call, batch_size: Option<HeaderValue>) -> Call {
    match batch_size {
        Some(value) => call.header(QUERY_OPTIONS, value),
        None => call,
    }
}

/// Reads a page, which was `asked` for if it is not the first. The body is handed on as
/// it is: it is only looked at.
fn read(mut answer: Answer, session: &Fingerprint, asked: Option<&Locator>) -> Result<Page, Error> {
    if !answer.is_success() {
        return Err(answer.failure());
    }
    let body = String::from_utf8(std::mem::take(&mut answer.body)).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        answer.body = error.into_bytes();
        answer.unexpected(&not_utf_8(answer.body.get(..valid).unwrap_or_default()))
    })?;
    let (total_size, next) = match size_and_next(&body, session, asked) {
        Ok(found) => found,
        Err(why) => {
            answer.body = body.into_bytes();
            return Err(answer.unexpected(why));
        }
    };
    Ok(Page {
        body,
        total_size,
        next,
    })
}

/// Says where a page stops being UTF-8, by what stands before. What the field
/// holds is not quoted.
fn not_utf_8(before: &[u8]) -> String {
    let place = str::from_utf8(before).ok().and_then(place::at_end);
    match place {
        Some(place) => format!("the page is not UTF-8 in {place}"),
        None => "the page is not UTF-8".to_owned(),
    }
}

fn size_and_next(
    body: &str,
    session: &Fingerprint,
    asked: Option<&Locator>,
) -> Result<(Option<u64>, Option<String>), &'static str> {
    let head = head::read(body).ok_or("no page of a query")?;
    let next = match (head.done, head.next_records_url) {
        (true, _) => None,
        (false, None) => return Err("the page is not the last, and names no next one"),
        (false, Some(url)) => {
            let next = Locator::from_next_records_url(&url, session)
                .ok_or("`nextRecordsUrl` is no path of a query")?;
            // Whoever followed it would never come to an end.
            if asked.is_some_and(|asked| asked.path() == next.path()) {
                return Err("`nextRecordsUrl` names the page that it stands on");
            }
            if !head.has_records {
                return Err("the page is not the last, and has no records");
            }
            Some(next.to_text())
        }
    };
    Ok((head.total_size.0, next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::answer;
    use crate::names::{ApiVersion, Host};
    use crate::token::AccessToken;

    fn instance() -> Host {
        Host::parse("acme.my.salesforce.com").unwrap()
    }

    fn session() -> Fingerprint {
        AccessToken::parse("t").unwrap().fingerprint().clone()
    }

    const LIVE: Source = Source {
        rows: Rows::Live,
        batch_size: None,
        tooling: false,
        composite: false,
    };

    fn first(soql: &str, rows: Rows, batch_size: Option<u16>) -> First {
        let source = Source {
            rows,
            batch_size,
            ..LIVE
        };
        First::of(soql, source).unwrap()
    }

    fn uri(soql: &str, rows: Rows) -> Result<String, Error> {
        let call = first(soql, rows, None).call()?;
        let uri = call.uri(&instance(), ApiVersion::DEFAULT)?;
        Ok(uri.to_string())
    }

    fn page(body: &str) -> Result<Page, Error> {
        let answer = answer(200, "application/json;charset=UTF-8", body);
        first("x", Rows::Live, None).read(answer, &session())
    }

    #[test]
    fn a_statement_becomes_a_uri() {
        let base = "https://acme.my.salesforce.com/services/data/v66.0";
        assert_eq!(
            uri("SELECT Id FROM A WHERE N='+é%&#'", Rows::Live).unwrap(),
            format!("{base}/query?q=SELECT%20Id%20FROM%20A%20WHERE%20N%3D%27%2B%C3%A9%25%26%23%27")
        );
        assert_eq!(uri("x", Rows::All).unwrap(), format!("{base}/queryAll?q=x"));
    }

    #[test]
    fn a_uri_of_the_limit_passes_and_one_byte_more_does_not() {
        let fixed = uri("x", Rows::Live).unwrap().len() - 1;
        let of_length = |length: usize| uri(&"x".repeat(length - fixed), Rows::Live);
        assert_eq!(of_length(16_384).unwrap().len(), 16_384);
        let refused = of_length(16_385).unwrap_err().to_string();
        assert_eq!(
            refused,
            "the SOQL statement makes a URI of 16385 bytes, and Salesforce takes 16384: split it, \
             for example by fewer values in an IN list"
        );
    }

    #[test]
    fn a_statement_that_fits_into_no_uri_is_a_part_of_a_composite_request() {
        let composite = Source {
            composite: true,
            batch_size: Some(200),
            ..LIVE
        };
        let path_bytes = PATH_BYTES_MAX - "query?q=".len();
        let short = First::of(&"x".repeat(path_bytes), composite).unwrap();
        let call = short.call().unwrap();
        let uri = call.uri(&instance(), ApiVersion::DEFAULT).unwrap();
        assert!(uri.path().ends_with("/query"));
        let long = First::of(&"x".repeat(path_bytes + 1), composite).unwrap();
        let call = long.call().unwrap();
        assert_eq!(call.manner().repeat, Repeat::Always);
        let uri = call.uri(&instance(), ApiVersion::DEFAULT).unwrap();
        assert_eq!(uri.path(), "/services/data/v66.0/composite");
        let token = AccessToken::parse("t").unwrap();
        let request = call.request(&uri, ApiVersion::DEFAULT, &token).unwrap();
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let url = format!(
            "/services/data/v66.0/query?q={}",
            "x".repeat(path_bytes + 1)
        );
        let options = serde_json::json!({"sforce-query-options": "batchSize=200"});
        let part = serde_json::json!(
            {"method": "GET", "url": url, "referenceId": "query", "httpHeaders": options}
        );
        assert_eq!(body, serde_json::json!({ "compositeRequest": [part] }));
        let page = r#"{"totalSize":1,"done":true,"records":[{"Id":"1"}]}"#;
        let body = format!(
            r#"{{"compositeResponse":[{{"body":{page},"httpHeaders":{{}},"httpStatusCode":200,"referenceId":"query"}}]}}"#
        );
        let read = long.read(answer(200, "application/json", &body), &session());
        assert_eq!(read.unwrap().body, page);
        let body = r#"{"compositeResponse":[{"body":[{"errorCode":"MALFORMED_QUERY","message":"m"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"query"}]}"#;
        let Err(Error::Api(failure)) = long.read(answer(200, "application/json", body), &session())
        else {
            panic!("it is refused")
        };
        assert_eq!(
            (failure.status, &*failure.errors[0].code),
            (400, "MALFORMED_QUERY")
        );
        for body in ["{}", r#"{"compositeResponse":[]}"#, "[]", "x"] {
            let read = long.read(answer(200, "application/json", body), &session());
            assert!(matches!(read, Err(Error::UnexpectedAnswer(_))), "{body}");
        }
    }

    #[test]
    fn a_statement_that_changes_something_is_not_repeated() {
        for (soql, repeat) in [
            ("SELECT Id FROM A WHERE N = 'FOR UPDATE'", Repeat::Always),
            ("SELECT Id FROM A FOR UPDATE", Repeat::UnlessExecuted),
            ("SELECT Id FROM A for view", Repeat::UnlessExecuted),
            ("SELECT Id FROM A UPDATE TRACKING", Repeat::UnlessExecuted),
        ] {
            let call = first(soql, Rows::Live, None).call().unwrap();
            assert_eq!(call.manner().repeat, repeat, "{soql}");
        }
    }

    #[test]
    fn the_tooling_api_has_its_own_resource_and_no_deleted_records() {
        let tooling = |rows| {
            let source = Source {
                rows,
                tooling: true,
                ..LIVE
            };
            First::of("x", source).map(|first| first.path)
        };
        assert_eq!(tooling(Rows::Live).unwrap(), "tooling/query?q=x");
        assert!(tooling(Rows::All).is_err());
    }

    #[test]
    fn a_page_has_200_to_2000_rows() {
        for (rows, accepted) in [(199, false), (200, true), (2_000, true), (2_001, false)] {
            let call = first("x", Rows::Live, Some(rows)).call();
            assert_eq!(call.is_ok(), accepted, "{rows}");
        }
    }

    #[test]
    fn an_empty_statement_is_not_sent() {
        for soql in ["", " \n"] {
            let refused = First::new(soql, &[], LIVE);
            assert!(matches!(refused, Err(Error::InvalidInput(_))));
        }
    }

    #[test]
    fn a_page_is_handed_on_untouched() {
        let body = r#"{ "totalSize":3222,"done":false,"nextRecordsUrl":"\/services/data/v66.0/query/01g-500", "records":[ {"Id":"1","N":1.50} ]}"#;
        let page = page(body).unwrap();
        assert_eq!(page.body, body);
        assert_eq!(page.total_size, Some(3_222));
        let next = Locator::parse(&page.next.unwrap()).unwrap();
        assert_eq!(next.path(), "/services/data/v66.0/query/01g-500");
        assert_eq!(next.session(), &session());
    }

    #[test]
    fn the_last_page_has_no_next() {
        let page = page(r#"{"totalSize":0,"done":true,"records":[]}"#).unwrap();
        assert_eq!((page.total_size, page.next), (Some(0), None));
    }

    #[test]
    fn a_page_that_leads_to_no_end_is_refused() {
        let asked = |id: &str| {
            let url = format!("/services/data/v66.0/query/{id}");
            Locator::from_next_records_url(&url, &session()).unwrap()
        };
        let page = |next: &str, records: &str| {
            format!(
                r#"{{"totalSize":9,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/{next}","records":[{records}]}}"#
            )
        };
        let read = |body: &str| {
            let answer = answer(200, "application/json", body);
            read(answer, &session(), Some(&asked("01g-2")))
        };
        assert!(read(&page("01g-4", "{}")).is_ok());
        for body in [page("01g-2", "{}"), page("01g-4", ""), page("01g-4", " ")] {
            assert!(
                matches!(read(&body), Err(Error::UnexpectedAnswer(_))),
                "{body}"
            );
        }
        // The last page says so.
        assert!(read(r#"{"totalSize":9,"done":true,"records":[]}"#).is_ok());
    }

    #[test]
    fn a_page_whose_total_is_unknown_is_a_page() {
        let page = page(r#"{"totalSize":-1,"done":true,"records":[{"Id":"1"}]}"#).unwrap();
        assert_eq!((page.total_size, page.next), (None, None));
    }

    #[test]
    fn what_is_no_page_is_refused_and_not_quoted() {
        for body in [
            "",
            "[]",
            r#"{"totalSize":1,"done":true}"#,
            r#"{"totalSize":1,"done":true,"records":{"CANARY":1}}"#,
            r#"{"totalSize":1,"done":true,"records":[{"Name":"CANARY"#,
            r#"{"totalSize":1,"done":false,"records":[]}"#,
            r#"{"totalSize":1,"done":false,"nextRecordsUrl":"https://evil.example/x","records":[]}"#,
        ] {
            let Err(Error::UnexpectedAnswer(unexpected)) = page(body) else {
                panic!("{body}")
            };
            assert!(
                !unexpected.reason.contains("CANARY"),
                "{}",
                unexpected.reason
            );
            assert!(unexpected.reason.contains(&format!("{} bytes", body.len())));
        }
    }

    #[test]
    fn a_page_that_is_not_utf_8_is_refused_with_the_field() {
        let begin = br#"{"totalSize":2,"done":true,"records":[{"Id":"1"},{"Id":"2","Owner":{"Name":"CANARY "#;
        let mut bad = answer(200, "application/json", "");
        bad.body = [&begin[..], b"\xe9\"}}]}"].concat();
        let Err(Error::UnexpectedAnswer(unexpected)) = read(bad, &session(), None) else {
            panic!("it is refused")
        };
        let reason = unexpected.reason;
        assert!(
            reason.contains("not UTF-8 in record 2, field Owner.Name"),
            "{reason}"
        );
        assert!(!reason.contains("CANARY"), "{reason}");
    }

    #[test]
    fn a_query_says_what_is_too_long() {
        for call in [
            first("x", Rows::Live, None).call().unwrap(),
            More::new(
                &format!("1.{}./services/data/v66.0/query/01g-2", session().as_str()),
                None,
            )
            .unwrap()
            .call()
            .unwrap(),
        ] {
            let refused = call.was_short_enough(&answer(414, "text/html", ""));
            let why = "Salesforce answered 414: the SOQL statement is too long for a URI";
            assert_eq!(refused, Err(Error::InvalidInput(why.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn any_statement_survives_the_uri(soql in ".{1,60}") {
            prop_assume!(!soql.trim().is_empty());
            let uri = uri(&soql, Rows::Live).unwrap();
            let (_, encoded) = uri.split_once("?q=").unwrap();
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
            let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
            prop_assert_eq!(decoded, soql);
        }

        #[test]
        fn any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut answer = answer(200, "application/json", "");
            answer.body = body;
            _ = read(answer, &session(), None);
        }
    }
}
