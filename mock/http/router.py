"""Routes: which operation a plain GET is for, when nobody has to be asked but the contract.

This is for requests that were routed and let in before: what it does not find may still be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.model import Operation


class Router:
    """The operations that take a GET without a body, and credentials in headers or none."""

    def __init__(self, contract: Contract) -> None:
        self._by_depth: dict[int, list[_Route]] = {}
        if any(
            scheme.kind == "apiKey" and scheme.location != "header"
            for operation in contract.operations
            for alternative in operation.security
            for scheme in alternative
        ):
            return
        for operation in sorted(contract.operations, key=lambda op: templated(op.path)):
            if operation.method == "GET" and operation.body is None:
                route = _Route(operation, contract.base_path)
                self._by_depth.setdefault(route.depth, []).append(route)

    def find(self, raw_path: bytes) -> tuple[Operation, Mapping[str, str]] | None:
        """Find an operation, and the names in the path; None where there is something to ask."""
        routes = self._by_depth.get(raw_path.count(b"/"))
        if routes is None or b"%" in raw_path or not raw_path.isascii():
            return None
        for route in routes:
            names = route.names(raw_path)
            if names is not None:
                return route.operation, names
        return None


class _Route:
    """One operation; where its path has one name, that is cut out of it."""

    def __init__(self, operation: Operation, base: str) -> None:
        self.operation, self._base = operation, base
        path = base + operation.path
        self.depth = path.count("/")
        before, brace, rest = path.partition("{")
        self._name, _, after = rest.partition("}")
        whole = brace and "{" not in after and before[-1] == "/" and after[:1] in {"", "/"}
        self._around = (before.encode(), after.encode()) if whole else None

    def names(self, raw_path: bytes) -> Mapping[str, str] | None:
        """Give the names in a path that has as many parts, None if it is not of the operation."""
        if self._around is None:
            path = raw_path.decode()
            return (
                self.operation.match(path[len(self._base) :])
                if path.startswith(self._base)
                else None
            )
        before, after = self._around
        if not (raw_path.startswith(before) and raw_path.endswith(after)):
            return None
        name = raw_path[len(before) : len(raw_path) - len(after)]
        # There is no slash left for it in a path of this depth.
        return {self._name: name.decode()} if name else None


def templated(path: str) -> list[bool]:
    """Sort what is written out before what a template matches as well."""
    return ["{" in part for part in path.split("/")]
