//! A request with the policy that judges it, as a text: the form of the corpus.
//!
//! The first line has a level and words (`login`: to the login host; `apex`:
//! anonymous Apex is allowed; `open`: [`PATTERNS`] are); then comes a request as
//! HTTP/1.1 writes it, without the version.

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};

use super::super::{Asked, Body, Level, Policy, Unread};
use super::second::{self, Rules};

/// What `open` allows.
pub(crate) const PATTERNS: [&str; 4] = [
    "POST /services/apexrest/*",
    "GET,POST /services/data/*/actions/**",
    "PATCH,DELETE /services/data/*/sobjects/Account/*",
    "GET /services/data/*/tooling/executeAnonymous",
];

pub(crate) struct Specimen {
    pub(crate) policy: Policy,
    open: bool,
    method: Method,
    path: String,
    query: Option<String>,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
    login_host: bool,
}

impl Specimen {
    /// Absent for what HTTP could not send.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (flags, request) = split(bytes, b"\n")?;
        let (head, body) = split(request, b"\n\n").unwrap_or((request, b""));
        let flags = str::from_utf8(flags).ok()?;
        let head = str::from_utf8(head).ok()?.trim_end_matches('\n');
        let mut lines = head.split('\n');
        let (method, target) = lines.next()?.split_once(' ')?;
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_str(value.trim()).ok()?,
            );
        }
        let has = |word: &str| flags.split(' ').any(|flag| flag == word);
        let level = [Level::NoDelete, Level::ReadOnly]
            .into_iter()
            .find(|level| has(level.to_string().as_str()));
        let open = has("open");
        let patterns = PATTERNS.iter().filter(|_| open);
        Some(Self {
            policy: Policy {
                level: level.unwrap_or_default(),
                allowed: patterns.map(|pattern| pattern.parse().unwrap()).collect(),
                anonymous_apex: has("apex"),
                within: None,
            },
            open,
            method: Method::from_bytes(method.as_bytes()).ok()?,
            path: path.to_owned(),
            query,
            headers,
            body: body.to_vec(),
            login_host: has("login"),
        })
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
            body: if self.body.is_empty() {
                Body::Absent
            } else {
                Body::Whole(&self.body)
            },
            login_host: self.login_host,
        }
    }

    /// Whether the body decides.
    pub(super) fn awaits_body(&self) -> bool {
        let asked = Asked {
            body: Body::Unread(Unread::NotBuffered),
            ..self.asked()
        };
        self.policy.judge(&asked).awaits_body()
    }

    /// Compares both judges, and the judge with itself where the body must not
    /// matter. Words must never repeat the request.
    pub(crate) fn compare(&self) {
        let asked = self.asked();
        let decision = self.policy.judge(&asked);
        let patterns: &[&str] = if self.open { &PATTERNS } else { &[] };
        let rules = Rules {
            level: self.policy.level,
            anonymous_apex: self.policy.anonymous_apex,
            patterns,
        };
        let allowed = second::allows(&rules, &asked);
        assert_eq!(decision.denied.is_none(), allowed, "{decision:?}");
        if !self.awaits_body() {
            for body in [Body::Absent, Body::Unread(Unread::NotBuffered)] {
                let without = Asked { body, ..asked };
                assert_eq!(decision, self.policy.judge(&without));
            }
        }
    }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = bytes.windows(at.len()).position(|window| window == at)?;
    Some((bytes.get(..found)?, bytes.get(found + at.len()..)?))
}
