"""Drives `simple-salesforce` as it is: a record from its creation to its end.

usage: rows.py HOST PORT KEY SECRET

The org's host is dialled at PORT of loopback; nothing else of the package is
touched. The certificate authority comes from the environment.
"""

import json
import socket
import sys

from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

host, port, key, secret = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
resolve = socket.getaddrinfo


def getaddrinfo(name, *args, **kwargs):
    if name == host:
        return resolve("127.0.0.1", port, *args[1:], **kwargs)
    return resolve(name, *args, **kwargs)


socket.getaddrinfo = getaddrinfo

domain = host.removesuffix(".salesforce.com")
org = Salesforce(consumer_key=key, consumer_secret=secret, domain=domain)
done = {}


def refused(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return error.content[0]["errorCode"]
    raise AssertionError("it was not refused")


done["objects"] = [
    name
    for name in ("Account", "Case", "Specimen__c", "Shipment__x")
    if any(listed["name"] == name for listed in org.describe()["sobjects"])
]
described = org.Case.describe()
types = [info["recordTypeId"] for info in described["recordTypeInfos"]]
done["described"] = [
    described["fields"][0]["name"],
    org.Case.metadata()["objectDescribe"]["keyPrefix"],
    sorted({org.Case.describe_layout(record_type)["id"][:3] for record_type in types}),
]
created = org.Account.create({"Name": "Zimt", "NumberOfEmployees": 3})
done["create"] = [created["success"], created["errors"]]
record = created["id"]
done["get"] = org.Account.get(record)["Name"]
done["fields"] = sorted(org.Account.get(record, params={"fields": "Name,Phone"}))
done["update"] = org.Account.update(record, {"Name": "Anis", "Phone": None})
done["query"] = org.query("SELECT Id FROM Account WHERE Name = 'Anis'")["totalSize"]
done["invalid"] = refused(SalesforceMalformedRequest, org.Account.create, {"Nothing": 1})
done["upsert"] = [
    org.Contact.upsert("Ext__c/a%2Fb", {"LastName": "Zimt"}),
    org.Contact.upsert("Ext__c/a%2Fb", {"FirstName": "Ada"}),
]
done["external"] = org.Contact.get_by_custom_id("Ext__c", "a/b")["Name"]
done["delete"] = org.Account.delete(record)
done["again"] = refused(SalesforceResourceNotFound, org.Account.delete, record)
done["limits"] = org.limits()["DailyApiRequests"]["Max"]
done["apex"] = org.apexecute("echo", method="POST", data={"a": 1})
done["tooling"] = org.toolingexecute("executeAnonymous/?anonymousBody=x%3B")["success"]
print(json.dumps(done))
