//! Groups, aggregates and subtotals.

use serde_json::json;

use super::*;

/// The groups of a statement without their attributes, which name no address.
fn groups(soql: &str) -> Vec<serde_json::Value> {
    let mut groups = run(soql);
    for group in &mut groups {
        let members = group.as_object_mut().expect("a group");
        let attributes = members.remove("attributes");
        assert_eq!(
            attributes,
            Some(json!({"type": "AggregateResult"})),
            "{soql}"
        );
    }
    groups
}

fn message(soql: &str) -> String {
    let error = error(soql);
    assert_eq!(error.code, Code::MalformedQuery, "{soql}: {error}");
    error.message
}

/// The names are those of the guide, "Use Aliases with GROUP BY".
#[test]
fn values_have_aliases_fields_names_or_numbers() {
    for (soql, names) in [
        (
            "SELECT Name n, MAX(Amount) max FROM Opportunity GROUP BY Name",
            &["n", "max"][..],
        ),
        (
            "SELECT Name, MAX(Amount), MIN(Amount) FROM Opportunity GROUP BY Name",
            &["Name", "expr0", "expr1"],
        ),
        (
            "SELECT Name, MAX(Amount), MIN(Amount) min, SUM(Amount) FROM Opportunity GROUP BY Name",
            &["Name", "expr0", "min", "expr1"],
        ),
        (
            "SELECT CALENDAR_YEAR(CloseDate), account.name, SUM(Amount) FROM Opportunity \
             GROUP BY CALENDAR_YEAR(CloseDate), Account.Name",
            &["expr0", "Name", "expr1"],
        ),
        (
            "SELECT toLabel(StageName), GROUPING(StageName), COUNT(Id) FROM Opportunity \
             GROUP BY ROLLUP(StageName)",
            &["StageName", "expr0", "expr1"],
        ),
    ] {
        let groups = groups(soql);
        let first = groups[0].as_object().expect("a group");
        let found: Vec<&str> = first.keys().map(String::as_str).collect();
        // serde_json sorts what it reads; the order itself is tested elsewhere.
        let mut names = names.to_vec();
        names.sort_unstable();
        assert_eq!(found, names, "{soql}");
    }
}

#[test]
fn a_group_is_written_as_salesforce_does() {
    let soql = "SELECT Rating, COUNT(Id) n, SUM(AnnualRevenue), AVG(NumberOfEmployees), MIN(CreatedDate), MAX(Name) \
                FROM Account WHERE Rating = 'Hot' GROUP BY Rating";
    let Statement::Groups(query) = translated(soql, Rows::Live).expect("SQL") else {
        panic!("groups");
    };
    let groups = database().groups(&query).expect("groups");
    let text = serde_json::to_string(&groups).expect("JSON");
    assert!(
        text.starts_with(
            r#"[{"attributes":{"type":"AggregateResult"},"Rating":"Hot","n":13,"expr0":"#
        ),
        "{text}"
    );
    let group = &serde_json::from_str::<serde_json::Value>(&text).expect("JSON")[0];
    assert!(group["expr0"].is_f64() && group["expr1"].is_f64());
    assert_eq!(group["expr2"], "2024-01-15T00:00:00.000+0000");
}

#[test]
fn without_group_by_all_rows_are_one_group_even_if_there_are_none() {
    assert_eq!(
        groups(
            "SELECT COUNT(Id), SUM(AnnualRevenue), MAX(Name), COUNT_DISTINCT(Rating) FROM Account \
             WHERE Name = 'nobody'"
        ),
        [json!({"expr0": 0, "expr1": null, "expr2": null, "expr3": 0})]
    );
    assert_eq!(
        groups("SELECT COUNT(Id) c FROM Account"),
        [json!({"c": 50})]
    );
    assert!(groups("SELECT Rating FROM Account WHERE Name = 'nobody' GROUP BY Rating").is_empty());
}

/// COUNT() and COUNT(Id) count nulls, COUNT() of another field does not.
#[test]
fn nulls_are_a_group_and_are_not_counted() {
    let null_ratings = count("Account WHERE Rating = null");
    assert_eq!(
        groups(
            "SELECT Rating, COUNT(Id) a, COUNT(Rating) b, COUNT(Phone) c FROM Account WHERE Rating = null \
             GROUP BY CUBE(Rating) HAVING GROUPING(Rating) = 0"
        ),
        [
            json!({"Rating": null, "a": json!(null_ratings), "b": 0, "c": count("Account WHERE Rating = null AND Phone != null")})
        ]
    );
}

