//! A page whose lists of children are completed.

use crate::call::Operation as _;
use crate::contract::query::{Page, Rows};
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::World;
use crate::query::{First, Source};

const NEXT: &str = r#""nextRecordsUrl":"/services/data/v66.0/query/"#;

fn first(with_children: bool, answers: &[String]) -> (Result<Page, Error>, usize) {
    let world = World::new();
    world.store_foreign("00D!in-use");
    let answers = answers.iter().map(|body| Ok((200, body.clone())));
    world.facts.answers.borrow_mut().extend(answers);
    let client = world.client();
    let source = Source {
        rows: Rows::Live,
        batch_size: None,
        tooling: false,
        composite: false,
    };
    let first = First::of("SELECT Id FROM A", source).unwrap();
    assert!(first.call().is_ok());
    let page =
        world.run(async move { client.page(first, with_children, &Options::default()).await });
    let requests = world.facts.requests.borrow().len();
    (page, requests)
}

fn cut(next: &str) -> String {
    format!(
        r#"{{"totalSize":1,"done":true,"records":[{{"Id": 1,"Bs":{{"totalSize":2,"done":false,{NEXT}{next}","records":[{{"B":1}}]}}}}]}}"#
    )
}

fn last() -> String {
    r#"{"totalSize":2,"done":true,"records":[{"B":2}]}"#.to_owned()
}

#[test]
fn lists_of_children_are_complete_if_that_is_wanted() {
    let (page, requests) = first(true, &[cut("01b-1"), last()]);
    assert_eq!(
        page.unwrap().body,
        r#"{"totalSize":1,"done":true,"records":[{"Id":1,"Bs":{"totalSize":2,"done":true,"records":[{"B":1},{"B":2}]}}]}"#
    );
    assert_eq!(requests, 2);
    let (page, requests) = first(false, &[cut("01b-1")]);
    assert_eq!((page.unwrap().body, requests), (cut("01b-1"), 1));
}

#[test]
fn a_page_without_cut_lists_stays_as_it_came() {
    let body = format!(
        r#"{{ "totalSize":2,"done":false,{NEXT}01g-1","records":[ {{"Id": 1,"Bs":{{"totalSize":1,"done":true,"records":[{{}}]}}}} ]}}"#
    );
    let (page, requests) = first(true, std::slice::from_ref(&body));
    assert_eq!((page.unwrap().body, requests), (body, 1));
}

#[test]
fn a_list_that_leads_elsewhere_or_in_a_circle_is_an_error() {
    let elsewhere = cut("01b-1").replace("/services/data", "https://evil.example");
    let (page, requests) = first(true, &[elsewhere]);
    assert!(matches!(page, Err(Error::UnexpectedAnswer(_))));
    assert_eq!(requests, 1);
    let goes_on = |next: &str| {
        format!(r#"{{"totalSize":9,"done":false,{NEXT}{next}","records":[{{"B":2}}]}}"#)
    };
    let answers = [cut("01b-1"), goes_on("01b-2"), goes_on("01b-1")];
    let (page, _) = first(true, &answers);
    assert!(matches!(page, Err(Error::UnexpectedAnswer(_))));
}
