//! What describe tells of fields is what can be written into them.

use serde_json::{Map, Value, json};

use crate::session::Session;

const DATA: &str = "/services/data/v66.0";

/// Records of a collection.
const RECORDS_MAX: usize = 200;

/// A value, and the error that a record has with it.
type Refusal = (Value, &'static str);

/// What an object's describe tells of one field.
struct Described<'d>(&'d Value);

impl Described<'_> {
    fn is(&self, member: &str) -> bool {
        self.0[member].as_bool().expect(member)
    }

    fn number(&self, member: &str) -> usize {
        let number = self.0[member].as_u64().expect(member);
        usize::try_from(number).expect("a small number")
    }

    fn text(&self, member: &str) -> &str {
        self.0[member].as_str().expect(member)
    }

    fn is_text(&self) -> bool {
        matches!(
            self.text("type"),
            "string"
                | "textarea"
                | "phone"
                | "url"
                | "email"
                | "picklist"
                | "multipicklist"
                | "combobox"
                | "encryptedstring"
        )
    }

    /// The digits that a number may have before the point.
    fn digits(&self) -> Option<usize> {
        let digits = match self.text("type") {
            "int" | "long" => self.number("digits"),
            "double" | "currency" | "percent" => self.number("precision") - self.number("scale"),
            _ => 0,
        };
        (digits > 0).then_some(digits)
    }

    /// What the field cannot hold.
    fn refusals(&self) -> Vec<Refusal> {
        const PARSER: &str = "JSON_PARSER_ERROR";
        const PICKLIST: &str = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST";
        if !self.is("createable") {
            return vec![(json!("A"), "INVALID_FIELD_FOR_INSERT_UPDATE")];
        }
        let mut refusals = match self.text("type") {
            "boolean" => vec![
                (Value::Null, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
                (json!("true"), PARSER),
                (json!(1), PARSER),
            ],
            "int" | "long" => vec![(json!("forty"), PARSER), (json!(1.5), PARSER)],
            "double" | "currency" | "percent" => vec![(json!("1"), PARSER)],
            "date" => vec![(json!("2026-02-30"), PARSER), (json!("today"), PARSER)],
            "datetime" => vec![
                (json!("2026-02-30T12:00:00Z"), PARSER),
                (json!("2026-01-31"), PARSER),
            ],
            "time" => vec![(json!("24:00:00.000Z"), PARSER)],
            "reference" => vec![
                (json!("zzzSb0000000001"), "MALFORMED_ID"),
                (json!("A"), "MALFORMED_ID"),
            ],
            "email" => vec![(json!("nobody"), "INVALID_EMAIL_ADDRESS")],
            _ => Vec::new(),
        };
        if self.is_text() {
            refusals.push((
                "x".repeat(self.number("length") + 1).into(),
                "STRING_TOO_LONG",
            ));
            refusals.push((json!([]), PARSER));
        }
        if self.is("restrictedPicklist") {
            refusals.push((json!("Mauve"), PICKLIST));
            let values = self.0["picklistValues"].as_array().expect("values");
            let inactive = values.iter().filter(|value| value["active"] == false);
            refusals.extend(inactive.map(|value| (value["value"].clone(), PICKLIST)));
        }
        if let Some(digits) = self.digits() {
            let number: Value = format!("1{}", "0".repeat(digits))
                .parse()
                .expect("a number");
            refusals.push((number, "NUMBER_OUTSIDE_VALID_RANGE"));
        }
        if !self.is("nillable") && self.text("type") != "boolean" {
            refusals.push((
                Value::Null,
                match self.text("name") {
                    "OwnerId" => "INVALID_CROSS_REFERENCE_KEY",
                    _ => "REQUIRED_FIELD_MISSING",
                },
            ));
        }
        refusals
    }

    /// What the field can hold, at its limit.
    fn largest(&self) -> Option<Value> {
        if !self.is("createable") {
            return None;
        }
        if let Some(digits) = self.digits() {
            // So many nines are not all digits of a double.
            return format!("9{}", "0".repeat(digits - 1)).parse().ok();
        }
        match self.text("type") {
            "boolean" => Some(json!(true)),
            "date" => Some(json!("4000-12-31")),
            "datetime" => Some(json!("4000-12-31T23:59:59.999Z")),
            "time" => Some(json!("23:59:59.999Z")),
            "email" => Some(json!("a@b.example")),
            _ if self.is("restrictedPicklist") => {
                Some(self.0["picklistValues"][0]["value"].clone())
            }
            _ if self.is_text() => Some("é".repeat(self.number("length")).into()),
            _ => None,
        }
    }
}

