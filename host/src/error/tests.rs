use super::verdict::Repeat;
use super::*;
use crate::egress::RequestFailed;
use crate::secret_store::Kind;

fn api(code: &str) -> ApiFailure {
    ApiFailure {
        status: 400,
        errors: vec![ApiError {
            code: code.to_owned(),
            message: "unexpected token: 'x'".to_owned(),
            fields: vec![],
            remedy: Remedy::Unknown,
            details: None,
        }],
        request_id: Some("r1".to_owned()),
    }
}

fn oauth() -> OauthError {
    OauthError {
        status: 400,
        code: "invalid_client".to_owned(),
        description: "invalid client credentials".to_owned(),
        request_id: None,
    }
}

fn limited(refusal: Option<&str>) -> Failure {
    Failure::RateLimited(RateLimit {
        retry_after_s: Some(7),
        refusal: refusal.map(str::to_owned),
    })
}

fn unexpected() -> Unexpected {
    Unexpected {
        status: 404,
        reason: "text/html, 12 bytes".to_owned(),
        request_id: None,
    }
}

/// DESIGN's table, case by case: exit status, retryable.
fn table() -> Vec<(Failure, u8, bool)> {
    vec![
        (Failure::Api(api("MALFORMED_QUERY")), 1, false),
        (Failure::OutcomeUnknown, 1, false),
        (Failure::InvalidInput("x".to_owned()), 2, false),
        (Failure::Unsupported("x".to_owned()), 2, false),
        (Failure::Login(oauth()), 3, false),
        (Failure::RefusedToken(api("INVALID_SESSION_ID")), 3, false),
        (Failure::Secret(SecretError::NotFound), 3, false),
        (Failure::Secret(SecretError::Denied), 3, false),
        (
            Failure::Secret(SecretError::Malformed("x".to_owned())),
            3,
            false,
        ),
        (Failure::Secret(SecretError::Conflict), 4, true),
        (Failure::Secret(SecretError::Throttled(None)), 4, true),
        (Failure::Secret(SecretError::Unavailable), 4, true),
        (Failure::SessionChanged, 4, true),
        (limited(None), 4, true),
        (limited(Some("invalid_client")), 4, true),
        (Failure::Timeout, 4, true),
        (Failure::Unreachable("x".to_owned()), 4, true),
        (Failure::Denied("x".to_owned()), 5, false),
        (Failure::UnexpectedAnswer(unexpected()), 6, false),
    ]
}

fn call(failure: Failure) -> Error {
    Error::Call {
        org: "acme".to_owned(),
        operation: "query",
        failure: Box::new(failure),
        cause: None,
    }
}

#[test]
fn every_failure_has_its_exit_status_and_says_whether_to_retry() {
    for (failure, exit_code, retryable) in table() {
        let error = call(failure);
        let verdict = error.verdict();
        assert_eq!(
            (verdict.exit_code, verdict.retryable),
            (exit_code, retryable),
            "{error}"
        );
    }
    let trapped = Retirement::Trapped("unreachable".to_owned());
    let lost = Error::Lost {
        org: "acme".to_owned(),
        operation: "query",
        why: trapped,
    };
    assert_eq!(lost.verdict().exit_code, 101);
}

/// An answer with this status in each form that it can have.
fn answers(status: u16) -> [Failure; 3] {
    let (mut api, mut oauth, mut page) = (api("SERVER_UNAVAILABLE"), oauth(), unexpected());
    (api.status, oauth.status, page.status) = (status, status, status);
    [
        Failure::Api(api),
        Failure::Login(oauth),
        Failure::UnexpectedAnswer(page),
    ]
}

#[test]
fn the_status_of_a_read_decides_whatever_form_the_answer_has() {
    for status in [420, 429, 500, 501, 502, 503, 504, 599] {
        for failure in answers(status) {
            let error = call(failure);
            let verdict = error.verdict();
            assert_eq!((verdict.exit_code, verdict.retryable), (4, true), "{error}");
            let words = error.to_string();
            assert!(words.contains(&status.to_string()), "{words}");
            assert!(
                !words.contains("refused") && !words.contains("cannot be read"),
                "{words}"
            );
        }
    }
    for status in [302, 400, 401, 403, 404, 410, 419, 421, 428, 430, 499, 600] {
        let verdicts = answers(status).map(|failure| call(failure).verdict());
        assert_eq!(
            verdicts.map(|verdict| verdict.exit_code),
            [1, 3, 6],
            "{status}"
        );
        assert!(
            verdicts.iter().all(|verdict| !verdict.retryable),
            "{status}"
        );
    }
}

