"""Asks an org a SOQL query with nothing but Python's own HTTP client, and prints the answer's bytes.

    raw_query.py ADDRESS HOST CA-FILE TOKEN SOQL

The first page only.
"""

import http.client
import socket
import ssl
import sys
import urllib.parse


def main():
    address, host, ca_file, token, soql = sys.argv[1:]
    name, port = address.rsplit(":", 1)
    plain = socket.create_connection((name, int(port)))
    connection = http.client.HTTPSConnection(host)
    connection.sock = ssl.create_default_context(cafile=ca_file).wrap_socket(plain, server_hostname=host)
    query = urllib.parse.urlencode({"q": soql})
    connection.request("GET", f"/services/data/v66.0/query?{query}", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    sys.stdout.buffer.write(answer.read())
    sys.exit(answer.status != 200)


main()
