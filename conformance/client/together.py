"""Requests under way at once, each on its own connection."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from ..http.wire import Deadline, WireError
from .connection import Connection

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence

    from ..http.exchange import Response
    from ..http.response_parser import ResponseLimits

Outcome: TypeAlias = "tuple[Response | WireError, float, int]"
"""A response or the reason why there is none, the time of its end, and its connection."""


class Dialler(Protocol):
    """Opens connections."""

    def dial(self, deadline: Deadline) -> socket.socket:
        """Return a connected socket that the caller has to close. Raises WireError."""


class Together(NamedTuple):
    """Sends requests at once.

    `opened` counts the connections; `check` raises WireError for a response of a proxy.
    """

    connector: Dialler
    limits: ResponseLimits
    timeout: float
    opened: Iterator[int]
    check: Callable[[Response], Response]

    def ask(self, requests: Sequence[tuple[str, bytes]]) -> list[Outcome]:
        """Send requests, each given by its method and its bytes; return what came of each.

        All of each request but its last byte is sent first. The last bytes follow in order.
        """
        deadline = Deadline(self.timeout)
        outcomes: dict[int, Outcome] = {}
        opened: dict[int, Connection] = {}
        for place, (_, data) in enumerate(requests):
            number = next(self.opened)
            try:
                connection = Connection(self.connector.dial(deadline), self.limits, number)
            except WireError as error:
                outcomes[place] = (error, time.perf_counter(), number)
                continue
            opened[place] = connection
            connection.prepare(data[:-1], deadline)
        for place, connection in opened.items():
            connection.prepare(requests[place][1][-1:], deadline)

        def read(place: int, connection: Connection) -> None:
            result: Response | WireError
            try:
                result = self.check(connection.ask(requests[place][0], b"", deadline))
            except WireError as error:
                result = error
            finally:
                connection.close()
            outcomes[place] = (result, time.perf_counter(), connection.number)

        threads = [threading.Thread(target=read, args=pair) for pair in opened.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [outcomes[place] for place in range(len(requests))]
