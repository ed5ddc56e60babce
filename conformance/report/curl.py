"""Requests as curl commands that reproduce a finding.

The command reads the token from the shell variable RUANGKERJA_TOKEN, so that a report without
secrets still has commands that work.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...spec.masking import VARIABLE
from ..evidence.credentials import CUT_OFF, FLIPPED, MASKED, SUFFIX, variable_of

if TYPE_CHECKING:
    from ..http.exchange import Request
    from ..http.target import Target

# Written by curl itself.
_LEFT_OUT = {"host", "content-length"}


_EXPRESSIONS = {
    None: f'"${VARIABLE}"',
    SUFFIX: f'"${VARIABLE}"x',
    CUT_OFF: f'"${{{VARIABLE}%?}}"',
    FLIPPED: f"\"$(printf %s \"${VARIABLE}\" | tr 'A-Za-z' 'a-zA-Z')\"",
}
"""The shell expression that replaces a mask, by how the token was changed."""


def curl(request: Request, target: Target) -> str:
    """Return a request, in which tokens are masked, as a curl command."""
    parts = ["curl -sS -i --path-as-is --globoff"]
    if request.method != "GET":
        parts.append(f"-X {shlex.quote(request.method)}" if request.method != "HEAD" else "--head")
    names = {name.lower() for name, _ in request.headers}
    parts += [
        # A header without a value is written with a semicolon.
        f"-H {_quoted(f'{name}: {value}' if value else f'{name};')}"
        for name, value in request.headers
        if name.lower() not in _LEFT_OUT
    ]
    if "accept" not in names:
        parts.append("-H 'Accept:'")  # curl would send its own
    if "accept-encoding" in names:
        parts.append("--compressed")
    url = f"{target.url.removesuffix(target.prefix)}{request.target.decode('latin-1')}"
    return " ".join([*parts, _quoted(url)])


def _quoted(text: str) -> str:
    """Quote a text for a shell, and write an expression for each mask in it."""
    done, parts = 0, []
    for mask in MASKED.finditer(text):
        variable = variable_of(mask[0])
        expression = f'"${variable}"' if variable else _EXPRESSIONS.get(mask[1])
        if expression is None:
            continue  # it is of another token
        before = text[done : mask.start()]
        parts += [shlex.quote(before) if before else "", expression]
        done = mask.end()
    rest = text[done:]
    return "".join([*parts, shlex.quote(rest) if rest else ""])
