"""Carries out the writes of a file with simple-salesforce as its documentation shows them.

Arguments: the instance's URL and the file. The session is in the environment variable KEY.
"""

import json
import os
import sys

from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

sf = Salesforce(instance_url=sys.argv[1], session_id=os.environ["KEY"])


def id_of(name, key):
    """The id of the record with this external id."""
    return getattr(sf, name).get_by_custom_id("Ext__c", key)["Id"]


def many(bulk, work):
    """Several records: the documentation shows the Bulk API for them."""
    kind = work["do"]
    if kind == "create many":
        bulk.insert(work["records"])
    elif kind == "upsert many":
        bulk.upsert(work["records"], "Ext__c")
    elif kind == "update many":
        for record in work["records"]:
            record["Id"] = id_of(work["object"], record.pop("key"))
        bulk.update(work["records"])
    else:
        bulk.delete([{"Id": id_of(work["object"], key)} for key in work["keys"]])


def one(sobject, work):
    """One record."""
    kind, fields = work["do"], work.get("fields")
    if kind == "create":
        sobject.create(fields)
    elif kind == "upsert":
        sobject.upsert("Ext__c/" + work["key"], fields)
    elif kind == "update":
        sobject.update(id_of(work["object"], work["key"]), fields)
    else:
        sobject.delete(id_of(work["object"], work["key"]))


with open(sys.argv[2], encoding="utf-8") as file:
    for work in json.load(file):
        name = work["object"]
        try:
            if work["do"].endswith("many"):
                many(getattr(sf.bulk, name), work)
            else:
                one(getattr(sf, name), work)
        except SalesforceError as error:
            print(work["do"], name, error, file=sys.stderr)
