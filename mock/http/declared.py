"""Responses that the contract declares: their statuses, headers and examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...spec.describing import actual, joined
from ...spec.parameters import UnwritableError
from ..data import times
from ..data.keystream import Draw, digest
from ..data.makers import plain_values
from ..response import StubResponse
from ..writing import dumps
from . import preferences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.model.media import DeclaredResponse
    from ...spec.model.operation import Operation
    from ...spec.parameters import Parameter
    from .preferences import Preferences


def status_of(declared: DeclaredResponse) -> int:
    """Return the status of a declared response, the first of its range if it is one."""
    if declared.status.isdecimal():
        return int(declared.status)
    return 200 if declared.status == "default" else int(declared.status[0]) * 100


def headers_of(declared: DeclaredResponse) -> tuple[tuple[str, str], ...]:
    """Return the headers of a declared response: those that have an example, or are required."""
    found = []
    for name, header in declared.headers.items():
        text = next(filter(None, (_written(header, each) for each in _values(header))), "")
        if text and text.isprintable() and text.isascii() and name.lower() not in _OWN:
            found.append((name, text))
    return tuple(found)


_OWN = {
    *("content-type", "content-length", "content-encoding", "transfer-encoding", "trailer"),
    *("connection", "keep-alive", "upgrade", "te", "date", "server"),
}
"""Headers that follow from the body, the connection and the server."""


def _values(header: Parameter) -> Iterator[Any]:
    yield header.example
    if header.required:
        kind = str(header.schema.get("type", "string"))
        draw = Draw(digest(b"", "header", header.name))
        yield plain_values.scalar(kind, header.schema, times.TODAY)(draw)


def _written(header: Parameter, value: Any) -> str:
    """Return the text of a valid value, '' for another one."""
    try:
        text = header.write(value)[0][1]
    except (UnwritableError, LookupError):
        return ""
    return text if header.read([text]).fault is None else ""


def preferred(operation: Operation, wanted: Preferences) -> DeclaredResponse | None:
    """Return the response of the preferred status, None without one.

    Raises ErrorResponse if the contract does not declare it.
    """
    if wanted.code is None:
        return None
    declared = operation.response_for(wanted.code)
    if declared is None:
        there = joined(sorted(operation.responses), "and")
        raise preferences.wrong(f"has code={wanted.code}", f"{operation.id} declares {there}")
    return declared


def example(operation: Operation, wanted: Preferences) -> StubResponse | None:
    """Return the preferred example, None without one.

    Raises ErrorResponse if there is none of this name, or none with the preferred status.
    """
    if wanted.example is None:
        return None
    declared = preferred(operation, wanted)
    statuses: dict[str, list[str]] = {}
    for each in operation.responses.values():
        for media in each.media.values():
            for name in media.examples:
                statuses.setdefault(name, []).append(each.status)
            here = declared is None or declared is each
            if not here or wanted.example not in media.examples:
                continue
            value = media.examples[wanted.example]
            body = value.encode() if isinstance(value, str) else dumps(value)
            status = wanted.code or status_of(each)
            return StubResponse.of(status, body, media.type, more=headers_of(each))
    named = f"example={actual(wanted.example)}"
    if wanted.example in statuses:
        found = joined(statuses[wanted.example], "and")
        what = f"has code={wanted.code} and {named}"
        raise preferences.wrong(what, f"the example is one of status {found}")
    if not statuses:
        raise preferences.wrong(f"has {named}", f"{operation.id} has no examples")
    raise preferences.unknown(named, wanted.example, tuple(statuses))
