//! Records, one at a time: what each function does in the org, how often it is executed, and
//! what is refused before anything is sent.

use contract::covers;
use sfbox::policy::{Level, Policy};
use sfbox::{
    ChangeOptions, Error, ExternalId, Failure, Fetched, Key, Options, QueryOptions, ReadOptions,
    Repeat, Validator, WriteOptions,
};
use sfbox_emulator::{CannedAnswer, Effect, Route};

use crate::org::{Org, count};

fn by(field: &str, value: &str) -> Key {
    Key::External(external(field, value))
}

fn external(field: &str, value: &str) -> ExternalId {
    ExternalId {
        field: field.to_owned(),
        value: value.to_owned(),
    }
}

fn failure<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Failure {
    match outcome {
        Err(Error::Call { failure, .. }) => *failure,
        other => panic!("{other:?}"),
    }
}

fn json(fetched: Result<Fetched, Error>) -> serde_json::Value {
    match fetched.unwrap() {
        Fetched::Content(content) => serde_json::from_str(&content.body).unwrap(),
        Fetched::NotModified => panic!("nothing was asked on a condition"),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// How often a route was asked for, and how often it changed the org.
fn executed(org: &Org, route: Route) -> (u64, u64) {
    let stats = org.control().stats();
    let of = |counts: &std::collections::BTreeMap<Route, u64>| {
        counts.get(&route).copied().unwrap_or_default()
    };
    (of(&stats.requests), of(&stats.writes))
}

async fn created(library: &sfbox::Org, fields: &str) -> String {
    let options = WriteOptions::default();
    let created = library.create("Account", fields, &options).await.unwrap();
    created.id.unwrap()
}

#[test]
fn a_record_is_created_read_changed_and_deleted_by_its_id() {
    covers([
        "sobjects#create",
        "sobjects#get",
        "sobjects#update",
        "sobjects#delete",
    ]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let id = created(&library, r#"{"Name":"Anybody","Ext__c":"a/b ü"}"#).await;
        let key = Key::Id(id.clone());
        let read = ReadOptions::default();
        let whole = json(library.get("Account", &key, &[], &read).await);
        assert_eq!(whole["Name"], "Anybody");
        assert!(whole.as_object().unwrap().len() > 10, "all fields");
        let two = json(
            library
                .get("account", &key, &names(&["Id", "name"]), &read)
                .await,
        );
        assert_eq!((&two["Id"], &two["Name"]), (&whole["Id"], &whole["Name"]));
        assert!(two.get("Industry").is_none());
        // The value has a slash, a blank and a letter beyond ASCII.
        let key_of_value = by("Ext__c", "a/b ü");
        let found = library
            .get("Account", &key_of_value, &names(&["Id"]), &read)
            .await;
        assert_eq!(json(found)["Id"], whole["Id"]);

        let change = ChangeOptions::default();
        let updated = library.update(
            "Account",
            &key,
            r#"{"Name":"Somebody","Ext__c":null}"#,
            &change,
        );
        updated.await.unwrap();
        let changed = json(library.get("Account", &key, &[], &read).await);
        assert_eq!(
            (&changed["Name"], changed["Ext__c"].is_null()),
            (&"Somebody".into(), true)
        );
        assert_eq!(
            changed["CreatedDate"], whole["CreatedDate"],
            "the rest is as it was"
        );

        let write = WriteOptions::default();
        library.delete("Account", &key, &write).await.unwrap();
        let Failure::Api(gone) = failure(library.get("Account", &key, &[], &read).await) else {
            panic!("it is deleted");
        };
        assert_eq!(gone.status, 404);
        assert_eq!(gone.errors[0].remedy, sfbox::error::Remedy::Gone);
    });
    assert_eq!(org.logins(), 1);
}

#[test]
fn an_external_id_names_a_record_or_makes_one() {
    covers(["sobjects#upsert"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let (write, change) = (WriteOptions::default(), ChangeOptions::default());
        let key = external("Ext__c", "order 7/8?&#50%");
        let upsert = |name: &str| {
            let fields = format!(r#"{{"Name":"{name}"}}"#);
            let (library, key, write) = (library.clone(), key.clone(), write.clone());
            async move { library.upsert("Account", &key, &fields, &write).await }
        };
        let first = upsert("One").await.unwrap();
        let second = upsert("Two").await.unwrap();
        assert_eq!((first.created, second.created), (true, false));
        assert_eq!(first.id, second.id);
        assert_eq!(
            count(&library, "Account WHERE Ext__c = 'order 7/8?&#50%'").await,
            1
        );

        let by_value = Key::External(key);
        library
            .update("Account", &by_value, r#"{"Name":"Three"}"#, &change)
            .await
            .unwrap();
        assert_eq!(count(&library, "Account WHERE Name = 'Three'").await, 1);
        let nobody = by("Ext__c", "nobody");
        let nobody = library
            .update("Account", &nobody, r#"{"Name":"x"}"#, &change)
            .await;
        let Failure::Api(missing) = failure(nobody) else {
            panic!("no record has it");
        };
        assert_eq!(missing.status, 404, "an update creates nothing");
        assert_eq!(count(&library, "Account WHERE Ext__c = 'nobody'").await, 0);
        library.delete("Account", &by_value, &write).await.unwrap();
        assert_eq!(count(&library, "Account WHERE Name = 'Three'").await, 0);
    });
}

#[test]
fn several_records_with_one_external_id_are_an_error_of_their_own() {
    let org = Org::start();
    let library = org.library();
    let several = r#"["/services/data/v66.0/sobjects/Account/001Sb0000000001AAA","/services/data/v66.0/sobjects/Account/001Sb0000000002AAA"]"#;
    org.block_on(async {
        let canned = CannedAnswer {
            status: 300,
            headers: Vec::new(),
            body: several.to_owned(),
        };
        org.strike(Route::Upsert, Some(1), Effect::Answer(canned));
        let key = external("Ext__c", "1");
        let upserted = library
            .upsert("Account", &key, "{}", &WriteOptions::default())
            .await;
        let verdict = upserted.as_ref().unwrap_err().verdict();
        assert_eq!((verdict.exit_code, verdict.retryable), (1, false));
        assert!(matches!(failure(upserted), Failure::Ambiguous(ids) if ids.len() == 2));
    });
}

#[test]
fn a_condition_decides_whether_a_record_is_answered_or_written() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let id = created(&library, r#"{"Name":"Anybody"}"#).await;
        let key = Key::Id(id);
        let Fetched::Content(state) = library
            .get("Account", &key, &[], &ReadOptions::default())
            .await
            .unwrap()
        else {
            panic!("there was no condition");
        };
        let etag = Validator::Etag(state.etag.expect("accounts have entity tags"));
        let record: serde_json::Value = serde_json::from_str(&state.body).unwrap();
        let modified = record["LastModifiedDate"].as_str().unwrap();
        let modified: jiff::Timestamp = modified.parse().unwrap();
        let modified = u64::try_from(modified.as_millisecond()).unwrap();
        let time = Validator::ModifiedAtMs(modified + 999);
        for known in [&etag, &time] {
            let options = ReadOptions {
                if_changed: Some(known.clone()),
                ..ReadOptions::default()
            };
            let again = library.get("Account", &key, &[], &options).await.unwrap();
            assert!(matches!(again, Fetched::NotModified), "{again:?}");
        }
        let on = |known: &Validator| ChangeOptions {
            if_unchanged: Some(known.clone()),
            ..ChangeOptions::default()
        };
        library
            .update("Account", &key, r#"{"Name":"One"}"#, &on(&etag))
            .await
            .unwrap();
        let late = library
            .update("Account", &key, r#"{"Name":"Two"}"#, &on(&etag))
            .await;
        assert!(matches!(failure(late), Failure::PreconditionFailed));
        assert_eq!(count(&library, "Account WHERE Name = 'One'").await, 1);
    });
}

#[test]
fn a_lost_answer_is_asked_for_again_only_where_that_does_no_harm() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let (write, change) = (WriteOptions::default(), ChangeOptions::default());
        let id = created(&library, r#"{"Name":"Known"}"#).await;
        let key = Key::Id(id);
        org.strike(Route::Create, Some(1), Effect::CutAnswer);
        let lost = library
            .create("Account", r#"{"Name":"Lost"}"#, &write)
            .await;
        assert!(matches!(failure(lost), Failure::OutcomeUnknown));
        assert_eq!(
            count(&library, "Account WHERE Name = 'Lost'").await,
            1,
            "it was executed, once"
        );

        org.strike(Route::Update, Some(1), Effect::CutAnswer);
        library
            .update("Account", &key, r#"{"Name":"Changed"}"#, &change)
            .await
            .unwrap();
        assert_eq!(executed(&org, Route::Update).0, 2);
        org.strike(Route::Upsert, Some(1), Effect::CutAnswer);
        let one = external("Ext__c", "1");
        let twice = library
            .upsert("Account", &one, r#"{"Name":"U"}"#, &write)
            .await;
        assert!(!twice.unwrap().created, "the lost one created it");
        assert_eq!(count(&library, "Account WHERE Ext__c = '1'").await, 1);
        org.strike(Route::Delete, Some(1), Effect::CutAnswer);
        library.delete("Account", &key, &write).await.unwrap();
        assert_eq!(executed(&org, Route::Delete), (2, 1));
        let again = failure(library.delete("Account", &key, &write).await);
        assert!(
            matches!(again, Failure::Api(_)),
            "somebody else deleted it: {again:?}"
        );

        // A caller can know better, in both directions.
        let once = WriteOptions {
            repeat: Some(Repeat::UnlessExecuted),
            ..WriteOptions::default()
        };
        org.strike(Route::DeleteByExternalId, Some(1), Effect::CutAnswer);
        let lost = library.delete("Account", &by("Ext__c", "1"), &once).await;
        assert!(matches!(failure(lost), Failure::OutcomeUnknown));
        let always = WriteOptions {
            repeat: Some(Repeat::Always),
            ..WriteOptions::default()
        };
        org.strike(Route::Create, Some(1), Effect::CutAnswer);
        library
            .create("Account", r#"{"Name":"Twice"}"#, &always)
            .await
            .unwrap();
        assert_eq!(
            count(&library, "Account WHERE Name = 'Twice'").await,
            2,
            "as its caller wished"
        );
    });
}

#[test]
fn a_write_with_a_key_is_executed_once_however_often_it_is_sent() {
    let org = Org::start();
    let library = org.library();
    let keyed = |key: &str| WriteOptions {
        repeat: Some(Repeat::Keyed(key.to_owned())),
        ..WriteOptions::default()
    };
    let change = |key: &str| ChangeOptions {
        write: keyed(key),
        if_unchanged: None,
    };
    org.block_on(async {
        let first = keyed("0f8fad5b-d9cb-469f-a165-70867728950e");
        let fields = r#"{"Name":"Keyed","NumberOfEmployees":7}"#;
        org.strike(Route::CreateUiRecord, Some(1), Effect::CutAnswer);
        let created = library.create("Account", fields, &first).await.unwrap();
        assert_eq!(executed(&org, Route::CreateUiRecord), (2, 1));
        assert_eq!(count(&library, "Account WHERE Name = 'Keyed'").await, 1);
        // The same again, as another process would do after a crash.
        let again = org.library().create("Account", fields, &first).await.unwrap();
        assert_eq!(again.id, created.id);
        assert_eq!(count(&library, "Account WHERE Name = 'Keyed'").await, 1);
        let other = library.create("Account", r#"{"Name":"Other"}"#, &first).await;
        assert!(matches!(failure(other), Failure::Api(api) if api.status == 422));

        let key = Key::Id(created.id.unwrap());
        org.strike(Route::UpdateUiRecord, Some(1), Effect::CutAnswer);
        let second = change("1f8fad5b-d9cb-469f-a165-70867728950e");
        library.update("Account", &key, r#"{"Name":"Changed"}"#, &second).await.unwrap();
        assert_eq!(executed(&org, Route::UpdateUiRecord), (2, 1));
        org.strike(Route::DeleteUiRecord, Some(1), Effect::CutAnswer);
        let third = keyed("2f8fad5b-d9cb-469f-a165-70867728950e");
        library.delete("Account", &key, &third).await.unwrap();
        assert_eq!(executed(&org, Route::DeleteUiRecord), (2, 1));
        assert_eq!(count(&library, "Account WHERE Name = 'Changed'").await, 0);

        // The first attempt is still under way at the org.
        org.strike(Route::CreateUiRecord, Some(1), Effect::CutUnderWay(1_000));
        let fourth = keyed("3f8fad5b-d9cb-469f-a165-70867728950e");
        library.create("Account", r#"{"Name":"Late"}"#, &fourth).await.unwrap();
        assert_eq!(count(&library, "Account WHERE Name = 'Late'").await, 1);

        let fifth = keyed("4f8fad5b-d9cb-469f-a165-70867728950e");
        let refused = library.create("Account", "{}", &fifth).await;
        assert!(matches!(failure(refused), Failure::Api(api) if api.errors[0].code == "REQUIRED_FIELD_MISSING"));
        let before = executed(&org, Route::CreateUiRecord);
        let task = library.create("Task", r#"{"Subject":"x"}"#, &fifth).await;
        assert!(matches!(failure(task), Failure::Unsupported(why) if why.contains("`Task`")));
        assert_eq!(executed(&org, Route::CreateUiRecord), before, "nothing was sent");
    });
}

#[test]
fn changes_are_listed_with_the_time_until_which_they_are_complete() {
    covers(["sobjects#deleted", "sobjects#updated"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let id = created(&library, r#"{"Name":"Anybody"}"#).await;
        let kept = created(&library, r#"{"Name":"Somebody"}"#).await;
        library
            .delete("Account", &Key::Id(id.clone()), &WriteOptions::default())
            .await
            .unwrap();
        let soql = "SELECT SystemModstamp FROM Account ORDER BY SystemModstamp DESC LIMIT 1";
        let page = library.query(soql, &QueryOptions::default()).await;
        let page: serde_json::Value = serde_json::from_str(&page.unwrap().body).unwrap();
        let stamp: jiff::Timestamp = page["records"][0]["SystemModstamp"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let now = u64::try_from(stamp.as_millisecond()).unwrap();
        let (start, end) = (now - 600_000, now + 60_000);
        let options = Options::default();
        let deleted = library
            .deleted("Account", start, end, &options)
            .await
            .unwrap();
        assert!(
            deleted.body.contains(&id) && !deleted.body.contains(&kept),
            "{}",
            deleted.body
        );
        assert!(deleted.covered_at_ms > start && deleted.earliest_at_ms.is_some());
        let updated = library
            .updated("Account", start, end, &options)
            .await
            .unwrap();
        assert!(updated.body.contains(&kept), "{}", updated.body);
        let refused = library.updated("Account", end, start, &options).await;
        assert!(matches!(failure(refused), Failure::InvalidInput(_)));
    });
}

#[test]
fn names_and_ids_that_lead_elsewhere_are_refused_before_anything_is_sent() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let (write, change, read) = (
            WriteOptions::default(),
            ChangeOptions::default(),
            ReadOptions::default(),
        );
        for text in [
            "../",
            "//evil.example/x",
            "%2e%2e",
            "Account?x=",
            "\u{1f600}",
            "Account/describe",
            "",
        ] {
            let id = Key::Id(text.to_owned());
            let refused = [
                failure(library.create(text, "{}", &write).await),
                failure(library.get(text, &by("Ext__c", "1"), &[], &read).await),
                failure(library.get("Account", &id, &[], &read).await),
                failure(library.get("Account", &by(text, "1"), &[], &read).await),
                failure(
                    library
                        .get("Account", &by("Ext__c", "1"), &names(&["Id", text]), &read)
                        .await,
                ),
                failure(library.update("Account", &id, "{}", &change).await),
                failure(
                    library
                        .upsert("Account", &external(text, "1"), "{}", &write)
                        .await,
                ),
                failure(library.delete("Account", &id, &write).await),
                failure(library.deleted(text, 0, 600_000, &Options::default()).await),
            ];
            for refused in refused {
                let Failure::InvalidInput(why) = &refused else {
                    panic!("{text}: {refused:?}");
                };
                assert!(
                    ["letter", "characters", "empty"]
                        .iter()
                        .any(|rule| why.contains(rule)),
                    "{why}"
                );
            }
        }
    });
    assert_eq!(org.control().stats().requests.values().sum::<u64>(), 0);
}

#[test]
fn a_policy_refuses_each_write() {
    let org = Org::start();
    for (level, refused) in [
        (
            Level::ReadOnly,
            ["create", "update", "upsert", "delete"].as_slice(),
        ),
        (Level::NoDelete, &["delete"]),
    ] {
        let policy = Policy {
            level,
            ..Policy::default()
        };
        let library = org.library_on(org.file_store(), |builder| builder.policy(policy));
        org.block_on(async {
            let (write, change) = (WriteOptions::default(), ChangeOptions::default());
            let id = Key::Id("001000000000001AAA".to_owned());
            for (name, outcome) in [
                (
                    "create",
                    library
                        .create("Account", r#"{"Name":"P"}"#, &write)
                        .await
                        .err(),
                ),
                (
                    "update",
                    library.update("Account", &id, "{}", &change).await.err(),
                ),
                (
                    "upsert",
                    library
                        .upsert(
                            "Account",
                            &external("Ext__c", "p"),
                            r#"{"Name":"P"}"#,
                            &write,
                        )
                        .await
                        .err(),
                ),
                ("delete", library.delete("Account", &id, &write).await.err()),
            ] {
                let code = outcome.as_ref().map(Error::code);
                assert_eq!(
                    code == Some("denied"),
                    refused.contains(&name),
                    "{level:?} {name}: {outcome:?}"
                );
            }
            let read = library
                .get("Account", &id, &[], &ReadOptions::default())
                .await;
            assert_ne!(read.err().map(|error| error.code()), Some("denied"));
        });
    }
}

/// The program for an org of Salesforce meets no surprise at the emulator.
#[test]
fn the_program_for_a_live_org_runs() {
    let org = Org::start();
    let sfbox = org.command(&[]);
    let output = std::process::Command::new(workspace::python())
        .arg(workspace::root().join("tests/live/idempotent_writes.py"))
        .arg(sfbox.get_program())
        .args(sfbox.get_args())
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{error}");
    assert!(
        told.lines().count() >= 15 && !told.contains("NOT"),
        "{told}"
    );
}
