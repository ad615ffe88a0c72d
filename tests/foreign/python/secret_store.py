"""The component's `secret-store` over files: FOLDER/ORG.json, which instances share."""

import fcntl
import hashlib
import json
import os
import re

from wasmtime.component import Record, Variant

OWNED = {"SessionId", "Instance", "SessionInfo"}


class Refused(Exception):
    """An error of the contract."""


def record(**members):
    """A record, whose members are named as in WIT."""
    made = Record()
    for name, value in members.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def version_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


class SecretStore:
    """What the component imports."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, org):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", org):
            raise Refused("denied")
        return os.path.join(self.folder, f"{org}.json")

    def read(self, org):
        try:
            with open(self.path(org), encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            raise Refused("denied") from error

    def get(self, org):
        text = self.read(org)
        members = json.loads(text).items()
        return record(
            version=version_of(text),
            entries=[record(key=key, value=json.dumps(value)) for key, value in members],
            writable=True,
            settings=record(session_ttl_s=None, require_shared=False),
        )

    def replace(self, org, version, changes):
        if any(key not in OWNED for key, _ in changes):
            raise Refused("denied")
        with open(self.path(org) + ".lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            text = self.read(org)
            if version_of(text) != version:
                raise Refused("conflict")
            members = json.loads(text)
            for key, value in changes:
                if value is None:
                    members.pop(key, None)
                else:
                    members[key] = json.loads(value)
            text = json.dumps(members)
            new = self.path(org) + ".new"
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(new, self.path(org))
            return version_of(text)

    def claim(self, _org, _key):
        # Both of its result's types are variants, so that it must say which it is.
        return Variant("ok", Variant("unsupported"))

    def release(self, _org, _key, _refusal):
        return None

    def define_in(self, linker):
        """Gives the component its import."""
        def answering(function):
            def answer(_store, *arguments):
                try:
                    return function(*arguments)
                except Refused as refused:
                    return Variant(str(refused))
            return answer

        with linker.root() as root:
            with root.add_instance("sfbox:client-sync/secret-store@0.4.0") as store:
                for name in ("get", "replace", "claim", "release"):
                    store.add_func(name, answering(getattr(self, name)))
