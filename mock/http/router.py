"""Routes of requests that were let in before: what is not found here may still be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.routes import Found


class Router:
    """The operations that take a GET without a body, and credentials in headers or none."""

    def __init__(self, contract: Contract) -> None:
        self._routes = contract.routes
        self._base = contract.base_path
        schemes = [s for op in contract.operations for each in op.security for s in each]
        self._by_headers = all(s.kind != "apiKey" or s.location == "header" for s in schemes)

    def find(self, raw_path: bytes) -> Found | None:
        """Return an operation, and the names in the path; None where routing has to decide."""
        if not self._by_headers or b"%" in raw_path or not raw_path.isascii():
            return None
        path = raw_path.decode()
        if not path.startswith(self._base):
            return None
        found = self._routes.find("GET", path[len(self._base) :])
        return found if found is not None and found[0].body is None else None
