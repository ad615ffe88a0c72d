"""Contender: records created by `simple-salesforce`, one after the other, as its README does. A thread a call in flight."""

from itertools import count

from org import connect
from rounds import run, serve

salesforce = connect()
numbers = count()


def create():
    number = next(numbers)
    created = salesforce.Account.create(
        {
            "Name": f"Account {number:07}",
            "Industry": "Energy",
            "AnnualRevenue": number * 7,
            "NumberOfEmployees": number % 1_000,
            "BillingCity": "Berlin",
        }
    )
    if not created["success"]:
        raise SystemExit(f"not created: {created}")


def took(order):
    times = run(order, create)
    return {"elapsed_ns": times["elapsed_ns"], "records": len(times["calls_ns"])}


serve(took)
