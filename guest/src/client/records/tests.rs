//! Whole results over pages that are scripted, in virtual time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;

use super::{Asked, Records, Sink, pump};
use crate::contract::query::Rows;
use crate::contract::query_stream::{StreamOptions, Summary};
use crate::contract::types::{Options, Parameter, Value};
use crate::error::Error;
use crate::fake_platform::World;

/// What a reader does when it is given a batch: whether it wants more.
type Reaction = Box<dyn FnMut(usize) -> bool>;

struct Reader {
    read: Rc<RefCell<String>>,
    batches: usize,
    reaction: Reaction,
}

impl Sink for Reader {
    async fn write(&mut self, bytes: Vec<u8>, begun: oneshot::Sender<()>) -> bool {
        self.batches += 1;
        let wants_more = (self.reaction)(self.batches);
        if wants_more {
            self.read
                .borrow_mut()
                .push_str(&String::from_utf8(bytes).unwrap());
            _ = begun.send(());
        }
        wants_more
    }
}

/// A world whose next queries are answered with these bodies.
fn world_of(answers: &[String]) -> World {
    let world = World::new();
    world.store_foreign("00D!in-use");
    let answers = answers.iter().map(|body| Ok((200, body.clone())));
    world.facts.answers.borrow_mut().extend(answers);
    world
}

fn options() -> StreamOptions {
    StreamOptions {
        call: Options::default(),
        rows: Rows::Live,
        batch_size: None,
        tooling: false,
        composite: true,
        resumable: false,
    }
}

/// How reading ended, and what was read.
type Ended = (Result<Summary, Error>, String);

fn read_by(world: &World, asked: Asked, reaction: impl FnMut(usize) -> bool + 'static) -> Ended {
    let client = Rc::new(world.client());
    let read = Rc::new(RefCell::new(String::new()));
    let mut reader = Reader {
        read: Rc::clone(&read),
        batches: 0,
        reaction: Box::new(reaction),
    };
    let ended = world.run(async move {
        let mut records = Records::begin(client, asked).await?;
        pump(&mut records, &mut reader).await
    });
    let read = read.borrow().clone();
    (ended, read)
}

fn asked_for(soql: &str) -> Asked {
    Asked {
        soql: soql.to_owned(),
        parameters: Vec::new(),
        options: options(),
    }
}

fn all(world: &World, soql: &str) -> Ended {
    read_by(world, asked_for(soql), |_| true)
}

