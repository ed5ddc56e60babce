"""A server that answers as it should for a while, and then does its worst."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from ..conformance.backend import Asked, Backend

Attack: TypeAlias = Callable[[], Iterator[bytes]]
"""Gives the bytes of an answer, piece by piece, perhaps for ever."""

PATIENCE = 30
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass
class HostileServer:
    """Answers the first `honest` requests as the document has it, and attacks from then on.

    With `reset` a connection is broken off after the attack, otherwise closed.
    """

    attack: Attack
    honest: int = 0
    reset: bool = False
    backend: Backend = field(default_factory=Backend)
    answered: int = 0

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a connection did not end"

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the server's end."""
        self._stopping.wait(seconds)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with connection, contextlib.suppress(OSError):
            data = b""
            while not self._stopping.is_set():
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65_536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                self.answered += 1
                if self.answered <= self.honest:
                    connection.sendall(self._honestly(head.decode("latin-1")))
                    continue
                for piece in self.attack():
                    connection.sendall(piece)
                    if self._stopping.is_set():
                        return
                if self.reset:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return

    def _honestly(self, head: str) -> bytes:
        line, *fields = head.split("\r\n")
        method, target, _ = line.split(" ")
        parts = urlsplit(target)
        headers = {
            name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)
        }
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        answer = self.backend.answer(Asked(method, parts.path, query, headers))
        body = json.dumps(answer.body).encode()
        sent = {"Content-Length": str(len(body)), **answer.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        return f"HTTP/1.1 {answer.status} Odd\r\n{lines}\r\n".encode() + body


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Write an answer with its length."""
    lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


def gzipped(megabytes: int) -> bytes:
    """Compress so many megabytes of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b" " * 1_000_000
    parts = [packer.compress(block) for _ in range(megabytes)]
    return b"".join([*parts, packer.flush()])
