"""AWS Secrets Manager on loopback, for tests: moto, corrected where it is laxer than AWS.
SQS, too, as `queues.py` has it.

Prints one line, the URL, when it listens (127.0.0.1, a free port), and ends with
the process that started it. `faults.py` says how to make calls fail, `clock.py`
how to make time pass.

Argument, if any: the file of a certificate and its key. The same is then served over
TLS as well, on a port of its own, whose URL is in a second line.

Source of what AWS does: Secrets Manager API Reference, unless a comment says
otherwise.
"""

import os
import ssl
import sys
import threading
import time

import queues
from clock import Clock
from faults import Faults
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.secretsmanager import exceptions, models
from werkzeug.serving import make_server

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"

# The longest SecretString, in bytes.
SECRET_BYTES_MAX = 65_536

# moto answers HTTP 404 for these. In the JSON 1.1 protocol every error of a
# client's is HTTP 400.
ANSWERED_WITH_404 = (
    exceptions.ResourceNotFoundException,
    exceptions.SecretNotFoundException,
    exceptions.SecretHasNoValueException,
    exceptions.SecretStageVersionMismatchException,
)

# How often to look whether the parent is still there, in seconds.
PARENT_CHECK_S = 0.5

# What moto's threads must not do at the same time: it checks, then acts.
OPERATIONS = (
    "create_secret",
    "delete_secret",
    "describe_secret",
    "get_secret_value",
    "list_secret_version_ids",
    "put_secret_value",
    "update_secret_version_stage",
)


def answer_400(error):
    init = error.__init__

    def corrected(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.code = 400

    error.__init__ = corrected


def update_secret_version_stage(
    self, secret_id, version_stage, remove_from_version_id, move_to_version_id
):
    """Moves a label: all of it, or nothing.

    moto takes the label away before it knows where to put it, lets two versions
    hold one label, and goes on reading the old version when no stage is named.
    """
    if secret_id not in self.secrets:
        raise exceptions.SecretNotFoundException()
    secret = self.secrets[secret_id]
    if isinstance(secret, models.ReplicaSecret):
        raise exceptions.OperationNotPermittedOnReplica()
    versions = secret.versions
    for version in (remove_from_version_id, move_to_version_id):
        if version and version not in versions:
            raise exceptions.ResourceNotFoundException(
                "Secrets Manager can't find the specified secret value for "
                f"VersionId: {version}"
            )
    holder = holder_of(versions, version_stage)
    check_move(version_stage, holder, remove_from_version_id, move_to_version_id)
    if holder:
        versions[holder]["version_stages"].remove(version_stage)
    if move_to_version_id:
        versions[move_to_version_id]["version_stages"].append(version_stage)
    if version_stage == CURRENT:
        if holder != move_to_version_id:
            drop_labels(versions, [PREVIOUS])
            if holder:
                versions[holder]["version_stages"].append(PREVIOUS)
        secret.set_default_version_id(move_to_version_id)
    return secret.arn, secret.name


def check_move(stage, holder, remove_from, move_to):
    """Refuses what AWS refuses.

    The first and the last message are AWS's own, as hashicorp/terraform-provider-aws
    quotes them (issue 19943, and resource `aws_secretsmanager_secret_version`).
    """
    refused = exceptions.InvalidParameterException
    if holder and holder != move_to and not remove_from:
        raise refused(
            "The parameter RemoveFromVersionId can't be empty. Staging label "
            f"{stage} is currently attached to version {holder}, so you must "
            "explicitly reference that version in RemoveFromVersionId."
        )
    if remove_from and remove_from != holder:
        raise refused(
            f"When you move staging label {stage}, if you specify RemoveFromVersionId, "
            f"it must be set to the version that currently has the staging label {stage}."
        )
    if stage == CURRENT and not move_to:
        raise refused(
            f"You can only move staging label {CURRENT} to a different secret version. "
            "It can't be completely removed."
        )


def reset_default_version(self, secret_version, version_id):
    """Makes a put version the current one.

    moto drops all labels of the version that was, and leaves those that the put
    names on whoever held them.
    """
    was_current = self.default_version_id
    drop_labels(self.versions, [PREVIOUS, *secret_version["version_stages"]])
    if was_current in self.versions:
        self.versions[was_current]["version_stages"].append(PREVIOUS)
    self.versions[version_id] = secret_version
    self.default_version_id = version_id


def put_secret_value(
    self, secret_id, secret_string, secret_binary, client_request_token, version_stages
):
    """Refuses a secret that is too long, which moto takes."""
    if len((secret_string or "").encode()) > SECRET_BYTES_MAX:
        raise exceptions.ValidationException(
            "1 validation error detected: Value at 'secretString' failed to satisfy "
            "constraint: Member must have length less than or equal to "
            f"{SECRET_BYTES_MAX}"
        )
    return PUT_OF_MOTO(
        self, secret_id, secret_string, secret_binary, client_request_token, version_stages
    )


def holder_of(versions, stage):
    holders = (id for id, version in versions.items() if stage in version["version_stages"])
    return next(holders, None)


def drop_labels(versions, labels):
    for version in versions.values():
        kept = [label for label in version["version_stages"] if label not in labels]
        version["version_stages"] = kept


def one_at_a_time(lock, operation):
    def locked(self, *args, **kwargs):
        with lock:
            return operation(self, *args, **kwargs)

    return locked


def correct_moto():
    for error in ANSWERED_WITH_404:
        answer_400(error)
    models.FakeSecret.reset_default_version = reset_default_version
    backend = models.SecretsManagerBackend
    backend.update_secret_version_stage = update_secret_version_stage
    backend.put_secret_value = put_secret_value
    lock = threading.RLock()
    for name in OPERATIONS:
        setattr(backend, name, one_at_a_time(lock, getattr(backend, name)))


def end_with(parent):
    """A test that is killed cannot stop what it started."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(0)


class Handler(MotoRequestHandler):
    def log_request(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(CLOCK.time() if timestamp is None else timestamp)


CLOCK = Clock()
PUT_OF_MOTO = models.SecretsManagerBackend.put_secret_value

if __name__ == "__main__":
    threading.Thread(target=end_with, args=[os.getppid()], daemon=True).start()
    correct_moto()
    queues.correct_moto(one_at_a_time)
    models.time = CLOCK
    app = CLOCK.wrap(Faults(DomainDispatcherApplication(create_backend_app)))

    def server(tls=None):
        return make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=Handler, ssl_context=tls
        )

    plain = server()
    print(f"http://127.0.0.1:{plain.server_port}", flush=True)
    if sys.argv[1:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
        secured = server(context)
        threading.Thread(target=secured.serve_forever, daemon=True).start()
        print(f"https://127.0.0.1:{secured.server_port}", flush=True)
    plain.serve_forever()
