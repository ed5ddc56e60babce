"""What the contract's schemas and laws find in a response that the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...spec.laws.laws import TIME
from ..data import times
from .lists import list_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.schemas.validation import Schema
    from ...spec.schemas.violations import Judgement, Violation
    from .exchange import Exchange
    from .lists import ShownList

_MOST = 500
"""The number of findings that are listed; the others are counted."""
_MOST_ELEMENTS = 3_000
"""The elements of a response in which every violation is looked for."""
_LARGEST = 256_000
"""The size of the largest response that is judged, in characters."""
_FIRST_ERROR = 400


def findings(contract: Contract, exchange: Exchange) -> dict[str, Any]:
    """Return the violations in a response as JSON for the page.

    `judged` says whether there was anything to judge, `more` counts the findings that are not
    listed, and `ignored` are the query parameters that the contract does not know. `reason` says
    why a response is not judged.
    """
    is_large = len(exchange.body) > _LARGEST
    judgement = None if is_large else _judgement(contract, exchange)
    found = judgement.violations if judgement is not None else []
    shown = list_of(exchange.operation, contract.schemas)
    return {
        "judged": judgement is not None,
        "findings": [_shown(contract, shown, each) for each in found[:_MOST]],
        "more": max(0, len(found) - _MOST),
        "ignored": exchange.ignored,
        "reason": f"it is larger than {_LARGEST // 1000} kB" if is_large else "",
    }


def _judgement(contract: Contract, exchange: Exchange) -> Judgement | None:
    """Judge a response; return None if it is not JSON, or if the contract has no schema for it."""
    schema = _schema(contract, exchange)
    if schema is None:
        return None
    try:
        return schema.judge(exchange.value, _request(exchange), _MOST_ELEMENTS)
    except (RecursionError, ValueError):
        return None


def _schema(contract: Contract, exchange: Exchange) -> Schema | None:
    declared = exchange.operation.response_for(exchange.status)
    if declared is not None and declared.schema is not None:
        return declared.schema
    is_error = exchange.status >= _FIRST_ERROR and contract.error is not None
    return contract.error.schema if is_error and contract.error else None


def _request(exchange: Exchange) -> Mapping[str, Any]:
    """Return what laws know of a request: its parameters, and its time up to the hour."""
    if any(each.name == TIME for each in exchange.operation.parameters):
        return exchange.values
    return {**exchange.values, **times.now()}


def _shown(contract: Contract, shown: ShownList | None, violation: Violation) -> dict[str, Any]:
    items = shown.items if shown is not None else ()
    place, row = violation.place, None
    in_list = shown is not None and place[: len(items)] == items and len(place) > len(items)
    if in_list and place[len(items)].isdecimal():
        row = int(place[len(items)])
        place = place[len(items) + 1 :]
    requirement = violation.requirement
    return {
        "place": violation.place,
        "row": row,
        "field": ".".join(place),
        "message": _message(violation),
        "requirement": requirement,
        "about": contract.register[requirement].title if requirement is not None else "",
    }


def _message(violation: Violation) -> str:
    if violation.law and violation.actual == violation.expected:
        return f"expected that {violation.expected}"
    if violation.law:
        return f"expected that {violation.expected}, but {violation.actual}"
    return f"expected {violation.expected}; got {violation.actual}"
