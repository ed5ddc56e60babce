"""The scenario file that makes the stub give a response again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from ...spec.model.media import essence
from ...spec.schemas.members import row_of
from ..http.error_response import ErrorResponse

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from .exchange import Exchange

_CONFLICT = 409
# Each response gets these anew, or they belong to this one response.
_OWN = {"connection", "content-length", "content-type", "date", "keep-alive"}
_OWN |= {"preference-applied", "server", "transfer-encoding", "vary"}


def scenario_text(contract: Contract, exchange: Exchange) -> str:
    """Return the text of a scenario file; raise ErrorResponse if a scenario cannot say it.

    A page of a list that conforms becomes its total and its items, so that its other pages are
    there, too. Anything else is returned as it is.
    """
    parameters = list(exchange.operation.located("path"))
    if exchange.method not in {exchange.operation.method, "HEAD"}:
        what = f"no operation has the method {exchange.method} here"
        raise ErrorResponse(_CONFLICT, "Scenario cannot be written", what)
    if not parameters:
        what = "a scenario is selected by a value in the path, and this path has none"
        raise ErrorResponse(_CONFLICT, "Scenario cannot be written", what)
    parameter = parameters[-1].name
    if set("*{}") & set(exchange.names[parameter].removesuffix("*")):
        what = f"a scenario is not selected by a {parameter} with * or a brace in it"
        raise ErrorResponse(_CONFLICT, "Scenario cannot be written", what)
    told = {
        "description": f"Copied from a response with status {exchange.status}.",
        "when": {parameter: exchange.names[parameter]},
        **(_list(contract, exchange) or {"response": _literal(exchange)}),
        **({"delay": exchange.delay} if exchange.delay else {}),
        **({"drop": exchange.drop} if exchange.drop is not None else {}),
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)


def _list(contract: Contract, exchange: Exchange) -> dict[str, Any] | None:
    """Return a page as the items of a list, None if the list cannot be made of it."""
    operation, pagination = exchange.operation, exchange.operation.pagination
    row, declared = row_of(operation, contract.schemas), operation.response_for(exchange.status)
    if pagination is None or row is None or declared is not operation.success:
        return None
    page, size = (exchange.values.get(p.name) for p in (pagination.page, pagination.size))
    try:
        body = exchange.value
        conforms = operation.schema is not None and operation.schema.accepts(body, exchange.values)
    except (RecursionError, ValueError):
        return None
    items, total = pagination.items_of(body) or [], pagination.total_of(body)
    known = {pagination.page.name, pagination.size.name}
    if not conforms or total is None or not set(exchange.query) <= known:
        return None
    if page is None or size is None:
        return None
    first = (page - pagination.first) * size
    if len(set(map(str, pagination.keys_of(items)))) < len(items) or first + len(items) > total:
        return None
    rows = {first + index: item for index, item in enumerate(items)}
    return {"total": total, **({"items": rows} if rows else {})}


def _literal(exchange: Exchange) -> dict[str, Any]:
    headers = {
        name: value
        for name, value in exchange.headers
        if name not in _OWN and not name.startswith("access-control-")
    }
    media_type = dict(exchange.headers).get("content-type", "")
    return {
        "status": exchange.status,
        **({"media_type": media_type} if essence(media_type) != "application/json" else {}),
        **({"headers": headers} if headers else {}),
        "body": exchange.body,
    }
