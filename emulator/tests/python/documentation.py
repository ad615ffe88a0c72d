"""Runs the documentation of `simple-salesforce` as it stands, statement by statement.

usage: documentation.py HOST PORT KEY SECRET

The installed package brings its README along. Each statement in a block of Python there is
run on the org, then the calls that only the user guide and the reference have. What the page
leaves to its reader (ids, credentials, names of fields) is filled in. Every name of
Salesforce is dialled at PORT of loopback, and no other name at all.

It prints how many statements were run, and how many of them failed in which way.
"""

import ast
import contextlib
import datetime
import importlib.metadata
import io
import json
import os
import re
import socket
import sys
import textwrap
import time
import types
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

# Between two looks at a job the client waits five seconds.
time.sleep = lambda seconds: None

from simple_salesforce import Salesforce, SFType  # noqa: E402
from simple_salesforce.exceptions import SalesforceError  # noqa: E402
from simple_salesforce.format import format_external_id, format_soql  # noqa: E402

HOST, PORT, KEY, SECRET = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
LOOPBACK = f"localhost:{PORT}"
resolve = socket.getaddrinfo


def getaddrinfo(name, port, *args, **kwargs):
    if name.endswith(".salesforce.com"):
        port = PORT
    elif port != PORT:
        raise OSError(f"{name} is not dialled")
    return resolve("127.0.0.1", port, *args, **kwargs)


socket.getaddrinfo = getaddrinfo
# The page uses it for nothing but UTC, and the package does not bring it along.
sys.modules["pytz"] = types.SimpleNamespace(UTC=datetime.timezone.utc)

# Where the page's Python is of version 2, or leaves something out.
SLIPS = [('print x["label"]', 'print(x["label"])'), (", **kwargs", ""), (" ,**kwargs", "")]

# What the page is not about, or is no statement of Python's.
NOT_THE_CLIENT = re.compile(r"\b(pandas|pd|df|np|listColumns)\b|def |^class |strptime")

# What the README does not have: the user guide, and the methods of the reference.
MORE = """
sf.limits()
sf.is_sandbox()
sf.restful('')
sf.restful('recent')
sf.restful('recent', params={'limit': 5})
sf.restful('sobjects/Contact')
sf.restful('sobjects/Contact/describe/layouts')
sf.restful('sobjects/Contact/describe/compactLayouts')
sf.restful('tabs')
sf.restful('theme')
sf.restful('query', params={'explain': 'SELECT Id FROM Contact'})
sf.restful('process/approvals/', method='POST', json={'requests': []})
sf.oauth2('userinfo')
sf.query('SELECT COUNT() FROM Contact')
sf.query("SELECT Id FROM Contact WHERE LastName = 'Jones'", include_deleted=True)
sf.query_all("SELECT Id, Email FROM Contact WHERE LastName = 'Jones'", include_deleted=True)
list(sf.query_all_iter("SELECT Id FROM Contact", include_deleted=True))
sf.Contact.get('003e0000003GuNXAA0', params={'fields': 'Id,LastName'})
sf.Contact.metadata(headers={'Sforce-Auto-Assign': 'FALSE'})
sf.Contact.describe_layout('012000000000000AAA', headers={})
sf.User.describe()
sf.Contact.describe(headers={'If-Modified-Since': 'Wed, 01 Jan 2020 00:00:00 GMT'})
sf.query('SELECT FIELDS(STANDARD) FROM Contact LIMIT 200')
sf.query('SELECT Name, (SELECT LastName FROM Contacts) FROM Account LIMIT 10')
sf.query('SELECT COUNT(Id), AccountId FROM Contact GROUP BY AccountId')
sf.query('SELECT Id FROM Contact WHERE CreatedDate = LAST_N_DAYS:10')
sf.toolingexecute('query/?q=SELECT+Id+FROM+ApexClass')
sf.toolingexecute('sobjects')
sf.toolingexecute('sobjects/GlobalValueSet/ABCDEFG')
sf.toolingexecute('executeAnonymous/?anonymousBody=x%3B')
sf.toolingexecute('sobjects/GlobalValueSet/ABCDEFG', method='PATCH', data={'FullName': 'ABCDEFG'})
sf.apexecute('echo', method='GET', params={'a': 1})
sf.set_password('005Sb0000000001IAA', 'secret')
SFType('Contact', sf.session_id, sf.sf_instance).get('003e0000003GuNXAA0')
sf.mdapi.deploy('path/to/zip', sandbox=False)
sf.mdapi.check_deploy_status('0Af000000000001')
sf.query_more('01gD0000002HU6KIAW-2000', include_deleted=True)
"""


def login():
    """The org, by the client's own login with the client credentials."""
    domain = HOST.removesuffix(".salesforce.com")
    return Salesforce(consumer_key=KEY, consumer_secret=SECRET, domain=domain)


