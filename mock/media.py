"""Formats: what a request accepts and sends, held against what an operation has (decision D1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..spec.describing import actual, cut, listing
from .refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..spec.model import Operation
    from .reading import Incoming

_BAD, _NOT_ACCEPTABLE, _UNSUPPORTED = 400, 406, 415


def check(operation: Operation, incoming: Incoming, *, strict: bool) -> None:
    """Refuse what contradicts the contract; with `strict`, what is missing as well."""
    accept = incoming.header(b"accept")
    produced = [name for answer in operation.answers.values() for name in answer.media]
    if accept is not None and produced and not accepts(accept, produced):
        detail = f"header Accept is {actual(accept)}; available is {listing(sorted(set(produced)))}"
        raise Refusal(_NOT_ACCEPTABLE, "Format is not available", detail)
    for header in operation.required_headers:
        sent = incoming.header(header.name.lower().encode())
        if sent is None and strict:
            detail = f"header {header.name} is missing; send {header.name}: {header.value}"
            raise Refusal(_BAD, f"{header.name} is missing", detail)
    consumed = list(operation.body.media) if operation.body else _declared(operation)
    sent = incoming.header(b"content-type")
    if sent is not None and consumed and (operation.body is None or incoming.body):
        kind = essence(sent)
        if not any(_fits(kind, own) for own in consumed):
            detail = f"header Content-Type is {actual(cut(sent))}; supported is {listing(consumed)}"
            raise Refusal(_UNSUPPORTED, "Content-Type is not supported", detail)


def _declared(operation: Operation) -> list[str]:
    """Give what an operation without a body wants in Content-Type all the same."""
    return [
        essence(header.value)
        for header in operation.required_headers
        if header.name.lower() == "content-type"
    ]


def essence(media_type: str) -> str:
    """Give a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def accepts(accept: str, produced: Sequence[str]) -> bool:
    """Whether an Accept header leaves one of the media types over (RFC 9110, section 12.5.1)."""
    ranges = _ranges(accept)
    if not ranges:
        return True
    return any(_quality(essence(own), ranges) > 0 for own in produced)


def _ranges(accept: str) -> Mapping[str, float]:
    found = {}
    for part in accept.split(",", 64)[:64]:
        name, *parameters = part.split(";")
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
    return own in {kind, "*/*", f"{kind.partition('/')[0]}/*"}
