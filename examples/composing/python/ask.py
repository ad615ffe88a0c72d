"""A component that asks sfbox: `docs/composing.md` says how it is built."""

import json

import wit_world
from componentize_py_types import Err
from wit_world.imports import query, types


class WitWorld(wit_world.WitWorld):
    async def ask(self, org: str, soql: str) -> str:
        call = types.Options(timeout_ms=30_000, api_version=None)
        options = query.QueryOptions(
            call=call,
            rows=query.Rows.LIVE,
            batch_size=None,
            tooling=False,
            composite=True,
            complete_children=True,
        )
        try:
            page = await query.query(org, soql, [], options)
        except Err as error:
            # The contract's error: the class is its case, and `value` what belongs to it.
            raise Err(type(error.value).__name__.removeprefix("Error_")) from None
        return f"{len(json.loads(page.body)['records'])} records"
