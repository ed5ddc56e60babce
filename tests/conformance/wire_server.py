"""A server that says, byte for byte, what a test wants to be said."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Self, TypeAlias

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
class WireServer:
    """Plays one script for each connection, the last one again for all further connections."""

    scripts: Sequence[Script]
    tls: ssl.SSLContext | None = None
    address: str = "127.0.0.1"
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._listener = socket.create_server((self.address, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # Closing alone does not wake a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive(), "a script did not end"

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return (
            f"{scheme}://localhost:{self.port}" if self.tls else f"{scheme}://127.0.0.1:{self.port}"
        )

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._play, args=(connection, script))
            self._threads.append(thread)
            thread.start()

    def _play(self, connection: socket.socket, script: Script) -> None:
        connection.settimeout(_PATIENCE)
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            opened.enter_context(connection)
            if self.tls:
                connection = opened.enter_context(
                    self.tls.wrap_socket(connection, server_side=True)
                )
            for step in script:
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