#[test]
fn a_request_that_may_have_been_executed_is_not_repeated() {
    let retryable = |status: u16, code: &str| {
        let mut api = api(code);
        api.status = status;
        let read = of_failure(&Failure::Api(api.clone()), Repeat::Always);
        let write = of_failure(&Failure::Api(api), Repeat::UnlessExecuted);
        (read.retryable, write.retryable)
    };
    assert_eq!(retryable(503, "SERVER_UNAVAILABLE"), (true, false));
    assert_eq!(retryable(500, "UNKNOWN_EXCEPTION"), (true, false));
    assert_eq!(retryable(429, "X"), (true, true));
    assert_eq!(retryable(420, "X"), (true, true));
    assert_eq!(retryable(500, "UNABLE_TO_LOCK_ROW"), (true, true));
    assert_eq!(retryable(400, "UNABLE_TO_LOCK_ROW"), (true, true));
    assert_eq!(retryable(403, "API_CURRENTLY_DISABLED"), (true, true));
    assert_eq!(retryable(403, "REQUEST_LIMIT_EXCEEDED"), (false, false));
    for status in [500, 503] {
        let page = Failure::UnexpectedAnswer(Unexpected {
            status,
            ..unexpected()
        });
        assert!(!of_failure(&page, Repeat::UnlessExecuted).retryable);
    }
}

#[test]
fn an_operation_that_nobody_knows_may_write() {
    for operation in ["query", "query-more", "session renew", "limits", "search"] {
        assert_eq!(repeat(operation), Repeat::Always);
    }
    for operation in ["rest", "sobjects create"] {
        assert_eq!(repeat(operation), Repeat::UnlessExecuted);
    }
}

#[test]
fn a_store_that_fails_by_itself_ends_as_a_call_that_fails_by_it() {
    for (kind, secret) in [
        (Kind::NotFound, SecretError::NotFound),
        (Kind::Denied, SecretError::Denied),
        (Kind::Conflict, SecretError::Conflict),
        (Kind::Throttled(None), SecretError::Throttled(None)),
        (Kind::Unavailable, SecretError::Unavailable),
        (Kind::Malformed, SecretError::Malformed("x".to_owned())),
    ] {
        let store = StoreError::new(kind, "reading `acme`");
        assert_eq!(store.verdict(), call(Failure::Secret(secret)).verdict());
    }
}

#[test]
fn a_store_that_was_not_asked_advises_by_itself() {
    for (kind, secret, exit_code) in [
        (Kind::Denied, SecretError::Denied, 3),
        (Kind::Unavailable, SecretError::Unavailable, 4),
    ] {
        let store = StoreError::new(kind, "reading `acme`").unsent();
        assert_eq!(store.verdict().exit_code, exit_code);
        let error = Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(Failure::Secret(secret)),
            cause: Some(Cause::new(store.clone())),
        };
        assert_eq!(error.verdict(), store.verdict());
        assert_eq!(error.verdict().hint, None, "no policy has refused anything");
        assert_eq!(
            error.to_string(),
            "query of org `acme`: no request was sent to the secret store"
        );
    }
}

#[test]
fn the_stores_own_words_are_found_behind_a_failure() {
    let failure = Box::new(Failure::Secret(SecretError::Denied));
    let with = |cause| Error::Call {
        org: "acme".to_owned(),
        operation: "query",
        failure: failure.clone(),
        cause,
    };
    let denied = StoreError::new(Kind::Denied, "reading `acme`").lacking("{}");
    let lacks = |error: &Error| error.store()?.lacks().map(str::to_owned);
    assert_eq!(
        lacks(&with(Some(Cause::new(denied)))).as_deref(),
        Some("{}")
    );
    assert!(with(None).store().is_none());
    let other = Cause::new(ConfigError::NoStore);
    assert!(with(Some(other)).store().is_none());
}

#[test]
fn a_denial_by_policy_says_its_rule_once_and_hints_at_no_host() {
    let rule = "the policy is read-only";
    let error = Error::Call {
        org: "acme".to_owned(),
        operation: "query",
        failure: Box::new(Failure::Denied(rule.to_owned())),
        cause: Some(Cause::new(RequestFailed {
            is_of_policy: true,
            ..RequestFailed::from(rule.to_owned())
        })),
    };
    assert!(error.is_of_policy() && !error.is_of_proxy());
    assert_eq!(error.to_string(), "query of org `acme`: denied by policy");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), rule);
    let verdict = error.verdict();
    assert_eq!((verdict.exit_code, verdict.hint), (5, None));
}

