"""Requests as bytes, untouched: a target goes on the wire exactly as the probe spells it.

A library would tidy up `..`, `%2f` or a lone `%`, and the server would never see them.
What could make two requests of one, a line break in a method, target or header, is a mistake of
the caller and raises ValueError.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .exchange import FailureKind
from .wire import WireError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Headers, Request, Response

# A request without a body has to say so where the method lets one expect a body (RFC 9110, 8.6).
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

_METHOD = re.compile(r"[!-~]+")
_TARGET = re.compile(rb"[^\r\n \0]+")
_NAME = re.compile(r"[^\r\n\0 \t:]+")
_VALUE = re.compile(r"[^\r\n\0]*")
LOGIN_REQUIRED = 407
"""The status of a proxy that asks for a login."""
PROXY_AUTHORIZATION = "Proxy-Authorization"
PROXY_LOGIN = (
    "asks for a user and a password (407)",
    "rejects the user and the password (407)",
)
"""What a proxy says that got no login, and one that got one."""


class Route(NamedTuple):
    """What the way to a server adds to each request on the wire."""

    origin: bytes = b""
    """The scheme and the authority before the target, if a proxy has to know them."""
    headers: Headers = ()
    """The headers after Host."""
    proxy: str = ""
    """The host and the port of the proxy, if there is one."""

    def checked(self, response: Response) -> Response:
        """Return a response of the server; raise WireError for one of the proxy."""
        if self.origin and response.status == LOGIN_REQUIRED:
            what = PROXY_LOGIN[any(name == PROXY_AUTHORIZATION for name, _ in self.headers)]
            raise WireError(FailureKind.PROXY, f"The proxy {self.proxy} {what}.")
        return response

    def told(self, error: WireError, mask: Callable[[str], str]) -> str:
        """Return the message of an error. `mask` replaces the secrets in a text."""
        if self.proxy and error.kind is FailureKind.DROPPED:
            return (
                f"The proxy {self.proxy}, or the server behind it, closed the connection without a "
                "response."
            )
        return error.told(mask)


DIRECT = Route()
"""The way to a server that adds nothing."""


def completed(request: Request, authority: str) -> Request:
    """Add the headers that framing needs and the request lacks: Host and Content-Length.

    `authority` is the value of Host.
    """
    given = {name.lower() for name, _ in request.headers}
    before: Headers = () if "host" in given else (("Host", authority),)
    after: Headers = ()
    if (request.body or request.method in _METHODS_WITH_BODY) and given.isdisjoint(
        ("content-length", "transfer-encoding")
    ):
        after += (("Content-Length", str(len(request.body))),)
    return replace(request, headers=before + request.headers + after)


def encoded(request: Request, route: Route = DIRECT) -> bytes:
    """Write a request as the bytes to send; raise ValueError if they would not be one request.

    The errors name a header but never quote its value, which may be a secret.
    """
    if not _METHOD.fullmatch(request.method):
        raise ValueError(f"{request.method!r} cannot be a method")
    if not _TARGET.fullmatch(request.target):
        raise ValueError(f"{request.target!r} cannot be a target: a space or a line break ends it")
    method = request.method.encode("ascii")
    lines = [b"%b %b%b HTTP/1.1" % (method, route.origin, request.target)]
    added = list(route.headers)
    for name, value in request.headers:
        lines.append(_line(name, value))
        if name.lower() == "host":
            lines += [_line(*header) for header in added]
            added.clear()
    return b"\r\n".join([*lines, *(_line(*header) for header in added), b"", request.body])


def _line(name: str, value: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a header")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the value of the header {name} contains a line break or NUL")
    try:
        return f"{name}: {value}".encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"the header {name!r} has a character beyond latin-1") from None


def asks_to_close(headers: Headers) -> bool:
    """Tell whether a request announces that its connection ends with it."""
    return any(
        option.strip().lower() == "close"
        for name, value in headers
        if name.lower() == "connection"
        for option in value.split(",")
    )
