"""Rounds, as `benches/order` says: a call again and again, with a thread for each in flight."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter_ns


def lane(call, end):
    calls = []
    while True:
        began = perf_counter_ns()
        call()
        ended = perf_counter_ns()
        calls.append(ended - began)
        if ended >= end:
            return calls


def run(order, call):
    lanes = order["in_flight"]
    begun = perf_counter_ns()
    end = begun + order["milliseconds"] * 1_000_000
    if lanes == 1:
        calls = lane(call, end)
    else:
        with ThreadPoolExecutor(lanes) as threads:
            futures = [threads.submit(lane, call, end) for _ in range(lanes)]
            calls = [call for future in futures for call in future.result()]
    return {"elapsed_ns": perf_counter_ns() - begun, "calls_ns": calls}


def serve(took):
    """Prints what `took` says of each order."""
    for line in sys.stdin:
        print(json.dumps(took(json.loads(line))), flush=True)
