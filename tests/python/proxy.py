"""An HTTP proxy that opens tunnels with CONNECT, and does so badly when it is told to.

Names are not resolved: each argument `HOST:PORT=ADDRESS:PORT` says where a tunnel to a
host leads. Options before them:

--tls FILE            the proxy itself is reached over TLS, with this certificate and key
--user USER:PASSWORD  what it asks for

It prints its port. Each line on stdin is a command, each answer a line of JSON on stdout:

seen        every request so far: its method, target, and what came of it
mode MODE   what it does from now on:
  tunnel    as a proxy should
  NUMBER    answers with this status
  silent    reads, and says nothing
  cut       closes the connection instead of an answer
  garbage   answers what is not HTTP
  endless   answers with a header that has no end
  early     opens a tunnel, and speaks first in it

Source: RFC 9110, sections 9.3.6 (CONNECT), 11.7 (407) and 15.5.8.
"""

import argparse
import base64
import json
import socket
import ssl
import sys
import threading
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer

parser = argparse.ArgumentParser()
parser.add_argument("--tls")
parser.add_argument("--user")
parser.add_argument("tunnels", nargs="*")
arguments = parser.parse_args()
TUNNELS = dict(tunnel.split("=") for tunnel in arguments.tunnels)
BASIC = arguments.user and "Basic " + base64.b64encode(arguments.user.encode()).decode()

lock = threading.Lock()
mode = "tunnel"
seen = []
# Those that are kept open without a word.
held = []


def note(method, target, outcome):
    with lock:
        seen.append({"method": method, "target": target, "outcome": outcome})


class Proxy(StreamRequestHandler):
    def handle(self):
        request = self.rfile.readline().decode().split()
        if len(request) != 3:
            return
        method, target, _ = request
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        outcome = self.judge(method, target, headers)
        note(method, target, outcome)
        try:
            self.answer(outcome, target)
        except OSError:
            # The client has left.
            pass

    def judge(self, method, target, headers):
        if mode != "tunnel":
            return mode
        if BASIC and headers.get("proxy-authorization") != BASIC:
            return "407"
        if method != "CONNECT" or headers.get("host") != target:
            return "400"
        return "tunnel" if target in TUNNELS else "502"

    def answer(self, outcome, target):
        if outcome == "tunnel":
            self.tunnel(*TUNNELS[target].rsplit(":", 1))
        elif outcome == "early":
            self.send(b"HTTP/1.1 200 OK\r\n\r\nwelcome")
        elif outcome == "garbage":
            self.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
        elif outcome == "endless":
            self.send(b"HTTP/1.1 200 OK\r\nx: ")
            while True:
                self.send(b"x" * 4096)
        elif outcome == "silent":
            held.append(self.request)
            self.request.recv(1)
        elif outcome != "cut":
            # What it was sent is in its answer, as in that of a careless proxy.
            status = HTTPStatus(int(outcome))
            body = f"{status.phrase} {BASIC} {arguments.user}".encode()
            self.send(
                f"HTTP/1.1 {outcome} {BASIC}\r\nProxy-Authenticate: Basic realm=x\r\n"
                f"X-Echo: {BASIC}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )

    def send(self, data):
        self.request.sendall(data)

    def tunnel(self, host, port):
        with socket.create_connection((host, int(port))) as far:
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.send(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
            back = threading.Thread(target=pump, args=[far, self.request], daemon=True)
            back.start()
            pump(self.request, far)
            back.join()


def pump(source, sink):
    """Carries bytes one way, and then says that no more will come."""
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Server(ThreadingTCPServer):
    daemon_threads = True
    tls = None

    def finish_request(self, request, client_address):
        # In the connection's own thread: a handshake keeps no other waiting.
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                note("TLS", "", "refused")
                return
            if request.selected_alpn_protocol() == "h2":
                note("TLS", "", "h2")
                return
        super().finish_request(request, client_address)

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Proxy)
if arguments.tls:
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(arguments.tls)
    server.tls.set_alpn_protocols(["h2", "http/1.1"])
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
for line in sys.stdin:
    words = line.split()
    with lock:
        if words[0] == "mode":
            mode = words[1]
        print(json.dumps(seen), flush=True)
