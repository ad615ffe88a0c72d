"""The calls that the documentation of simple-salesforce shows, and what each is answered.

usage: documented_calls.py URL

URL is an org, or a door to one; the environment variable KEY is what it takes as a token. One
line of JSON for each call: its name, and its answer after decoding, or the error.
"""

import json
import os
import sys
import time
from datetime import datetime, timedelta, timezone

# Between two looks at a job the client waits five seconds.
time.sleep = lambda seconds: None

from simple_salesforce import Salesforce  # noqa: E402
from simple_salesforce.exceptions import SalesforceError  # noqa: E402
from simple_salesforce.format import format_soql  # noqa: E402

sf = Salesforce(instance_url=sys.argv[1], session_id=os.environ["KEY"])
made = {}


def pages():
    first = sf.query("SELECT Id, Name FROM Account ORDER BY Id")
    by_url = sf.query_more(first["nextRecordsUrl"], True)
    by_id = sf.query_more(first["nextRecordsUrl"].rpartition("/")[2])
    return [first, by_url, by_id]


def create():
    created = sf.Contact.create({"LastName": "Zimt", "Email": "z@example.com", "Ext__c": "through"})
    made["contact"] = created["id"]
    return created


def identity():
    url = sf.restful("")["identity"]
    return sf._call_salesforce("GET", url).json()


now = datetime.now(timezone.utc)
CALLS = {
    "query": lambda: sf.query("SELECT Id, Name, Phone, Industry FROM Account ORDER BY Id LIMIT 5"),
    "children": lambda: sf.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Id LIMIT 3"),
    "groups": lambda: sf.query("SELECT COUNT(Id) n, Industry FROM Account GROUP BY Industry"),
    "count": lambda: sf.query("SELECT COUNT() FROM Contact"),
    "a quote in a statement": lambda: sf.query(format_soql("SELECT Id FROM Account WHERE Name = {}", "O'Neil %2F é")),
    "deleted ones too": lambda: sf.query("SELECT Id FROM Account ORDER BY Id LIMIT 3", include_deleted=True),
    "a statement that is wrong": lambda: sf.query("SELECT Nothing FROM Account"),
    "pages": pages,
    "all pages": lambda: sf.query_all("SELECT Id, Name FROM Account ORDER BY Id"),
    "all pages one by one": lambda: list(sf.query_all_iter("SELECT Id FROM Contact ORDER BY Id")),
    "search": lambda: sf.search("FIND {Un*} RETURNING Account(Id, Name)"),
    "quick search": lambda: sf.quick_search("Un*"),
    "limits": lambda: sf.limits(),
    "sandbox": lambda: sf.is_sandbox(),
    "describe all": lambda: sf.describe(),
    "describe": lambda: sf.Account.describe(),
    "metadata": lambda: sf.Contact.metadata(),
    "layouts": lambda: sf.Contact.describe_layout("012000000000000AAA"),
    "resources": lambda: sf.restful(""),
    "recent": lambda: sf.restful("recent", params={"limit": 5}),
    "tabs": lambda: sf.restful("tabs"),
    "theme": lambda: sf.restful("theme"),
    "explain": lambda: sf.restful("query", params={"explain": "SELECT Id FROM Contact"}),
    "identity": identity,
    "create": create,
    "get": lambda: sf.Contact.get(made["contact"]),
    "get some fields": lambda: sf.Contact.get(made["contact"], params={"fields": "Id,LastName"}),
    "get by an external id": lambda: sf.Contact.get_by_custom_id("Ext__c", "through"),
    "update": lambda: sf.Contact.update(made["contact"], {"LastName": "Zimt é"}),
    "upsert": lambda: sf.Contact.upsert("Ext__c/new%2Fone", {"LastName": "New"}),
    "upsert again": lambda: sf.Contact.upsert("Ext__c/new%2Fone", {"LastName": "New"}),
    "a value that is wrong": lambda: sf.Contact.create({"Nothing": 1}),
    "updated": lambda: sf.Contact.updated(now - timedelta(minutes=5), now + timedelta(minutes=5)),
    "delete": lambda: sf.Contact.delete(made["contact"]),
    "delete again": lambda: sf.Contact.delete(made["contact"]),
    "get a deleted one": lambda: sf.Contact.get(made["contact"]),
    "deleted": lambda: sf.Contact.deleted(now - timedelta(minutes=5), now + timedelta(minutes=5)),
    "tooling": lambda: sf.toolingexecute("sobjects"),
    "a tooling query": lambda: sf.toolingexecute("query/?q=SELECT+Id+FROM+ApexClass"),
    "an Apex class": lambda: sf.apexecute("echo", method="POST", data={"a": 1}),
    "bulk insert": lambda: sf.bulk.Account.insert([{"Name": "A"}, {"Phone": "1"}]),
    "bulk query": lambda: sf.bulk.Account.query("SELECT Id, Name FROM Account ORDER BY Id LIMIT 5"),
    "bulk 2 insert": lambda: sf.bulk2.Account.insert(records=[{"Name": "B"}, {"Name": "C"}]),
    "bulk 2 query": lambda: list(sf.bulk2.Account.query("SELECT Id, Name FROM Account ORDER BY Id LIMIT 5")),
}

for name, call in CALLS.items():
    try:
        answer = call()
    except SalesforceError as error:
        answer = {"error": type(error).__name__, "status": error.status, "content": error.content}
    print(json.dumps([name, answer], default=str, sort_keys=True))
