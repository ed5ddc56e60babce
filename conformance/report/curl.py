"""Commands that show a finding again: a request as a line for a shell, without its token.

The valid token is the shell variable RUANGKERJA_TOKEN, and what was made of it is made of that
variable, so that a report can be sent on and still be tried.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..evidence.credentials import VARIABLE, near_misses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..http.exchange import Request
    from ..http.target import Target

# Written by curl itself, or without meaning for the answer.
_LEFT_OUT = {"host", "content-length"}


def curl(request: Request, target: Target, tokens: Iterable[str]) -> str:
    """Write a request as a curl command."""
    parts = ["curl -sS -i --path-as-is --globoff"]
    if request.method != "GET":
        parts.append(f"-X {shlex.quote(request.method)}" if request.method != "HEAD" else "--head")
    known = dict(_expressions(tokens))
    names = set()
    for name, value in request.headers:
        names.add(name.lower())
        if name.lower() not in _LEFT_OUT:
            parts.append(f"-H {_header(name, value, known)}")
    if "accept" not in names:
        parts.append("-H 'Accept:'")  # curl would send one of its own
    url = f"{target.url.removesuffix(target.prefix)}{request.target.decode('latin-1')}"
    parts.append(_quoted(url, known))
    return " ".join(parts)


def _expressions(tokens: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give what a shell writes for each token, and for each that is nearly one."""
    for token in tokens:
        expressions = [
            f'"${VARIABLE}"x',
            f'"${{{VARIABLE}%?}}"',
            f"\"$(printf %s \"${VARIABLE}\" | tr 'A-Za-z' 'a-zA-Z')\"",
        ]
        known = {f"{token}x": expressions[0], token[:-1]: expressions[1]}
        known[token.swapcase()] = expressions[2]
        for near, _ in near_misses(token):
            yield near, known[near]
        yield token, f'"${VARIABLE}"'


def _header(name: str, value: str, known: dict[str, str]) -> str:
    if not value:
        return shlex.quote(f"{name};")  # curl's way to send a header without a value
    return _quoted(f"{name}: {value}", known, whole=value)


def _quoted(text: str, known: dict[str, str], whole: str | None = None) -> str:
    """Quote a text for a shell, the token in it as an expression."""
    if whole is not None:
        before = text[: len(text) - len(whole)]
        scheme, _, rest = whole.rpartition(" ")
        for candidate, lead in ((whole, ""), (rest, f"{scheme} ")):
            if candidate in known:
                return f"{shlex.quote(before + lead)}{known[candidate]}"
        return shlex.quote(text)
    for token, expression in known.items():
        if expression == f'"${VARIABLE}"' and f"={token}" in text:
            head, _, tail = text.partition(token)
            return f"{shlex.quote(head)}{expression}{shlex.quote(tail) if tail else ''}"
    return shlex.quote(text)
