"""A server that says, byte for byte, what a test wants to be said."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from .listening import Listening

if TYPE_CHECKING:
    import ssl

_PATIENCE = 10


class Act(Enum):
    """What a connection does besides sending bytes."""

    READ = auto()
    """Read a request, with the body that its Content-Length announces."""
    RESET = auto()
    """Break the connection off without a word (RST)."""
    HOLD = auto()
    """Stay silent until the client closes."""
    STALL = auto()
    """Stay silent, and read nothing, until the server stops."""


@dataclass(frozen=True)
class Drip:
    """Bytes sent one at a time, with a pause before each."""

    data: bytes
    pause: float


Step: TypeAlias = bytes | Act | Drip | Callable[[], object]
Script: TypeAlias = Sequence[Step]
"""What one connection does, step by step; functions are called; in the end it is closed."""

READ, RESET, HOLD, STALL = Act.READ, Act.RESET, Act.HOLD, Act.STALL


def answer(body: bytes = b"{}", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Write an answer with its Content-Length."""
    head = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*head, b"", body])


@dataclass
class WireServer(Listening):
    """Plays one script for each connection, the last one again for all further connections."""

    scripts: Sequence[Script]
    tls: ssl.SSLContext | None = None
    address: str = "127.0.0.1"
    requests: list[bytes] = field(default_factory=list)
    patience = _PATIENCE

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}" if self.tls else super().url

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(_PATIENCE)
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            opened.enter_context(connection)
            if self.tls:
                connection = opened.enter_context(
                    self.tls.wrap_socket(connection, server_side=True)
                )
            for step in self.scripts[min(number, len(self.scripts) - 1)]:
                self._step(connection, step)

    def _step(self, connection: socket.socket, step: Step) -> None:
        match step:
            case bytes():
                connection.sendall(step)
            case Drip():
                for byte in step.data:
                    time.sleep(step.pause)
                    connection.sendall(bytes([byte]))
            case Act.READ:
                self.requests.append(_request(connection))
            case Act.RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Act.STALL:
                self._stopping.wait(_PATIENCE)
            case Act.HOLD:
                while connection.recv(65_536):
                    pass
            case _:
                step()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            while len(body) < int(value):
                body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionError("the client closed")
    return data
