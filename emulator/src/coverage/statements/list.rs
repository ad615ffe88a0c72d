//! A valid statement for each construct of SOQL that REST has.
//!
//! Source: SOQL and SOSL Reference, "SOQL SELECT Syntax" and what follows it.

/// What SOQL calls it, and a statement. The objects are those of every org.
pub(super) const STATEMENTS: &[(&str, &str)] = &[
    ("fields", "SELECT Id, Name FROM Account"),
    (
        "alias of a field that is grouped",
        "SELECT Industry i FROM Account GROUP BY Industry",
    ),
    (
        "fields of parents",
        "SELECT Account.Owner.Name FROM Contact",
    ),
    ("compound fields", "SELECT BillingAddress FROM Account"),
    (
        "polymorphic parents",
        "SELECT Parent.Name FROM Attachment WHERE Parent.Type = 'Account'",
    ),
    (
        "`TYPEOF`",
        "SELECT TYPEOF Parent WHEN Account THEN Industry ELSE Id END FROM Attachment",
    ),
    ("`FIELDS(ALL)`", "SELECT FIELDS(ALL) FROM Account LIMIT 200"),
    ("`FIELDS(STANDARD)`", "SELECT FIELDS(STANDARD) FROM Account"),
    (
        "`FIELDS(CUSTOM)`",
        "SELECT FIELDS(CUSTOM) FROM Account LIMIT 200",
    ),
    ("`toLabel`", "SELECT toLabel(Industry) FROM Account"),
    (
        "`toLabel` in `WHERE`",
        "SELECT Id FROM Account WHERE toLabel(Industry) = 'Energy'",
    ),
    ("`FORMAT`", "SELECT FORMAT(AnnualRevenue) FROM Account"),
    (
        "`convertCurrency`",
        "SELECT convertCurrency(AnnualRevenue) FROM Account",
    ),
    (
        "`DISTANCE`",
        "SELECT Id FROM Account WHERE DISTANCE(BillingAddress, GEOLOCATION(48.8, -4.2), 'km') < 20",
    ),
    (
        "subqueries",
        "SELECT Id, (SELECT Name FROM Contacts WHERE Email != null ORDER BY Name LIMIT 5) FROM Account",
    ),
    (
        "subqueries of subqueries",
        "SELECT Id, (SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunities) FROM Account",
    ),
    (
        "the relationship with its parent",
        "SELECT Id, (SELECT Name FROM Account.Contacts) FROM Account",
    ),
    (
        "alias of an object",
        "SELECT a.Name FROM Account a WHERE a.Name LIKE 'B%'",
    ),
    ("alias with `AS`", "SELECT a.Name FROM Account AS a"),
    (
        "several objects in `FROM`",
        "SELECT c.Id, a.Name FROM Contact c, c.Account a",
    ),
    (
        "`USING SCOPE everything`",
        "SELECT Id FROM Account USING SCOPE everything",
    ),
    (
        "`USING SCOPE mine`",
        "SELECT Id FROM Account USING SCOPE mine",
    ),
    ("other scopes", "SELECT Id FROM Account USING SCOPE team"),
    (
        "comparisons",
        "SELECT Id FROM Account WHERE AnnualRevenue >= 1000 AND NumberOfEmployees <> 5",
    ),
    (
        "`AND`, `OR`, `NOT`",
        "SELECT Id FROM Account WHERE (NOT (Name = 'a' OR Name = 'b')) AND Type = null",
    ),
    ("`LIKE`", "SELECT Id FROM Account WHERE Name LIKE 'Br_nd%'"),
    (
        "`IN`, `NOT IN`",
        "SELECT Id FROM Account WHERE Industry IN ('Energy') AND Type NOT IN ('Partner', 'x')",
    ),
    (
        "`INCLUDES`, `EXCLUDES`",
        "SELECT Id FROM Specimen__c WHERE Multi_Picklist__c INCLUDES ('A;B', 'C')",
    ),
    (
        "semi-join",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
    ),
    (
        "anti-join",
        "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Opportunity)",
    ),
    (
        "texts and escapes",
        "SELECT Id FROM Account WHERE Name = 'O\\'Brien \\u0041'",
    ),
    (
        "dates",
        "SELECT Id FROM Opportunity WHERE CloseDate > 2024-01-31",
    ),
    (
        "date-times",
        "SELECT Id FROM Account WHERE CreatedDate >= 2024-01-31T12:00:00+01:00",
    ),
    (
        "`+0000` in a date-time",
        "SELECT Id FROM Account WHERE CreatedDate >= 2024-01-31T12:00:00.000+0000",
    ),
    (
        "date literals",
        "SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:30 OR CreatedDate = THIS_FISCAL_YEAR",
    ),
    (
        "numbers without a leading zero",
        "SELECT Id FROM Opportunity WHERE Probability > .5",
    ),
    (
        "amounts",
        "SELECT Id FROM Opportunity WHERE Amount > USD5000",
    ),
    (
        "amounts in another currency",
        "SELECT Id FROM Opportunity WHERE Amount > EUR5000",
    ),
    (
        "date functions",
        "SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2024",
    ),
    (
        "`convertTimezone`",
        "SELECT Id FROM Account WHERE HOUR_IN_DAY(convertTimezone(CreatedDate)) = 9",
    ),
    ("`COUNT()`", "SELECT COUNT() FROM Account"),
    (
        "aggregates",
        "SELECT COUNT(Id) n, SUM(Amount), AVG(Amount), MIN(Amount), MAX(Amount) FROM Opportunity",
    ),
    (
        "`COUNT_DISTINCT`",
        "SELECT COUNT_DISTINCT(Industry) FROM Account",
    ),
    (
        "`GROUP BY`",
        "SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry",
    ),
    (
        "date functions in `GROUP BY`",
        "SELECT CALENDAR_YEAR(CloseDate), SUM(Amount) FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate)",
    ),
    (
        "`HAVING`",
        "SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry HAVING COUNT(Id) > 1",
    ),
    (
        "`GROUP BY ROLLUP`, `GROUPING`",
        "SELECT Type, GROUPING(Type), COUNT(Id) FROM Account GROUP BY ROLLUP(Type)",
    ),
    (
        "`GROUP BY CUBE`",
        "SELECT Type, Industry, COUNT(Id) FROM Account GROUP BY CUBE(Type, Industry)",
    ),
    (
        "`ORDER BY`",
        "SELECT Id FROM Account ORDER BY Industry DESC NULLS LAST, Name",
    ),
    (
        "aggregates in `ORDER BY`",
        "SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry ORDER BY COUNT(Id) DESC",
    ),
    (
        "`LIMIT`, `OFFSET`",
        "SELECT Id FROM Account ORDER BY Name LIMIT 2 OFFSET 1",
    ),
    ("`WITH` a mode", "SELECT Id FROM Account WITH USER_MODE"),
    (
        "`WITH DATA CATEGORY`",
        "SELECT Id FROM Account WITH DATA CATEGORY Geography__c AT usa__c",
    ),
    (
        "`FOR VIEW`, `FOR REFERENCE`",
        "SELECT Id FROM Account LIMIT 1 FOR VIEW",
    ),
    ("`FOR UPDATE`", "SELECT Id FROM Account LIMIT 1 FOR UPDATE"),
    (
        "`SET OPTIONS`",
        "SELECT Id FROM Account SET OPTIONS (honorEmptyStrings = true)",
    ),
    (
        "`UPDATE TRACKING`",
        "SELECT Id FROM Account UPDATE TRACKING",
    ),
    (
        "`UPDATE VIEWSTAT`",
        "SELECT Id FROM Account UPDATE VIEWSTAT",
    ),
    (
        "`ALL ROWS`, which REST has as `queryAll`",
        "SELECT Id FROM Account ALL ROWS",
    ),
];
