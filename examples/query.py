"""pip install wasmtime==50.0.1 && SFBOX_SECRETS='{"acme": {"Domain": "acme.my", …}}' python query.py sfbox-wasi-0.2.wasm acme 'SELECT Id FROM Account'

Prints every page of a query, one line each. The secrets come from the environment and
are not written: a session lives as long as this process.

As a module it gives a host to components that are composed with sfbox: `new_store` and
`instantiate`.
"""

import json
import os
import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant


def record(**members):
    """A record of the contract."""
    made = Record()
    made.__dict__.update({name.replace("_", "-"): value for name, value in members.items()})
    return made


def get(_store, org):
    secrets = json.loads(os.environ["SFBOX_SECRETS"])
    if org not in secrets:
        return Variant("denied")
    members = secrets[org].items()
    return record(
        version="1",
        entries=[record(key=key, value=json.dumps(value)) for key, value in members],
        writable=False,
        settings=record(session_ttl_s=None, require_shared=False),
    )


def new_store():
    """A store with WASI and its HTTP."""
    store = Store(Engine())
    wasi = WasiConfig()
    # The component asks for no environment; what it is composed with may.
    wasi.inherit_env()
    store.set_wasi(wasi)
    store.set_wasi_http()
    return store


def instantiate(store, file):
    """The component, with WASI and a secret store."""
    with Linker(store.engine) as linker:
        linker.add_wasip2()
        linker.add_wasi_http()
        with linker.root() as root:
            with root.add_instance("sfbox:client-sync/secret-store@0.4.0") as secrets:
                secrets.add_func("get", get)
                secrets.add_func("replace", lambda *_: Variant("denied"))
                secrets.add_func("claim", lambda *_: Variant("ok", Variant("unsupported")))
                secrets.add_func("release", lambda *_: None)
        return linker.instantiate(store, Component.from_file(store.engine, file))


def main(file, org, soql):
    store = new_store()
    instance = instantiate(store, file)
    interface = instance.get_export_index(store, "sfbox:client-sync/query@0.4.0")
    options = record(
        call=record(timeout_ms=None, api_version=None),
        rows="live",
        batch_size=None,
        tooling=False,
        composite=True,
        complete_children=True,
    )

    def call(name, *arguments):
        function = instance.get_func(store, instance.get_export_index(store, name, interface))
        answer = function(store, org, *arguments, options)
        function.post_return(store)
        if isinstance(answer, Variant):
            # The contract's error: its case, and what belongs to it.
            sys.exit(f"{answer.tag} {answer.payload}")
        return answer

    page = call("query", soql, [])
    print(page.body)
    while page.next:
        page = call("query-more", page.next)
        print(page.body)


if __name__ == "__main__":
    main(*sys.argv[1:])
