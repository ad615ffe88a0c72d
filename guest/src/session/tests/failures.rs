//! Logins that fail, and sessions that end again and again.

use super::*;

#[test]
fn every_login_that_was_answered_and_failed_counts() {
    for (status, body) in [
        (
            400,
            r#"{"error":"x","error_description":"login rate exceeded"}"#,
        ),
        (
            200,
            r#"{"access_token":"t","instance_url":"https://evil.example"}"#,
        ),
        (403, "<html>"),
    ] {
        let world = World::new();
        *world.facts.login_answer.borrow_mut() = Some((status, body.to_owned()));
        let client = instance(&world);
        for _ in 0..9 {
            run_query(&world, &client).unwrap_err();
            world.advance(Duration::from_secs(1));
        }
        let logins = world.facts.logins.get();
        assert!(logins <= 3, "{logins} logins: {body}");
        // Somebody corrects the secret: that is another matter.
        *world.facts.login_answer.borrow_mut() = None;
        world.facts.put("ConsumerSecret", "\"right\"");
        run_query(&world, &client).expect(body);
    }
}

#[test]
fn an_org_that_is_down_has_refused_nothing() {
    for (status, body) in [
        (503, "<html>"),
        (503, r#"{"error":"temporarily_unavailable"}"#),
        (500, r#"[{"errorCode":"UNKNOWN_EXCEPTION"}]"#),
        (420, "<html>"),
    ] {
        let world = World::new();
        *world.facts.login_answer.borrow_mut() = Some((status, body.to_owned()));
        let client = instance(&world);
        for _ in 0..5 {
            run_query(&world, &client).unwrap_err();
        }
        *world.facts.login_answer.borrow_mut() = None;
        run_query(&world, &client).unwrap();
    }
}

#[test]
fn a_login_that_failed_keeps_no_other_process_waiting() {
    for (status, body) in [
        (503, "<html>"),
        (400, r#"{"error":"invalid_grant"}"#),
        (
            200,
            r#"{"access_token":"t","instance_url":"https://evil.example"}"#,
        ),
    ] {
        let world = World::new();
        *world.facts.login_answer.borrow_mut() = Some((status, body.to_owned()));
        run_query(&world, &instance(&world)).unwrap_err();
        *world.facts.login_answer.borrow_mut() = None;
        let before = world.facts.now();
        run_query(&world, &instance(&world)).unwrap();
        let waited = world.facts.now() - before;
        assert!(waited < Duration::from_secs(1), "{waited:?}: {body}");
    }
}

#[test]
fn a_call_whose_sessions_end_again_and_again_renews_twice_and_then_says_so() {
    let world = World::new();
    world.store_foreign("session-0");
    world.facts.end("session-0");
    let facts = Rc::clone(&world.facts);
    let asking = query(instance(&world));
    let answer = world.run(async move {
        // Another process stores a session that has ended, each time when one is found
        // to have.
        let storing = async {
            let time = FakePlatform::of(&facts);
            for number in 1..=3 {
                while facts.unauthorized.get() < number {
                    time.sleep(Duration::from_millis(1)).await;
                }
                let token = format!("session-{number}");
                facts.store_foreign(&token);
                facts.end(&token);
            }
        };
        futures::join!(asking, storing).0
    });
    assert_eq!(answer, Err(Error::SessionChanged));
    assert_eq!(queries_sent(&world), 3, "the first, and one a renewal");
    assert_eq!(world.facts.logins.get(), 0);
}
