//! Many records in one call: what became of each, how often it was written, and what a lost
//! answer, an expired session or a locked record costs.

use std::collections::BTreeSet;

use contract::covers;
use sfbox::policy::{Level, Policy};
use sfbox::{Error, Failure, ManyOptions, Options, Outcome, QueryOptions};
use sfbox_emulator::{Effect, Route};

use crate::org::{Org, count};

fn accounts(from: usize, to: usize, fields: impl Fn(usize) -> String) -> Vec<String> {
    (from..to).map(fields).collect()
}

fn named(number: usize) -> String {
    format!(r#"{{"Name":"N {number}","Ext__c":"E {number}"}}"#)
}

/// The ids of records that were all saved.
fn ids(outcomes: &[Outcome]) -> Vec<String> {
    let ids = outcomes.iter().map(|outcome| match outcome {
        Outcome::Saved(saved) => saved.id.clone(),
        other => panic!("{other:?}"),
    });
    ids.collect()
}

#[test]
fn records_are_created_read_changed_and_deleted_in_few_requests_and_in_order() {
    covers([
        "collections#create",
        "collections#get",
        "collections#update",
        "collections#delete",
    ]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let options = ManyOptions::default();
        let records = accounts(0, 450, named);
        let created = library
            .create_many("Account", &records, &options)
            .await
            .unwrap();
        assert!(created.stopped.is_none());
        let ids = ids(&created.outcomes);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 450);
        assert_eq!(org.requests(Route::CreateMany), 3);

        let mut asked = ids.clone();
        asked[1] = "001000000000000AAA".to_owned();
        let fields = ["Id".to_owned(), "Name".to_owned()];
        let read = library
            .get_many("Account", &asked, &fields, &Options::default())
            .await
            .unwrap();
        assert_eq!(read.len(), 450);
        for (number, record) in read.iter().enumerate() {
            match (number, record) {
                (1, None) => {}
                (1, Some(_)) | (_, None) => panic!("{number}: {record:?}"),
                (number, Some(record)) => {
                    assert!(
                        record.contains(&format!(r#""Name":"N {number}""#)),
                        "{record}"
                    );
                }
            }
        }
        assert_eq!(org.control().stats().requests[&Route::RetrieveMany], 1);

        let changes: Vec<String> = ids
            .iter()
            .map(|id| format!(r#"{{"Id":"{id}","Name":"Changed"}}"#))
            .collect();
        let updated = library
            .update_many("Account", &changes, &options)
            .await
            .unwrap();
        assert!(
            updated
                .outcomes
                .iter()
                .all(|row| matches!(row, Outcome::Saved(row) if !row.created))
        );
        assert_eq!(count(&library, "Account WHERE Name = 'Changed'").await, 450);
        let deleted = library.delete_many(&ids, &options).await.unwrap();
        assert_eq!(self::ids(&deleted.outcomes), ids);
        assert_eq!(count(&library, "Account WHERE Name = 'Changed'").await, 0);
    });
    assert_eq!(org.logins(), 1);
}

#[test]
fn records_are_upserted_by_an_external_id() {
    covers(["collections#upsert"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let options = ManyOptions::default();
        let upsert = |from, to| {
            let records = accounts(from, to, named);
            let (library, options) = (library.clone(), options.clone());
            async move {
                library
                    .upsert_many("Account", "Ext__c", &records, &options)
                    .await
                    .unwrap()
            }
        };
        upsert(0, 300).await;
        let second = upsert(200, 500).await;
        for (number, outcome) in second.outcomes.iter().enumerate() {
            let created = number >= 100;
            assert!(
                matches!(outcome, Outcome::Saved(row) if row.created == created),
                "{number}"
            );
        }
        assert_eq!(
            count(&library, "Account WHERE Ext__c LIKE 'E %'").await,
            500
        );
    });
}

#[test]
fn a_record_that_is_refused_hides_no_other_one() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let records = accounts(0, 400, |number| match number % 10 {
            7 => "{}".to_owned(),
            _ => named(number),
        });
        let created = library
            .create_many("Account", &records, &ManyOptions::default())
            .await
            .unwrap();
        for (number, outcome) in created.outcomes.iter().enumerate() {
            match (number % 10, outcome) {
                (7, Outcome::Refused(errors)) => {
                    assert_eq!(errors[0].code, "REQUIRED_FIELD_MISSING");
                    assert_eq!(errors[0].remedy, sfbox::error::Remedy::FixRequest);
                }
                (7, other) => panic!("{number}: {other:?}"),
                (_, outcome) => assert!(matches!(outcome, Outcome::Saved(_)), "{number}"),
            }
        }
        assert_eq!(count(&library, "Account WHERE Name LIKE 'N %'").await, 360);
        // All or none of a request: two of the five have a bad record.
        let whole = ManyOptions {
            all_or_none: true,
            batch_size: Some(4),
            ..ManyOptions::default()
        };
        let records = accounts(0, 20, |number| match number {
            5 | 18 => "{}".to_owned(),
            number => format!(r#"{{"Name":"W {number}"}}"#),
        });
        let created = library
            .create_many("Account", &records, &whole)
            .await
            .unwrap();
        for (number, outcome) in created.outcomes.iter().enumerate() {
            match (number, outcome) {
                (5 | 18, outcome) => assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}"),
                (4..=7 | 16..=19, outcome) => {
                    assert!(matches!(outcome, Outcome::RolledBack), "{outcome:?}")
                }
                (_, outcome) => assert!(matches!(outcome, Outcome::Saved(_)), "{outcome:?}"),
            }
        }
        assert_eq!(count(&library, "Account WHERE Name LIKE 'W %'").await, 12);
    });
}

