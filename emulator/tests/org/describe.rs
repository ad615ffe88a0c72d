//! What there is, as clients ask for it.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Org, Reply, with};

const HERE: &str = "/services/data/v66.0";

/// An org and a session.
struct Session {
    org: Org,
    token: String,
}

impl Session {
    async fn start() -> Self {
        let org = Org::start().await;
        let token = org.log_in().await;
        Self { org, token }
    }

    async fn get(&self, path: &str) -> Reply {
        let request = self.org.get(&self.token, &format!("{HERE}/{path}"));
        self.org.send(request).await
    }

    async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.json()
    }

    async fn get_if(&self, path: &str, header: &'static str, value: &str) -> Reply {
        let request = self.org.get(&self.token, &format!("{HERE}/{path}"));
        self.org.send(with(request, header, value)).await
    }
}

fn names(of: &Value) -> BTreeSet<&str> {
    let members = of.as_object().expect("an object");
    members.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_org_tells_of_all_its_objects() {
    let session = Session::start().await;
    let global = session.read("sobjects/").await;
    assert_eq!(global["encoding"], "UTF-8");
    assert_eq!(global["maxBatchSize"], 200);
    let sobjects = global["sobjects"].as_array().expect("a list");
    let listed: Vec<&str> = sobjects
        .iter()
        .filter_map(|of| of["name"].as_str())
        .collect();
    assert!(listed.is_sorted() && listed.len() > 25, "{listed:?}");
    for name in [
        "Account",
        "Specimen__c",
        "Shipment__x",
        "Organization",
        "Name",
    ] {
        assert!(listed.contains(&name), "{name}");
    }
    let account = &sobjects[listed
        .iter()
        .position(|name| *name == "Account")
        .expect("one")];
    // An answer at version 52.0, as a client's documentation has it.
    let seen = "activateable associateEntityType associateParentEntity createable custom \
                customSetting deepCloneable deletable deprecatedAndHidden feedEnabled hasSubtypes \
                isInterface isSubtype keyPrefix label labelPlural layoutable mergeable mruEnabled \
                name queryable replicateable retrieveable searchable triggerable undeletable \
                updateable urls";
    assert_eq!(names(account), seen.split_whitespace().collect());
    assert_eq!(account["keyPrefix"], "001");
    assert_eq!(
        account["urls"]["describe"],
        format!("{HERE}/sobjects/Account/describe")
    );
    // Every URL leads somewhere.
    for url in account["urls"].as_object().expect("an object").values() {
        let url = url
            .as_str()
            .expect("text")
            .replace("{ID}", "001Sb0000000001IAA");
        let request = session.org.get(&session.token, &url);
        assert_eq!(
            session.org.send(request).await.status,
            StatusCode::OK,
            "{url}"
        );
    }
}

#[tokio::test]
async fn an_object_tells_everything_of_itself() {
    let session = Session::start().await;
    let account = session.read("sobjects/aCCount/describe/").await;
    // An answer at version 61.0, as airbytehq/airbyte has it.
    let seen = "actionOverrides activateable associateEntityType associateParentEntity \
                childRelationships compactLayoutable createable custom customSetting \
                deepCloneable defaultImplementation deletable deprecatedAndHidden extendedBy \
                extendsInterfaces feedEnabled fields hasSubtypes implementedBy \
                implementsInterfaces isInterface isSubtype keyPrefix label labelPlural layoutable \
                listviewable lookupLayoutable mergeable mruEnabled name namedLayoutInfos \
                networkScopeFieldName queryable recordTypeInfos replicateable retrieveable \
                searchLayoutable searchable sobjectDescribeOption supportedScopes triggerable \
                undeletable updateable urls";
    assert_eq!(names(&account), seen.split_whitespace().collect());
    let children = account["childRelationships"].as_array().expect("a list");
    let contacts = children
        .iter()
        .find(|of| of["relationshipName"] == "Contacts");
    assert_eq!(
        contacts,
        Some(&json!({
            "cascadeDelete": true, "childSObject": "Contact", "deprecatedAndHidden": false,
            "field": "AccountId", "junctionIdListNames": [], "junctionReferenceTo": [],
            "relationshipName": "Contacts", "restrictedDelete": false,
        }))
    );
    assert_eq!(account["recordTypeInfos"].as_array().map(Vec::len), Some(1));
    let case = session.read("sobjects/Case/describe").await;
    let types = case["recordTypeInfos"].as_array().expect("a list");
    let defaults = types
        .iter()
        .filter(|of| of["defaultRecordTypeMapping"] == true);
    assert_eq!(defaults.count(), 1);
    let master = types
        .iter()
        .find(|of| of["master"] == true)
        .expect("a master");
    assert_eq!(master["recordTypeId"], "012000000000000AAA");
    assert_eq!(names(&types[0]), names(master));
    let user = session.read("sobjects/User/describe").await;
    let children = user["childRelationships"].as_array().expect("a list");
    let owned = children
        .iter()
        .find(|of| of["field"] == "OwnerId")
        .expect("one");
    assert_eq!(owned["relationshipName"], Value::Null);
    let missing = session.get("sobjects/Accountz/describe").await;
    assert_eq!(
        missing.error(),
        "NOT_FOUND: The requested resource does not exist"
    );
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_describe_requires_is_what_a_new_record_needs() {
    let session = Session::start().await;
    for object in [
        "Account",
        "Contact",
        "Lead",
        "Opportunity",
        "Case",
        "Campaign",
        "Specimen__c",
    ] {
        let described = session.read(&format!("sobjects/{object}/describe")).await;
        let fields = described["fields"].as_array().expect("a list");
        let required = fields.iter().filter(|of| {
            of["createable"] == true && of["nillable"] == false && of["defaultedOnCreate"] == false
        });
        let required: Vec<&Value> = required.map(|of| &of["name"]).collect();
        let request = session
            .org
            .request("POST", &format!("{HERE}/sobjects/{object}"));
        let request = with(
            request,
            "authorization",
            &format!("Bearer {}", session.token),
        );
        let request = with(request, "content-type", "application/json");
        let reply = session.org.send(request.map(|_| "{}".into())).await;
        if required.is_empty() {
            assert_eq!(reply.status, StatusCode::CREATED, "{object}");
        } else {
            assert_eq!(reply.json()[0]["errorCode"], "REQUIRED_FIELD_MISSING");
            assert_eq!(reply.json()[0]["fields"], json!(required), "{object}");
        }
    }
}

#[tokio::test]
async fn a_schema_that_a_client_knows_is_not_sent_again() {
    let session = Session::start().await;
    for path in ["sobjects", "sobjects/Account/describe"] {
        let first = session.get(path).await;
        let changed = first.header("last-modified");
        assert!(changed.ends_with(" GMT"), "{changed}");
        let again = session.get_if(path, "if-modified-since", changed).await;
        assert_eq!((again.status, again.text()), (StatusCode::NOT_MODIFIED, ""));
        let later = first.header("date");
        let again = session.get_if(path, "if-modified-since", later).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        // The example's day of the week is wrong, as in the guide.
        let before = "Tue, 23 Mar 2015 00:00:00 GMT";
        for (header, value, status) in [
            ("if-modified-since", before, StatusCode::OK),
            ("if-modified-since", "yesterday", StatusCode::OK),
            ("if-unmodified-since", changed, StatusCode::OK),
            (
                "if-unmodified-since",
                before,
                StatusCode::PRECONDITION_FAILED,
            ),
        ] {
            let reply = session.get_if(path, header, value).await;
            assert_eq!(reply.status, status, "{header}: {value}");
        }
    }
}

#[tokio::test]
async fn basic_information_has_the_records_that_were_viewed() {
    let session = Session::start().await;
    let basic = session.read("sobjects/Contact").await;
    assert_eq!(basic["objectDescribe"]["name"], "Contact");
    assert_eq!(basic["objectDescribe"].get("fields"), None);
    assert_eq!(basic["recentItems"], json!([]));
    let id = "003Sb0000000001IAA";
    session
        .read(&format!("sobjects/Contact/{}", &id[..15]))
        .await;
    session.read("sobjects/Account/001Sb0000000001IAA").await;
    let basic = session.read("sobjects/Contact").await;
    assert_eq!(
        basic["recentItems"],
        json!([{
            "attributes": {"type": "Contact", "url": format!("{HERE}/sobjects/Contact/{id}")},
            "Id": id, "Name": "Ada Abernook",
        }])
    );
}

#[tokio::test]
async fn layouts_show_the_fields_that_people_write() {
    let session = Session::start().await;
    let contact = session.read("sobjects/Contact/describe/layouts").await;
    assert_eq!(contact["recordTypeSelectorRequired"], json!([false]));
    let layout = &contact["layouts"][0];
    let seen = "buttonLayoutSection detailLayoutSections editLayoutSections feedView \
                highlightsPanelLayoutSection id multirowEditLayoutSections offlineLinks \
                quickActionList relatedContent relatedLists saveOptions";
    assert_eq!(names(layout), seen.split_whitespace().collect());
    let rows = layout["editLayoutSections"][0]["layoutRows"]
        .as_array()
        .expect("rows");
    let items = rows
        .iter()
        .flat_map(|row| row["layoutItems"].as_array().expect("items"));
    let component = |item: &Value| item["layoutComponents"][0]["value"].clone();
    let required: Vec<Value> = items
        .filter(|item| item["required"] == true)
        .map(component)
        .collect();
    assert_eq!(required, [json!("LastName")]);
    let lists = layout["relatedLists"].as_array().expect("lists");
    assert!(
        lists
            .iter()
            .any(|list| list["name"] == "Cases" && list["sobject"] == "Case")
    );

    // Of several record types each one's layout is asked for, by either form of its id.
    let case = session.read("sobjects/Case/describe/layouts").await;
    assert_eq!(case["layouts"], Value::Null);
    assert_eq!(case["recordTypeSelectorRequired"], json!([true]));
    let mappings = case["recordTypeMappings"].as_array().expect("a list");
    assert_eq!(mappings.len(), 3);
    for mapping in mappings {
        let id = mapping["recordTypeId"].as_str().expect("an id");
        for id in [id, &id[..15]] {
            let layout = session
                .read(&format!("sobjects/Case/describe/layouts/{id}"))
                .await;
            assert_eq!(layout["id"], mapping["layoutId"]);
        }
    }
    for path in [
        "sobjects/Account/describe/layouts/012Sb00000000zz",
        "sobjects/Account/describe/layouts/x",
        "sobjects/Name/describe/layouts",
        "sobjects/Account/describe/namedLayouts/x",
        "sobjects/Account/describe/approvalLayouts/x",
    ] {
        let reply = session.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    let user = session.read("sobjects/User/describe").await;
    assert_eq!(user["namedLayoutInfos"], json!([{"name": "UserAlt"}]));
    let named = session
        .read("sobjects/User/describe/namedLayouts/UserAlt")
        .await;
    assert!(named["layouts"][0]["buttonLayoutSection"].is_object());
    let approval = session
        .read("sobjects/Account/describe/approvalLayouts/")
        .await;
    assert_eq!(approval, json!({"approvalLayouts": []}));
    let global = session.read("sobjects/Global/describe/layouts/").await;
    assert_eq!(global["layouts"][0]["detailLayoutSections"], json!([]));
}

#[tokio::test]
async fn compact_layouts_are_the_systems_default() {
    let session = Session::start().await;
    let all = session
        .read("sobjects/Account/describe/compactLayouts")
        .await;
    assert_eq!(all["defaultCompactLayoutId"], Value::Null);
    assert_eq!(all["compactLayouts"][0]["name"], "SYSTEM");
    let mappings = all["recordTypeCompactLayoutMappings"]
        .as_array()
        .expect("a list");
    for mapping in mappings {
        let url = mapping["urls"]["compactLayout"].as_str().expect("a URL");
        let request = session.org.get(&session.token, url);
        let layout = session.org.send(request).await.json();
        assert_eq!(
            layout["fieldItems"][0]["layoutComponents"][0]["value"],
            "Name"
        );
    }
    let several = session
        .read("compactLayouts?q=Account,%20Contact,Specimen__c")
        .await;
    assert_eq!(
        names(&several),
        BTreeSet::from(["Account", "Contact", "Specimen__c"])
    );
    let most = vec!["Account"; 100].join(",");
    session.read(&format!("compactLayouts?q={most}")).await;
    for (query, status) in [
        (
            format!("compactLayouts?q={most},Account"),
            StatusCode::BAD_REQUEST,
        ),
        ("compactLayouts".to_owned(), StatusCode::BAD_REQUEST),
        (
            "compactLayouts?q=Accountz".to_owned(),
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(session.get(&query).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn an_external_object_does_not_know_how_many_rows_it_has() {
    let session = Session::start().await;
    let described = session.read("sobjects/Shipment__x/describe").await;
    for (member, value) in [
        ("custom", true),
        ("createable", false),
        ("queryable", true),
        ("replicateable", false),
    ] {
        assert_eq!(described[member], value, "{member}");
    }
    let mut path = "query?q=SELECT%20Id,ExternalId%20FROM%20Shipment__x".to_owned();
    let mut rows = 0;
    let last = loop {
        let page = session
            .get_if(&path, "sforce-query-options", "batchSize=200")
            .await
            .json();
        rows += page["records"].as_array().expect("a list").len();
        match page["nextRecordsUrl"].as_str() {
            Some(next) => {
                assert_eq!(
                    (&page["totalSize"], &page["done"]),
                    (&json!(-1), &json!(false))
                );
                path = next
                    .strip_prefix(&format!("{HERE}/"))
                    .expect("a path")
                    .to_owned();
            }
            None => break page,
        }
    };
    // What the last page says is unconfirmed.
    assert_eq!(
        (&last["totalSize"], &last["done"]),
        (&json!(rows), &json!(true))
    );
    assert!(rows > 200, "{rows}");
}

#[tokio::test]
async fn the_tooling_api_describes_what_developers_write() {
    let session = Session::start().await;
    let global = session.read("tooling/sobjects").await;
    let sobjects = global["sobjects"].as_array().expect("a list");
    let class = sobjects.iter().find(|of| of["name"] == "ApexClass");
    let url = &class.expect("one")["urls"]["describe"];
    assert_eq!(*url, format!("{HERE}/tooling/sobjects/ApexClass/describe"));
    let class = session.read("tooling/sobjects/ApexClass/describe/").await;
    let fields = class["fields"].as_array().expect("a list");
    assert!(
        fields
            .iter()
            .any(|of| of["name"] == "Body" && of["type"] == "textarea")
    );
    let basic = session.read("tooling/sobjects/apexclass").await;
    assert_eq!(basic["objectDescribe"]["keyPrefix"], "01p");
    let missing = session.get("tooling/sobjects/Account/describe").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}
