"""Lanes: each sends one request after another, and keeps its connection in between."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..http.exchange import Exchange
from ..http.wire import Deadline, WireError
from .connection import Connection, StaleConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..http.exchange import Failure, Request, Response
    from ..http.response_parser import ResponseLimits
    from .together import Dialler


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that is ready to be sent, with its bytes and its purpose."""

    request: Request
    data: bytes
    note: str
    alone: bool
    """Whether it has its own connection."""
    last: bool
    """Whether its connection is closed after it."""


@dataclass(slots=True)
class Lane:
    """Sends requests, one at a time.

    `opened` counts the connections of all lanes of a client, `clock` returns the seconds since
    1970-01-01 UTC, `check` raises WireError for a response of a proxy, and `failure` turns an error
    into the failure of an exchange.
    """

    dialler: Dialler
    limits: ResponseLimits
    opened: Iterator[int]
    clock: Callable[[], float]
    check: Callable[[Response], Response]
    failure: Callable[[WireError], Failure]
    _kept: Connection | None = field(init=False, default=None)
    _current: Connection | None = field(init=False, default=None)

    @property
    def is_connected(self) -> bool:
        """Whether a connection is kept open for the next request."""
        return self._kept is not None

    def close(self) -> None:
        """Close the connection that is kept open between requests."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def abort(self) -> None:
        """End the request that another thread is sending."""
        if (current := self._current) is not None:
            current.abort()

    def exchange(self, outgoing: Outgoing, number: int, timeout: float) -> Exchange:
        """Send a request, and return its exchange; `timeout` is in seconds."""
        response: Response | None = None
        failure: Failure | None = None
        timing = _Timing(self.clock)
        if outgoing.alone:
            self.close()  # some servers serve one connection at a time
        try:
            response = self.check(self._ask(outgoing, Deadline(timeout), timing))
        except WireError as error:
            failure = self.failure(error)
        return Exchange(
            number=number,
            request=outgoing.request,
            response=response,
            failure=failure,
            started=timing.started,
            duration=timing.passed(),
            note=outgoing.note,
            connection=timing.connection,
            reconnected=timing.reconnected,
        )

    def _ask(self, outgoing: Outgoing, deadline: Deadline, timing: _Timing) -> Response:
        if not outgoing.alone and (kept := self._take_kept(timing)) is not None:
            was_in_use = kept.is_in_use
            try:
                return self._over(kept, outgoing, deadline, timing)
            except StaleConnectionError:
                timing.reconnected = was_in_use
        number = next(self.opened)
        dialled = Connection(self.dialler.dial(deadline), self.limits, number)
        return self._over(dialled, outgoing, deadline, timing)

    def _over(
        self, connection: Connection, outgoing: Outgoing, deadline: Deadline, timing: _Timing
    ) -> Response:
        timing.start()
        timing.connection = connection.number
        self._current = connection
        try:
            return connection.ask(outgoing.request.method, outgoing.data, deadline)
        finally:
            self._current = None
            if connection.reusable and not outgoing.last:
                self._kept = connection
            else:
                connection.close()

    def _take_kept(self, timing: _Timing) -> Connection | None:
        kept, self._kept = self._kept, None
        if kept is not None and not kept.is_idle():
            timing.reconnected = kept.is_closed and kept.is_in_use
            kept.close()
            return None
        return kept


class _Timing:
    """The time since the first byte was sent or, before that, since connecting began.

    It also has what else becomes known on the way: the connection, and whether it is another one.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.connection = 0
        self.reconnected = False
        self.start()

    def start(self) -> None:
        self.started = self._clock()
        self._began = time.perf_counter()

    def passed(self) -> float:
        return time.perf_counter() - self._began