fn page_of(total: u32, next: Option<&str>, records: &[String]) -> String {
    let next = next.map_or_else(String::new, |next| {
        format!(r#""nextRecordsUrl":"/services/data/v66.0/query/{next}","#)
    });
    let done = next.is_empty();
    let records = records.join(",");
    format!(r#"{{"totalSize":{total},"done":{done},{next}"records":[{records}]}}"#)
}

fn record(number: u32) -> String {
    format!(
        r#"{{"attributes":{{"url":"/services/data/v66.0/sobjects/A/001{number:012}"}},"N":{number}}}"#
    )
}

fn records(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(record).collect()
}

fn lines(records: &[String]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// The requests for pages, by what follows `query`.
fn requests(world: &World) -> Vec<String> {
    let requests = world.facts.requests.borrow();
    let pages = requests.iter().filter_map(|path| path.split_once("/query"));
    pages.map(|(_, page)| page.to_owned()).collect()
}

fn reason(ended: Result<Summary, Error>) -> String {
    match ended {
        Err(Error::UnexpectedAnswer(unexpected)) => unexpected.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pages_become_one_stream_of_lines() {
    let world = world_of(&[
        page_of(5, Some("01g-2"), &records(1..=2)),
        page_of(5, Some("01g-4"), &records(3..=4)),
        page_of(5, None, &records(5..=5)),
    ]);
    let (ended, read) = all(&world, "SELECT N FROM A");
    assert_eq!(read, lines(&records(1..=5)));
    let summary = ended.unwrap();
    assert_eq!((summary.records, summary.requests), (5, 3));
    assert_eq!((summary.resumed, summary.statements), (0, 1));
}

#[test]
fn a_reader_that_stops_makes_no_further_request() {
    for children in [false, true] {
        let world = world_of(&[page_of(5, Some("01g-2"), &records(1..=2))]);
        let soql = match children {
            false => "SELECT N FROM A",
            true => "SELECT N, (SELECT Id FROM Bs) FROM A",
        };
        let (ended, read) = read_by(&world, asked_for(soql), |_| false);
        assert!(ended.is_ok() && read.is_empty());
        assert_eq!(requests(&world), [""], "{soql}");
    }
}

#[test]
fn an_empty_result_and_a_count_are_whole() {
    for soql in ["SELECT N FROM A", "SELECT COUNT() FROM A"] {
        let total = u32::from(soql.contains("COUNT")) * 7;
        let world = world_of(&[page_of(total, None, &[])]);
        let (ended, read) = all(&world, soql);
        assert_eq!((ended.unwrap().records, &*read), (0, ""), "{soql}");
    }
}

#[test]
fn what_is_missing_is_an_error_behind_the_last_record() {
    let world = world_of(&[
        page_of(9, Some("01g-2"), &records(1..=2)),
        page_of(9, None, &[]),
    ]);
    let (ended, read) = all(&world, "SELECT N FROM A");
    assert_eq!(read, lines(&records(1..=2)));
    assert!(reason(ended).starts_with("7 of 9 records are missing"));
    let world = world_of(&[
        page_of(9, Some("01g-2"), &records(1..=1)),
        page_of(9, Some("01g-3"), &records(2..=2)),
        page_of(9, Some("01g-2"), &records(3..=3)),
    ]);
    let (ended, _) = all(&world, "SELECT N FROM A");
    assert!(reason(ended).contains("named the same page twice"));
    let world = world_of(&[page_of(1, None, &records(1..=2))]);
    let (ended, _) = all(&world, "SELECT N FROM A");
    assert!(reason(ended).contains("reported a total of 1"));
}

#[test]
fn a_session_that_ends_on_the_way_ends_the_stream() {
    let world = world_of(&[page_of(5, Some("01g-2"), &records(1..=2))]);
    let facts = Rc::clone(&world.facts);
    let (ended, read) = read_by(&world, asked_for("SELECT N FROM A"), move |_| {
        facts.end("00D!in-use");
        true
    });
    assert_eq!(ended.unwrap_err(), Error::SessionChanged);
    assert_eq!(read, lines(&records(1..=2)));
}

#[test]
fn a_resumable_stream_goes_on_behind_its_last_record() {
    let world = world_of(&[
        page_of(5, Some("01g-2"), &records(1..=2)),
        // The new statement's own pages.
        page_of(3, Some("01h-2"), &records(3..=4)),
        page_of(3, None, &records(5..=5)),
    ]);
    let facts = Rc::clone(&world.facts);
    let mut asked = asked_for("SELECT N FROM A");
    asked.options.resumable = true;
    let (ended, read) = read_by(&world, asked, move |batch| {
        if batch == 1 {
            facts.end("00D!in-use");
        }
        true
    });
    assert_eq!(read, lines(&records(1..=5)));
    let summary = ended.unwrap();
    assert_eq!((summary.records, summary.resumed), (5, 1));
    assert_eq!(world.facts.logins.get(), 1);
    let mut other = asked_for("SELECT N FROM A LIMIT 7");
    other.options.resumable = true;
    let (refused, _) = read_by(&world, other, |_| true);
    assert!(matches!(refused, Err(Error::InvalidInput(_))));
}

#[test]
fn a_locator_that_is_gone_is_resumed_but_not_for_ever() {
    let gone = r#"[{"errorCode":"INVALID_QUERY_LOCATOR","message":"invalid query locator"}]"#;
    let world = world_of(&[page_of(5, Some("01g-2"), &records(1..=2))]);
    let again = page_of(3, Some("01h-2"), &[]);
    for _ in 0..4 {
        let mut answers = world.facts.answers.borrow_mut();
        answers.push(Ok((400, gone.to_owned())));
        answers.push(Ok((
            200,
            again.replace("\"records\":[]", "\"records\":[null]"),
        )));
    }
    let mut asked = asked_for("SELECT N FROM A");
    asked.options.resumable = true;
    let (ended, _) = read_by(&world, asked, |_| true);
    assert!(ended.is_err());
    assert!(requests(&world).len() < 12);
}

/// A record with children, in a page that goes on in this way.
fn parent(number: u32, children: &str) -> String {
    format!(
        r#"{{"attributes":{{"url":"/services/data/v66.0/sobjects/A/001{number:012}"}},"Bs":{children}}}"#
    )
}

const NESTED: &str = "SELECT N, (SELECT Id FROM Bs) FROM A";

#[test]
fn children_are_read_before_the_next_page_and_those_of_children_first() {
    let grandchildren = page_of(2, Some("01c-1"), &records(71..=71));
    let child = format!(
        r#"{{"attributes":{{"url":"/services/data/v66.0/sobjects/B/001000000000007"}},"Cs":{grandchildren}}}"#
    );
    let cut = page_of(3, Some("01b-1"), &[child]);
    let world = world_of(&[
        page_of(2, Some("01a-1"), &[parent(1, &cut)]),
        page_of(2, None, &records(72..=72)),
        page_of(3, Some("01b-2"), &records(8..=8)),
        page_of(3, None, &records(9..=9)),
        page_of(2, None, &[parent(2, "null")]),
    ]);
    let (ended, read) = all(&world, NESTED);
    let child = format!(
        r#"{{"attributes":{{"url":"/services/data/v66.0/sobjects/B/001000000000007"}},"Cs":{}}}"#,
        page_of(2, None, &records(71..=72))
    );
    let children = page_of(3, None, &[child, record(8), record(9)]);
    assert_eq!(read, lines(&[parent(1, &children), parent(2, "null")]));
    assert_eq!(ended.unwrap().requests, 5);
    assert_eq!(
        requests(&world),
        ["", "/01c-1", "/01b-1", "/01b-2", "/01a-1"]
    );
}

#[test]
fn a_parent_that_comes_again_is_given_once() {
    // Its children at their own place, and it comes again; or only that.
    let own = [
        page_of(
            2,
            Some("01a-1"),
            &[parent(1, &page_of(3, Some("01b-1"), &records(7..=8)))],
        ),
        page_of(3, None, &records(9..=9)),
        page_of(
            2,
            None,
            &[
                parent(1, &page_of(3, None, &records(9..=9))),
                parent(2, "null"),
            ],
        ),
    ];
    let open = page_of(3, None, &records(7..=8)).replace("true", "false");
    let again = [
        page_of(2, Some("01a-1"), &[parent(1, &open)]),
        page_of(
            2,
            None,
            &[
                parent(1, &page_of(3, None, &records(9..=9))),
                parent(2, "null"),
            ],
        ),
    ];
    let whole = lines(&[
        parent(1, &page_of(3, None, &records(7..=9))),
        parent(2, "null"),
    ]);
    for answers in [&own[..], &again] {
        let (ended, read) = all(&world_of(answers), NESTED);
        assert_eq!((read, ended.unwrap().records), (whole.clone(), 2));
    }
}

#[test]
fn a_parent_can_come_again_and_again() {
    let part = |first: u32, done: bool| {
        let part = page_of(6, None, &records(first..=first + 1));
        parent(
            1,
            &part.replace("\"done\":true", &format!("\"done\":{done}")),
        )
    };
    let whole = lines(&[
        parent(1, &page_of(6, None, &records(1..=6))),
        parent(2, "null"),
    ]);
    let world = world_of(&[
        page_of(2, Some("01a-1"), &[part(1, false)]),
        page_of(2, Some("01a-2"), &[part(3, false)]),
        page_of(2, None, &[part(5, true), parent(2, "null")]),
    ]);
    let (ended, read) = all(&world, NESTED);
    assert_eq!((read, ended.unwrap().records), (whole, 2));
}

#[test]
fn a_list_that_ends_before_all_of_it_has_come_ends_the_stream() {
    let cut = page_of(9, Some("01b-1"), &records(7..=8));
    let short = [
        page_of(2, Some("01a-1"), &[parent(1, &cut)]),
        page_of(9, None, &records(9..=9)),
    ];
    let (ended, read) = all(&world_of(&short), NESTED);
    assert_eq!(reason(ended), "6 child records of `Bs` are missing");
    assert!(read.is_empty(), "it is not whole");
    // A parent that comes again has a place for what is left, where its first children are not.
    let whole = page_of(3, Some("01b-1"), &records(7..=7));
    let left = page_of(3, Some("01b-2"), &records(8..=8));
    let again = [
        page_of(2, Some("01a-1"), &[parent(1, &whole)]),
        page_of(3, None, &records(8..=9)),
        page_of(2, None, &[parent(1, &left), parent(2, "null")]),
        page_of(3, None, &records(9..=9)),
    ];
    let (ended, read) = all(&world_of(&again), NESTED);
    let first = parent(1, &page_of(3, None, &records(7..=9)));
    assert_eq!(read, lines(&[first, parent(2, "null")]));
    assert_eq!(ended.unwrap().records, 2);
}

#[test]
fn children_that_never_come_are_missing() {
    let open = page_of(3, None, &records(7..=8)).replace("true", "false");
    let (ended, read) = all(&world_of(&[page_of(1, None, &[parent(1, &open)])]), NESTED);
    assert_eq!(read, lines(&[parent(1, &open)]));
    assert_eq!(reason(ended), "1 child records of `Bs` are missing");
}

/// A statement whose list makes two statements.
fn split(order: &str) -> Asked {
    let ids = (0..9_000).map(|number| Value::Id(format!("001{number:012}")));
    Asked {
        soql: format!("SELECT Id, N FROM A WHERE Id IN :ids{order}"),
        parameters: vec![Parameter {
            name: "ids".to_owned(),
            values: ids.collect(),
        }],
        options: options(),
    }
}

#[test]
fn the_parts_of_a_list_follow_each_other() {
    let answer =
        |page: &str| format!(r#"{{"compositeResponse":[{{"httpStatusCode":200,"body":{page}}}]}}"#);
    let world = world_of(&[]);
    for page in [
        answer(&page_of(3, Some("01g-2"), &records(1..=2))),
        page_of(3, None, &records(3..=3)),
        answer(&page_of(1, None, &records(4..=4))),
    ] {
        world.facts.answers.borrow_mut().push(Ok((200, page)));
    }
    let (ended, read) = read_by(&world, split(""), |_| true);
    let summary = ended.unwrap();
    assert_eq!(read, lines(&records(1..=4)));
    assert_eq!((summary.statements, summary.requests), (2, 3));
}

#[test]
fn the_parts_of_a_list_with_an_order_are_merged() {
    let answer = |numbers: &[u32]| {
        let page = page_of(3, None, &records(numbers.iter().copied()));
        format!(r#"{{"compositeResponse":[{{"httpStatusCode":200,"body":{page}}}]}}"#)
    };
    let description = r#"{"fields":[{"name":"N","type":"double"}]}"#;
    let world = world_of(&[
        description.to_owned(),
        answer(&[6, 4, 1]),
        answer(&[5, 3, 2]),
    ]);
    let (ended, read) = read_by(&world, split(" ORDER BY n DESC"), |_| true);
    assert_eq!(read, lines(&records([6, 5, 4, 3, 2, 1])));
    assert_eq!(ended.unwrap().records, 6);
    let world = world_of(&[description.replace("double", "string")]);
    let (refused, _) = read_by(&world, split(" ORDER BY N"), |_| true);
    assert!(matches!(refused, Err(Error::InvalidInput(_))));
    assert!(requests(&world).is_empty());
}

#[test]
fn a_part_begins_again_if_none_of_its_records_was_given() {
    // Its children are read at their own place, and the session ends there.
    let answer =
        |page: &str| format!(r#"{{"compositeResponse":[{{"httpStatusCode":200,"body":{page}}}]}}"#);
    let cut = page_of(3, Some("01b-1"), &records(7..=8));
    let gone = r#"[{"errorCode":"INVALID_QUERY_LOCATOR","message":"invalid query locator"}]"#;
    let mut asked = split("");
    asked.soql = asked.soql.replace("N FROM", "(SELECT Id FROM Bs) FROM");
    let world = world_of(&[answer(&page_of(1, None, &[parent(1, &cut)]))]);
    {
        let mut answers = world.facts.answers.borrow_mut();
        answers.push(Ok((400, gone.to_owned())));
        answers.push(Ok((200, answer(&page_of(1, None, &[parent(1, &cut)])))));
        answers.push(Ok((200, page_of(3, None, &records(9..=9)))));
        answers.push(Ok((200, answer(&page_of(0, None, &[])))));
    }
    let seen = Rc::new(Cell::new(0));
    let count = Rc::clone(&seen);
    let (ended, read) = read_by(&world, asked, move |batch| {
        count.set(batch);
        true
    });
    assert_eq!(
        read,
        lines(&[parent(1, &page_of(3, None, &records(7..=9)))])
    );
    let summary = ended.unwrap();
    assert_eq!((summary.resumed, summary.records, seen.get()), (1, 1, 1));
}