#[test]
fn texts_that_differ_in_case_alone_are_one_group() {
    let (schema, mut database) = (schema(), database());
    let account = schema.named("Account").expect("an object");
    for (place, rating) in ["tepid", "TEPID", "Tepid"].into_iter().enumerate() {
        let id = seed::record_id(account, 500 + place as u64).to_string();
        let row = vec![
            ("Id", Value::Text(id)),
            ("Name", Value::Text("ΟΔΟΣ".to_owned())),
            ("Rating", Value::Text(rating.to_owned())),
        ];
        database.insert(account, [row]).expect("a record");
    }
    let soql = "SELECT Rating, COUNT(Id) n, COUNT_DISTINCT(Name) d FROM Account WHERE Name = 'οδος' GROUP BY Rating";
    let found = run_with(&database, soql, Rows::Live).expect(soql);
    assert_eq!(
        (&found[0]["Rating"], &found[0]["n"], &found[0]["d"]),
        (&json!("TEPID"), &json!(3), &json!(1))
    );
    assert_eq!(found.len(), 1);
}

/// The tables of the guide, "GROUP BY ROLLUP" and "GROUP BY CUBE", by their
/// shape.
#[test]
fn subtotals_say_of_which_fields_they_are() {
    let types = groups("SELECT Type FROM Account GROUP BY Type").len();
    let ratings = groups("SELECT Rating FROM Account GROUP BY Rating").len();
    let pairs = groups("SELECT Type, Rating FROM Account GROUP BY Type, Rating").len();
    let select =
        "SELECT Type, Rating, GROUPING(Type) t, GROUPING(Rating) r, COUNT(Id) n FROM Account";
    let order = "ORDER BY GROUPING(Type), GROUPING(Rating)";
    let rollup = groups(&format!("{select} GROUP BY ROLLUP(Type, Rating) {order}"));
    assert_eq!(rollup.len(), pairs + types + 1);
    let cube = groups(&format!("{select} GROUP BY CUBE(Type, Rating) {order}"));
    assert_eq!(cube.len(), pairs + types + ratings + 1);
    for groups in [&rollup, &cube] {
        assert_eq!(
            groups.last(),
            Some(&json!({"Type": null, "Rating": null, "t": 1, "r": 1, "n": 50}))
        );
        assert!(
            groups[..pairs]
                .iter()
                .all(|group| group["t"] == 0 && group["r"] == 0)
        );
    }
    assert!(
        rollup
            .iter()
            .all(|group| group["t"] == 0 || group["r"] == 1)
    );
}

#[test]
fn groups_can_be_chosen_ordered_and_cut() {
    let found = groups(
        "SELECT Rating r, COUNT(Id) FROM Account GROUP BY Rating HAVING COUNT(Id) > 1 AND Rating != 'Warm' \
         ORDER BY COUNT(Id) DESC, Rating NULLS LAST LIMIT 2",
    );
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|group| group["r"] != "Warm"));
    let all = groups("SELECT Rating, COUNT(Id) FROM Account GROUP BY Rating ORDER BY Rating");
    let rest =
        groups("SELECT Rating, COUNT(Id) FROM Account GROUP BY Rating ORDER BY Rating OFFSET 1");
    assert_eq!(rest, all[1..]);
    let aliased = groups("SELECT COUNT(Id) n FROM Account GROUP BY Rating ORDER BY n DESC");
    let counts: Vec<_> = aliased.iter().map(|group| group["n"].as_u64()).collect();
    assert!(counts.is_sorted_by(|one, other| one >= other));
    let limited = groups("SELECT Rating FROM Account GROUP BY Rating LIMIT 0");
    assert!(limited.is_empty());
}

/// Source: SOQL and SOSL Reference, "Date Functions": a part of a date can be
/// selected where the date itself is grouped; not of a datetime.
#[test]
fn a_part_of_a_grouped_date_is_a_value_of_the_group() {
    let found = groups(
        "SELECT CALENDAR_YEAR(CloseDate) y, COUNT(Id) FROM Opportunity GROUP BY CloseDate ORDER BY CloseDate",
    );
    assert_eq!(found[0]["y"], 2024);
    assert!(
        message("SELECT CALENDAR_YEAR(CreatedDate) FROM Account GROUP BY DAY_ONLY(CreatedDate)")
            .contains("Field must be grouped or aggregated: CALENDAR_YEAR(CreatedDate)")
    );
    let hours = groups(
        "SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) h, COUNT(Id) FROM Account \
         GROUP BY HOUR_IN_DAY(convertTimezone(CreatedDate)) ORDER BY HOUR_IN_DAY(convertTimezone(CreatedDate))",
    );
    assert_eq!((hours.len(), &hours[23]["h"]), (24, &json!(23)));
}