#[test]
fn a_lost_answer_leaves_only_its_own_records_unknown() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let one = ManyOptions {
            batch_size: Some(10),
            in_flight: Some(1),
            ..ManyOptions::default()
        };
        library
            .query("SELECT Id FROM Account LIMIT 1", &QueryOptions::default())
            .await
            .unwrap();
        org.strike(Route::CreateMany, Some(1), Effect::CutAnswer);
        let created = library
            .create_many("Account", &accounts(0, 30, named), &one)
            .await
            .unwrap();
        let unknown = created.outcomes.iter().take(10);
        assert!(
            unknown
                .clone()
                .all(|outcome| matches!(outcome, Outcome::Unknown)),
            "{unknown:?}"
        );
        ids(&created.outcomes[10..]);
        assert_eq!(
            count(&library, "Account WHERE Name LIKE 'N %'").await,
            30,
            "nothing twice"
        );
        // An upsert is sent again, and nothing is created twice.
        org.strike(Route::UpsertMany, Some(1), Effect::CutAnswer);
        let records = accounts(20, 40, named);
        let upserted = library
            .upsert_many("Account", "Ext__c", &records, &one)
            .await
            .unwrap();
        ids(&upserted.outcomes);
        assert_eq!(count(&library, "Account WHERE Name LIKE 'N %'").await, 40);
    });
}

#[test]
fn a_session_that_expires_under_fifty_requests_costs_one_login() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        library
            .query("SELECT Id FROM Account LIMIT 1", &QueryOptions::default())
            .await
            .unwrap();
        org.control().expire_sessions();
        let options = ManyOptions {
            batch_size: Some(4),
            in_flight: Some(16),
            ..ManyOptions::default()
        };
        let created = library
            .create_many("Account", &accounts(0, 200, named), &options)
            .await
            .unwrap();
        let ids = ids(&created.outcomes);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 200);
        assert_eq!(count(&library, "Account WHERE Name LIKE 'N %'").await, 200);
    });
    assert_eq!(org.logins(), 2);
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is_and_a_policy_refuses_each_write() {
    let org = Org::start();
    let library = org.library();
    let failure = |outcome: Result<sfbox::Outcomes, Error>| match outcome {
        Err(Error::Call { failure, .. }) => *failure,
        other => panic!("{other:?}"),
    };
    org.block_on(async {
        let options = ManyOptions::default();
        let mut records = accounts(0, 300, named);
        records.push("[]".to_owned());
        let refused = failure(library.create_many("Account", &records, &options).await);
        assert!(matches!(refused, Failure::InvalidInput(why) if why.contains("record 301 ")));
        for name in ["../", "Account?x=", "%2e%2e"] {
            let refused = failure(
                library
                    .create_many(name, &accounts(0, 1, named), &options)
                    .await,
            );
            assert!(matches!(refused, Failure::InvalidInput(_)), "{name}");
            let refused = failure(library.delete_many(&[name.to_owned()], &options).await);
            assert!(matches!(refused, Failure::InvalidInput(_)), "{name}");
        }
    });
    assert_eq!(org.control().stats().requests.values().sum::<u64>(), 0);
    let policy = Policy {
        level: Level::ReadOnly,
        ..Policy::default()
    };
    let library = org.library_on(org.file_store(), |builder| builder.policy(policy));
    org.block_on(async {
        let options = ManyOptions::default();
        let id = "001000000000001AAA".to_owned();
        let existing = [format!(r#"{{"Id":"{id}","Name":"x"}}"#)];
        for outcome in [
            library
                .create_many("Account", &accounts(0, 1, named), &options)
                .await,
            library.update_many("Account", &existing, &options).await,
            library
                .upsert_many("Account", "Ext__c", &accounts(0, 1, named), &options)
                .await,
            library
                .delete_many(std::slice::from_ref(&id), &options)
                .await,
        ] {
            assert!(matches!(failure(outcome), Failure::Denied(_)));
        }
        let fields = ["Id".to_owned()];
        let read = library
            .get_many("Account", &[id], &fields, &Options::default())
            .await;
        assert_eq!(read.unwrap(), [None]);
    });
}
