"""Media types: compares Accept and Content-Type with what an operation declares (decision D1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import actual, joined
from ...spec.model.media import essence
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...spec.model.operation import Operation
    from .request_parser import IncomingRequest

_MOST_RANGES, _MOST_PARAMETERS = 64, 16
_BAD, _NOT_ACCEPTABLE, _UNSUPPORTED = 400, 406, 415


class Formats:
    """The media types of one operation; `strict` demands the headers that it requires, too."""

    def __init__(self, operation: Operation, *, strict: bool) -> None:
        produced = {name for declared in operation.responses.values() for name in declared.media}
        self._produced = sorted(produced)
        self._body = operation.body is not None
        self._consumed = list(operation.body.media) if operation.body else _declared(operation)
        self._required = operation.required_headers if strict else ()

    def check(self, incoming: IncomingRequest) -> None:
        """Raise ErrorResponse if a header contradicts the contract or a required one is missing."""
        accept, kind = incoming.header(b"accept"), incoming.header(b"content-type")
        for header in self._required:
            if incoming.header(header.name.lower().encode()) is None:
                detail = f"header {header.name} is missing; send {header.name}: {header.value}"
                raise ErrorResponse(_BAD, f"{header.name} is missing", detail)
        if self._body and not incoming.body:
            kind = None
        if accept is not None and self._produced and not accepts(accept, self._produced):
            detail = f"header Accept is {actual(accept)}; expected {joined(self._produced)}"
            raise ErrorResponse(_NOT_ACCEPTABLE, "Format is not available", detail)
        if kind is not None and self._consumed:
            sent = essence(kind)
            if not any(_fits(sent, own) for own in self._consumed):
                detail = f"header Content-Type is {actual(kind)}; expected {joined(self._consumed)}"
                raise ErrorResponse(_UNSUPPORTED, "Content-Type is not supported", detail)


def _declared(operation: Operation) -> list[str]:
    """Return the media types that an operation without a body requires in Content-Type."""
    return [
        essence(header.value)
        for header in operation.required_headers
        if header.name.lower() == "content-type"
    ]


def accepts(accept: str, produced: Sequence[str]) -> bool:
    """Whether an Accept header allows one of the media types (RFC 9110, section 12.5.1)."""
    ranges = _ranges(accept)
    if not ranges:
        return True
    return any(_quality(essence(own), ranges) > 0 for own in produced)


def _ranges(accept: str) -> Mapping[str, float]:
    found = {}
    for part in accept.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, *parameters = part.split(";", _MOST_PARAMETERS)[:_MOST_PARAMETERS]
        if not name.strip():
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        found[name.strip().lower()] = quality
    return found


def _quality(kind: str, ranges: Mapping[str, float]) -> float:
    for wanted in (kind, f"{kind.partition('/')[0]}/*", "*/*", "*"):
        if wanted in ranges:
            return ranges[wanted]
    return 0.0


def _fits(kind: str, own: str) -> bool:
    return essence(own) in {kind, "*/*", f"{kind.partition('/')[0]}/*"}
