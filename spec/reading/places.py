"""Where the operations of a document stand, and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.source import get
from ..model import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.source import Pointer


def operation_places(document: Mapping[str, Any]) -> Iterator[Pointer]:
    """Yield the places of the operations."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if isinstance(item, dict) and method in item:
                yield ("paths", path, method)


def parameter_places(document: Mapping[str, Any], operation: Pointer) -> Iterator[Pointer]:
    """Yield the places of an operation's parameters, those of its path first."""
    for owner in (operation[:2], operation):
        for index in range(len(get(document, owner).get("parameters", ()))):
            yield (*owner, "parameters", str(index))
