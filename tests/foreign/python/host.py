"""The component in wasmtime-py, spoken to by lines of JSON: host.py COMPONENT.

`tests/guests/gateway/src/line.rs` says what the lines are.
"""

import json
import os
import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

from secret_store import SecretStore, record

CLIENT = "sfbox:client-sync"


class Instance:
    """The component, in a store of its own."""

    def __init__(self, file):
        engine = Engine()
        self.store = Store(engine)
        wasi = WasiConfig()
        wasi.env = [("SFBOX_DETOUR", os.environ["SFBOX_DETOUR"])]
        self.store.set_wasi(wasi)
        self.store.set_wasi_http()
        component = Component.from_file(engine, file)
        with Linker(engine) as linker:
            linker.add_wasip2()
            linker.add_wasi_http()
            SecretStore(os.environ["SFBOX_SECRETS_FOLDER"]).define_in(linker)
            self.instance = linker.instantiate(self.store, component)

    def call(self, interface, name, *arguments):
        """Calls a function of an interface."""
        interface = self.instance.get_export_index(self.store, f"{CLIENT}/{interface}@0.4.0")
        index = self.instance.get_export_index(self.store, name, interface)
        function = self.instance.get_func(self.store, index)
        answer = function(self.store, *arguments)
        function.post_return(self.store)
        return answer


def call_options():
    return record(timeout_ms=None, api_version=None)


def options(batch_size=None):
    return record(call=call_options(), rows="live", batch_size=batch_size, tooling=False, composite=True, complete_children=False)


def shown(value):
    """A value of the contract as text."""
    if isinstance(value, Variant):
        return f"{value.tag} {shown(value.payload)}"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Record):
        return ", ".join(f"{name}: {shown(member)}" for name, member in vars(value).items())
    return str(value)


def answered(answer, ok):
    # A result whose two types differ comes as the one or the other.
    if isinstance(answer, Variant):
        return {"error": shown(answer)}
    return ok(answer)


def page(answer):
    return answered(answer, lambda page: {"page": {"body": page.body, "next": page.next}})


def main():
    instance = Instance(sys.argv[1])
    for line in sys.stdin:
        match json.loads(line):
            case {"call": "query", "org": org, "soql": soql, "batchSize": size}:
                answer = page(instance.call("query", "query", org, soql, [], options(size)))
            case {"call": "queryMore", "org": org, "next": name}:
                answer = page(instance.call("query", "query-more", org, name, options()))
            case {"call": "status", "org": org}:
                status = instance.call("session", "status", org, call_options())
                answer = answered(status, lambda status: {"status": shown(status)})
            case other:
                answer = {"error": f"no call: {other}"}
        print(json.dumps(answer), flush=True)


main()
