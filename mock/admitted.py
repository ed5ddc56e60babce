"""Admissions: what was routed and let in once is let in again without asking a second time.

Which operation a path belongs to follows from the contract, and whether it may be called from the
credentials alone. So a request whose operation and credentials have passed before needs no second
look at either. What is unusual about a request is never looked up here. Memory is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..spec.contract import Contract
    from ..spec.model import Operation

Pass: TypeAlias = tuple[bytes, ...]
"""An operation's id, and the credentials it was called with."""

_MOST = 1024
_LONGEST = 2000


class Admitted:
    """Remembers who was let in to what."""

    def __init__(self, contract: Contract) -> None:
        schemes = {s for op in contract.operations for each in op.security for s in _places(each)}
        self._headers = frozenset(name for location, name in schemes if location == "header")
        self._base = contract.base_path
        self._routes: dict[int, list[Operation]] = {}
        if all(location == "header" for location, _ in schemes):
            for operation in sorted(contract.operations, key=_templated):
                if operation.method == "GET" and operation.body is None:
                    parts = operation.path.count("/")
                    self._routes.setdefault(parts, []).append(operation)
        self._passes: set[Pass] = set()

    def find(self, scope: Any) -> tuple[Operation, Mapping[str, str], Pass] | None:
        """Find the operation of a plain GET, the names in its path, and the pass it needs."""
        raw = scope["raw_path"]
        if b"%" in raw or not raw.isascii():
            return None
        path = raw.decode()
        if not path.startswith(self._base):
            return None
        path = path[len(self._base) :]
        for operation in self._routes.get(path.count("/"), ()):
            names = operation.match(path)
            if names is not None:
                wanted = self._headers
                found = [operation.id.encode()]
                for name, value in scope["headers"]:
                    if name in wanted:
                        found += (name, value)
                return operation, names, tuple(found)
        return None

    def knows(self, one: Pass) -> bool:
        """Whether a request with this pass was let in before."""
        return one in self._passes

    def add(self, one: Pass) -> None:
        """Remember that a request with this pass was let in."""
        if sum(map(len, one)) <= _LONGEST:
            if len(self._passes) >= _MOST:
                self._passes.clear()
            self._passes.add(one)


def _places(schemes: Any) -> list[tuple[str, bytes]]:
    return [
        (s.location, s.name.lower().encode())
        if s.kind == "apiKey"
        else ("header", b"authorization")
        for s in schemes
    ]


def _templated(operation: Operation) -> list[bool]:
    """Sort as connexion is told to route: what is written out before what a template matches."""
    return ["{" in part for part in operation.path.split("/")]
