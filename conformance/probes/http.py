"""The first line of the page: other methods, and one request many times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .probe import Caller

WRITING = ("POST", "PUT", "PATCH", "DELETE")


def other_methods(caller: Caller, known: frozenset[str]) -> Iterator[Probe]:
    """Requests with methods that the contract has not at this path (HTTP-01 and HTTP-02)."""
    if "otherMethods" in caller.operation.requirements:
        for method in WRITING:
            if method not in known:
                yield Probe(caller.request(method=method), f"with {method}", writes=True)


def repeats(caller: Caller, times: int) -> Iterator[Probe]:
    """One correct request many times (HTTP-03)."""
    for _ in range(times):
        yield Probe(caller.request(), "the same request again")
