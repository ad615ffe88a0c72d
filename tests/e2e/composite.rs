//! Several requests in one: what the org does of them, and what a lost answer means.

use contract::covers;
use sfbox::policy::{Level, Policy};
use sfbox::{Error, Failure, Graph, OnFailure, RestMethod, Subrequest, TreeAnswer, WriteOptions};
use sfbox_emulator::{Effect, Route};

use crate::org::{Org, count};

fn part(name: &str, method: RestMethod, path: &str, body: Option<&str>) -> Subrequest {
    Subrequest {
        reference_id: name.to_owned(),
        method,
        path: path.to_owned(),
        body: body.map(str::to_owned),
        headers: Vec::new(),
    }
}

fn account(name: &str) -> Subrequest {
    let body = format!(r#"{{"Name":"{name}"}}"#);
    part("account", RestMethod::Post, "sobjects/Account", Some(&body))
}

/// A contact of that account.
fn contact() -> Subrequest {
    let body = r#"{"LastName":"Of it","AccountId":"@{account.id}"}"#;
    part("contact", RestMethod::Post, "sobjects/Contact", Some(body))
}

fn code(outcome: Result<impl std::fmt::Debug, Error>) -> &'static str {
    outcome.unwrap_err().code()
}

#[test]
fn requests_refer_to_each_other_and_succeed_or_fail_together() {
    covers(["composite#send", "composite#batch", "composite#graphs"]);
    let org = Org::start();
    let library = org.library();
    let options = WriteOptions::default();
    org.block_on(async {
        let read = part(
            "read",
            RestMethod::Get,
            "sobjects/Contact/@{contact.id}?fields=AccountId",
            None,
        );
        let parts = [account("One"), contact(), read];
        let answers = library
            .composite(&parts, OnFailure::Stop, &options)
            .await
            .unwrap();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [201, 201, 200], "{answers:?}");
        let ids: Vec<serde_json::Value> = answers
            .iter()
            .map(|answer| serde_json::from_str(answer.body.as_ref().unwrap()).unwrap())
            .collect();
        assert_eq!(ids[2]["AccountId"], ids[0]["id"]);
        assert_eq!(answers[0].reference_id, "account");

        let bad = part("bad", RestMethod::Post, "sobjects/Account", Some("{}"));
        let parts = [account("Two"), bad.clone()];
        let answers = library
            .composite(&parts, OnFailure::Stop, &options)
            .await
            .unwrap();
        assert!(
            answers.iter().all(|answer| answer.status == 400),
            "{answers:?}"
        );
        assert_eq!(count(&library, "Account WHERE Name = 'Two'").await, 0);
        library
            .composite(&parts, OnFailure::GoOn, &options)
            .await
            .unwrap();
        assert_eq!(count(&library, "Account WHERE Name = 'Two'").await, 1);

        let parts = [bad.clone(), account("Three")];
        let halted = library
            .batch(&parts, OnFailure::Stop, &options)
            .await
            .unwrap();
        assert_eq!((halted[0].status, halted[1].status), (400, 412));
        let parts = [bad.clone(), account("Four")];
        let run = library
            .batch(&parts, OnFailure::GoOn, &options)
            .await
            .unwrap();
        assert_eq!((run[0].status, run[1].status), (400, 201));

        let graphs = [
            Graph {
                id: "good".to_owned(),
                requests: vec![account("Five"), contact()],
            },
            Graph {
                id: "bad".to_owned(),
                requests: vec![account("Six"), bad],
            },
        ];
        let answers = library.graphs(&graphs, &options).await.unwrap();
        let successful: Vec<bool> = answers.iter().map(|graph| graph.successful).collect();
        assert_eq!(successful, [true, false]);
        assert_eq!(count(&library, "Account WHERE Name = 'Five'").await, 1);
        assert_eq!(count(&library, "Account WHERE Name = 'Six'").await, 0);
    });
    assert_eq!(org.logins(), 1);
}

