"""Preferences: a request selects its response with the header Prefer (RFC 7240).

`code=403` selects a status, `example=NAME` an example of the contract, `delay=800` a delay in
milliseconds, `fault=NAME` a violation of the contract. An unknown value gets a 400 response that
lists the known ones. The preferences that RFC 7240 registers are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...spec.describing import actual, joined
from ..response import StubResponse
from ..writing import dumps
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.model import DeclaredResponse, Operation

HEADER = b"prefer"
_BAD = 400
_LONGEST = 4096
_LONGEST_DELAY = 60_000
_OURS = ("code", "example", "delay", "fault")
_REGISTERED = frozenset(
    {"respond-async", "return", "wait", "handling", "depth-noroot", "safe", "transclude"}
    | {"odata.continue-on-error", "odata.include-annotations", "odata.maxpagesize"}
)
_PART = re.compile(
    r"""[\s,]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)
        (?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,;"]*)))?
        (?:\s*;[^,]*)?\s*(?:,|$)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a request prefers; `applied` are the values of Preference-Applied."""

    code: int | None = None
    example: str | None = None
    delay: float = 0.0
    fault: str | None = None
    applied: tuple[str, ...] = field(default=())


def read(header: str) -> Preferences:
    """Read a Prefer header; raise ErrorResponse if it asks for something that does not exist."""
    found: dict[str, str] = {}
    if len(header) > _LONGEST:
        raise _wrong(f"is {actual(header)}", f"expected at most {_LONGEST} characters")
    at = 0
    while at < len(header):
        part = _PART.match(header, at)
        if part is None:
            raise _wrong(f"is {actual(header)}", "expected NAME=VALUE, separated by commas")
        at = part.end()
        name = part["name"].lower()
        value = part["plain"] if part["quoted"] is None else re.sub(r"\\(.)", r"\1", part["quoted"])
        if name in _OURS:
            found.setdefault(name, value or "")  # RFC 7240: the first of two counts
        elif name not in _REGISTERED:
            raise _wrong(f"has {actual(name)}", f"expected {joined(list(_OURS))}")
    return Preferences(
        _code(found.get("code")),
        found.get("example"),
        _delay(found.get("delay")),
        found.get("fault"),
        tuple(f"{name}={_quoted(value)}" for name, value in found.items()),
    )


def _code(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[2-5][0-9]{2}", text, re.ASCII):
        raise _wrong(f"has code={actual(text)}", "expected a status from 200 to 599")
    return int(text)


def _delay(text: str | None) -> float:
    if text is None:
        return 0.0
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) or int(text) > _LONGEST_DELAY:
        expected = f"expected milliseconds from 0 to {_LONGEST_DELAY}"
        raise _wrong(f"has delay={actual(text)}", expected)
    return int(text) / 1000


def _quoted(value: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value):
        return value
    return '"{}"'.format(re.sub(r'([\\"])', r"\\\1", value))


def _wrong(what: str, expected: str) -> ErrorResponse:
    return ErrorResponse(_BAD, "Preference does not exist", f"header Prefer {what}; {expected}")


def confirmation(wanted: Preferences) -> bytes:
    """Return the value of the header Preference-Applied."""
    return ", ".join(wanted.applied).encode("latin-1", "replace")


def preferred(operation: Operation, wanted: Preferences) -> DeclaredResponse | None:
    """Return the preferred response, None for the default; raise ErrorResponse if there is none."""
    if wanted.code is None:
        return None
    declared = operation.response_for(wanted.code)
    if declared is None:
        there = joined(sorted(operation.responses), "and")
        raise _wrong(f"has code={wanted.code}", f"{operation.id} declares {there}")
    return declared


def example(
    operation: Operation, declared: DeclaredResponse | None, wanted: Preferences
) -> StubResponse | None:
    """Return the preferred example, None without one; raise ErrorResponse if it is unknown."""
    if wanted.example is None:
        return None
    several = [declared] if declared is not None else list(operation.responses.values())
    names: dict[str, tuple[int, str, object]] = {}
    for each in several:
        for media in each.media.values():
            for name, value in media.examples.items():
                status = wanted.code or status_of(each)
                names.setdefault(name, (status, media.type, value))
    if wanted.example not in names:
        there = joined(sorted(names), "and") or "none"
        raise _wrong(f"has example={actual(wanted.example)}", f"{operation.id} has {there}")
    status, media_type, value = names[wanted.example]
    body = value.encode() if isinstance(value, str) else dumps(value)
    more = () if declared is None else headers_of(declared)
    return StubResponse.of(status, body, media_type, more=more)


def status_of(declared: DeclaredResponse) -> int:
    """Return the status of a declared response, the first of its range if it is one."""
    if declared.status.isdecimal():
        return int(declared.status)
    return 200 if declared.status == "default" else int(declared.status[0]) * 100


def headers_of(declared: DeclaredResponse) -> tuple[tuple[str, str], ...]:
    """Return the headers of a declared response with their examples."""
    found = []
    for name, header in declared.headers.items():
        schema: Mapping[str, object] = header.get("schema", {})
        text = str(header.get("example", schema.get("example", "")))
        fixed = name.lower() in {"content-type", "content-length"}
        if text and text.isprintable() and text.isascii() and not fixed:
            found.append((name, text))
    return tuple(found)
