"""Requests that no operation has: what is allowed at their path, and which path is similar."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from ...spec.describing import actual
from ...spec.visible import cut
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from ...spec.contract import Contract

_GONE, _NOT_ALLOWED, _NOT_KNOWN = 404, 405, 501
_LONGEST_PATH = 300
KNOWN_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


class Unrouted:
    """The error responses to requests that the contract has no operation for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def allowed(self, path: str) -> tuple[str, ...]:
        """Return the methods of a path, () if no operation has it."""
        methods = [operation.method for operation, _ in self._contract.routes.at(path)]
        if not methods:
            return ()
        more = [*(["HEAD"] if "GET" in methods else []), "OPTIONS"]
        return tuple(dict.fromkeys((*methods, *more)))

    def response(self, method: str, path: str | None, full_path: str) -> ErrorResponse:
        """Return why a request has no operation; `path` is None outside the contract's server."""
        allowed = self.allowed(path) if path is not None else ()
        if allowed and method not in allowed:
            names = ", ".join(allowed)
            detail = f"{cut(method)} is not allowed here; expected {names}"
            known = method in KNOWN_METHODS
            title = "Method is not allowed" if known else "Method is not implemented"
            status = _NOT_ALLOWED if known else _NOT_KNOWN
            return ErrorResponse(status, title, detail, headers=(("Allow", names),))
        return ErrorResponse(_GONE, "Path is not found", self._nearest(method, full_path))

    def _nearest(self, method: str, path: str) -> str:
        what = f"no operation has the path {actual(path)}"
        shown = {
            f"{op.method} {self._contract.base_path}{op.path}": op.method == method
            for op in self._contract.operations
        }
        if not shown:
            return what
        sent = path[:_LONGEST_PATH]
        if path.endswith("/") and len(path) > 1:
            bare = path.rstrip("/").removeprefix(self._contract.base_path)
            if self.allowed(bare):
                return f"{what}; remove the / at its end"
        best = max(
            shown,
            key=lambda name: (_likeness(sent, name.partition(" ")[2]), shown[name]),
        )
        return f"{what}; the most similar is {best}"


def _likeness(sent: str, template: str) -> float:
    """Return how similar a path is to a template, whose parameters stand for any value."""
    parts = sent.split("/")
    filled = [
        parts[n] if part.startswith("{") and n < len(parts) else part
        for n, part in enumerate(template.split("/"))
    ]
    return difflib.SequenceMatcher(None, sent, "/".join(filled)).ratio()
