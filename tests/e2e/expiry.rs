//! Sessions whose end is known: nobody runs into it.

use std::time::{Duration, Instant};

use sfbox::{Options, QueryOptions};
use sfbox_emulator::{JwtLifetime, Route, TokenFormat};

use crate::org::Org;
use crate::sfbox::run_all;

const SOQL: &str = "SELECT Id FROM Account LIMIT 1";

/// How long a token lives: the last tenth of it is room for a login.
const LIFE_MS: u64 = 4_000;

/// How often the load calls.
const PACE: Duration = Duration::from_millis(20);

/// How many ends it passes.
const EXPIRIES: u64 = 10;

#[test]
fn a_steady_load_passes_ten_ends_of_its_tokens_without_meeting_one() {
    let org = Org::start();
    org.set(|settings| {
        settings.token_format = TokenFormat::Jwt;
        settings.jwt_lifetime_ms = JwtLifetime::from_ms(LIFE_MS).unwrap();
    });
    let (ours, theirs) = (org.library(), org.library());
    let options = QueryOptions::default();
    org.block_on(async {
        let mut pace = tokio::time::interval(PACE);
        while org.logins() <= EXPIRIES {
            pace.tick().await;
            let calls = [ours.query(SOQL, &options), theirs.query(SOQL, &options)];
            for answer in futures::future::join_all(calls).await {
                answer.unwrap();
            }
        }
        let stats = org.control().stats();
        assert_eq!(stats.unauthorized, 0, "nobody met an end");
        assert_eq!(stats.failed_logins, 0);
        let status = ours.session_status(&Options::default()).await.unwrap();
        assert!(status.expires_at_ms.is_some() && status.shared);
    });
}

#[test]
fn a_session_that_use_keeps_alive_is_asked_about_and_not_renewed() {
    let org = Org::start();
    let query = ["query", SOQL, "--session-ttl", "7200"];
    org.sfbox(&query).records();
    let status = org
        .sfbox(&["session", "status", "--session-ttl", "7200"])
        .object();
    assert!(status["expiresAt"].is_string(), "{status}");
    // Use in the second half of its life has moved its end; the stored one is
    // near.
    age_stored_session(&org, Duration::from_secs(7_100));
    org.sfbox(&query).records();
    let stats = org.control().stats();
    assert_eq!((stats.logins, stats.requests[&Route::Introspect]), (1, 1));
    let later = org
        .sfbox(&["session", "status", "--session-ttl", "7200"])
        .object();
    assert_eq!(later["shared"], true);
    // What was learned is stored: nobody asks again.
    org.sfbox(&query).records();
    let stats = org.control().stats();
    assert_eq!((stats.logins, stats.requests[&Route::Introspect]), (1, 1));
    // An org that does not tell leaves the operator's word.
    org.set(|settings| settings.introspection = false);
    age_stored_session(&org, Duration::from_secs(7_100));
    org.sfbox(&query).records();
    let stats = org.control().stats();
    assert_eq!((stats.logins, stats.unauthorized), (2, 0));
}

#[test]
fn a_fleet_near_a_sessions_end_makes_one_login_for_the_same_token() {
    let org = Org::start();
    let query = ["query", SOQL, "--session-ttl", "7200"];
    org.sfbox(&query).records();
    org.set(|settings| {
        settings.introspection = false;
        settings.same_token = true;
    });
    let token = org.stored()["SessionId"].clone();
    for logins in 2..=3 {
        age_stored_session(&org, Duration::from_secs(7_100));
        let before = org.stored()["SessionInfo"].clone();
        let runs = run_all((0..64).map(|_| org.command(&query)));
        for run in runs {
            run.records();
        }
        let stats = org.control().stats();
        assert_eq!((stats.logins, stats.unauthorized), (logins, 0));
        let stored = org.stored();
        assert_eq!(stored["SessionId"], token);
        for moment in ["issuedAt", "expiresAt"] {
            let moment = |info: &serde_json::Value| info[moment].as_u64().unwrap();
            assert!(moment(&stored["SessionInfo"]) > moment(&before));
        }
    }
    // Whoever asks for it gets it, and at once.
    for logins in 4..=8 {
        let began = Instant::now();
        let renewed = org.sfbox(&["session", "renew"]).object();
        assert_eq!((&renewed["shared"], org.logins()), (&true.into(), logins));
        assert!(began.elapsed() < Duration::from_secs(8));
    }
}

#[test]
fn a_fleet_whose_clocks_are_an_hour_ahead_makes_one_login_an_expiry() {
    let org = Org::start();
    org.set(|settings| settings.token_format = TokenFormat::Jwt);
    org.control()
        .turn_back_clock(Duration::from_secs(3_600))
        .unwrap();
    for expiry in 1..=3 {
        for run in run_all((0..32).map(|_| org.command(&["query", SOQL]))) {
            run.records();
        }
        for _ in 0..10 {
            org.sfbox(&["query", SOQL]).records();
        }
        assert_eq!(org.logins(), expiry);
        org.control().expire_sessions();
    }
}

#[test]
fn without_the_operators_word_nothing_is_asked() {
    let org = Org::start();
    for _ in 0..2 {
        org.sfbox(&["query", SOQL]).records();
    }
    assert!(
        !org.control()
            .stats()
            .requests
            .contains_key(&Route::Introspect)
    );
    org.sfbox(&["query", SOQL, "--session-ttl", "59"])
        .fails(2, "60");
}

/// Makes the stored session look as if it had begun so much earlier.
fn age_stored_session(org: &Org, by: Duration) {
    let mut secret = org.stored();
    for moment in ["issuedAt", "expiresAt"] {
        let member = &mut secret["SessionInfo"][moment];
        let moved = member.as_u64().unwrap() - u64::try_from(by.as_millis()).unwrap();
        *member = moved.into();
    }
    org.put_secret(&secret.to_string());
}
