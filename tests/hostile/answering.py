"""A server that answers as it should for a while, and then does its worst."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from tests.helpers.backend import Asked, Backend
from tests.helpers.listening import PATIENCE, Listening

Attack: TypeAlias = Callable[[], Iterator[bytes]]
"""Yields the bytes of a response in pieces, possibly without end."""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass
class HostileServer(Listening):
    """Answers the first `honest` requests as the document has it, and attacks from then on.

    With `reset` a connection is broken off after the attack, otherwise closed.
    """

    attack: Attack
    honest: int = 0
    reset: bool = False
    backend: Backend = field(default_factory=Backend)
    answered: int = 0

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the server's end."""
        self._stopping.wait(seconds)

    def _serve(self, connection: socket.socket, _number: int) -> None:
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


def gzipped(megabytes: int) -> bytes:
    """Compress so many megabytes of blanks, without the checksum at the end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush, the same blanks are the same bytes again.
    megabyte = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + megabyte * megabytes
