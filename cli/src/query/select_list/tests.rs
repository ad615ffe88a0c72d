use proptest::prelude::*;

use super::*;

fn headers(list: &SelectList) -> String {
    let entry = |entry: &Entry| match entry {
        Entry::Field(column) | Entry::Named(column) | Entry::Numbered(column) => {
            column.path.join(".")
        }
        Entry::Unnamed(column) => format!("{}?", column.path.join(".")),
        Entry::Others => "*".to_owned(),
    };
    match list {
        SelectList::Count => "count".to_owned(),
        SelectList::Columns(entries) => entries.iter().map(entry).collect::<Vec<_>>().join(", "),
        SelectList::Unknown => "unknown".to_owned(),
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
        assert_eq!(headers(&read(soql)), columns, "{soql}");
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
        assert_eq!(headers(&read(soql)), columns, "{soql}");
    }
}

#[test]
fn functions_have_the_names_that_salesforce_gives_them() {
    for (soql, columns) in [
        ("SELECT FIELDS(ALL), Id FROM Account LIMIT 200", "*, Id"),
        (
            "SELECT Account.Industry, COUNT(Id), MAX(x.Amount) most, SUM(Amount) FROM Opportunity x GROUP BY Account.Industry",
            "Industry, expr0, most, expr1",
        ),
        ("SELECT Name n FROM Account GROUP BY Name", "n"),
        ("SELECT COUNT(Id) FROM Account", "expr0"),
        (
            "SELECT toLabel(Status), Owner.Name, FORMAT(Amount) amount FROM Lead",
            "Status, Owner.Name, amount",
        ),
        ("SELECT FORMAT(convertCurrency(Amount)) FROM Lead", "Amount"),
        ("SELECT FORMAT(MAX(Amount)) FROM Lead", "expr0?"),
        ("SELECT toLabel(Status) FROM Lead GROUP BY Status", "expr0?"),
        (
            "SELECT toLabel(Status) FROM Lead WHERE Id IN (SELECT x FROM Y GROUP BY x)",
            "Status",
        ),
        (
            "SELECT DISTANCE(Site__c, GEOLOCATION(1, 2), 'mi') FROM X",
            "expr0?",
        ),
    ] {
        assert_eq!(headers(&read(soql)), columns, "{soql}");
    }
}

#[test]
fn what_is_not_understood_is_not_guessed_at() {
    for soql in ["SELECT Id", "FIND {x}", "", "SELECT , FROM X"] {
        assert_eq!(read(soql), SelectList::Unknown, "{soql}");
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
