//! Query locators, confined to the org and to the session that made them.
//!
//! A locator dies with its session and then answers `INVALID_SESSION_ID`, just
//! as an expired session does. So what callers get has the session's fingerprint
//! in it, and a locator of another session is never sent.

use crate::token::Fingerprint;

/// Begins every locator of ours: a later form can be told from this one.
const FORM: &str = "1";

/// Longer than any locator seen, which have some 20 characters.
const ID_BYTES_MAX: usize = 255;

/// Where a next page is, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locator {
    session: Fingerprint,
    path: String,
}

impl Locator {
    /// From Salesforce's `nextRecordsUrl`: a path of the query resource, and
    /// nothing that leads elsewhere.
    pub(crate) fn from_next_records_url(url: &str, session: &Fingerprint) -> Option<Self> {
        let rest = url.strip_prefix("/services/data/v")?;
        let (version, rest) = rest.split_once('/')?;
        let below = rest.strip_prefix("tooling/").unwrap_or(rest);
        let id = below
            .strip_prefix("query/")
            .or_else(|| rest.strip_prefix("queryAll/"))?;
        let digits = version.strip_suffix(".0")?;
        let confined = (2..=3).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=ID_BYTES_MAX).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        confined.then(|| Self {
            session: session.clone(),
            path: url.to_owned(),
        })
    }

    /// What callers are given, opaque to them.
    pub(crate) fn to_text(&self) -> String {
        format!("{FORM}.{}.{}", self.session.as_str(), self.path)
    }

    /// What callers gave back.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (form, session, path) = (parts.next()?, parts.next()?, parts.next()?);
        if form != FORM {
            return None;
        }
        Self::from_next_records_url(path, &Fingerprint::parse(session)?)
    }

    /// The session that created it.
    pub(crate) fn session(&self) -> &Fingerprint {
        &self.session
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// Whether a path leads to a page of a query, by its locator: `query/{locator}`, `queryAll`,
/// and both below `tooling`. These are its segments below the API version. Case does not
/// count, nor does what follows the locator: some of Salesforce's servers ignore both. The
/// answer to a locator of an ended session is the same there as to an ended session.
pub(crate) fn is_page(below: &[&str]) -> bool {
    let below = match below {
        [first, rest @ ..] if first.eq_ignore_ascii_case("tooling") => rest,
        all => all,
    };
    let [resource, locator, ..] = below else {
        return false;
    };
    let mut resources = ["query", "queryAll"].iter();
    !locator.is_empty() && resources.any(|name| resource.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::AccessToken;

    fn session(token: &str) -> Fingerprint {
        AccessToken::parse(token).unwrap().fingerprint().clone()
    }

    #[test]
    fn a_locator_comes_back_as_it_went() {
        for url in [
            "/services/data/v66.0/query/01gRO0000016PIAYA2-500",
            "/services/data/v31.0/queryAll/0r8xx-4000",
            "/services/data/v66.0/tooling/query/01gRO0000016PIAYA2-2000",
        ] {
            let locator = Locator::from_next_records_url(url, &session("a")).unwrap();
            assert_eq!(Locator::parse(&locator.to_text()), Some(locator.clone()));
            assert_eq!(locator.path(), url);
            assert_eq!(locator.session(), &session("a"));
        }
    }

    #[test]
    fn a_locator_that_leads_elsewhere_is_refused() {
        let long = format!("/services/data/v66.0/query/{}", "a".repeat(ID_BYTES_MAX));
        assert!(Locator::from_next_records_url(&long, &session("a")).is_some());
        for url in [
            "https://evil.example/services/data/v66.0/query/01g",
            "//evil.example/services/data/v66.0/query/01g",
            "/services/data/v66.0/query/../sobjects",
            "/services/data/v66.0/query/01g?x",
            "/services/data/v66.0/query/01g#x",
            "/services/data/v66.0/query/01g/x",
            "/services/data/v66.0/query/%2e",
            "/services/data/v66.0/query/",
            "/services/data/v66.0/sobjects/01g",
            "/services/data/v66.0/tooling/tooling/query/01g",
            "/services/data/v66.0/tooling/executeAnonymous/01g",
            "/services/data/vXX.0/query/01g",
            "/services/oauth2/revoke",
            "@evil.example/services/data/v66.0/query/01g",
            "",
            &format!("{long}a"),
        ] {
            assert_eq!(
                Locator::from_next_records_url(url, &session("a")),
                None,
                "{url}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_confined(text in ".{0,80}") {
            if let Some(locator) = Locator::parse(&text) {
                prop_assert!(locator.path().starts_with("/services/data/v"));
            }
        }

        #[test]
        fn what_looks_like_a_path_is_confined(id in "[a-zA-Z0-9./?#%@:-]{0,30}") {
            let url = format!("/services/data/v66.0/query/{id}");
            if let Some(locator) = Locator::from_next_records_url(&url, &session("a")) {
                prop_assert!(!locator.path().contains(['?', '#', '%', '@', ':']));
                prop_assert!(!locator.path().contains(".."));
            }
        }
    }

    #[test]
    fn a_page_is_known_by_what_is_below_the_version() {
        for (below, is) in [
            ("query/01g-500", true),
            ("queryAll/01g-500", true),
            ("tooling/query/01g-500", true),
            ("tooling/queryAll/01g-500", true),
            ("Query/01g-500", true),
            ("TOOLING/QUERYALL/01g-500", true),
            ("query/01g-500/", true),
            ("query/01g-500/more", true),
            ("query", false),
            ("query/", false),
            ("tooling/query/", false),
            ("tooling/tooling/query/01g-500", false),
            ("jobs/query/750000000000001", false),
            ("sobjects/query/01g-500", false),
            ("tooling", false),
            ("", false),
        ] {
            let segments: Vec<&str> = below.split('/').collect();
            assert_eq!(is_page(&segments), is, "{below}");
        }
    }
}
