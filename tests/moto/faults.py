"""Failures on order, in front of any WSGI application that speaks AWS's JSON 1.1.

`PUT /__faults` takes the plan: for each operation what becomes of its next
calls, in order; afterwards they work, e.g.
`{"PutSecretValue": ["throttle", "ok", "commit-then-drop"]}`.
`GET /__faults` tells the calls since then, each as `[operation, outcome]`.
"""

import json
import socket
import threading
import time

PATH = "/__faults"

# How long "hang" keeps a call, in seconds: longer than a client waits for it.
HANG_S = 10

# Outcomes that never reach the application: AWS's error code and a message.
ANSWERS = {
    "throttle": ("400 Bad Request", "ThrottlingException", "Rate exceeded"),
    "denied": ("400 Bad Request", "AccessDeniedException", "User: x is not authorized"),
    "kms-denied": (
        "400 Bad Request",
        "AccessDeniedException",
        "Access to KMS is not allowed",
    ),
    "no-decryption": (
        "400 Bad Request",
        "DecryptionFailure",
        "Secrets Manager can't decrypt the protected secret text",
    ),
    "limit": ("400 Bad Request", "LimitExceededException", "too many versions"),
    "expired-token": ("400 Bad Request", "ExpiredTokenException", "The token has expired"),
    "error": ("500 Internal Server Error", "InternalServiceError", "boom"),
}

# Sent with every answer of ours, as AWS does.
REQUEST_ID = "11111111-2222-3333-4444-555555555555"


class Faults:
    """Wraps `application`. Each call's outcome is decided as it arrives."""

    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()
        self.plan = {}
        self.calls = []

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == PATH:
            return self.control(environ, start_response)
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        outcome = self.next_outcome(operation)
        if outcome in ANSWERS:
            return refuse(start_response, *ANSWERS[outcome])
        if outcome == "hang":
            time.sleep(HANG_S)
            return cut(environ, start_response)
        if outcome == "html":
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"<html>a proxy's page</html>"]
        if outcome == "commit-then-drop":
            self.application(environ, lambda *_: None)
            return cut(environ, start_response)
        return self.application(environ, start_response)

    def next_outcome(self, operation):
        with self.lock:
            planned = self.plan.get(operation)
            outcome = planned.pop(0) if planned else "ok"
            self.calls.append([operation, outcome])
            return outcome

    def control(self, environ, start_response):
        with self.lock:
            if environ["REQUEST_METHOD"] == "PUT":
                length = int(environ["CONTENT_LENGTH"])
                self.plan = json.loads(environ["wsgi.input"].read(length))
                self.calls = []
            body = json.dumps(self.calls).encode()
        start_response("200 OK", headers("application/json", body))
        return [body]


def refuse(start_response, status, code, message):
    body = json.dumps({"__type": code, "message": message}).encode()
    start_response(status, headers("application/x-amz-json-1.1", body))
    return [body]


def headers(content_type, body):
    return [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", REQUEST_ID),
    ]


def cut(environ, start_response):
    """Closes the connection instead of answering."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    start_response("200 OK", [])
    return []
