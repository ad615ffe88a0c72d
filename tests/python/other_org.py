"""An org that shares nothing with the emulator, for the whole conversation of one client.

It reads bodies by Content-Length alone, as many servers do, and it speaks HTTP/1.1 and
no other. Each line on stdin is a command, each answer a line of JSON on stdout:

expire      ends the session
last N      ends it after N more API requests
seen        what was asked so far

Source of the answers: docs of the REST API ("Query", "Status Codes and Error
Responses") and public captures of the token endpoint.

Arguments: the certificate's file, the consumer key, the consumer secret.
"""

import base64
import gzip
import json
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "acme.my.salesforce.com"
RESOURCES = "/services/data/v66.0/"
QUERY = "/services/data/v66.0/query"
PAGE_ROWS = 2
NAMES = ["Ada", "Ben", "Chloé", "Dan", "東"]

certificate, consumer_key, consumer_secret = sys.argv[1:]
BASIC = "Basic " + base64.b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()

lock = threading.Lock()
session = {"token": None, "left": None}
seen = {"logins": 0, "refused": 0, "requests": []}


class Org(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, body):
        names = ["Content-Length", "Transfer-Encoding", "Content-Type", "Host", "User-Agent"]
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        request = {"method": self.command, "path": self.path.partition("?")[0]}
        seen["requests"].append({**request, "body": body, "headers": headers})

    def answer(self, status, value, coding=None):
        body = json.dumps(value).encode()
        if coding:
            body = gzip.compress(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        if coding:
            self.send_header("Content-Encoding", coding)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        # A body in chunks is no body here, and what follows is no request.
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        with lock:
            self.note(body)
            self.answer(*self.login(urllib.parse.parse_qs(body)))

    def login(self, form):
        if self.path != "/services/oauth2/token" or self.headers["Host"] != HOST:
            return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
        if form.get("grant_type") != ["client_credentials"]:
            seen["refused"] += 1
            return 400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
        if self.headers["Authorization"] != BASIC:
            seen["refused"] += 1
            return 400, {"error": "invalid_client", "error_description": "invalid client credentials"}
        seen["logins"] += 1
        session.update(token=f"00D000000000001!CANARY.token.{seen['logins']}", left=None)
        return 200, {
            "access_token": session["token"],
            "instance_url": f"https://{HOST}",
            "id": f"https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1_000)),
            "signature": "c2lnbmF0dXJl",
        }

    def do_GET(self):
        with lock:
            self.note("")
            self.answer(*self.call())

    def call(self):
        alive = session["token"] and self.headers["Authorization"] == f"Bearer {session['token']}"
        if session["left"] is not None:
            session["left"] -= 1
            alive = alive and session["left"] >= 0
        if not alive:
            return 401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        path, _, parameters = self.path.partition("?")
        if path == RESOURCES:
            return 200, {"query": QUERY}
        if path == QUERY:
            soql = urllib.parse.parse_qs(parameters)["q"][0]
            if soql != "SELECT Id, Name FROM Contact":
                return 400, [{"message": None, "errorCode": "MALFORMED_QUERY", "fields": [None]}]
            return 200, page(0), "GZIP"
        locator = path.removeprefix(f"{QUERY}/01g000000000001-{seen['logins']}0")
        if locator.isdigit():
            return 200, page(int(locator)), "x-gzip"
        return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def page(start):
    end = start + PAGE_ROWS
    records = [
        {"attributes": {"type": "Contact", "url": f"/services/data/v66.0/sobjects/Contact/003{number:015}"},
         "Id": f"003{number:015}", "Name": name}
        for number, name in enumerate(NAMES) if start <= number < end
    ]
    result = {"totalSize": len(NAMES), "done": end >= len(NAMES), "records": records}
    if not result["done"]:
        # Of the session that opened it.
        result["nextRecordsUrl"] = f"{QUERY}/01g000000000001-{seen['logins']}0{end}"
    return result


def command(words):
    if words[0] == "expire":
        session["token"] = None
    elif words[0] == "last":
        session["left"] = int(words[1])
    return seen


server = ThreadingHTTPServer(("127.0.0.1", 0), Org)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for line in sys.stdin:
    with lock:
        print(json.dumps(command(line.split())), flush=True)
