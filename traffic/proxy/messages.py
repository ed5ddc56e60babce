"""One side of the proxy: messages of HTTP over a stream, as they were sent.

h11 reads and writes them, and keeps the case, the order and the repeats of headers. What is meant
for the next hop alone (RFC 9110, section 7.6.1) is taken out before a message is sent on.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

CHUNK = 64 * 1024
LARGEST_HEAD = 64 * 1024
_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"proxy-authenticate",
    b"te",
    b"trailer",
    b"upgrade",
    b"expect",
}

RawHeaders = list[tuple[bytes, bytes]]
"""Names in the case of the wire, and values, in order."""


class MessageStream:
    """A connection with h11 on our end; `reused` is whether it carried a message before."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        role: type[h11.CLIENT] | type[h11.SERVER],
    ) -> None:
        self.reader, self.writer = reader, writer
        self.http = h11.Connection(role, max_incomplete_event_size=LARGEST_HEAD)
        self.reused = False
        self.begun = False

    async def event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Give the next event; raise h11.RemoteProtocolError for what is no HTTP, and OSError."""
        while True:
            event = self.http.next_event()
            if isinstance(event, h11.Event) or event is h11.PAUSED:
                return event
            if self.http.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            data = await self.reader.read(CHUNK)
            self.begun = self.begun or bool(data)
            self.http.receive_data(data)

    async def send(self, *events: h11.Event) -> None:
        """Send events, all in one piece; raise OSError where nobody takes them any more."""
        data = b"".join(self.http.send(event) or b"" for event in events)
        if data:
            self.writer.write(data)
            await self.writer.drain()

    def next_message(self) -> bool:
        """Make ready for another message; False where the connection is of no more use."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            self.reused, self.begun = True, False
            return True
        return False

    @property
    def is_idle(self) -> bool:
        """Whether it is open and nothing has come unasked."""
        return not (self.reader.at_eof() or self.writer.is_closing() or self.http.trailing_data[0])

    def close(self) -> None:
        """Close, without waiting for the other side."""
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.close()


def headers_of(message: h11.Request | h11.Response | h11.InformationalResponse) -> RawHeaders:
    """Give the headers of a message as they were on the wire."""
    return [(bytes(name), bytes(value)) for name, value in message.headers.raw_items()]


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Give the headers that are meant for who is behind the next hop."""
    every = list(headers)
    nominated = {
        name.strip().lower()
        for header, value in every
        if header.lower() == b"connection"
        for name in value.split(b",")
    }
    left_out = _HOP | (nominated - {b"host", b"content-length", b"transfer-encoding"})
    return [(name, value) for name, value in every if name.lower() not in left_out]


def asks_for_upgrade(request: h11.Request) -> bool:
    """Whether a request wants to go on with another protocol, such as WebSocket."""
    headers = {bytes(name): bytes(value) for name, value in request.headers}
    return b"upgrade" in headers and b"upgrade" in headers.get(b"connection", b"").lower()
