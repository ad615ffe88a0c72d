"""Contender: `simple-salesforce` as it is. A thread a call in flight; `benches/order` says what a round is."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter_ns

from org import connect


def lane(salesforce, soql, end):
    calls = []
    while True:
        began = perf_counter_ns()
        salesforce.query(soql)
        ended = perf_counter_ns()
        calls.append(ended - began)
        if ended >= end:
            return calls


def run(salesforce, order):
    lanes = order["in_flight"]
    begun = perf_counter_ns()
    end = begun + order["milliseconds"] * 1_000_000
    if lanes == 1:
        calls = lane(salesforce, order["soql"], end)
    else:
        with ThreadPoolExecutor(lanes) as threads:
            futures = [threads.submit(lane, salesforce, order["soql"], end) for _ in range(lanes)]
            calls = [call for future in futures for call in future.result()]
    return {"elapsed_ns": perf_counter_ns() - begun, "calls_ns": calls}


salesforce = connect()
for line in sys.stdin:
    print(json.dumps(run(salesforce, json.loads(line))), flush=True)
