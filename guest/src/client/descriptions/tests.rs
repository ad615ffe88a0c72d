//! Descriptions, in a world that says what time it is.

use std::rc::Rc;

use crate::contract::types::Options;
use crate::fake_platform::World;

#[test]
fn a_description_is_asked_for_again_only_if_it_has_changed() {
    let world = World::new();
    world.store_foreign("00D!in-use");
    for (status, body) in [(200, "{\"a\":1}"), (304, ""), (200, "{\"a\":2}"), (304, "")] {
        let answer = Ok((status, body.to_owned()));
        world.facts.answers.borrow_mut().push(answer);
    }
    let client = Rc::new(world.client());
    for expected in ["{\"a\":1}", "{\"a\":1}", "{\"a\":2}", "{\"a\":2}"] {
        let client = Rc::clone(&client);
        let options = Options::default();
        let described = world.run(async move { client.describe("Account", false, &options).await });
        assert_eq!(described.as_deref(), Ok(expected));
    }
}

#[test]
fn a_name_that_no_object_has_is_not_asked_for() {
    let world = World::new();
    let client = world.client();
    let refused =
        world.run(async move { client.describe("../x", false, &Options::default()).await });
    assert!(refused.is_err());
    assert!(world.facts.requests.borrow().is_empty());
}
