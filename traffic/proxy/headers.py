"""Headers that the proxy passes on, and headers that it adds.

Headers for one connection only (RFC 9110, section 7.6.1) are not passed on. The sender of a body
frames it anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...conformance.rules.verdict import Verdict

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names and values in the case and order of the wire."""

VIOLATIONS = "Contract-Violations"
"""The header that lists the requirements that a response violates, as a list of RFC 8941."""
FALLBACK = "Contract-Fallback"
"""The header that says why the stub responded in place of the upstream."""

_HOP_BY_HOP = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_NEVER_NOMINATED = {b"content-length", b"host"}
_LONGEST_FIELD = 200
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def end_to_end(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Return the headers that are passed on.

    Content-Length is left out if Transfer-Encoding overrides it (RFC 9112, section 6.3).
    """
    left_out = _HOP_BY_HOP | {
        option.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    left_out -= _NEVER_NOMINATED
    if any(name.lower() == b"transfer-encoding" for name, _ in headers):
        left_out.add(b"content-length")
    return [header for header in headers if header[0].lower() not in left_out]


def sendable(headers: Iterable[tuple[bytes, bytes]]) -> CIMultiDict[str]:
    """Return headers as aiohttp sends them: as UTF-8. Other bytes are taken for latin-1.

    Control characters, which aiohttp refuses, are replaced by spaces (RFC 9110, section 5.5).
    """
    return CIMultiDict((_text(name), _text(value)) for name, value in headers)


def _text(raw: bytes) -> str:
    raw = _CONTROLS.sub(b" ", raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


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
