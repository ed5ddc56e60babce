"""HTTP itself: other methods, and one request many times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .probe import Caller

WRITING = ("POST", "PUT", "PATCH", "DELETE")


def other_methods(caller: Caller, known: frozenset[str]) -> Iterator[Probe]:
    """Yield requests with methods that the contract does not have at this path."""
    if "otherMethods" in caller.operation.requirements:
        for method in WRITING:
            if method not in known:
                yield Probe(caller.request(method=method), f"with {method}", writes=True)


def repeats(caller: Caller, times: int) -> Iterator[Probe]:
    """Yield one valid request many times."""
    for _ in range(times):
        yield Probe(caller.request(), "the same request again")
