"""The org that all contenders ask, for `simple-salesforce`; `benches/src/org.rs` says how it is named."""

import os
import socket

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

# As many as there are calls in flight at most: requests keeps 10 by itself, and
# opens and closes all others.
CONNECTIONS_MAX = 64


def connect():
    host, port = os.environ["BENCH_HOST"], int(os.environ["BENCH_PORT"])
    resolve = socket.getaddrinfo

    def getaddrinfo(name, *args, **kwargs):
        if name == host:
            return resolve("127.0.0.1", port, *args[1:], **kwargs)
        return resolve(name, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS_MAX))
    return Salesforce(
        instance=host, session_id=os.environ["BENCH_TOKEN"], session=session, version="66.0"
    )
