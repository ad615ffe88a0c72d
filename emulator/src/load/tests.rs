use super::*;

fn load(file: &LoadFile) -> Result<(Schema, Database), String> {
    let schema = Schema::standard();
    let mut database = Database::open(&schema).expect("a database");
    let stamp = Stamp {
        user: "005Sb0000000001IAA".to_owned(),
        now_ms: 0,
    };
    match file.load(&schema, &mut database, &stamp) {
        Ok(()) => Ok((schema, database)),
        Err(error) => {
            let why = std::error::Error::source(&error);
            let why = why.filter(|_| matches!(error, LoadError::Record { .. }));
            let why = why.and_then(|why| why.source());
            Err(why.map_or_else(|| error.to_string(), |why| format!("{error}: {why}")))
        }
    }
}

/// One column of all records, in their order.
fn column(file: &LoadFile, sql: &str) -> Vec<String> {
    let (_, database) = load(file).expect("records");
    database.texts(sql).expect(sql)
}

fn csv(text: &str) -> LoadFile {
    LoadFile::new("a.csv", LoadFormat::Csv, text).of("Account")
}

fn json(text: &str) -> LoadFile {
    LoadFile::new("a.json", LoadFormat::Json, text).of("account")
}

fn ndjson(text: &str) -> LoadFile {
    LoadFile::new("a.ndjson", LoadFormat::Ndjson, text).of("Account")
}

#[test]
fn all_formats_make_the_same_records() {
    let files = [
        csv(
            "name,AnnualRevenue,Description,CreatedDate\r\nA,1.5,\"two\r\nlines, \"\"x\"\"\",2024-01-15T00:00:00.000+0000\r\nB,,#N/A,2024-01-15T00:00:00.000Z\r\n",
        ),
        json(
            r#"[{"name": "A", "AnnualRevenue": 1.5, "Description": "two\r\nlines, \"x\"", "CreatedDate": "2024-01-15T00:00:00.000+0000"},
                 {"attributes": {"type": "Account", "url": "/x"}, "Name": "B", "AnnualRevenue": null, "CreatedDate": "2024-01-15T00:00:00Z"}]"#,
        ),
        json(
            r#"{"totalSize": 2, "done": true, "records": [{"name": "A", "AnnualRevenue": 1.5, "Description": "two\r\nlines, \"x\"", "CreatedDate": "2024-01-15T01:00:00+01:00"},
                 {"Name": "B", "CreatedDate": "2024-01-15T00:00:00Z"}]}"#,
        ),
        ndjson(
            "{\"name\": \"A\", \"AnnualRevenue\": 1.5, \"Description\": \"two\\r\\nlines, \\\"x\\\"\", \"CreatedDate\": \"2024-01-15T00:00:00Z\"}\n\n{\"Name\": \"B\", \"CreatedDate\": \"2024-01-15T00:00:00Z\"}",
        ),
    ];
    for file in files {
        let sql = "SELECT \"Id\" || '|' || \"Name\" || '|' || coalesce(\"AnnualRevenue\", '-') || '|' || \
                   coalesce(\"Description\", '-') || '|' || \"CreatedDate\" || '|' || \"OwnerId\" FROM \"Account\"";
        assert_eq!(
            column(&file, sql),
            [
                "001Sb0000000001IAA|A|1.5|two\r\nlines, \"x\"|1705276800000|005Sb0000000001IAA",
                "001Sb0000000002IAA|B|-|-|1705276800000|005Sb0000000001IAA",
            ],
            "{}",
            file.name
        );
    }
}