/// What became of one record for each of these fields.
async fn saved(session: &Session, object: &str, records: &[(String, Value)]) -> Vec<Value> {
    let path = format!("{DATA}/composite/sobjects");
    let mut all = Vec::new();
    for records in records.chunks(RECORDS_MAX) {
        let record = |(name, value): &(String, Value)| {
            let mut record = Map::new();
            record.insert("attributes".to_owned(), json!({ "type": object }));
            record.insert(name.clone(), value.clone());
            record
        };
        let records: Vec<_> = records.iter().map(record).collect();
        let saved = session
            .send("POST", &path, &json!({ "records": records }))
            .await
            .json();
        all.extend(saved.as_array().expect("an array").clone());
    }
    assert_eq!(all.len(), records.len());
    all
}

/// The objects whose records can be created, and their fields but the id.
async fn objects(session: &Session) -> Vec<(String, Vec<Value>)> {
    let path = format!("{DATA}/sobjects");
    let all = session.send("GET", &path, &Value::Null).await.json();
    let mut objects = Vec::new();
    for object in all["sobjects"].as_array().expect("objects") {
        let name = object["name"].as_str().expect("a name").to_owned();
        // Users have no licence, and files no bytes.
        let is_other = ["User", "Attachment", "ContentVersion"].contains(&&*name);
        if object["createable"] == true && !is_other {
            let path = format!("{path}/{name}/describe");
            let told = session.send("GET", &path, &Value::Null).await.json();
            let fields = told["fields"].as_array().expect("fields").iter();
            objects.push((name, fields.skip(1).cloned().collect()));
        }
    }
    assert!(objects.len() > 10);
    objects
}

#[tokio::test]
async fn what_a_field_cannot_hold_is_refused() {
    let session = Session::start().await;
    for (object, fields) in objects(&session).await {
        let mut records = Vec::new();
        let mut codes = Vec::new();
        for field in &fields {
            let field = Described(field);
            for (value, code) in field.refusals() {
                records.push((field.text("name").to_owned(), value));
                codes.push(code);
            }
        }
        let saved = saved(&session, &object, &records).await;
        for (((name, value), code), saved) in records.iter().zip(codes).zip(saved) {
            let told = format!("{object} {name} {value}: {saved}");
            assert_eq!(saved["success"], false, "{told}");
            let error = &saved["errors"][0];
            assert_eq!(error["statusCode"], code, "{told}");
            let names = error["fields"].as_array().expect("fields");
            let is_named = names.iter().any(|own| own == name);
            assert!(is_named || code == "JSON_PARSER_ERROR", "{told}");
        }
    }
    let stats = session.org.emulator.control().stats();
    assert_eq!(stats.writes.values().sum::<u64>(), 0, "{:?}", stats.writes);
}

#[tokio::test]
async fn what_a_field_can_hold_is_accepted() {
    let session = Session::start().await;
    for (object, fields) in objects(&session).await {
        let field = |field| {
            let field = Described(field);
            Some((field.text("name").to_owned(), field.largest()?))
        };
        let records: Vec<_> = fields.iter().filter_map(field).collect();
        let saved = saved(&session, &object, &records).await;
        for ((name, value), saved) in records.iter().zip(saved) {
            // Fields that are not given may be missing.
            let code = &saved["errors"][0]["statusCode"];
            let is_held = saved["success"] == true || code == "REQUIRED_FIELD_MISSING";
            assert!(is_held, "{object} {name} {value}: {saved}");
        }
    }
}