class Reader:
    """Who fills in what the page leaves open."""

    def __init__(self, sf, folder):
        self.sf = sf
        self.folder = folder
        sf.Contact.upsert("Ext__c/22", {"LastName": "Jones", "Email": "jones@example.com"})
        domain = HOST.removesuffix(".salesforce.com")
        token = f"session_id={sf.session_id!r}"
        self.meant = [
            ("na1.salesforce.com", lambda: LOOPBACK),
            ("instance='instance'", lambda: f"instance={LOOPBACK!r}"),
            ("'sessionid'", lambda: repr(sf.session_id)),
            ("session_id=''", lambda: token),
            ("session_id='id'", lambda: token),
            ("sfdc_client_id", lambda: KEY),
            ("sfdc_client_secret", lambda: SECRET),
            ("organization.my", lambda: domain),
            ("filename.key", lambda: f"{folder}/filename.key"),
            ("update('./sample.csv'", lambda: self.file("update", f"Id\n{self.contact()}\n")),
            ("upsert(csv_file='./sample.csv'", lambda: self.file("upsert", "Ext__c,LastName\nA,B\n")),
            ("delete('./sample.csv'", lambda: self.file("delete", f"Id\n{self.contact()}\n")),
            ("./sample.csv", lambda: f"{folder}/sample.csv"),
            ("path/to/zip", lambda: f"{folder}/package.zip"),
            ("results/", lambda: f"{folder}/"),
            ("/services/data/v26.0/query/01gD0000002HU6KIAW-2000", self.locator),
            ("01gD0000002HU6KIAW-2000", lambda: self.locator().rpartition("/")[2]),
            ("003e0000003GuNXAA0", self.contact),
            ("0000000000AAAAA", self.account),
            ("0000000000BBBBB", self.contact),
            ("My_Custom_ID__c", lambda: "Ext__c"),
            ("customExtIdField__c", lambda: "Ext__c"),
            ("Custom_Id__c", lambda: "Ext__c"),
            ("39wmxcw9r23r492", lambda: "012000000000000AAA"),
            ("User/Activity", lambda: "echo"),
        ]

    def fills_in(self, text):
        """The text with what stands for something else on the page replaced."""
        for asked, given in self.meant:
            if asked in text:
                text = text.replace(asked, given())
        return text

    def file(self, call, text):
        """The beginning of a call whose records are in a file of their own."""
        path = Path(self.folder, f"{call}.csv")
        path.write_text(text)
        name = "csv_file=" if call == "upsert" else ""
        return f"{call}({name}{str(path)!r}"

    def locator(self):
        return self.sf.query("SELECT Id FROM Account")["nextRecordsUrl"]

    def contact(self):
        return self.sf.Contact.create({"LastName": "Jones", "FirstName": "Ada"})["id"]

    def account(self):
        return self.sf.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]

    def names(self):
        """What the page's statements take for granted."""
        return {
            "sf": self.sf,
            "SFType": SFType,
            "format_soql": format_soql,
            "format_external_id": format_external_id,
            "Salesforce": Salesforce,
            "process": lambda row: row["Id"],
            "asyncId": "0Af000000000001",
        }


def blocks():
    """The page's blocks of Python, then the further calls, each a block."""
    page = importlib.metadata.metadata("simple-salesforce").get_payload()
    for block in re.findall(r"\.\. code-block:: python\n\n((?:[ ]+.*\n|\s*\n)+)", page):
        block = textwrap.dedent(block).strip()
        for slip, meant in SLIPS:
            block = block.replace(slip, meant)
        yield block
    yield from MORE.strip().splitlines()


def outcome(error):
    """The code that the org answered, or what else went wrong."""
    if isinstance(error, SalesforceError):
        content = error.content
        if isinstance(content, list) and content:
            return content[0]["errorCode"]
        if isinstance(content, dict):
            return content.get("exceptionCode") or str(content)
        return f"{type(error).__name__} {error.status}"
    return type(error).__name__


def run(reader, block, names, failed):
    """Runs a block's statements; answers how many."""
    count = 0
    names.update(reader.names())
    for statement in ast.parse(block).body:
        text = ast.unparse(statement)
        if NOT_THE_CLIENT.search(text) or "sf_api_query" in text:
            continue
        count += 1
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(reader.fills_in(text), names)
        except Exception as error:  # what it is, is the result
            failed[f"{re.split('[(:]', text)[0]} -> {outcome(error)}"] += 1
    return count


def main():
    failed = Counter()
    names = {}
    version = importlib.metadata.version("simple-salesforce")
    with TemporaryDirectory() as folder:
        # The page writes files whose names it makes.
        os.chdir(folder)
        Path(folder, "filename.key").write_text("no key")
        Path(folder, "sample.csv").write_text("LastName\nSmith\n")
        Path(folder, "package.zip").write_bytes(b"no archive")
        reader = Reader(login(), folder)
        count = sum(run(reader, block, names, failed) for block in blocks())
    print(json.dumps({"version": version, "run": count, "failed": failed}))


main()
