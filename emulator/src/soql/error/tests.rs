use proptest::prelude::*;

use super::*;

fn echo(soql: &str, token: &str) -> String {
    let at = soql.find(token).expect("the token");
    SoqlError::at(Code::InvalidField, soql, at, "m").message
}

#[test]
fn a_short_statement_is_echoed_whole() {
    assert_eq!(
        echo("SELECT Id, Foo FROM Account", "Foo"),
        "\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\nm"
    );
    assert_eq!(
        echo("SELECT Id FROM Accountz LIMIT 2", "Accountz"),
        "\nSELECT Id FROM Accountz LIMIT 2\n               ^\nERROR at Row:1:Column:16\nm"
    );
}

/// Captured from Salesforce: apache/camel-quarkus#3022.
#[test]
fn a_long_statement_is_echoed_as_a_window_of_whole_words() {
    let soql = format!(
        "SELECT {} LastReferencedDate, Jigsaw, JigsawCompanyId, CleanStatus, AccountSource, DunsNumber FROM Account",
        "x".repeat(600)
    );
    assert_eq!(
        echo(&soql, "CleanStatus")
            .split("ERROR")
            .next()
            .expect("an echo"),
        format!(
            "\nLastReferencedDate, Jigsaw, JigsawCompanyId, CleanStatus, AccountSource, DunsNumber\n{}^\n",
            " ".repeat(45)
        )
    );
}

/// Captured from Salesforce: boomii/bdw#94.
#[test]
fn the_window_is_the_captured_one() {
    let soql = "SELECT a, WebEmail__c, Case_Resolution_Summary__c, MW_Case_ID__c, Escalation_Helper_Contact__c FROM Case";
    assert!(echo(soql, "MW_Case_ID__c").starts_with(
        "\nWebEmail__c, Case_Resolution_Summary__c, MW_Case_ID__c, Escalation_Helper_Contact__c\n"
    ));
}

/// The echoes that clients have seen, each with as much of its statement as the
/// echo tells: the place, and what the echo shows.
#[test]
fn the_echo_ends_with_blanks_and_commas() {
    for (soql, token, shown, caret) in [
        // A statement without blanks between its fields.
        (
            "SELECT Id,IsDeleted,CreatedById,OCE__ActualCap__c,TPI_Product__c,Name,OCE__JobId__c,Next FROM X",
            "TPI_Product__c",
            "CreatedById,OCE__ActualCap__c,TPI_Product__c,Name,OCE__JobId__c",
            30,
        ),
        (
            "SELECT Id, Name, Test_Multiselect_Picklist__c,Name,Test_Number__c,Test_Percentage2__c,Test_Phone__c,Test_Text__c FROM X",
            "Test_Percentage2__c",
            "Test_Multiselect_Picklist__c,Name,Test_Number__c,Test_Percentage2__c,Test_Phone__c",
            49,
        ),
        (
            "SELECT Id, DepProbeField__c FROM Account LIMIT 1",
            "DepProbeField__c",
            "SELECT Id, DepProbeField__c FROM Account LIMIT",
            11,
        ),
        (
            "SELECT a.Id, a.Name FROM Account a WHERE Idd='00111000002zYnu'",
            "Idd",
            "a.Id, a.Name FROM Account a WHERE Idd='00111000002zYnu'",
            34,
        ),
        (
            "SELECT Id, BillingCity, Name, BillingPostalCode FROM Account WHERE Id = '53'",
            "Id = ",
            "BillingPostalCode FROM Account WHERE Id = '53'",
            37,
        ),
    ] {
        let message = echo(soql, token);
        let mut lines = message.lines().skip(1);
        assert_eq!(lines.next(), Some(shown), "{message}");
        assert_eq!(
            lines.next(),
            Some(format!("{}^", " ".repeat(caret)).as_str())
        );
    }
}

/// Captured from REST at v68.0 (apex-dev-tools/apex-parser#165), by a client of
/// v60.0, and by one that left blanks at the statement's end.
#[test]
fn what_the_grammar_cannot_read_is_marked_one_character_before() {
    for (soql, token, message) in [
        (
            "SELECT Id FROM Account SET OPTIONS (honorEmptyStrings = true) LIMIT 1",
            "LIMIT",
            "\nOPTIONS (honorEmptyStrings = true) LIMIT 1\n                                  ^\n\
             ERROR at Row:1:Column:62\nunexpected token: 'LIMIT'",
        ),
        (
            "SELECT Id, 34567, HG_Insights__HG_Match_Status__c, From Account LIMIT 10",
            "From",
            "\nHG_Insights__HG_Match_Status__c, From Account LIMIT 10\n                                ^\n\
             ERROR at Row:1:Column:51\nunexpected token: 'From'",
        ),
        (
            "SELECT Id, Name, CreatedById, CreatedDate, LastModifiedById, LastModifiedDate, From Account ",
            "From",
            "\nLastModifiedById, LastModifiedDate, From Account \n                                   ^\n\
             ERROR at Row:1:Column:79\nunexpected token: 'From'",
        ),
    ] {
        let at = soql.find(token).expect("the token");
        assert_eq!(SoqlError::unexpected(soql, at, token).message, message);
    }
}

/// Captured from REST: `?q=invalid`.
#[test]
fn the_first_token_has_no_place() {
    assert_eq!(
        SoqlError::unexpected("invalid", 0, "invalid").message,
        "unexpected token: 'invalid'"
    );
    // In later rows nobody has seen it.
    assert_eq!(
        SoqlError::unexpected("SELECT Id\nWHERE", 10, "WHERE").message,
        "\nWHERE\n^\nERROR at Row:2:Column:0\nunexpected token: 'WHERE'"
    );
}

#[test]
fn rows_are_lines() {
    assert_eq!(
        echo("SELECT Id,\n  Foo\nFROM Account", "Foo"),
        "\n  Foo\n  ^\nERROR at Row:2:Column:3\nm"
    );
}

proptest! {
    #[test]
    fn any_place_in_any_text_has_an_echo(soql in "(\\PC|\n){0,200}", at in 0..250_usize) {
        let message = SoqlError::at(Code::InvalidField, &soql, at, "m").message;
        prop_assert!(message.contains("^\nERROR at Row:"));
        let message = SoqlError::malformed(&soql, at, "m").message;
        prop_assert!(message == "m" || message.contains("^\nERROR at Row:"));
    }
}
