"""Contender: all rows of a query to stdout, with `simple-salesforce` and Python's own json and csv.

usage: export.py ndjson|csv SOQL
"""

import csv
import json
import sys

from org import connect

form, soql = sys.argv[1:]
rows = connect().query_all_iter(soql)
if form == "ndjson":
    for row in rows:
        sys.stdout.write(json.dumps(row) + "\n")
elif form == "csv":
    writer = None
    for row in rows:
        del row["attributes"]
        if writer is None:
            writer = csv.DictWriter(sys.stdout, row.keys())
            writer.writeheader()
        writer.writerow(row)
else:
    sys.exit(f"no such form: {form}")
