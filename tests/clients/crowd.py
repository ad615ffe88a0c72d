"""Clients of a door that ask it all the time, for `tests/e2e/door/crowd.rs`: simple-salesforce as it is.

On stdin comes a line of JSON, and an end when it is enough. On stdout goes a client's number after each of
its turns, and in the end how many records were created and how many connections broke.
"""

import json
import os
import sys
import threading
import time
import traceback

import requests
from simple_salesforce import Salesforce

order = json.loads(sys.stdin.readline())
enough = threading.Event()
one_at_a_time = threading.Lock()
counts = {"created": 0, "broken": 0}


def say(line):
    with one_at_a_time:
        print(line, flush=True)


def count(what):
    with one_at_a_time:
        counts[what] += 1


def be(right, told):
    if not right:
        raise AssertionError(f"a wrong answer: {told}")


def turn(org, name):
    page = org.query(order["soql"])
    records = [{"Id": record["Id"], "Name": record["Name"]} for record in page["records"]]
    be(records == order["records"] and page["done"] is True, page)
    created = org.Account.create({"Name": name})
    be(created["success"] is True and created["errors"] == [], created)
    count("created")
    read = org.Account.get(created["id"])
    be(read["Id"] == created["id"] and read["Name"] == name, read)


def client(number):
    org = Salesforce(instance_url=order["url"], session_id=order["key"])
    turns = 0
    while not enough.is_set():
        turns += 1
        try:
            turn(org, f"crowd {number} {turns}")
            say(number)
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError):
            if not order["patient"]:
                raise
            count("broken")
            # A door that starts needs the processor, too.
            time.sleep(0.02)


def watched(number):
    try:
        client(number)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


first = order["first"]
threads = [threading.Thread(target=watched, args=[first + at]) for at in range(order["clients"])]
for thread in threads:
    thread.start()
sys.stdin.read()
enough.set()
for thread in threads:
    thread.join()
say(json.dumps(counts))
