"""What only the behavior of a server shows: the probes of a run, and what a stub responds to them.

How a list is paged, filtered and sorted, and how errors are written, shows in whole exchanges. So
the stub of one contract gets the requests that a run against either contract sends, and the rules
of both contracts judge its responses.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from ...records import strict_json
from ...requests.probes.lists import of_empty
from ...requests.probes.plan import Profile, first, static
from ...requests.probes.selections import selections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ....spec.contract import Contract
    from ....spec.model.operation import Operation
    from ...http.exchange import Request, Response
    from ...requests.probes.probe import Caller

_OF_PARAMETERS = {
    "x-filter": {"filter", "selected"},
    "x-search": {"filter", "selected"},
    "x-sort": {"sort", "default"},
}
_OF_CHOICES = {"oversize": "aboveMaximum", "pastEnd": "pastEnd", "unknownList": "unknown"}
"""The conditions of requirements by extension, and by member of x-pagination."""
_FAR = 9_000
"""A page past the end of every list of the stub."""


def requests(
    contract: Contract, caller: Caller, ask: Callable[[Request], Response | None], name: str
) -> Iterator[Request]:
    """Yield the requests that a run sends to an operation; `ask` gives the stub's response.

    `name` is a part of the behavior; for the default of a parameter, it is one without it.
    """
    operation = caller.operation
    part, _, parameter = name.partition(" ")
    if part == "default":
        yield from [caller.request(query={parameter: None})] if parameter else ()
        return
    yield first(caller).request
    rows = _rows(caller, ask(first(caller).request))
    size = operation.size.example if operation.size is not None else None
    yield from (each.page(caller, size).request for each in selections(caller, rows))
    paging = operation.pagination
    if paging is not None:
        yield caller.request(page=paging.first + _FAR)
        yield caller.request(size=paging.most + 1)
    if caller.nowhere is not None:
        yield caller.nowhere.request()
    probes = chain(of_empty(caller), static(contract, caller, Profile.GATE))
    yield from (probe.request for probe in probes)


def requirements_of(contract: Contract, operation: Operation, name: str) -> set[str] | None:
    """Return the requirements that are about a part of the behavior, None for all.

    `name` is a member of x-pagination, or an extension, with the parameter that it is of.
    """
    extension, _, parameter = name.partition(" ")
    if extension in _OF_PARAMETERS:
        tied = [p.requirements for p in operation.located("query") if p.name == parameter]
        return {r for each in tied for c, r in each.items() if c in _OF_PARAMETERS[extension]}
    tables: dict[str, list[Mapping[str, str]]] = {
        "aboveMaximum": [operation.size.requirements] if operation.size else [],
        "pastEnd": [operation.listing.requirements] if operation.listing else [],
        "unknown": [each.requirements for each in operation.located("path")],
    }
    if name in _OF_CHOICES:
        condition = _OF_CHOICES[name]
        return {each[condition] for each in tables[condition] if condition in each}
    if extension == "x-error-code":
        return {r.id for r in contract.register if any(a.startswith("error.") for a in r.aspects)}
    return None


def _rows(caller: Caller, response: Response | None) -> list[Any]:
    listing = caller.operation.listing
    if listing is None or response is None:
        return []
    return listing.items_of(strict_json.read(response.body).value) or []
