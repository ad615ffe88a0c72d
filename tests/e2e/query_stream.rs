//! All records of a query, as a stream of the library.

use std::collections::BTreeSet;

use contract::covers;
use futures::{StreamExt as _, TryStreamExt as _};
use sfbox::{Error, Failure, ManyOptions, Parameter, Record, Records, RecordsOptions, Value};
use sfbox_emulator::{ChildPages, Effect, Fault, FaultRoute, Route};
use workspace::extent;

use crate::org::Org;

const SOQL: &str = "SELECT Id, Name FROM Account";

fn failure(error: Error) -> Failure {
    match error {
        Error::Call { failure, .. } => *failure,
        lost @ Error::Lost { .. } => panic!("{lost}"),
    }
}

async fn records(library: &sfbox::Org, soql: &str) -> Records {
    let options = RecordsOptions::default();
    library.records(soql, &[], &options).await.unwrap()
}

fn id(record: &Record) -> String {
    let record: serde_json::Value = record.parse().unwrap();
    record["Id"].as_str().unwrap().to_owned()
}

async fn ids(records: Records) -> Vec<String> {
    records
        .map_ok(|record| id(&record))
        .try_collect()
        .await
        .unwrap()
}

fn list(name: &str, values: impl IntoIterator<Item = Value>) -> Vec<Parameter> {
    vec![Parameter {
        name: name.to_owned(),
        values: values.into_iter().collect(),
    }]
}

#[test]
fn every_record_comes_once_and_the_end_is_told() {
    covers(["query-stream#records"]);
    let rows = 5_000;
    let org = Org::start_with(|builder| builder.accounts(rows));
    let library = org.library();
    org.block_on(async {
        let mut records = records(&library, SOQL).await;
        assert_eq!(records.total_size(), Some(rows as u64));
        let mut seen = BTreeSet::new();
        while let Some(record) = records.next().await {
            assert!(seen.insert(id(&record.unwrap())));
        }
        assert_eq!(seen.len(), rows);
        let summary = records.summary().unwrap();
        assert_eq!((summary.records, summary.requests), (rows as u64, 3));
        assert!(records.next().await.is_none());
    });
}

