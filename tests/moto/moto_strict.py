"""A Secrets Manager on loopback: moto, with its book-keeping of stages corrected.

Stock moto answers a read without a stage with the old value after a move,
leaves two current versions after a put that follows one, and loses AWSCURRENT
in a move to an unknown version. What is corrected, and to what:

* `UpdateSecretVersionStage` is refused unless `RemoveFromVersionId` is the version
  that holds the stage (API reference), and a refused move changes nothing;
* `PutSecretValue` moves the stages that it names, and AWSPREVIOUS follows
  AWSCURRENT;
* an unknown secret answers 400, as AWS's JSON protocol does, not 404;
* a secret has at most 65,536 bytes;
* operations happen one at a time.

Prints its URL on a line of its own as soon as it listens, and serves until it is
killed.
"""

import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.secretsmanager import exceptions, models
from werkzeug.serving import WSGIRequestHandler, make_server

SECRET_BYTES_MAX = 65_536

Backend = models.SecretsManagerBackend
InvalidParameter = exceptions.InvalidParameterException


def answer_400(error):
    """AWS's JSON protocol knows no 404."""
    original = error.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.code = 400

    error.__init__ = init


def holder_of(versions, stage):
    return next((id for id, version in versions.items() if stage in version["version_stages"]), None)


def update_secret_version_stage(
    self, secret_id, version_stage, remove_from_version_id, move_to_version_id
):
    if secret_id not in self.secrets:
        raise exceptions.SecretNotFoundException()
    secret = self.secrets[secret_id]
    versions = secret.versions
    for version in (remove_from_version_id, move_to_version_id):
        if version and version not in versions:
            raise exceptions.ResourceNotFoundException(
                "Secrets Manager can't find the specified secret value for VersionId: " + version
            )
    holder = holder_of(versions, version_stage)
    if holder and holder != move_to_version_id and not remove_from_version_id:
        raise InvalidParameter(
            "The parameter RemoveFromVersionId can't be empty. Staging label "
            f"{version_stage} is currently attached to version {holder}, so you must explicitly "
            "reference that version in RemoveFromVersionId."
        )
    if remove_from_version_id and remove_from_version_id != holder:
        raise InvalidParameter(
            f"When you move staging label {version_stage}, if you specify RemoveFromVersionId, it "
            f"must be set to the version that currently has the staging label {version_stage}."
        )
    if version_stage == "AWSCURRENT" and not move_to_version_id:
        raise InvalidParameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be "
            "completely removed."
        )
    if holder:
        versions[holder]["version_stages"].remove(version_stage)
    if move_to_version_id:
        versions[move_to_version_id]["version_stages"].append(version_stage)
    if version_stage == "AWSCURRENT" and holder != move_to_version_id:
        for version in versions.values():
            if "AWSPREVIOUS" in version["version_stages"]:
                version["version_stages"].remove("AWSPREVIOUS")
        if holder:
            versions[holder]["version_stages"].append("AWSPREVIOUS")
    if version_stage == "AWSCURRENT":
        secret.set_default_version_id(move_to_version_id)
    return secret.arn, secret.name


def reset_default_version(self, secret_version, version_id):
    """The labels that a put names move to it; AWSPREVIOUS follows AWSCURRENT."""
    old = self.default_version_id
    for version in self.versions.values():
        version["version_stages"] = [
            stage
            for stage in version["version_stages"]
            if stage != "AWSPREVIOUS" and stage not in secret_version["version_stages"]
        ]
    if old and old in self.versions:
        self.versions[old]["version_stages"].append("AWSPREVIOUS")
    self.versions[version_id] = secret_version
    self.default_version_id = version_id


def limited(put_secret_value):
    def put(self, secret_id, secret_string, *args, **kwargs):
        if len((secret_string or "").encode()) > SECRET_BYTES_MAX:
            raise exceptions.ValidationException(
                "1 validation error detected: Value at 'secretString' failed to satisfy "
                f"constraint: Member must have length less than or equal to {SECRET_BYTES_MAX}"
            )
        return put_secret_value(self, secret_id, secret_string, *args, **kwargs)

    return put


def one_at_a_time(operation, lock):
    def locked(self, *args, **kwargs):
        with lock:
            return operation(self, *args, **kwargs)

    return locked


def correct():
    for error in (
        exceptions.ResourceNotFoundException,
        exceptions.SecretNotFoundException,
        exceptions.SecretHasNoValueException,
        exceptions.SecretStageVersionMismatchException,
    ):
        answer_400(error)
    models.FakeSecret.reset_default_version = reset_default_version
    Backend.update_secret_version_stage = update_secret_version_stage
    Backend.put_secret_value = limited(Backend.put_secret_value)
    lock = threading.RLock()
    for name in (
        "create_secret",
        "describe_secret",
        "get_secret_value",
        "list_secret_version_ids",
        "put_secret_value",
        "update_secret_version_stage",
    ):
        setattr(Backend, name, one_at_a_time(getattr(Backend, name), lock))


class Quiet(WSGIRequestHandler):
    def log_request(self, *args):
        pass


if __name__ == "__main__":
    correct()
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
