"""The time that AWS tells: this machine's, and as far ahead as a test says.

`PUT /__clock` with a number of seconds moves it forward. AWS's clock dates each
version, and each answer (the header `Date`).
"""

import threading
import time

PATH = "/__clock"


class Clock:
    """Stands in for the module `time` in moto, and wraps its application."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ahead_s = 0.0

    def time(self):
        with self.lock:
            return time.time() + self.ahead_s

    def wrap(self, application):
        def wrapped(environ, start_response):
            if environ["PATH_INFO"] != PATH:
                return application(environ, start_response)
            length = int(environ["CONTENT_LENGTH"])
            seconds = float(environ["wsgi.input"].read(length))
            with self.lock:
                self.ahead_s += seconds
            start_response("200 OK", [("Content-Length", "0")])
            return []

        return wrapped
