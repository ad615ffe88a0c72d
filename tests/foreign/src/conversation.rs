//! What a component must manage on every host: first login, reuse, expiry, renewal,
//! errors, paging, several calls at once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sfbox_emulator::{Control, Effect, Fault, FaultRoute, Route, Slow};

use crate::org::{ACCOUNTS, CONSUMER_SECRET, Org};

/// How long a token may take to its store after the answer.
const STORED_WITHIN: Duration = Duration::from_secs(20);

/// An answer, or the contract's error as text: its case first.
pub(crate) type Outcome<T> = Result<T, String>;

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) body: String,
    pub(crate) next: Option<String>,
}

/// A secret that is kept somewhere.
pub(crate) trait Kept: Sized {
    /// Puts it there: credentials, and no session.
    async fn keep(consumer_secret: &str) -> Self;
    /// The token in it, if there is one.
    async fn token(&self) -> Option<String>;
}

/// An instance of the component on some host.
pub(crate) trait Guest {
    /// `query.query`.
    async fn query(&mut self, soql: &str, batch_size: Option<u16>) -> Outcome<Page>;
    /// `query.query-more`.
    async fn query_more(&mut self, next: &str) -> Outcome<Page>;
    /// `session.status`, as text.
    async fn status(&mut self) -> Outcome<String>;
    /// `query.query` as often as that, all at once.
    async fn together(&mut self, soql: &str, count: usize) -> Vec<Outcome<Page>>;
}

/// A host that the component runs on.
pub(crate) trait Host {
    type Guest: Guest;

    /// Calls that an instance is given at once.
    const AT_ONCE: usize = 16;

    /// A new instance.
    async fn instance(&mut self) -> Self::Guest;

    /// The token that is stored where all instances find it.
    async fn stored(&self) -> Option<String>;

    /// The process of the newest instance, if it is one.
    fn process(&self) -> Option<u32> {
        None
    }

    /// What cannot be done here, and why.
    fn limits(&self) -> &'static [(Step, &'static str)] {
        &[]
    }
}

/// A step of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    FirstLogin,
    Reuse,
    ReuseByAnother,
    Status,
    Expiry,
    Takeover,
    Errors,
    Paging,
    AtOnce,
    SharedRenewal,
}

impl Step {
    /// All, in their order.
    pub(crate) const ALL: [Self; 10] = [
        Self::FirstLogin,
        Self::Reuse,
        Self::ReuseByAnother,
        Self::Status,
        Self::Expiry,
        Self::Takeover,
        Self::Errors,
        Self::Paging,
        Self::AtOnce,
        Self::SharedRenewal,
    ];

    /// As the table has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FirstLogin => "first login",
            Self::Reuse => "reuse",
            Self::ReuseByAnother => "reuse by another instance",
            Self::Status => "status",
            Self::Expiry => "expiry",
            Self::Takeover => "renewal taken over",
            Self::Errors => "errors",
            Self::Paging => "paging",
            Self::AtOnce => "calls at once",
            Self::SharedRenewal => "renewal shared by calls",
        }
    }
}

/// A query that answers one row.
pub(crate) const ONE: &str = "SELECT Id FROM Account LIMIT 1";