#[test]
fn a_tree_is_created_as_a_whole_or_not_at_all() {
    covers(["composite#tree"]);
    let org = Org::start();
    let library = org.library();
    let options = WriteOptions::default();
    let record = |name: &str, last: &str| {
        format!(
            r#"{{"attributes":{{"type":"Account","referenceId":"{name}"}},"Name":"{name}","Contacts":{{"records":[{{"attributes":{{"type":"Contact","referenceId":"c_{name}"}}{last}}}]}}}}"#
        )
    };
    org.block_on(async {
        let good = record("One", r#","LastName":"x""#);
        let TreeAnswer::Created(planted) = library
            .tree("Account", std::slice::from_ref(&good), &options)
            .await
            .unwrap()
        else {
            panic!("it is valid");
        };
        assert_eq!(planted.len(), 2);
        assert_eq!(
            count(&library, "Contact WHERE Account.Name = 'One'").await,
            1
        );
        let both = [record("Two", r#","LastName":"x""#), record("Three", "")];
        let TreeAnswer::Refused(refusals) = library.tree("Account", &both, &options).await.unwrap()
        else {
            panic!("a contact has no name");
        };
        assert_eq!(refusals[0].reference_id, "c_Three");
        assert_eq!(refusals[0].errors[0].code, "REQUIRED_FIELD_MISSING");
        assert_eq!(
            count(&library, "Account WHERE Name IN ('Two', 'Three')").await,
            0
        );
    });
}

#[test]
fn a_lost_answer_is_unknown_unless_all_requests_read() {
    let org = Org::start();
    let library = org.library();
    let options = WriteOptions::default();
    org.block_on(async {
        let read = [part("a", RestMethod::Get, "limits", None)];
        library
            .composite(&read, OnFailure::GoOn, &options)
            .await
            .unwrap();
        org.strike(Route::Composite, Some(1), Effect::CutAnswer);
        library
            .composite(&read, OnFailure::GoOn, &options)
            .await
            .unwrap();
        org.strike(Route::Composite, Some(1), Effect::CutAnswer);
        let lost = library
            .composite(&[account("Lost")], OnFailure::GoOn, &options)
            .await;
        assert_eq!(code(lost), "outcome-unknown");
        assert_eq!(count(&library, "Account WHERE Name = 'Lost'").await, 1);
    });
}

#[test]
fn a_policy_reads_the_requests_inside() {
    let org = Org::start();
    let options = WriteOptions::default();
    for (level, denied) in [
        (Level::ReadOnly, ["write", "delete"].as_slice()),
        (Level::NoDelete, &["delete"]),
    ] {
        let policy = Policy {
            level,
            ..Policy::default()
        };
        let library = org.library_on(org.file_store(), |builder| builder.policy(policy));
        org.block_on(async {
            for (name, part) in [
                ("read", part("a", RestMethod::Get, "limits", None)),
                ("write", account("x")),
                ("delete", part("a", RestMethod::Delete, "sobjects/Account/001000000000001AAA", None)),
            ] {
                let parts = [part];
                let graph = [Graph { id: "g".to_owned(), requests: parts.to_vec() }];
                for outcome in [
                    library.composite(&parts, OnFailure::GoOn, &options).await.err(),
                    library.batch(&parts, OnFailure::GoOn, &options).await.err(),
                    library.graphs(&graph, &options).await.err(),
                ] {
                    let is_denied = outcome.as_ref().is_some_and(|error| error.code() == "denied");
                    assert_eq!(is_denied, denied.contains(&name), "{level:?} {name}: {outcome:?}");
                }
            }
            let record = r#"{"attributes":{"type":"Account","referenceId":"a"},"Name":"x"}"#;
            let planted = library.tree("Account", &[record.to_owned()], &options).await;
            let is_denied = matches!(&planted, Err(Error::Call { failure, .. }) if matches!(**failure, Failure::Denied(_)));
            assert_eq!(is_denied, level == Level::ReadOnly, "{planted:?}");
        });
    }
}
