//! Searches, by SOSL and by parameters.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Emulator;

use crate::client::{Org, Reply, with};

/// An org with a few records whose words nobody else has, and a session.
struct Session {
    org: Org,
    token: String,
}

impl Session {
    async fn start() -> Self {
        let org = Org::start_with(Emulator::builder().accounts(50)).await;
        let token = org.log_in().await;
        let control = org.emulator.control();
        let rows = |rows: &Value| -> Vec<_> { serde_json::from_value(rows.clone()).expect("rows") };
        let accounts = json!([
            {"Name": "Zimtstern Bakery", "Phone": "(415) 555-0100", "Website": "https://zimtstern.example"},
            {"Name": "Anis Trading", "Description": "buys from Zimtstern", "AnnualRevenue": 7.0},
            {"Name": "Zimt", "Site": "zimtstern", "Industry": "Energy"},
        ]);
        control.seed("Account", &rows(&accounts)).expect("accounts");
        let contacts = json!([
            {"FirstName": "Ada", "LastName": "Zimtstern", "Email": "ada@zimtstern.example"},
            {"FirstName": "Ida", "LastName": "Safran", "Email": "ida@safran.example"},
        ]);
        control.seed("Contact", &rows(&contacts)).expect("contacts");
        Self { org, token }
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Reply {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let path = format!("/services/data/v66.0/{path}?{query}");
        self.org.send(self.org.get(&self.token, &path)).await
    }

    /// The types and names of what a statement finds.
    async fn find(&self, sosl: &str) -> Vec<String> {
        let reply = self.get("search", &[("q", sosl)]).await;
        assert_eq!(reply.status, StatusCode::OK, "{sosl}: {}", reply.text());
        told(&reply.json()["searchRecords"])
    }
}

fn told(records: &Value) -> Vec<String> {
    let records = records.as_array().expect("records").iter();
    let told = records.map(|record| {
        let name = record["Name"].as_str().unwrap_or("-");
        format!(
            "{} {name}",
            record["attributes"]["type"].as_str().expect("a type")
        )
    });
    told.collect()
}

const BAKERY: &str = "Account Zimtstern Bakery";
const TRADING: &str = "Account Anis Trading";
const ZIMT: &str = "Account Zimt";

/// Statements, and what they find.
const FOUND: &[(&str, &[&str])] = &[
    (
        "FIND {zimtstern} RETURNING Account(Name)",
        &[BAKERY, TRADING, ZIMT],
    ),
    (
        "FIND {Zimtstern} IN ALL FIELDS RETURNING Account(Name), Contact(Name)",
        &[BAKERY, TRADING, ZIMT, "Contact Ada Zimtstern"],
    ),
    // The website and the site are names of accounts, a description is none.
    (
        "FIND {zimtstern} IN NAME FIELDS RETURNING Account(Name)",
        &[BAKERY, ZIMT],
    ),
    (
        "FIND {zimtstern} IN PHONE FIELDS RETURNING Account(Name)",
        &[],
    ),
    (
        "FIND {555\\-0100} IN PHONE FIELDS RETURNING Account(Name)",
        &[BAKERY],
    ),
    (
        "FIND {ada@zimtstern.example} IN EMAIL FIELDS RETURNING Contact(Name)",
        &["Contact Ada Zimtstern"],
    ),
    ("FIND {zimt} RETURNING Account(Name)", &[ZIMT]),
    (
        "FIND {zimt*} RETURNING Account(Name)",
        &[BAKERY, TRADING, ZIMT],
    ),
    (
        "FIND {zimtstern AND NOT bakery} RETURNING Account(Name)",
        &[TRADING, ZIMT],
    ),
    (
        "FIND {\"zimtstern bakery\" OR \"anis trading\"} RETURNING Account(Name)",
        &[BAKERY, TRADING],
    ),
    (
        "FIND {zimtstern} RETURNING Account(Name WHERE AnnualRevenue > 5)",
        &[TRADING],
    ),
    (
        "FIND {zimtstern} RETURNING Account(Name ORDER BY Name DESC LIMIT 2)",
        &[BAKERY, ZIMT],
    ),
    (
        "FIND {zimtstern} RETURNING Account(Name ORDER BY Name LIMIT 1 OFFSET 1)",
        &[ZIMT],
    ),
    // Evenly: one of each.
    (
        "FIND {zimtstern} RETURNING Account(Name), Contact(Name) LIMIT 2",
        &[BAKERY, "Contact Ada Zimtstern"],
    ),
    ("FIND {zimtstern} RETURNING Contact", &["Contact -"]),
    ("FIND {zimtstern} LIMIT 0", &[]),
    ("FIND {nothinglikethis}", &[]),
];

#[tokio::test]
async fn a_statement_finds_records_by_their_words() {
    let session = Session::start().await;
    for (sosl, found) in FOUND {
        assert_eq!(session.find(sosl).await, *found, "{sosl}");
    }
    // Without RETURNING the ids of all searchable objects.
    let all = session.find("FIND {zimtstern}").await;
    assert_eq!(all.len(), 4);
    // Relationships and functions are as in SOQL.
    let sosl = "FIND {zimt} RETURNING Account(toLabel(Industry), Owner.Name)";
    let reply = session.get("search", &[("q", sosl)]).await.json();
    let record = &reply["searchRecords"][0];
    assert_eq!(record["Industry"], "Energy");
    assert!(record["Owner"]["Name"].is_string(), "{record}");
    // What is deleted is not found.
    let id = session
        .get("search", &[("q", "FIND {zimt} RETURNING Account")])
        .await
        .json();
    let id = id["searchRecords"][0]["Id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/services/data/v66.0/sobjects/Account/{id}");
    let request = with(
        session.org.request("DELETE", &path),
        "authorization",
        &format!("Bearer {}", session.token),
    );
    session.org.send(request).await;
    assert!(
        session
            .find("FIND {zimt} RETURNING Account")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_no_search_is_refused() {
    let session = Session::start().await;
    for (sosl, error) in [
        // Captured words.
        (
            "FIND zimt",
            "MALFORMED_SEARCH: No search term found. The search term must be enclosed in braces.",
        ),
        (
            "FIND {z}",
            "MALFORMED_SEARCH: search term must be longer than one character: z",
        ),
        // SOQL's own.
        ("FIND {zimt} RETURNING Contact(fooBar)", "INVALID_FIELD: "),
        ("FIND {zimt} RETURNING FooBar", "INVALID_TYPE: "),
        // Words that nobody could confirm.
        (
            "FIND {zimt} RETURNING Account(Id OFFSET 1), Contact",
            "MALFORMED_SEARCH: OFFSET can be used only with a single object",
        ),
        (
            "FIND {zimt} RETURNING Account(COUNT(Id))",
            "MALFORMED_SEARCH: a search returns fields, and no aggregates",
        ),
        ("FIND {zimt} WITH SNIPPET", "EMULATOR_UNSUPPORTED: "),
    ] {
        let reply = session.get("search", &[("q", sosl)]).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{sosl}");
        assert!(
            reply.error().starts_with(error),
            "{sosl}: {}",
            reply.error()
        );
    }
    let missing = session.get("search", &[]).await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn parameters_say_the_same() {
    let session = Session::start().await;
    for (parameters, found) in [
        (
            &[
                ("q", "zimtstern"),
                ("sobject", "Account"),
                ("Account.fields", "id,name"),
                ("Account.limit", "2"),
            ][..],
            2,
        ),
        (
            &[
                ("q", "zimtstern"),
                ("sobject", "Account"),
                ("sobject", "Contact"),
                ("fields", "Id"),
                ("defaultLimit", "1"),
            ],
            2,
        ),
        (
            &[("q", "zimtstern"), ("in", "NAME"), ("sobject", "Account")],
            2,
        ),
        (
            &[
                ("q", "zimtstern"),
                ("sobject", "Account"),
                ("Account.where", "AnnualRevenue > 5"),
                ("Account.orderBy", "Name DESC NULLS_LAST"),
            ],
            1,
        ),
        (
            &[
                ("q", "zimtstern"),
                ("overallLimit", "3"),
                ("spellCorrection", "true"),
            ],
            3,
        ),
        (
            &[("q", "zimtstern"), ("sobject", "Account"), ("offset", "2")],
            1,
        ),
        // Punctuation needs no backslash here.
        (&[("q", "(415) 555-0100")], 1),
    ] {
        let reply = session.get("parameterizedSearch", parameters).await;
        assert_eq!(
            reply.status,
            StatusCode::OK,
            "{parameters:?}: {}",
            reply.text()
        );
        let records = told(&reply.json()["searchRecords"]);
        assert_eq!(records.len(), found, "{parameters:?}: {records:?}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_refused() {
    let session = Session::start().await;
    for (parameters, code) in [
        (&[("sobject", "Account")][..], "INVALID_PARAMETER"),
        (&[("q", "zimt"), ("offset", "1")], "MALFORMED_SEARCH"),
        (
            &[("q", "zimt"), ("overallLimit", "2001")],
            "INVALID_PARAMETER",
        ),
        (
            &[("q", "zimt"), ("metadata", "LABELS")],
            "EMULATOR_UNSUPPORTED",
        ),
    ] {
        let reply = session.get("parameterizedSearch", parameters).await;
        assert_eq!(reply.json()[0]["errorCode"], code, "{parameters:?}");
    }
}

#[tokio::test]
async fn a_body_says_the_same() {
    let session = Session::start().await;
    let body = json!({
        "q": "zimtstern", "in": "ALL", "fields": ["Id", "Name"], "overallLimit": 10, "defaultLimit": "2",
        "sobjects": [
            {"name": "Account", "limit": 1, "orderBy": "Name DESC"},
            {"name": "Contact", "fields": ["Id", "LastName"], "where": "FirstName = 'Ada'"},
        ],
    });
    let request = session
        .org
        .request("POST", "/services/data/v66.0/parameterizedSearch/");
    let request = with(
        request,
        "authorization",
        &format!("Bearer {}", session.token),
    );
    let request = with(request, "content-type", "application/json");
    let reply = session
        .org
        .send(request.map(|_| body.to_string().into()))
        .await
        .json();
    let records = &reply["searchRecords"];
    assert_eq!(told(records), ["Account Zimtstern Bakery", "Contact -"]);
    assert_eq!(records[1]["LastName"], "Zimtstern");
    // A search writes nothing.
    assert!(session.org.emulator.control().stats().writes.is_empty());
}

/// Clients have the list alone in fixtures of old versions; where the border is
/// could not be confirmed.
#[tokio::test]
async fn old_versions_answer_the_list_alone() {
    let session = Session::start().await;
    let find = async |version: &str| {
        let path = format!("/services/data/{version}/search?q=FIND+%7Bzimtstern%7D");
        session
            .org
            .send(session.org.get(&session.token, &path))
            .await
            .json()
    };
    assert_eq!(find("v36.0").await.as_array().map(Vec::len), Some(4));
    assert!(find("v37.0").await["searchRecords"].is_array());
}
