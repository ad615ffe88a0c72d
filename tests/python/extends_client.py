"""Drives `simple-salesforce-extends` as it is: reads a query's rows, says what it did.

usage: extends_client.py SECRET HOST PORT

The org's host is dialled at PORT of loopback, as `--connect-to` would; nothing
else of the package is touched. The endpoint and credentials of Secrets Manager,
and the certificate authority, come from the environment.
"""

import json
import socket
import sys

import boto3

# Imported after boto3, and before the patch below is used.
from simple_salesforce_extends import SalesforceClientCredential

secret, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
resolve = socket.getaddrinfo


def getaddrinfo(name, *args, **kwargs):
    if name == host:
        return resolve("127.0.0.1", port, *args[1:], **kwargs)
    return resolve(name, *args, **kwargs)


socket.getaddrinfo = getaddrinfo

client = SalesforceClientCredential(
    secrets_client=boto3.client("secretsmanager"), credentials_secrets_manager_arn=secret
)
answer = client.query_all("SELECT Id, Name FROM Account ORDER BY Id LIMIT 5")
print(json.dumps([record["Id"] for record in answer["records"]]))
