"""The stub without a port: the connections of a client end in this process.

A run takes a tenth of the time that it takes over sockets, as every response is made only once.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ...mock.faults.call import Response
from ..client.asgi import asked
from ..client.client import Client
from ..http.exchange import Request
from ..http.target import Target

if TYPE_CHECKING:
    import socket

    from starlette.types import Message

    from ...mock.faults import Fault, Faulty
    from ...spec.contract import Contract
    from ..http.wire import Deadline

_URL = "http://127.0.0.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


def read(data: bytes) -> Request:
    """Return the request that a client sent as bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, target, _ = first.split(b" ")
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    return Request(method.decode(), target, headers, body)


class Sent(NamedTuple):
    """A request of a run: its bytes, and how often it was sent by then."""

    data: bytes
    times: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, its bytes on the wire, and whether the connection ends after them."""

    response: Response
    data: bytes
    closes: bool = False


class InProcess:
    """A conforming application that responds in this process, with a fault in one response.

    `begin` starts a run; `sent` has the requests of the run in order.
    """

    def __init__(self, faulty: Faulty, contract: Contract) -> None:
        self.target = Target.parse(_URL + contract.base_path)
        self._faulty = faulty
        # What requests store changes the responses to later ones.
        self._stores = any(op.resource is not None and op.writes for op in contract.operations)
        self._loop = asyncio.new_event_loop()
        # Requests may be under way at once.
        self._lock = threading.Lock()
        self._known: dict[bytes, Answer] = {}
        self.begin()

    def begin(self, at: Sent | None = None, fault: Fault | None = None) -> None:
        """Start a run in which the response to one request has a fault."""
        self._at, self._fault = at, fault
        self._times: Counter[bytes] = Counter()
        self.sent: list[Sent] = []

    def close(self) -> None:
        """Close the event loop."""
        self._loop.close()

    def client(self, **settings: Any) -> Client:
        """Return a client that is connected to the application."""
        return Client(self.target, connector=self, **settings)

    def dial(self, deadline: Deadline) -> socket.socket:
        """Return the client's end of a connection."""
        del deadline  # it takes no time
        return cast("socket.socket", _Socket(self))

    def answer(self, data: bytes, fault: Fault | None = None) -> Answer:
        """Return the response to a request, with a fault or without one."""
        if fault is not None or self._stores:
            return self._asked(data, fault)
        if data not in self._known:
            self._known[data] = self._asked(data, None)
        return self._known[data]

    def respond(self, data: bytes) -> Answer:
        """Return the response to the next request of a run."""
        with self._lock:
            self._times[data] += 1
            sent = Sent(data, self._times[data])
            self.sent.append(sent)
            return self.answer(data, self._fault if sent == self._at else None)

    def _asked(self, data: bytes, fault: Fault | None) -> Answer:
        self._faulty.fault = fault
        self._faulty.reset()
        return self._loop.run_until_complete(self._ask(data))

    async def _ask(self, data: bytes) -> Answer:
        sent, closes = await asked(self._faulty, self.target, read(data))
        return _answer(sent, closes)


def _answer(sent: list[Message], closes: bool) -> Answer:
    start = sent[0]
    headers = tuple(start.get("headers", ()))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    response = Response(start["status"], headers, body)
    names = {name for name, _ in headers}
    if names >= {b"content-length", b"transfer-encoding"}:
        return Answer(response, b"", closes=True)  # how the stub drops a connection
    lines = [b"HTTP/1.1 %d Stub" % start["status"]]
    lines += [b"%b: %b" % header for header in headers]
    return Answer(response, b"\r\n".join([*lines, b"", body]), closes)


class _Socket:
    """The client's end of a connection, with what a client needs of a socket."""

    def __init__(self, server: InProcess) -> None:
        self._server = server
        self._sent, self._unread, self._closed = b"", b"", False

    def send(self, data: bytes | memoryview) -> int:
        """Take a part of a request; respond when it is complete."""
        self._sent += bytes(data)
        if _is_complete(self._sent):
            answer = self._server.respond(self._sent)
            self._sent, self._unread, self._closed = b"", answer.data, answer.closes
        return len(data)

    def recv(self, size: int) -> bytes:
        """Return a part of the response; raise BlockingIOError if there is none."""
        if not self._unread and not self._closed:
            raise BlockingIOError
        piece, self._unread = self._unread[:size], self._unread[size:]
        return piece

    def settimeout(self, seconds: float) -> None:
        """Do nothing: a response never takes time."""

    def close(self) -> None:
        """Forget what was not read."""
        self._unread, self._closed = b"", True


def _is_complete(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return bool(end) and len(body) >= (int(found[1]) if found else 0)
