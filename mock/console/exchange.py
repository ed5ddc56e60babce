"""An exchange that the page shows: its request as the contract reads it, and its response."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...spec.documents import json_text
from ...spec.parameters.received import grouped, query_pairs
from ..http.error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ...spec.parameters.received import Received

_BAD = 400
_KINDS = {"method": str, "target": str, "status": int, "headers": list, "body": str}


@dataclass(frozen=True)
class Exchange:
    """A request to an operation of the contract, and its response.

    `names` are the values in its path, decoded, and `query` the raw values by decoded name; headers
    have names in lower case. `values` are the valid parameters of path and query. `delay` is in
    seconds, and `drop` the part of the body that was sent, if not all.
    """

    method: str
    operation: Operation
    names: Mapping[str, str]
    query: Received
    values: Mapping[str, Any]
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    delay: float = 0.0
    drop: float | None = None

    @property
    def ignored(self) -> list[str]:
        """The query parameters that the contract does not know."""
        return unknown_parameters(self.operation, self.query)

    @cached_property
    def value(self) -> Any:
        """The body as a value; raises ValueError if it is not JSON."""
        try:
            return json_text.read(self.body)
        except RecursionError:
            raise ValueError("the body is nested too deeply") from None


def json_of(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object that the page sends; raise ErrorResponse if it is none."""
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise ErrorResponse(_BAD, "Body is not valid", "the body is not a JSON object")
    return sent


def exchange_of(contract: Contract, sent: Mapping[str, Any]) -> Exchange:
    """Return the exchange that the page sends; raise ErrorResponse if it is none."""
    wrong = [name for name, kind in _KINDS.items() if type(sent.get(name)) is not kind]
    if wrong or not all(isinstance(each, list) and len(each) == 2 for each in sent["headers"]):  # noqa: PLR2004
        detail = f"the body has no valid {(wrong or ['headers'])[0]}"
        raise ErrorResponse(_BAD, "Body is not valid", detail)
    headers = tuple((str(name).lower(), str(value)) for name, value in sent["headers"])
    return exchange(contract, sent["method"], sent["target"], sent["status"], headers, sent["body"])


def exchange(  # noqa: PLR0913 PLR0917 - an exchange consists of them
    contract: Contract,
    method: str,
    target: str,
    status: int,
    headers: tuple[tuple[str, str], ...],
    body: str,
) -> Exchange:
    """Return an exchange; raise ErrorResponse if its request is to no operation."""
    path, _, query = target.partition("?")
    found = contract.nearest(method, path)
    if found is None:
        raise ErrorResponse(_BAD, "Operation is not found", "no operation has this path")
    operation, names = found
    decoded = {name: unquote(value) for name, value in names.items()}
    pairs = grouped(query_pairs(query))
    values = operation.values(names, pairs)
    return Exchange(method, operation, decoded, pairs, values, status, headers, body)


def unknown_parameters(operation: Operation, query: Received) -> list[str]:
    """Return those names of a query that the contract does not know, in order."""
    known = operation.listed(query)
    return [name for name in query if name and name not in known]
