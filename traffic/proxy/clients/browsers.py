"""What lets browsers use the upstream at the address of the proxy.

Pages of other origins can read responses (CORS), redirects lead back to the proxy, and cookies are
those of the proxy's host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from ....mock.access.loopback import is_of_this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....conformance.client.connection_settings import ConnectionSettings
    from ....conformance.http.target import Target
    from ..headers import RawHeaders

CORS = "Contract-CORS"
"""The header that says that the proxy added the headers for pages of other origins."""
ALLOWED_ORIGIN = "Access-Control-Allow-Origin"
_MAX_AGE = "600"
_NO_CONTENT = 204
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCATIONS = {b"location", b"content-location"}


class CrossOrigin:
    """Decides which pages of other origins may read a response that says nothing about them.

    Pages of this machine may read everything. Other pages may read what is in the contract, without
    cookies, and only if the proxy adds no credentials of its own to requests.
    """

    def __init__(self, settings: ConnectionSettings, *, enabled: bool) -> None:
        self._enabled = enabled
        self._adds_credentials = bool(settings.added or settings.cert)

    def allowed(self, request: web.BaseRequest, *, is_of_contract: bool) -> dict[str, str]:
        """Return the headers that let the page behind a request read its response, {} if none."""
        origins = request.headers.getall("Origin", ())
        if not self._enabled or len(origins) != 1:
            return {}
        added = {ALLOWED_ORIGIN: origins[0], "Vary": "Origin", CORS: "added"}
        if _is_of_this_machine(origins[0]):
            return {**added, "Access-Control-Allow-Credentials": "true"}
        return added if is_of_contract and not self._adds_credentials else {}


def may_open_websocket(request: web.BaseRequest) -> bool:
    """Whether the page behind a request may open a WebSocket, which CORS does not protect."""
    origin = request.headers.get("Origin")
    if origin is None or _is_of_this_machine(origin):
        return True
    return origin.partition("://")[2] == request.headers.get("Host")


def is_preflight(request: web.BaseRequest) -> bool:
    """Whether a browser asks whether a page may send another request."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(request: web.BaseRequest, allowed: dict[str, str]) -> web.Response:
    """Return the response to a preflight request that lets the page send what it wants to."""
    wanted = request.headers
    answer = {
        "Access-Control-Allow-Methods": wanted["Access-Control-Request-Method"],
        "Access-Control-Max-Age": _MAX_AGE,
    }
    if names := wanted.get("Access-Control-Request-Headers"):
        answer["Access-Control-Allow-Headers"] = names
    if wanted.get("Access-Control-Request-Private-Network") == "true":
        answer["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=_NO_CONTENT, headers={**allowed, **answer})


def allow(response: web.StreamResponse, allowed: dict[str, str]) -> None:
    """Let a page read a response that does not say itself who may."""
    if not allowed or ALLOWED_ORIGIN in response.headers:
        return
    exposed = dict.fromkeys(name for name in response.headers if name.lower() != "set-cookie")
    response.headers.extend(allowed)
    response.headers["Access-Control-Expose-Headers"] = ", ".join([*exposed, CORS])


def _is_of_this_machine(origin: str) -> bool:
    try:
        return is_of_this_machine(urlsplit(origin).hostname or "")
    except ValueError:
        return False


def moved(headers: RawHeaders, upstream: Target, host: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers of a response with the addresses of the upstream as clients know them.

    `host` is the header Host of the client.
    """
    for name, value in headers:
        known = name.lower()
        if known in _LOCATIONS:
            yield name, _location(value, upstream, host)
        elif known == b"set-cookie":
            yield name, _cookie(value, upstream)
        else:
            yield name, value


def _location(value: bytes, upstream: Target, host: bytes) -> bytes:
    """Return an address below the upstream as one below the proxy; others stay as they are."""
    try:
        url = urlsplit(value.decode("latin-1"))
        port = url.port or _DEFAULT_PORTS.get(url.scheme or upstream.scheme)
    except ValueError:
        return value
    prefix = upstream.prefix
    is_below = url.path == prefix or url.path.startswith(f"{prefix}/")
    place = (url.scheme or upstream.scheme, url.hostname, port, "@" in url.netloc)
    is_there = place == (upstream.scheme, upstream.host, upstream.port, False)
    if not is_below or (url.netloc and not is_there) or not (url.netloc or url.path):
        return value
    query = f"?{url.query}" if url.query else ""
    fragment = f"#{url.fragment}" if url.fragment else ""
    path = url.path[len(prefix) :] or "/"
    before = b"http://" + host if url.netloc and host else b""
    return before + f"{path}{query}{fragment}".encode("latin-1")


def _cookie(value: bytes, upstream: Target) -> bytes:
    """Return a cookie without a domain that is the upstream's, for a path below the proxy."""
    first, *attributes = value.split(b";")
    kept = [first]
    for attribute in attributes:
        name, _, text = attribute.partition(b"=")
        match name.strip().lower():
            case b"domain":
                domain = text.strip().lower().lstrip(b".").decode("latin-1")
                if upstream.host != domain and not upstream.host.endswith(f".{domain}"):
                    kept.append(attribute)
            case b"path" if upstream.prefix and _is_below(text.strip(), upstream):
                path = text.strip()[len(upstream.prefix) :]
                kept.append(b" Path=" + (path or b"/"))
            case _:
                kept.append(attribute)
    return b";".join(kept)


def _is_below(path: bytes, upstream: Target) -> bool:
    prefix = upstream.prefix.encode("latin-1")
    return path == prefix or path.startswith(prefix + b"/")
