"""The connections to the upstream: each serves one client, and none is used with unread bytes."""

from __future__ import annotations

import functools
import select
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage

if TYPE_CHECKING:
    from aiohttp.connector import Connection
    from aiohttp.streams import StreamReader

    from ...conformance.client.connection_settings import ConnectionSettings

MOST_INTERIM = 20
"""Interim responses (1xx) to one request."""
SWITCHING = 101
Interim: TypeAlias = Callable[[RawResponseMessage], None]
"""Called with each interim response."""

client: ContextVar[Any] = ContextVar("client")
"""Whom the connection of a request serves."""
interim: ContextVar[Interim | None] = ContextVar("interim", default=None)
is_reused: ContextVar[bool] = ContextVar("is_reused", default=False)
"""Whether a request is sent on a connection that has served another one."""


class Resolver(aiohttp.ThreadedResolver):
    """Resolves names as the settings say."""

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__()
        self._settings = settings

    async def resolve(self, host: str, port: int = 0, *args: Any, **options: Any) -> Any:
        """Return the addresses of a host."""
        known = self._settings.address_of(host, port)
        return await super().resolve(known, port, *args, **options)


class OneClientsRequest(aiohttp.ClientRequest):
    """A request whose connection is shared with no other client."""

    @property
    def connection_key(self) -> Any:
        """What tells connections apart that cannot stand for each other."""
        return super().connection_key._replace(proxy_headers_hash=client.get())


class _Protocol(ResponseHandler):
    """A connection to the upstream whose interim responses are passed on, and counted."""

    interim: Interim | None = None
    _interims = 0

    def begin(self, interim: Interim | None) -> None:
        """Expect the response to another request."""
        self.interim, self._interims = interim, 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take the head of a response."""
        message, _ = data
        if not 100 <= message.code < 200 or message.code == SWITCHING:  # noqa: PLR2004 - 1xx
            super().feed_data(data, size)
            return
        self._interims += 1
        if self._interims > MOST_INTERIM:
            self.set_exception(aiohttp.ClientError(f"more than {MOST_INTERIM} interim responses"))
        elif self.interim is not None:
            self.interim(message)


class Connector(aiohttp.TCPConnector):
    """Keeps connections, but none with unread bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        factory: functools.partial[Any] = functools.partial(_Protocol, loop=self._loop)
        self._factory = factory
        self._methods: WeakKeyDictionary[ResponseHandler, str] = WeakKeyDictionary()

    async def connect(self, req: aiohttp.ClientRequest, *args: Any, **options: Any) -> Connection:
        """Return a new connection, or a kept one that is ready for a request."""
        while True:
            connection = await super().connect(req, *args, **options)
            protocol = connection.protocol
            assert isinstance(protocol, _Protocol)  # noqa: S101 - it is there until the end
            before = self._methods.get(protocol)
            if before is None or (before != "HEAD" and _is_quiet(protocol)):
                self._methods[protocol] = req.method
                is_reused.set(before is not None)
                protocol.begin(interim.get())
                return connection
            connection.close()


def _is_quiet(protocol: ResponseHandler) -> bool:
    """Whether nothing has come in on a connection since its last response, not even its end."""
    if protocol.should_close or protocol.transport is None:
        return False
    connection = protocol.transport.get_extra_info("socket").fileno()
    if not hasattr(select, "poll"):  # as on Windows
        return not select.select([connection], (), (), 0)[0]
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)
