"""Contender: `simple-salesforce` as it is. A thread a call in flight; `benches/order` says what a round is."""

from org import connect
from rounds import run, serve

salesforce = connect()
serve(lambda order: run(order, lambda: salesforce.query(order["soql"])))
