"""HTTP itself: other methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .probe import Caller

WRITING = ("POST", "PUT", "PATCH", "DELETE")


def other_methods(caller: Caller, known: frozenset[str], *, mine: bool) -> Iterator[Probe]:
    """Yield requests with methods that the contract does not have at this path, without a body.

    They are for a list that does not exist, where nothing can change, and, if the server is `mine`,
    for the list of the caller as well.
    """
    if "otherMethods" not in caller.operation.requirements:
        return
    methods = [method for method in WRITING if method not in known]
    if (nowhere := caller.nowhere) is not None:
        for method in methods:
            note = f"with {method}, for {nowhere.name}, which is unknown"
            yield Probe(nowhere.request(method=method), note, nowhere=True)
    if mine:
        for method in methods:
            yield Probe(caller.request(method=method), f"with {method}")