#[test]
fn aggregates_can_be_formatted() {
    let found = groups("SELECT FORMAT(MIN(CloseDate)) Amt, FORMAT(COUNT(Id)) FROM Opportunity");
    assert_eq!(found, [json!({"Amt": "1/15/2024", "expr0": "60"})]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_cannot_be_grouped_is_refused_in_salesforces_words() {
    for (soql, words) in [
        (
            "SELECT Name, COUNT(Id) FROM Account GROUP BY Rating",
            "Field must be grouped or aggregated: Name",
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account",
            "Field must be grouped or aggregated: Name",
        ),
        (
            "SELECT FIELDS(ALL), MIN(NumberOfEmployees) FROM Account GROUP BY Id LIMIT 200",
            "Field must be grouped or aggregated: IsDeleted",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Rating ORDER BY Name",
            "Ordered field must be grouped or aggregated: Name",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Rating HAVING BillingCity LIKE 'San%'",
            "Field must be grouped or aggregated: BillingCity",
        ),
        (
            "SELECT Rating, COUNT(Rating) FROM Account GROUP BY Rating",
            "Grouped field should not be aggregated: Rating",
        ),
        (
            "SELECT COUNT() FROM Account GROUP BY Rating",
            "COUNT() cannot be used with GROUP BY",
        ),
        (
            "SELECT Rating FROM Account GROUP BY Rating, rating",
            "duplicate grouping expression: Rating",
        ),
        (
            "SELECT MAX(CreatedDate) FROM Account LIMIT 1",
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        ),
        (
            "SELECT MAX(CreatedDate) FROM Account OFFSET 1",
            "Non-grouped query that uses overall aggregate functions cannot also use OFFSET",
        ),
        (
            "SELECT SUM(Name) FROM Account",
            "field Name does not support aggregate operator SUM",
        ),
        (
            "SELECT COUNT(IsDeleted) FROM Account",
            "field IsDeleted does not support aggregate operator COUNT",
        ),
        (
            "SELECT MAX(Time__c) FROM Specimen__c",
            "field Time__c does not support aggregate operator MAX",
        ),
        (
            "SELECT COUNT_DISTINCT(Description) FROM Account",
            "field Description does not support aggregate operator COUNT_DISTINCT",
        ),
        (
            "SELECT AnnualRevenue FROM Account GROUP BY AnnualRevenue",
            "field 'AnnualRevenue' can not be grouped in a query call",
        ),
        (
            "SELECT Owner.Name, Parent.Name FROM Account GROUP BY Owner.Name, Parent.Name",
            "duplicate alias: Name",
        ),
        (
            "SELECT Rating expr0, COUNT(Id) FROM Account GROUP BY Rating",
            "duplicate alias: expr0",
        ),
        (
            "SELECT GROUPING(Rating) FROM Account GROUP BY Rating",
            "GROUPING() needs a field of GROUP BY ROLLUP or GROUP BY CUBE",
        ),
        (
            "SELECT Rating FROM Account GROUP BY ROLLUP(Rating, Type, Industry, Tier__c)",
            "at most 3 fields",
        ),
        (
            "SELECT Id, (SELECT Id FROM Contacts) FROM Account GROUP BY Id",
            "subqueries cannot be used",
        ),
        (
            "SELECT TYPEOF Who WHEN Lead THEN Id END, COUNT(Id) FROM Task GROUP BY Id",
            "TYPEOF cannot be used",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Rating HAVING Rating IN (SELECT Id FROM Contact)",
            "Semi join sub-selects are not allowed in HAVING",
        ),
    ] {
        let message = message(soql);
        assert!(message.contains(words), "{soql}: {message}");
    }
}

#[test]
fn three_fields_can_have_subtotals() {
    let soql = "SELECT COUNT(Id) FROM Account GROUP BY CUBE(Rating, Type, Tier__c)";
    assert!(groups(soql).len() > 8);
}

/// Source: an org's answer that RoseSilverSoftware/IlluminatedCloud#1824 shows.
#[test]
fn an_aggregated_grouping_field_is_shown_with_its_place() {
    let message = message("SELECT Rating, COUNT(Rating) FROM Account GROUP BY Rating");
    assert!(
        message.contains("\n               ^\nERROR at Row:1:Column:16\n"),
        "{message}"
    );
}