#[test]
fn a_reader_may_go_on_with_whole_chunks() {
    let rows = 3_000;
    let org = Org::start_with(|builder| builder.accounts(rows));
    let library = org.library();
    org.block_on(async {
        let mut records = records(&library, SOQL).await;
        let mut seen = BTreeSet::new();
        seen.insert(id(&records.next().await.unwrap().unwrap()));
        while let Some(lines) = records.next_lines().await.unwrap() {
            for line in str::from_utf8(&lines).unwrap().lines() {
                let record: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(seen.insert(record["Id"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(seen.len(), rows);
    });
}

#[test]
fn records_are_read_as_a_type() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Account {
        name: String,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Other {
        _name: u32,
    }
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let soql = "SELECT Name FROM Account LIMIT 3";
        let accounts = records(&library, soql).await.typed::<Account>();
        let accounts: Vec<Account> = accounts.try_collect().await.unwrap();
        assert!(accounts.iter().all(|account| !account.name.is_empty()));
        let mut others = Box::pin(records(&library, soql).await.typed::<Other>());
        let error = others.next().await.unwrap().err().unwrap();
        assert!(matches!(failure(error), Failure::UnexpectedAnswer(_)));
        assert!(others.next().await.is_some(), "the stream goes on");
    });
}

#[test]
fn a_reader_that_stops_makes_no_further_request() {
    let org = Org::start_with(|builder| builder.accounts(6_000));
    let library = org.library();
    org.block_on(async {
        let mut records = records(&library, SOQL).await;
        for _ in 0..10 {
            records.next().await.unwrap().unwrap();
        }
        drop(records);
        // Another call has its turn, and the instance lives.
        let other = self::records(&library, "SELECT Id FROM Account LIMIT 1").await;
        assert_eq!(ids(other).await.len(), 1);
        assert_eq!(org.requests(Route::QueryMore), 0);
    });
}

#[test]
fn a_reader_that_does_not_read_is_waited_for() {
    let org = Org::start_with(|builder| builder.accounts(6_000));
    let library = org.library();
    org.block_on(async {
        let slow = records(&library, SOQL).await;
        // Meanwhile others have all of theirs.
        for _ in 0..3 {
            assert_eq!(ids(records(&library, SOQL).await).await.len(), 6_000);
        }
        assert_eq!(org.requests(Route::QueryMore), 6);
        assert_eq!(ids(slow).await.len(), 6_000);
    });
}

#[test]
fn cut_connections_cost_no_record() {
    let org = Org::start_with(|builder| builder.accounts(20_000));
    let fault = |skip, effect| Fault {
        route: FaultRoute::Only(Route::QueryMore),
        skip,
        count: Some(1),
        effect,
    };
    let faults = vec![
        fault(0, Effect::Cut),
        fault(1, Effect::CutAnswer),
        fault(2, Effect::TruncateAfter(1_000)),
        fault(3, Effect::DelayMs(50)),
    ];
    org.control().faults(faults).unwrap();
    let library = org.library();
    org.block_on(async {
        let ids = ids(records(&library, SOQL).await).await;
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 20_000);
        assert_eq!(ids.len(), 20_000);
    });
}

#[test]
fn a_session_that_ends_ends_the_stream_or_is_resumed() {
    let rows = 12_000;
    let org = Org::start_with(|builder| builder.accounts(rows));
    let library = org.library();
    org.block_on(async {
        let mut records = records(&library, SOQL).await;
        let first = records.next_lines().await.unwrap().unwrap();
        assert!(!first.is_empty());
        org.control().expire_sessions();
        let ended = loop {
            match records.next_lines().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it ended as if it were whole"),
                Err(error) => break failure(error),
            }
        };
        assert!(matches!(ended, Failure::SessionChanged));

        let options = RecordsOptions {
            resumable: true,
            batch_size: Some(200),
            ..RecordsOptions::default()
        };
        let logins = org.logins();
        let statements = org.requests(Route::Query);
        let mut resumed = library.records(SOQL, &[], &options).await.unwrap();
        let mut seen = BTreeSet::new();
        let mut expired = 0;
        while let Some(record) = resumed.next().await {
            assert!(seen.insert(id(&record.unwrap())), "a record came twice");
            // The next session ends when its statement has been answered.
            let begun = org.requests(Route::Query) - statements;
            let is_answered = org.control().stats().in_flight == 0;
            if begun == 1 + expired && is_answered && expired < 5 {
                expired += 1;
                org.control().expire_sessions();
            }
        }
        assert_eq!((seen.len(), expired), (rows, 5));
        let summary = resumed.summary().unwrap();
        assert_eq!(summary.resumed, 5, "{summary:?}");
        assert_eq!(org.logins() - logins, 5);
    });
}

#[test]
fn what_cannot_be_resumed_is_refused_before_anything_is_sent() {
    let org = Org::start();
    let library = org.library();
    let options = RecordsOptions {
        resumable: true,
        ..RecordsOptions::default()
    };
    org.block_on(async {
        for soql in [
            "SELECT COUNT() FROM Account",
            "SELECT Id FROM Account ORDER BY Name",
            "SELECT Id FROM Account LIMIT 3",
        ] {
            let refused = library.records(soql, &[], &options).await.err().unwrap();
            assert!(
                matches!(failure(refused), Failure::InvalidInput(_)),
                "{soql}"
            );
        }
        assert_eq!((org.logins(), org.requests(Route::Query)), (0, 0));
    });
}

#[test]
fn a_long_relationship_comes_back_whole_in_both_ways() {
    let children = extent::of(50_000);
    let nested = "SELECT Id, Name, (SELECT Id, LastName FROM Contacts) FROM Account \
                  WHERE Name LIKE 'Parent %' ORDER BY Id";
    let mut results = Vec::new();
    for pages in [ChildPages::OwnLocator, ChildPages::RepeatedParent] {
        let org = Org::start_with(|builder| builder.accounts(10).child_pages(pages));
        let library = org.library();
        let result: Vec<(String, usize)> = org.block_on(async {
            family(&library, children).await;
            let records = records(&library, nested).await;
            let parents = records.map_ok(|record| {
                let record: serde_json::Value = record.parse().unwrap();
                let children = &record["Contacts"];
                let number = children["records"].as_array().map_or(0, Vec::len);
                assert!(children.is_null() || children["done"] == true);
                let ids = children["records"].as_array().into_iter().flatten();
                let ids: BTreeSet<&str> = ids.map(|child| child["Id"].as_str().unwrap()).collect();
                assert_eq!(ids.len(), number, "a child came twice");
                (record["Name"].as_str().unwrap().to_owned(), number)
            });
            parents.try_collect().await.unwrap()
        });
        results.push(result);
    }
    assert_eq!(results[0], results[1]);
    let total: usize = results[0].iter().map(|(_, children)| children).sum();
    assert_eq!((results[0].len(), total), (10, children + 9));
}

/// Ten accounts: the first has so many contacts, each other one.
async fn family(library: &sfbox::Org, children: usize) {
    let options = ManyOptions {
        in_flight: Some(8),
        ..ManyOptions::default()
    };
    let parents: Vec<String> = (0..10)
        .map(|number| format!(r#"{{"Name":"Parent {number}","Ext__c":"P{number}"}}"#))
        .collect();
    let created = library.create_many("Account", &parents, &options).await;
    assert!(created.unwrap().stopped.is_none());
    let contact = |number: usize| {
        let parent = number.saturating_sub(children - 1);
        format!(r#"{{"LastName":"Child {number}","Account":{{"Ext__c":"P{parent}"}}}}"#)
    };
    let contacts: Vec<String> = (0..children + 9).map(contact).collect();
    for contacts in contacts.chunks(10_000) {
        let created = library.create_many("Contact", contacts, &options).await;
        let created = created.unwrap();
        let is_saved = |outcome: &sfbox::Outcome| matches!(outcome, sfbox::Outcome::Saved(_));
        assert!(created.outcomes.iter().all(is_saved));
    }
}

#[test]
fn a_list_of_50_000_ids_comes_back_whole_and_in_order() {
    let rows = extent::of(50_000);
    let org = Org::start_with(|builder| builder.accounts(rows));
    let library = org.library();
    org.block_on(async {
        let all = ids(records(&library, "SELECT Id FROM Account").await).await;
        assert_eq!(all.len(), rows);
        // So many values that the statement is split, whatever the number of rows.
        let missing = (0..50_000 - rows).map(|number| format!("001ZZZ{number:09}"));
        let asked: Vec<String> = all.iter().cloned().chain(missing).collect();
        let values = list("ids", asked.iter().cloned().map(Value::Id));
        let soql = "SELECT Id FROM Account WHERE Id IN :ids";
        let options = RecordsOptions::default();
        let found = library.records(soql, &values, &options).await.unwrap();
        let found: BTreeSet<String> = ids(found).await.into_iter().collect();
        assert_eq!(found.len(), rows);
        assert!(found.iter().eq(all.iter().collect::<BTreeSet<_>>()));

        let soql = "SELECT Id, CreatedDate FROM Account WHERE Id IN :ids \
                    ORDER BY CreatedDate DESC, Id";
        let ordered = library.records(soql, &values, &options).await.unwrap();
        let ordered = ids(ordered).await;
        let whole = "SELECT Id FROM Account ORDER BY CreatedDate DESC, Id";
        assert_eq!(ordered, ids(records(&library, whole).await).await);

        let soql = "SELECT Id, Name FROM Account WHERE Id IN :ids ORDER BY Name";
        let refused = library
            .records(soql, &values, &options)
            .await
            .err()
            .unwrap();
        let Failure::InvalidInput(why) = failure(refused) else {
            panic!("it is refused")
        };
        assert!(why.contains("locale"), "{why}");
    });
}

#[test]
fn a_statement_of_90_kilobytes_runs() {
    let org = Org::start_with(|builder| builder.accounts(50));
    let library = org.library();
    let names = (0..3_100).map(|number| format!("'a name that nobody has {number}'"));
    let names: Vec<String> = names.collect();
    let soql = format!(
        "SELECT Id FROM Account WHERE Name NOT IN ({})",
        names.join(",")
    );
    assert!(soql.len() > 90_000, "{}", soql.len());
    org.block_on(async {
        assert_eq!(ids(records(&library, &soql).await).await.len(), 50);
        assert_eq!(org.requests(Route::Composite), 1);
        let options = RecordsOptions {
            composite: false,
            ..RecordsOptions::default()
        };
        let refused = library.records(&soql, &[], &options).await.err().unwrap();
        assert!(matches!(failure(refused), Failure::InvalidInput(_)));
        let long = format!("{soql}{}", " ".repeat(20_000));
        let refused = library
            .records(&long, &[], &RecordsOptions::default())
            .await;
        let Failure::InvalidInput(why) = failure(refused.err().unwrap()) else {
            panic!("it is refused")
        };
        assert!(why.contains("100000"), "{why}");
    });
}

#[test]
fn the_next_page_is_fetched_while_the_current_one_is_read() {
    let org = Org::start_with(|builder| builder.accounts(6_000));
    org.strike(Route::QueryMore, None, Effect::Hold);
    let library = org.library();
    org.block_on(async {
        let mut records = records(&library, SOQL).await;
        // Within the first page, and behind its beginning.
        for _ in 0..1_500 {
            records.next().await.unwrap().unwrap();
        }
        org.control().until_held(1).await;
        org.control().release();
    });
}