#[test]
fn records_of_several_objects_name_theirs() {
    let text = r#"[{"attributes": {"type": "Account"}, "Id": "001Sb0000000009", "Name": "A"},
                   {"attributes": {"type": "Contact"}, "FirstName": "B", "LastName": "C", "AccountId": "001Sb0000000009IAA"},
                   {"attributes": {"type": "Specimen__c"}, "Picklist__c": "Red", "Multi_Picklist__c": "A;B"}]"#;
    let file = LoadFile::new("x.json", LoadFormat::Json, text);
    let sql = "SELECT c.\"Name\" || ' of ' || a.\"Name\" FROM \"Contact\" c JOIN \"Account\" a ON a.\"Id\" = c.\"AccountId\"";
    assert_eq!(column(&file, sql), ["B C of A"]);
    let sql = "SELECT \"Serial__c\" FROM \"Specimen__c\" WHERE \"Multi_Picklist__c\" = 'A;B'";
    assert_eq!(column(&file, sql), ["N-00001"]);
}

#[test]
fn what_is_computed_or_made_of_parts_is_left_out() {
    let text = r#"[{"Name": "A", "BillingAddress": {"city": "x"}, "BillingCity": "Oslo"},
                   {"attributes": {"type": "Case"}, "Status": "Closed", "IsClosed": false}]"#;
    let file = json(text);
    assert_eq!(
        column(&file, "SELECT \"BillingCity\" FROM \"Account\""),
        ["Oslo"]
    );
    assert_eq!(
        column(&file, "SELECT \"Id\" FROM \"Case\" WHERE \"IsClosed\" = 1").len(),
        1
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, one entry an error")]
fn what_is_wrong_is_told_with_its_line_and_column() {
    for (file, error) in [
        (
            csv("Name,Foo\na,b"),
            "a.csv:2:2: Account has no field \"Foo\"",
        ),
        (
            csv("Name,NumberOfEmployees\na,1\n\"b\nc\",many"),
            "a.csv:3:2: NumberOfEmployees needs a whole number",
        ),
        (
            csv("Name\na,b"),
            "a.csv:2:2: the first line has 1 values, and this one 2",
        ),
        (
            csv("Name,Phone\na"),
            "a.csv:2:2: the first line has 2 values, and this one 1",
        ),
        (
            csv("IsDeleted\nmaybe"),
            "a.csv:2:1: IsDeleted needs true or false",
        ),
        (
            csv("Id\n003Sb0000000001"),
            "a.csv:2:1: Id needs an id that begins with 001, the key prefix of Account",
        ),
        (
            csv("OwnerId\n001Sb0000000001"),
            "a.csv:2:1: OwnerId needs an id of User",
        ),
        (
            csv("Name,ParentId\na,x"),
            "a.csv:2:2: ParentId needs an id of 15 or 18 characters",
        ),
        (
            csv("Id\n001Sb0000000001\n001Sb0000000001IAA"),
            "a.csv:3:1: Id must be unique, and the record 001Sb0000000001IAA has the same value",
        ),
        (
            csv("Name,Ext__c\na,X1\nb,\nc,\nd,x1"),
            "a.csv:5:2: Ext__c must be unique, and the record 001Sb0000000001IAA has the same value",
        ),
        (
            ndjson("{\"Ext__c\": \"A\"}\n{\"Name\": \"é\", \"Ext__c\": \"A\"}"),
            "a.ndjson:2:25: Ext__c must be unique, and the record 001Sb0000000001IAA has the",
        ),
        (
            // The second record would have this id without naming it.
            csv("Id,Name\n001Sb0000000002,a\n,b"),
            "a.csv:3:1: Id must be unique, and the record 001Sb0000000002IAA has the same value",
        ),
        (
            json("[\n  {\"Name\": \"a\"},\n  {\"Name\": \"b\", \"AnnualRevenue\": \"much\"}\n]"),
            "a.json:3:34: AnnualRevenue needs a number",
        ),
        (
            json("[\n  {\"Náme\": 1}]"),
            "a.json:2:12: Account has no field \"Náme\"",
        ),
        (json("[\n 3]"), "a.json:2:2: a record is an object"),
        (
            json("[{\"Name\": \"a\",]"),
            "a.json:1:15: this is not a record in JSON",
        ),
        (
            json("{\"record\": []}"),
            "a.json:1:14: this is not a record in JSON: missing field `records`",
        ),
        (
            json("[{\"attributes\": {\"type\": \"Accountz\"}}]"),
            "a.json:1:2: there is no object \"Accountz\"",
        ),
        (
            ndjson("{}\n{\"Name\": 3}"),
            "a.ndjson:2:10: Name needs a string",
        ),
        (
            ndjson("{}\n\n{\"Name\"}"),
            "a.ndjson:3:8: this is not a record in JSON",
        ),
        (
            LoadFile::new("b.json", LoadFormat::Json, "[{}]"),
            "b.json:1:2: it does not say of which object the record is",
        ),
        (
            LoadFile::new("b.csv", LoadFormat::Csv, "Name\na").of("accounts"),
            "b.csv:2:1: there is no object \"accounts\"",
        ),
    ] {
        let told = load(&file).map(|_| ()).expect_err(error);
        assert!(told.starts_with(error), "{told} instead of {error}");
    }
}

#[test]
fn a_file_may_be_longer_than_a_chunk() {
    for rows in [CHUNK_ROWS, CHUNK_ROWS + 1] {
        let text: String = (0..rows).map(|n| format!("n{n}\n")).collect();
        let (schema, database) = load(&csv(&format!("Name\n{text}"))).expect("records");
        let account = schema.named("Account").expect("an object");
        assert_eq!(database.count(account).expect("a count"), rows as u64);
    }
}

/// Records are inserted in chunks, and it is the record that is told.
#[test]
fn a_value_that_is_there_twice_is_told_where_it_is_wherever_that_is() {
    let ids = |twice: usize| {
        let id = |n: usize| if n == twice { 1 } else { n };
        let lines = (1..=2_500).map(|n| format!("n{n},001Sb0000{:06}\n", id(n)));
        csv(&format!("Name,Id\n{}", lines.collect::<String>()))
    };
    assert!(load(&ids(1)).is_ok());
    for twice in [2, 900, CHUNK_ROWS, CHUNK_ROWS + 1, 2_500] {
        let told = load(&ids(twice)).map(|_| ()).expect_err("an id twice");
        let place = format!("a.csv:{}:2: Id must be unique, and the record ", twice + 1);
        assert!(told.starts_with(&place), "{told} instead of {place}");
    }
}

#[test]
fn what_is_in_the_recycle_bin_may_have_a_value_that_another_record_has() {
    let text = "Name,Ext__c,IsDeleted\na,X,true\nb,x,true\nc,X,false\n";
    let sql = "SELECT \"Name\" FROM \"Account\" WHERE \"Ext__c\" IS NOT NULL ORDER BY rowid";
    assert_eq!(column(&csv(text), sql), ["a", "b", "c"]);
    let told = load(&csv(&format!("{text}d,X,false\n"))).map(|_| ());
    let told = told.expect_err("a value twice");
    assert!(
        told.starts_with("a.csv:5:2: Ext__c must be unique, and the record "),
        "{told}"
    );
}

#[test]
fn an_empty_file_has_no_records() {
    for file in [csv(""), csv("Name\n"), json("[]"), ndjson("\n")] {
        assert!(load(&file).is_ok());
    }
    // A byte order mark is not part of the first name.
    let sql = "SELECT \"Name\" FROM \"Account\"";
    assert_eq!(column(&csv("\u{feff}Name\na"), sql), ["a"]);
}

#[test]
fn only_files_of_three_kinds_are_read() {
    for name in ["Account", "Account.xlsx"] {
        let error = LoadFile::read(name).expect_err(name).to_string();
        assert_eq!(
            error,
            format!("{name}: records are in a .csv, .json or .ndjson file")
        );
    }
    let missing = LoadFile::read("no-such-file.csv").expect_err("no file");
    assert_eq!(missing.to_string(), "no-such-file.csv cannot be read");
}
