"""What sfbox relies on in Secrets Manager, tried on an account of yours.

usage: acceptance.py   (region and credentials as any AWS tool has them)

AWS documents no order of concurrent calls, and not which error a refused move
gets: this makes one secret, tries, deletes it, and fails if a claim or a move has
not exactly one winner. The tests run it on moto.
"""

import json
import sys
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import ClientError

RACERS = 10
CURRENT = "AWSCURRENT"


def attempt(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "won"


def race(attempts):
    with ThreadPoolExecutor(len(attempts)) as racers:
        return Counter(racers.map(lambda run: run(), attempts))


def claims(client, secret):
    """The same id with another text each: one version is made."""
    token = str(uuid.uuid4())
    return race(
        [
            lambda owner=owner: attempt(
                client.put_secret_value,
                SecretId=secret,
                ClientRequestToken=token,
                VersionStages=["SF_CLAIM"],
                SecretString=json.dumps({"owner": owner}),
            )
            for owner in range(RACERS)
        ]
    )


def moves(client, secret, base):
    """The current stage from the same version to another each: one gets it."""
    versions = [
        client.put_secret_value(
            SecretId=secret, VersionStages=["SF_NEXT"], SecretString=json.dumps({"n": n})
        )["VersionId"]
        for n in range(RACERS)
    ]
    return race(
        [
            lambda version=version: attempt(
                client.update_secret_version_stage,
                SecretId=secret,
                VersionStage=CURRENT,
                RemoveFromVersionId=base,
                MoveToVersionId=version,
            )
            for version in versions
        ]
    )


def main():
    client = boto3.client("secretsmanager")
    secret = f"sfbox-acceptance-{uuid.uuid4().hex[:8]}"
    base = client.create_secret(Name=secret, SecretString="{}")["VersionId"]
    try:
        outcomes = {"claims": claims(client, secret), "moves": moves(client, secret, base)}
    finally:
        client.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    for what, counts in outcomes.items():
        print(f"{what}: {dict(counts)}")
    wrong = [what for what, counts in outcomes.items() if counts["won"] != 1]
    if wrong:
        sys.exit(f"not exactly one winner: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
