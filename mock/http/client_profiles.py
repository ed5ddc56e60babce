"""Manners: the headers of a request, and what was found out about requests that have the same.

A client sends the same headers again and again. Whether their credentials are good for an
operation, and whether an operation has the format they want, follows from them alone; so it is
found out once. What is unusual about a request is never looked up here. Memory is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .preferences import HEADER as PREFER

if TYPE_CHECKING:
    from ...spec.contract import Contract

_MOST = 1024
_LONGEST = 2000


class ClientProfile:
    """Headers that some requests have in common; it is equal to itself alone.

    `let_in` are the ids of the operations that such requests were let in to by routing and
    security, `served` of those whose formats they are content with.
    """

    __slots__ = ("let_in", "served")

    def __init__(self) -> None:
        self.let_in: set[str] = set()
        self.served: set[str] = set()


class ClientProfiles:
    """The manners of the latest clients."""

    def __init__(self, contract: Contract) -> None:
        self._looked_at = _looked_at(contract)
        self._known: dict[tuple[tuple[bytes, bytes], ...], ClientProfile] = {}

    def of(self, scope: Any) -> ClientProfile | None:
        """Give the manner of a GET, None where the request has to be looked at by itself."""
        if scope["method"] != "GET":
            return None
        looked_at = self._looked_at
        headers = tuple([(name, value) for name, value in scope["headers"] if name in looked_at])
        return self._known.get(headers) or self._new(headers)

    def _new(self, headers: tuple[tuple[bytes, bytes], ...]) -> ClientProfile | None:
        if any(name == PREFER for name, _ in headers):
            return None
        if sum(len(name) + len(value) for name, value in headers) > _LONGEST:
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        return self._known.setdefault(headers, ClientProfile())


def _looked_at(contract: Contract) -> frozenset[bytes]:
    """Give the headers that an answer can depend on, in lower case."""
    names = {"accept", "authorization", "content-type", "cookie", PREFER.decode()}
    for operation in contract.operations:
        names |= {p.name for p in operation.located("header")}
        names |= {header.name for header in operation.required_headers}
        names |= {s.name for each in operation.security for s in each if s.location == "header"}
    return frozenset(name.lower().encode() for name in names)
