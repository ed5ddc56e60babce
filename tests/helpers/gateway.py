"""What stands between a client and a backend in a company: a gateway with TLS, or an HTTP proxy."""

from __future__ import annotations

import base64
import contextlib
import re
import select
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .listening import Listening

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_PATIENCE = 10
_TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Refused(Exception):  # noqa: N818 - it is an answer
    """A request is answered here, with these bytes."""

    def __init__(self, status: str, *headers: str, body: str = "<html>no</html>") -> None:
        lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", *headers]
        lines += [f"Content-Length: {len(body)}", "Connection: close"]
        super().__init__("\r\n".join([*lines, "", body]).encode())


def login(user: str, password: str) -> bytes:
    """The credentials of Basic authentication."""
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def requiring(line: bytes, refusal: Refused) -> Callable[[bytes], bytes]:
    """A gate that lets requests through that have a line behind Host, without it."""

    def gate(request: bytes) -> bytes:
        lines = request.split(b"\r\n")
        if lines[2] != line:
            raise refusal
        return b"\r\n".join([*lines[:2], *lines[3:]])

    return gate


@dataclass
class Gateway(Listening):
    """Passes on what its gate makes of each request; `passed` has these bytes."""

    upstream: str
    gate: Callable[[bytes], bytes] = lambda request: request
    tls: ssl.SSLContext | None = None
    passed: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}" if self.tls else super().url

    def _serve(self, connection: socket.socket, number: int) -> None:
        del number
        connection.settimeout(_PATIENCE)
        address = urlsplit(self.upstream)
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            opened.enter_context(connection)
            if self.tls:
                connection = opened.enter_context(
                    self.tls.wrap_socket(connection, server_side=True)
                )
            upstream = opened.enter_context(
                socket.create_connection((address.hostname, address.port), _PATIENCE)
            )
            try:
                self._pass_on(connection, upstream)
            except Refused as refusal:
                connection.sendall(refusal.args[0])

    def _pass_on(self, client: socket.socket, upstream: socket.socket) -> None:
        received, is_tunnel = b"", False
        while not self._stopping.is_set():
            ready, _, _ = select.select([client, upstream], [], [], 0.5)
            for end in ready:
                data = _all_of(end)
                if not data:
                    return
                if end is upstream:
                    client.sendall(data)
                elif is_tunnel:
                    upstream.sendall(data)
                else:
                    received += data
            while not is_tunnel and (size := _size(received)):
                request, received = received[:size], received[size:]
                passed = self.gate(request)
                is_tunnel = passed.startswith(b"CONNECT ")
                (client if is_tunnel else upstream).sendall(_TUNNEL if is_tunnel else passed)
                self.passed.append(passed)


def proxy(upstream: str, user: str = "", password: str = "") -> Gateway:
    """An HTTP proxy that leads to one server, whatever name it is asked for."""
    line = b"Proxy-Authorization: " + login(user, password)
    refusal = Refused("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"')
    check = requiring(line, refusal) if user else bytes

    def gate(request: bytes) -> bytes:
        request = check(request)
        method, target, rest = request.split(b" ", 2)
        if method == b"CONNECT":
            return request
        if not target.startswith(b"http://"):
            raise Refused("400 Bad Request")
        _, _, path = target.removeprefix(b"http://").partition(b"/")
        return b" ".join([method, b"/" + path, rest])

    return Gateway(upstream, gate)


def _all_of(end: socket.socket) -> bytes:
    data = end.recv(65_536)
    while getattr(end, "pending", lambda: 0)():
        data += end.recv(65_536)
    return data


def _size(received: bytes) -> int:
    """The size of the first request, 0 if it is not complete."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return 0
    length = _LENGTH.search(received[: head + 2])
    size = head + 4 + (int(length[1]) if length else 0)
    return size if len(received) >= size else 0
