"""Tries the UI API's idempotent writes on an org, with `sfbox rest`.

sfbox relies on what Salesforce's documentation says about them (User Interface API
Developer Guide, "Prevent Record Duplication with Idempotent Record Writes"). Nobody of
this project has an org to try it on. If you have one, preferably a sandbox, run

    python3 tests/live/idempotent_writes.py sfbox --org prod/salesforce

The program creates one Account, updates it and deletes it, each twice with the same key.
It prints one line for each expectation, and ends with status 1 if one is not met. The
lines contain ids and statuses, and no token: please report them as an issue.
"""

import json
import subprocess
import sys
import uuid

RECORDS = "ui-api/records"


def main(sfbox):
    expectations = []

    def expect(what, found, expected):
        met = found in expected if isinstance(expected, tuple) else found == expected
        expectations.append(met)
        print(f"{'ok ' if met else 'NOT'} {what}: {found}")

    def send(method, path, key=None, body=None):
        command = [*sfbox, "rest", method, path, "--include"]
        if key:
            command += ["--header", f"Idempotency-Key: {key}"]
        if body is not None:
            command += ["--input", "-"]
        text = None if body is None else json.dumps(body)
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        if not head:
            sys.exit(f"{method} {path}: {done.stderr}")
        answer = json.loads(body) if body.strip() else None
        return int(head.split()[1]), answer

    def count(name):
        soql = f"SELECT+COUNT()+FROM+Account+WHERE+Name='{name}'"
        return send("GET", f"query?q={soql}")[1]["totalSize"]

    status, _ = send("GET", "ui-api/object-info/Account")
    expect("the UI API has accounts", status, 200)
    status, _ = send("GET", "ui-api/object-info/Task")
    expect("the UI API has no tasks", status, (400, 403, 404))

    name = f"sfbox-{uuid.uuid4()}"
    fields = {"apiName": "Account", "fields": {"Name": name}}
    key = str(uuid.uuid4())
    status, first = send("POST", RECORDS, key, fields)
    expect("a create with a key", status, (200, 201))
    if status not in (200, 201):
        print(json.dumps(first))
        sys.exit(1)
    status, second = send("POST", RECORDS, key, fields)
    expect("the same again", status, (200, 201))
    expect("it answers the same record", second.get("id"), first["id"])
    expect("records with this name", count(name), 1)
    other = {"apiName": "Account", "fields": {"Name": f"{name}-2"}}
    status, _ = send("POST", RECORDS, key, other)
    expect("another create with the same key", status, 422)
    expect("records of the other name", count(f"{name}-2"), 0)
    status, _ = send("POST", RECORDS, "not-a-uuid", fields)
    expect("a key that is not a UUID", status, 400)

    record = f"{RECORDS}/{first['id']}"
    key = str(uuid.uuid4())
    change = {"fields": {"Name": f"{name}-3"}}
    for attempt in ("an update with a key", "the same again"):
        status, _ = send("PATCH", record, key, change)
        expect(attempt, status, 200)
    expect("records with the new name", count(f"{name}-3"), 1)

    key = str(uuid.uuid4())
    for attempt in ("a delete with a key", "the same again"):
        status, _ = send("DELETE", record, key)
        expect(attempt, status, 204)
    expect("records that are left", count(f"{name}-3"), 0)
    sys.exit(0 if all(expectations) else 1)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
