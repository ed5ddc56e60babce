"""Headers that the proxy passes on, and headers that it adds.

Headers for one connection only (RFC 9110, section 7.6.1) are not passed on. The sender of a body
frames it anew. A name with _ is taken for the same name with -, since some servers do so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from aiohttp.http import HttpVersion10, HttpVersion11
from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.http import HttpVersion

    from ...conformance.verdicts.verdict import Verdict

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names and values in the case and order of the wire."""

LARGEST_HEAD = 64 * 1024
"""Bytes of all headers of a message, and of the line of a request."""
LARGEST_FIELD = 16 * 1024
"""Bytes of one header."""
MOST_HEADERS = 128

VIOLATIONS = "Contract-Violations"
"""The header that lists the requirements that a response violates, as a list of RFC 8941."""
FALLBACK = "Contract-Fallback"
"""The header that says why the stub responded in place of the upstream."""

_HOP_BY_HOP = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authentication-info",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
# What a message is like is no matter of one connection.
_NEVER_NOMINATED = {b"content-encoding", b"content-length", b"content-type", b"host"}
_LONGEST_FIELD = 200
_CODED = "has a Transfer-Encoding other than chunked, which this proxy cannot decode"
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def values(headers: RawHeaders, name: bytes) -> list[bytes]:
    """Return the values of all headers of a name in lower case."""
    return [value.strip() for found, value in headers if found.lower() == name]


def size_of(headers: RawHeaders) -> int:
    """Return the number of bytes that headers have on the wire."""
    return sum(len(name) + len(value) + 4 for name, value in headers)


def framing_mistake(headers: RawHeaders, version: HttpVersion | None) -> str:
    """Return why the end of a message is not certain, '' if it is; the subject is left out.

    aiohttp reads some of these messages, in its own way (RFC 9112, section 6.1).
    """
    codings, lengths = values(headers, b"transfer-encoding"), values(headers, b"content-length")
    if version == HttpVersion11 and not codings and len(lengths) == 1 and lengths[0].isdigit():
        return ""  # as in most messages
    is_chunked = [coding.lower() for coding in codings] == [b"chunked"]
    mistakes = {
        "is neither HTTP/1.0 nor HTTP/1.1": version not in {HttpVersion10, HttpVersion11},
        "has a Content-Length that is not one number": len(lengths) > 1
        or not all(length.isdigit() for length in lengths),
        "has both Content-Length and Transfer-Encoding": bool(codings and lengths),
        "has Transfer-Encoding, which HTTP/1.0 does not have": codings and version == HttpVersion10,
        _CODED: codings and not is_chunked,
    }
    return next((mistake for mistake, is_made in mistakes.items() if is_made), "")


def end_to_end(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Return the headers that are passed on. Content-Length is one number without zeros before."""
    left_out = _HOP_BY_HOP | {
        option.strip().lower().replace(b"_", b"-")
        for value in values(headers, b"connection")
        for option in value.split(b",")
    }
    left_out -= _NEVER_NOMINATED
    kept = []
    for name, value in headers:
        known = name.lower()
        if known == b"content-length":
            kept.append((name, value.lstrip(b"0") or b"0"))
        elif b"_" in known and known.replace(b"_", b"-") in _NEVER_NOMINATED | left_out:
            continue
        elif known not in left_out:
            kept.append((name, value))
    return kept


def sendable(headers: Iterable[tuple[bytes, bytes]]) -> CIMultiDict[str]:
    """Return headers as aiohttp sends them: as UTF-8. Other bytes are taken for latin-1.

    Control characters, which aiohttp refuses, are replaced by spaces (RFC 9110, section 5.5).
    """
    return CIMultiDict((_text(name), _text(value)) for name, value in headers)


def sendable_reason(reason: str) -> str:
    """Return the reason of a status line, as aiohttp has read it, as aiohttp sends it."""
    return _text(reason.encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=256)
def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if text.isprintable() else _CONTROLS.sub(" ", text)


def violations(verdicts: Sequence[Verdict], headers: RawHeaders) -> dict[str, str]:
    """Return the headers that say what is wrong with a response, () if nothing is."""
    if not verdicts:
        return {}
    found = {VIOLATIONS: ", ".join(map(_item, verdicts))}
    if any(name.lower() == b"access-control-allow-origin" for name, _ in headers):
        # Scripts of another origin see only the headers that are named.
        found["Access-Control-Expose-Headers"] = VIOLATIONS
    return found


def _item(verdict: Verdict) -> str:
    level = verdict.requirement.level.value.lower()
    field = verdict.findings[0].field if verdict.findings else None
    place = f';field="{_quoted(field)}"' if field else ""
    return f"{verdict.requirement.id};level={level};count={verdict.count}{place}"


def _quoted(text: str) -> str:
    """Return a text as a string of RFC 8941, which holds printable ASCII only."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text[:_LONGEST_FIELD])
    return plain.replace("\\", "\\\\").replace('"', '\\"')
