"""The documented cases of `format_soql` of simple-salesforce, as JSON: names and statements."""

import datetime
import json

from simple_salesforce.format import format_soql

UTC = datetime.timezone.utc
WHERE = "SELECT Id FROM Account WHERE "

CASES = {
    "text": format_soql(WHERE + "Name = {}", "Jones"),
    "quotes": format_soql(WHERE + "Name = {}", "O'Hara \"x\" \\ y"),
    "breaks": format_soql(WHERE + "Name = {}", "a\nb\rc\td"),
    "list": format_soql(WHERE + "Name IN {}", ["Smith", "Jones", "O'Hara"]),
    "named": format_soql(
        WHERE + "Name = {name} AND Industry = {industry}", name="Jones", industry="Energy"
    ),
    "literal": format_soql(WHERE + "CreatedDate = {:literal}", "LAST_MONTH"),
    "like": format_soql(WHERE + "Name LIKE '{:like}%'", "50%_off"),
    "none": format_soql(WHERE + "Name = {}", None),
    "boolean": format_soql(WHERE + "IsDeleted = {}", True),
    "integer": format_soql(WHERE + "NumberOfEmployees > {}", 42),
    "number": format_soql(WHERE + "AnnualRevenue > {}", 1.5),
    "date": format_soql(WHERE + "CreatedDate > {}", datetime.date(2026, 5, 7)),
    "datetime": format_soql(
        WHERE + "CreatedDate > {}", datetime.datetime(2026, 5, 7, 22, 7, 19, tzinfo=UTC)
    ),
}

print(json.dumps(CASES))