/// Holds it, and fails where something is not as it should be. A step that the host
/// has a limit for is left out.
pub(crate) async fn hold<H: Host>(org: &Org, host: &mut H) {
    let control = org.control();
    let logins = || control.stats().logins;
    let limits = host.limits();
    let can = |step| !limits.iter().any(|(limit, _)| *limit == step);
    let shared = can(Step::ReuseByAnother);
    assert_eq!(
        shared,
        can(Step::Takeover),
        "both need a store that is written"
    );
    let mut guest = host.instance().await;

    // First login, stored.
    assert_eq!(ids(&guest.query(ONE, None).await.unwrap()).len(), 1);
    assert_eq!(logins(), 1);
    let mut first = None;
    if shared {
        first = Some(stored(host, None).await);
    }

    // Reuse: by this instance, and by another one that finds it in the store.
    guest.query(ONE, None).await.unwrap();
    assert_eq!(logins(), 1);
    let mut other = None;
    if shared {
        let mut instance = host.instance().await;
        instance.query(ONE, None).await.unwrap();
        assert_eq!(logins(), 1);
        other = Some(instance);
    }

    // What is told of it has neither token nor secret in it.
    let status = guest.status().await.unwrap();
    assert!(status.contains("acme.my.salesforce.com"), "{status}");
    assert!(!status.contains(CONSUMER_SECRET), "{status}");
    if let Some(token) = &first {
        assert!(!status.contains(token), "{status}");
    }

    // Expiry, and a renewal that the other one takes over.
    control.expire_sessions();
    guest.query(ONE, None).await.unwrap();
    assert_eq!(logins(), 2);
    if let Some(other) = &mut other {
        stored(host, first.as_deref()).await;
        other.query(ONE, None).await.unwrap();
        assert_eq!(logins(), 2);
    }

    errors(&control, &mut guest).await;
    paging(&control, &mut guest).await;

    // Calls at once, and again when all of them meet an expiry: one login for all.
    if can(Step::AtOnce) {
        together::<H>(&mut guest).await;
        assert_eq!(logins(), 2);
    }
    if can(Step::SharedRenewal) {
        control.expire_sessions();
        together::<H>(&mut guest).await;
        assert_eq!(logins(), 3);
    }
    assert_eq!(control.stats().unexpected, 0);
}

/// Errors: Salesforce's own, and ours, for which nothing is sent.
async fn errors(control: &Control, guest: &mut impl Guest) {
    let refused = guest.query("SELECT Nothing FROM Account", None).await;
    let refused = refused.unwrap_err();
    assert!(is(&refused, "api"), "{refused}");
    assert!(refused.contains("INVALID_FIELD"), "{refused}");
    let sent = control.stats().requests[&Route::Query];
    let refused = guest.query(ONE, Some(199)).await.unwrap_err();
    assert!(is(&refused, "invalid-input"), "{refused}");
    assert_eq!(control.stats().requests[&Route::Query], sent);
}

/// Every row of every page, once, though the first comes in pieces, and its headers
/// before them: that is when hosts show what they do with a connection.
async fn paging(control: &Control, guest: &mut impl Guest) {
    let pieces = Effect::Slow(Slow {
        chunk_bytes: 8 << 10,
        interval_ms: 20,
    });
    let pieces = Fault {
        route: FaultRoute::Only(Route::Query),
        skip: 0,
        count: Some(1),
        effect: pieces,
    };
    control.faults(vec![pieces]).unwrap();
    let all = "SELECT Id FROM Account";
    let mut page = guest.query(all, Some(200)).await.unwrap();
    let mut rows = ids(&page);
    while let Some(next) = page.next {
        page = guest.query_more(&next).await.unwrap();
        rows.extend(ids(&page));
    }
    assert_eq!(rows.len(), ACCOUNTS);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), ACCOUNTS);
    assert_eq!(control.stats().requests[&Route::QueryMore], 2);
}

async fn together<H: Host>(guest: &mut H::Guest) {
    let answers = guest.together(ONE, H::AT_ONCE).await;
    assert_eq!(answers.len(), H::AT_ONCE);
    for answer in answers {
        assert_eq!(ids(&answer.unwrap()).len(), 1);
    }
}

fn ids(page: &Page) -> Vec<String> {
    let page: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    let records = page["records"].as_array().unwrap().iter();
    records
        .map(|record| record["Id"].as_str().unwrap().to_owned())
        .collect()
}

/// Whether an error is of that case. Hosts write it in their own way: `invalid-input`,
/// `InvalidInput`, or `Error::InvalidInput`.
fn is(error: &str, case: &str) -> bool {
    let error = error.strip_prefix("Error::").unwrap_or(error);
    let letters = |text: &str| -> String {
        let case = text
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '-');
        case.filter(|c| *c != '-')
            .flat_map(char::to_lowercase)
            .collect()
    };
    letters(error) == letters(case)
}

/// The token that is stored instead of `before`. It may be stored only after the
/// answer for which it was made.
async fn stored<H: Host>(host: &H, before: Option<&str>) -> String {
    let begun = Instant::now();
    loop {
        match host.stored().await {
            Some(token) if before != Some(&token) => return token,
            _ => assert!(begun.elapsed() < STORED_WITHIN, "no token is stored"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