#[test]
fn what_a_stranger_is_told_names_no_org_and_no_file() {
    let denied = |in_public| Error::Call {
        org: "arn:canary".to_owned(),
        operation: "stream",
        failure: Box::new(Failure::Denied("x".to_owned())),
        cause: Some(Cause::new(RequestFailed {
            is_of_policy: true,
            in_public,
            ..RequestFailed::from("the rule, or /canary/audit".to_owned())
        })),
    };
    let by_policy = denied(None);
    assert!(!by_policy.is_of_audit());
    assert_eq!(
        by_policy.reason(),
        "denied by policy: the rule, or /canary/audit"
    );
    let by_audit = denied(Some("the audit cannot be written"));
    assert!(by_audit.is_of_audit());
    assert_eq!(by_audit.reason(), "the audit cannot be written");
    let timeout = call(Failure::Timeout);
    assert!(!timeout.is_of_audit());
    assert_eq!(timeout.reason(), "the timeout has passed");
    for why in [Retirement::ShutDown, Retirement::Abandoned] {
        let lost = Error::Lost {
            org: "arn:canary".to_owned(),
            operation: "stream",
            why,
        };
        assert!(!lost.reason().contains("canary"));
        let repeat = lost.verdict().retryable;
        assert_eq!(
            repeat,
            matches!(
                lost,
                Error::Lost {
                    why: Retirement::ShutDown,
                    ..
                }
            )
        );
    }
}

#[test]
fn a_proxy_in_the_way_is_what_the_hint_is_about() {
    let with = |failure: Failure, is_of_proxy: bool| Error::Call {
        org: "acme".to_owned(),
        operation: "query",
        failure: Box::new(failure),
        cause: Some(Cause::new(RequestFailed {
            is_of_proxy,
            ..RequestFailed::from("the proxy p:1 refused".to_owned())
        })),
    };
    let host = || "acme.my.salesforce.com".to_owned();
    for (failure, exit_code, retryable) in [
        (Failure::Denied(host()), 5, false),
        (Failure::Unreachable(host()), 4, true),
    ] {
        let error = with(failure.clone(), true);
        let verdict = error.verdict();
        assert!(error.is_of_proxy());
        assert_eq!(
            (verdict.exit_code, verdict.retryable),
            (exit_code, retryable)
        );
        assert_eq!(verdict.hint, Some(PROXY));
        let error = with(failure, false);
        assert!(!error.is_of_proxy());
        assert_ne!(error.verdict().hint, Some(PROXY));
    }
}

#[test]
fn an_error_says_what_was_attempted_and_what_came_back() {
    assert_eq!(
        call(Failure::Api(api("MALFORMED_QUERY"))).to_string(),
        "query of org `acme`: Salesforce answered 400 MALFORMED_QUERY: unexpected token: 'x' \
         (request id r1)"
    );
    assert_eq!(
        call(Failure::Login(oauth())).to_string(),
        "query of org `acme`: the login was refused with 400: invalid_client: invalid client \
         credentials"
    );
}

/// Captured from Salesforce: apache/camel-quarkus#3022.
#[test]
fn salesforces_caret_points_at_the_mistake() {
    let mut failure = api("INVALID_FIELD");
    for (message, told) in [
        (
            "\nSELECT Id, Nam FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column",
            "INVALID_FIELD:\nSELECT Id, Nam FROM Account\n           ^\nERROR at Row:1:Column:12\nNo \
             such column (request id r1)",
        ),
        // The first line keeps what it begins with: the caret counts from there.
        (
            "\r\n  Nam\n  ^\n",
            "INVALID_FIELD:\n  Nam\n  ^ (request id r1)",
        ),
        (" one line\n", "INVALID_FIELD: one line (request id r1)"),
        ("", "400 INVALID_FIELD (request id r1)"),
    ] {
        message.clone_into(&mut failure.errors[0].message);
        let text = call(Failure::Api(failure.clone())).to_string();
        assert!(text.ends_with(told), "{text:?}");
    }
}

#[test]
fn codes_are_distinct() {
    let mut codes: Vec<_> = table()
        .iter()
        .map(|(failure, ..)| (code(failure), std::mem::discriminant(failure)))
        .collect();
    codes.dedup();
    let mut names: Vec<_> = codes.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes.len());
}

#[test]
fn entities_in_messages_are_shown_as_characters() {
    for (message, shown) in [
        ("unexpected token: &#39;x&#39;", "unexpected token: 'x'"),
        (
            "a &lt;b&gt; &amp;&amp; &quot;c&quot; &eacute;&nbsp;&#x1F600;",
            "a <b> && \"c\" é\u{a0}😀",
        ),
        ("&amp;lt;", "&lt;"),
        ("AT&T & co; 100% &unknown;", "AT&T & co; 100% &unknown;"),
    ] {
        let mut failure = api("MALFORMED_QUERY");
        message.clone_into(&mut failure.errors[0].message);
        let told = call(Failure::Api(failure)).to_string();
        assert!(
            told.contains(&format!("MALFORMED_QUERY: {shown} (request id")),
            "{told}"
        );
        let mut refused = oauth();
        message.clone_into(&mut refused.description);
        let told = call(Failure::Login(refused)).to_string();
        assert!(told.ends_with(shown), "{told}");
    }
}
