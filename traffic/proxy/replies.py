"""Replies to the client: what is written in the end, whoever answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from .messages import headers_of, passed_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...conformance.rules.verdict import Verdict
    from .messages import MessageStream, RawHeaders
    from .own_responses import PlainResponse

VIOLATIONS = b"Contract-Violations"
"""The header that lists which requirements an answer violates, as a list of RFC 8941."""
FALLBACK = b"Contract-Fallback"
"""The header that says why the stub answered in the upstream's place."""


def head_of(
    answer: h11.Response | h11.InformationalResponse, more: Sequence[tuple[bytes, bytes]] = ()
) -> h11.Response:
    """Write the head of an upstream's answer as it is passed on."""
    every = headers_of(answer)
    headers = [*passed_on(every), *more]
    # Those that are passed on as they came have been looked through already.
    same = answer.headers if headers == every else headers
    return h11.Response(status_code=answer.status_code, headers=same, reason=answer.reason)


async def send(
    client: MessageStream,
    plain: PlainResponse,
    more: Sequence[tuple[bytes, bytes]] = (),
    *,
    head: bool = False,
) -> None:
    """Send an answer of the proxy's own; with `head` without its body."""
    try:
        reason = HTTPStatus(plain.status).phrase.encode()
    except ValueError:
        reason = b""
    answer = h11.Response(status_code=plain.status, headers=[*plain.headers, *more], reason=reason)
    body = [h11.Data(data=plain.body)] if plain.body and not head else []
    await client.send(answer, *body, h11.EndOfMessage())


def violations(verdicts: Sequence[Verdict], headers: RawHeaders) -> RawHeaders:
    """Give the headers that say what is wrong with an answer; none where nothing is."""
    if not verdicts:
        return []
    found: RawHeaders = [(VIOLATIONS, ", ".join(map(_item, verdicts)).encode("latin-1"))]
    if any(name.lower() == b"access-control-allow-origin" for name, _ in headers):
        # Scripts of another origin see no other headers than those that are named.
        found.append((b"Access-Control-Expose-Headers", VIOLATIONS))
    return found


def _item(verdict: Verdict) -> str:
    level = verdict.requirement.level.value.lower()
    field = verdict.findings[0].field if verdict.findings else None
    place = f';field="{_quoted(field)}"' if field else ""
    return f"{verdict.requirement.id};level={level};count={verdict.count}{place}"


def _quoted(text: str) -> str:
    """Write a text as a string of RFC 8941, which has printable ASCII alone."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text[:200])
    return plain.replace("\\", "\\\\").replace('"', '\\"')
