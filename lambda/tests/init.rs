//! Environments that cannot be used, and what one leaves behind when it is stopped.

use std::time::Duration;

use serde_json::json;

use crate::runtime_api::{Environment, Outcome};
use crate::world::World;

#[test]
fn a_mistake_in_the_variables_ends_the_environment_with_its_name() {
    let world = World::start();
    for (variables, named) in [
        (&[("SFBOX_TYPO", "canary")][..], "SFBOX_TYPO"),
        (&[("SFBOX_SESSION_TTL", "canary")], "SFBOX_SESSION_TTL"),
        (&[("SFBOX_SESSION_TTL", "59")], "it must be 60 to"),
        (&[("SFBOX_ORG", "")], "SFBOX_ORG"),
        (&[("SFBOX_ORG", "a b")], "is not a valid name of a secret"),
        (&[("SFBOX_CACERT", "/canary")], "SFBOX_CACERT"),
        (&[("LOG_SENSITIVE_BODIES", "true")], "LOG_SENSITIVE_BODIES"),
        (
            &[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "canary")],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE must be a number of MiB",
        ),
        (
            &[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2147483648")],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE must be",
        ),
    ] {
        world.block_on(async {
            let environment = Environment::start(&world, variables).await;
            let told = environment.init_error().await;
            assert_eq!(told["errorType"], "config");
            let message = told["errorMessage"].as_str().unwrap();
            assert!(message.contains(named), "{message}");
            let log = environment.log();
            assert!(log.contains(named), "{log}");
            assert!(!message.contains("canary") && !log.contains("canary"));
        });
    }
    assert_eq!(
        world.control().stats().requests.len(),
        0,
        "nothing was sent"
    );
}

/// Lambda stops an environment with its answer. If the token were not stored by then,
/// the next environment would wait for the login of one that stands still.
#[test]
fn a_token_is_stored_before_its_environment_is_stopped() {
    let world = World::start();
    let event = json!({"soql": "SELECT Id FROM Account LIMIT 1"});
    for expiry in 1..=3 {
        world.block_on(async {
            // New ones, so that none but the first has ever heard of the session.
            let environments = [
                Environment::start(&world, &[]).await,
                Environment::start(&world, &[]).await,
            ];
            for environment in &environments {
                let outcome = environment.invoke(&event, Duration::from_secs(20)).await;
                assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}");
            }
        });
        assert_eq!(world.logins(), expiry);
        world.control().expire_sessions();
    }
}
