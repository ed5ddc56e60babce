"""The router: finds the operation of a method and a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .path_templates import nameless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model.operation import Operation

Found: TypeAlias = "tuple[Operation, dict[str, str]]"
"""An operation, and the path parameters by name, still percent-encoded."""


class Routes:
    """The operations of a contract by method and path.

    Paths are without the query, percent-encoded, and begin below the contract's base path. A path
    that is written out comes before a template that matches it as well (OpenAPI 3.0, paths).
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        # A parameter has no slash in it, so the number of slashes tells most paths apart.
        self._by_depth: dict[int, list[Operation]] = {}
        self._by_method: dict[tuple[str, int], list[Operation]] = {}
        self._first: dict[tuple[str, str], Operation] = {}
        for operation in sorted(operations, key=lambda each: templated(each.path)):
            depth = operation.path.count("/")
            self._by_depth.setdefault(depth, []).append(operation)
            self._by_method.setdefault((operation.method, depth), []).append(operation)
            self._first.setdefault(_shape(operation), operation)

    def before(self, operation: Operation) -> Operation | None:
        """Return the operation that gets all requests for another one, None if no one does.

        Their paths differ only in the names of parameters.
        """
        first = self._first.get(_shape(operation), operation)
        return None if first is operation else first

    def at(self, path: str) -> list[Found]:
        """Return what is at a path, whatever the method, the most exact path first."""
        here = self._by_depth.get(path.count("/"), ())
        return [(each, names) for each in here if (names := each.match(path)) is not None]

    def find(self, method: str, path: str) -> Found | None:
        """Return the operation of a method and a path, and the values in the path, or None."""
        for operation in self._by_method.get((method, path.count("/")), ()):
            names = operation.match(path)
            if names is not None:
                return operation, names
        return None

    def nearest(self, method: str, path: str) -> Found | None:
        """Return what `find` does, or else an operation of another method at the path."""
        return self.find(method, path) or next(iter(self.at(path)), None)


def _shape(operation: Operation) -> tuple[str, str]:
    return operation.method, nameless(operation.path)


def templated(path: str) -> list[int]:
    """Return a key that sorts what is written out before what a template matches as well."""
    return [_openness(part) for part in path.split("/")]


def _openness(part: str) -> int:
    """Return 0 for a segment that is written out, 1 for one in part, and 2 for a parameter."""
    if "{" not in part:
        return 0
    return 2 if part.startswith("{") and part.find("}") == len(part) - 1 else 1
