"""Requests as curl commands that reproduce a finding.

The command reads the token from the shell variable RUANGKERJA_TOKEN, so that a report without
secrets still has commands that work.
"""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING

from ....spec.secrets.masking import VARIABLE
from ...client.connection_settings import BASIC_PASSWORD, PROXY_PASSWORD, header_variable
from ...client.http_proxy import ProxyError
from ...records.credentials import CUT_OFF, FLIPPED, MASKED, SUFFIX, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...client.connection_settings import ConnectionSettings
    from ...http.exchange import Request
    from ...http.target import Target

_OPTIONS = {"ca_file": "--cacert", "cert": "--cert", "key": "--key"}
# Written by curl itself.
_LEFT_OUT = {"host", "content-length"}


_EXPRESSIONS = {
    None: f'"${VARIABLE}"',
    SUFFIX: f'"${VARIABLE}"x',
    CUT_OFF: f'"${{{VARIABLE}%?}}"',
    FLIPPED: f"\"$(printf %s \"${VARIABLE}\" | tr 'A-Za-z' 'a-zA-Z')\"",
}
"""The shell expression that replaces a mask, by how the token was changed."""
_BASIC = r"sed '/:/!s/$/:/' | tr -d '\n' | base64 | tr -d '\n'"
"""What writes a token as Basic does: one without a colon is a user without a password."""


def curl(request: Request, target: Target, options: Iterable[str] = ()) -> str:
    """Return a request, in which tokens are masked, as a curl command.

    `options` are those of `connecting`, with which the command connects as the suite does.
    """
    parts = ["curl -sS -i --path-as-is --globoff"]
    parts += options
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
    if request.body and "content-type" not in names:
        parts.append("-H 'Content-Type:'")
    if "accept-encoding" in names:
        parts.append("--compressed")
    url = f"{target.url.removesuffix(target.prefix)}{request.target.decode('latin-1')}"
    return " ".join([*parts, *_sending(request.body), _quoted(url)])


def _sending(body: bytes) -> Iterator[str]:
    """Yield the option that sends a body, if there is one."""
    text = body.decode("utf-8", "replace")
    if body and text.encode() == body and text.isprintable():
        yield f"--data-binary {_quoted(text)}"
    elif body:
        yield f"--data-binary @<(printf %s {base64.b64encode(body).decode()} | base64 -d)"


def connecting(settings: ConnectionSettings, target: Target) -> Iterator[str]:
    """Yield the options with which curl connects to a target as these settings say.

    The command reads passwords and the values of headers for a gateway from the variables that the
    options of the suite read them from, too.
    """
    for option in ("ca_file", "cert", "key"):
        file = getattr(settings, option)
        if file is not None:
            yield f"{_OPTIONS[option]} {shlex.quote(str(file))}"
    for (host, port), address in settings.resolve.items():
        hosts = (f"[{each}]" if ":" in each else each for each in (host, address))
        yield f"--resolve {shlex.quote(f':{port}:'.join(hosts))}"
    yield from _over_proxy(settings, target)
    if settings.basic is not None:
        login = f'{shlex.quote(f"{settings.basic[0]}:")}"${BASIC_PASSWORD}"'
        # Not -u: a token in Authorization would replace it.
        code = rf"$(printf %s {login} | base64 | tr -d '\n')"
        yield f'-H "Authorization: Basic {code}"'
    for name, _ in settings.headers:
        yield f'-H {shlex.quote(f"{name}: ")}"${header_variable(name)}"'


def _over_proxy(settings: ConnectionSettings, target: Target) -> Iterator[str]:
    try:
        proxy = settings.proxy_for(target)
    except ProxyError:
        return
    if proxy is not None:
        yield f"--proxy {shlex.quote(proxy.url)}"
        if proxy.user:
            yield f'--proxy-user {shlex.quote(f"{proxy.user}:")}"${PROXY_PASSWORD}"'
        if "no" in settings.environment:
            yield "--noproxy ''"
    elif settings.environment.keys() & {target.scheme, "all"}:
        yield f"--noproxy {shlex.quote(target.host)}"


def _quoted(text: str) -> str:
    """Quote a text for a shell, and write an expression for each mask in it."""
    done, parts = 0, []
    for mask in MASKED.finditer(text):
        variable = variable_of(mask[0])
        expression = f'"${variable}"' if variable else _EXPRESSIONS.get(mask[1])
        if expression is None:
            continue  # it is of another token
        before = text[done : mask.start()]
        if before.endswith(": Basic "):
            expression = f'"$(printf %s {expression} | {_BASIC})"'
        parts += [shlex.quote(before) if before else "", expression]
        done = mask.end()
    rest = text[done:]
    return "".join([*parts, shlex.quote(rest) if rest else ""])
