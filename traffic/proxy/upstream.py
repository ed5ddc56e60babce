"""The upstream: the server behind the proxy, asked through one aiohttp session.

A kept connection serves only the client that it was opened for, and only as long as nothing
unexpected arrives on it. So a response that an upstream sends twice, too late or after HEAD never
reaches another user.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, TypeVar

import aiohttp
from yarl import URL

from ...conformance.client.connection_settings import ConnectionSettings
from ...conformance.client.http_proxy import ProxyError, no_tunnel
from ...conformance.http.exchange import FailureKind
from ...conformance.http.request_writer import LOGIN_REQUIRED, PROXY_AUTHORIZATION
from ...conformance.http.wire import WireError, seconds, size, tls_reason
from .clients.connections import SILENCE
from .connector import (
    SWITCHING,
    Connector,
    Interim,
    OneClientsRequest,
    Resolver,
    client,
    interim,
    is_reused,
)
from .headers import (
    LARGEST_FIELD,
    LARGEST_HEAD,
    MOST_HEADERS,
    framing_mistake,
    sendable,
    size_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable

    from ...conformance.http.target import Target
    from .clients.proxied_request import ProxiedRequest

T = TypeVar("T")
LARGEST_MESSAGE = 64 * 1024 * 1024
"""Bytes of one message over a WebSocket."""

# Servers commonly close a connection after five idle seconds.
_KEPT_FOR = 4.0
_REPEATABLE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_STATUSES = range(100, 1000)
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Upstream:
    """Sends requests to one target. It has to be made in the event loop that uses it.

    `timeout` is in seconds, for a connection to be made; `settings` say how the target is reached.
    """

    def __init__(
        self, target: Target, *, timeout: float, settings: ConnectionSettings | None = None
    ) -> None:
        settings = settings or ConnectionSettings()
        self.target = target
        self._timeout, self._silence = timeout, max(timeout, SILENCE)
        self._route = settings.route(target)
        self._proxy, self._mistake = None, ""
        try:
            self._proxy = settings.proxy_for(target)
        except ProxyError as error:
            self._mistake = str(error)
        login = self._proxy.authorization if self._proxy else None
        self._for_tunnel = {PROXY_AUTHORIZATION: login} if login else None
        self._session = aiohttp.ClientSession(
            connector=Connector(
                ssl=settings.tls or True,
                limit=0,
                keepalive_timeout=_KEPT_FOR,
                resolver=Resolver(settings),
            ),
            proxy=self._proxy.url if self._proxy else None,
            request_class=OneClientsRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=timeout, sock_read=self._silence),
            auto_decompress=False,
            skip_auto_headers=_NOT_ADDED,
            max_line_size=LARGEST_FIELD,
            max_field_size=LARGEST_FIELD,
            max_headers=MOST_HEADERS,
        )

    async def send(
        self,
        proxied: ProxiedRequest,
        body: bytes | AsyncIterable[bytes] | None,
        on_interim: Interim | None = None,
    ) -> aiohttp.ClientResponse:
        """Send a request; return the response, whose body is not read yet.

        `on_interim` is called with each interim response. Whoever sends a request that is judged
        has a time limit of their own. Raises WireError without a final response.
        """
        client.set(proxied.client)
        interim.set(on_interim)

        async def once(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            try:
                return await handler(request)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
                # aiohttp repeats a request after these errors. That is right only if a kept
                # connection was closed in the meantime.
                if is_reused.get() and request.method in _REPEATABLE:
                    raise
                raise self.failure(error) from None

        try:
            sending = self._session.request(
                proxied.request.method,
                self._url(proxied),
                data=body,
                headers=sendable(self._headers(proxied)),
                proxy_headers=self._for_tunnel,
                allow_redirects=False,
                middlewares=(once,),
            )
            # An upload takes as long as the client wants.
            has_limit = proxied.judged or body is not None
            response = await (sending if has_limit else self._timely(sending))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self.failure(error) from None
        if self._route.origin and response.status == LOGIN_REQUIRED:
            response.close()
            raise self._refused(LOGIN_REQUIRED)
        try:
            _check(response)
        except WireError:
            response.close()
            raise
        return response

    async def open_websocket(
        self, proxied: ProxiedRequest, protocols: tuple[str, ...]
    ) -> aiohttp.ClientWebSocketResponse:
        """Open a WebSocket.

        Raises aiohttp.WSServerHandshakeError if the upstream refuses, and WireError if it does not
        respond.
        """
        client.set(proxied.client)
        try:
            opening = self._session.ws_connect(
                self._url(proxied),
                proxy_headers=self._for_tunnel,
                headers=sendable(
                    header
                    for header in self._headers(proxied)
                    if not header[0].lower().startswith(b"sec-websocket-")
                ),
                protocols=protocols,
                autoping=False,
                max_msg_size=LARGEST_MESSAGE,
            )
            return await self._timely(opening)
        except aiohttp.WSServerHandshakeError:
            raise
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self.failure(error) from None

    async def _timely(self, response: Awaitable[T]) -> T:
        async with asyncio.timeout(self._silence):
            return await response

    async def close(self) -> None:
        """Close the kept connections."""
        await self._session.close()

    def _headers(self, proxied: ProxiedRequest) -> list[tuple[bytes, bytes]]:
        """Return the headers to send: Host, those for a gateway, and the client's."""
        if self._mistake:
            raise WireError(FailureKind.PROXY, f"{self._mistake}.")
        host, *others = proxied.headers
        added = ((n.encode("latin-1"), v.encode("latin-1")) for n, v in self._route.headers)
        return [host, *added, *others]

    def _refused(self, status: int, reason: str = "") -> WireError:
        assert self._proxy is not None  # noqa: S101 - it has refused
        authority = f"{self.target.host}:{self.target.port}"
        return no_tunnel(self._proxy, authority, status, reason)

    def _url(self, proxied: ProxiedRequest) -> URL:
        target = proxied.request.target.decode("utf-8", "surrogateescape")
        # The query stays a part of the path, so that nothing in it is tidied up.
        return URL.build(
            scheme=self.target.scheme,
            host=self.target.host,
            port=self.target.port,
            path=target,
            encoded=True,
        )

    def failure(self, error: BaseException) -> WireError:  # noqa: C901 - a table
        """Return the reason why there is no response, or no whole one."""
        where, quoted = f"{self.target.host}:{self.target.port}", ""
        match error:
            case aiohttp.ClientHttpProxyError():
                return self._refused(error.status, error.message)
            case aiohttp.ClientProxyConnectionError():
                reason = (error.os_error.strerror or "no connection").lower()
                kind = FailureKind.PROXY
                message = f"The proxy {error.host}:{error.port} cannot be reached: {reason}."
            case aiohttp.ConnectionTimeoutError():
                kind = FailureKind.TIMEOUT
                message = f"{where} accepted no connection within {seconds(self._timeout)}."
            case TimeoutError():
                kind = FailureKind.TIMEOUT
                message = f"One side was silent for {seconds(self._silence)}."
            case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLError() as cause):
                kind = FailureKind.TLS
                message = f"No encrypted connection to {where}: {tls_reason(cause)}."
            case aiohttp.ClientConnectorSSLError():
                kind = FailureKind.TLS
                message = f"No encrypted connection to {where}: {tls_reason(error)}."
            case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
                kind, message = FailureKind.REFUSED, f"Nothing listens at {where}."
            case aiohttp.ClientConnectorError():
                reason = error.os_error.strerror or "no connection"
                kind, message = FailureKind.UNREACHABLE, f"{where} cannot be reached: {reason}."
            case aiohttp.ClientPayloadError():
                kind = FailureKind.TRUNCATED
                message = "The connection was closed in the middle of the response."
            case aiohttp.ServerDisconnectedError() | OSError():
                kind = FailureKind.DROPPED
                message = "The connection was closed before any byte of a response."
            case _:
                kind, message = FailureKind.MALFORMED, "The response is not HTTP: {quoted}."
                quoted = (getattr(error, "message", "") or str(error)).partition("\n")[0]
        return WireError(kind, message, quoted)


def _check(response: aiohttp.ClientResponse) -> None:
    """Raise WireError if a response cannot be passed on as it was meant."""
    if mistake := framing_mistake(response.raw_headers, response.version):
        raise WireError(FailureKind.MALFORMED, f"The response {mistake}.")
    if response.status not in _STATUSES:
        message = f"The response has the status {response.status}, which HTTP does not have."
        raise WireError(FailureKind.MALFORMED, message)
    if response.status == SWITCHING:
        message = "The response has the status 101, but the request asked for no other protocol."
        raise WireError(FailureKind.MALFORMED, message)
    if size_of(response.raw_headers) > LARGEST_HEAD:
        message = f"The headers of the response exceed {size(LARGEST_HEAD)}."
        raise WireError(FailureKind.TOO_LARGE, message)
