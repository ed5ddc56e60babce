"""The client: sends requests within limits of rate and number, and records every exchange.

It follows no redirects, decodes only the content codings of the body, and never raises because of
a server: errors on the wire are the `failure` of an exchange.
"""

from __future__ import annotations

import itertools
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from ..http.exchange import Exchange, Failure, Response
from ..http.request_writer import asks_to_close, completed, encoded
from ..http.response_parser import ResponseLimits
from ..http.retry_after import requested_pause
from ..http.wire import WireError
from .connection_settings import ConnectionSettings
from .connector import Connector
from .lane import Lane, Outgoing
from .limits import Budget, Limits
from .pace import Pace
from .together import Dialler, Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..http.exchange import Request
    from ..http.request_writer import Route
    from ..http.target import Target

# A server that asks for no pause, and is still busy, gets a longer one each time.
_SHORTEST_PAUSE = 0.1


class Masker(Protocol):
    """Replaces secrets in requests and responses."""

    def quoted(self, text: str) -> str:
        """Return text of a server, whose end may be cut off, without secrets."""

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without secrets."""

    def add(self, token: str) -> None:
        """Replace this secret, too, from now on."""


class Sending(NamedTuple):
    """A request to send; with `alone` it has its own connection. `note` is its purpose."""

    request: Request
    note: str = ""
    alone: bool = False


class RequestLimit(Exception):  # noqa: N818 - it is no error of anybody's
    """A limit of the client is reached, so that it sends no more requests."""


@dataclass(eq=False, repr=False, slots=True)
class Client:
    """A client of one target, to be used in a `with` statement and in one thread at a time.

    It uses threads of its own for requests that are under way at once.
    """

    target: Target
    _: KW_ONLY
    timeout: float = 10.0
    """The time limit for each request, in seconds: connecting, sending and reading together."""
    rate: float | None = None
    """The maximum number of requests per second, evenly spaced; None for no limit."""
    max_requests: int | None = None
    """The maximum number of requests, including repeats for Retry-After; None for no limit."""
    max_body: int = 16 * 1024 * 1024
    """The maximum size of a response body in bytes, both encoded and decoded."""
    max_header: int = 64 * 1024
    """The maximum size of all response headers in bytes."""
    max_retry_after: float = 30.0
    """The longest pause for Retry-After, in seconds; for a longer one nothing is repeated."""
    throttle_budget: float = 60.0
    """The maximum total of pauses for Retry-After, in seconds."""
    bounds: Limits = field(default_factory=Limits)
    """The limits for a server that responds with nothing, or with too much."""
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    """How the target is reached."""
    connector: Dialler | None = None
    """Opens the connections; None for one that connects to the target."""
    masker: Masker | None = None
    """Removes secrets from each exchange before it is recorded; None if there are none."""
    on_exchange: Callable[[Exchange], None] | None = None
    """Called with every exchange as soon as it is recorded."""
    clock: Callable[[], float] = time.time
    """Returns the seconds since 1970-01-01 UTC."""
    sleep: Callable[[float], None] = time.sleep
    exchanges: list[Exchange] = field(init=False, default_factory=list)
    """All exchanges since the last `forget`, in order, including throttled ones."""
    pace: Pace = field(init=False)
    """Spaces the requests."""

    _forgotten: int = field(init=False, default=0)
    _limits: ResponseLimits = field(init=False)
    _dialler: Dialler = field(init=False)
    _route: Route = field(init=False)
    _lanes: list[Lane] = field(init=False)
    _opened: Iterator[int] = field(init=False)
    _patience: float = field(init=False)
    _budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        if self.timeout <= 0:
            raise ValueError("the timeout has to be more than 0")
        self.pace = Pace(self.rate, self.clock, self.sleep)
        self._limits = ResponseLimits(header=self.max_header, body=self.max_body)
        self._dialler = self.connector or Connector(self.target, self.connection)
        self._route = self.connection.route(self.target)
        self._opened = itertools.count(1)
        self._lanes = [self._lane()]
        self._patience = self.throttle_budget
        self._budget = Budget(self.bounds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        for lane in self._lanes:
            lane.close()

    @property
    def is_connected(self) -> bool:
        """Whether a connection is kept open for the next request."""
        return self._lanes[0].is_connected

    @property
    def through(self) -> str:
        """The proxy on the way to the target, as a phrase; empty without one."""
        return f" through the proxy {self._route.proxy}" if self._route.proxy else ""

    @property
    def sent(self) -> int:
        """The number of all requests sent, including those whose exchanges were forgotten."""
        return self._forgotten + len(self.exchanges)

    def forget(self) -> None:
        """Drop the exchanges, as a run of hours cannot keep them all; they still count."""
        self._forgotten = self.sent
        self.exchanges.clear()
        self._budget.kept = 0

    def send(
        self,
        request: Request,
        *,
        note: str = "",
        alone: bool = False,
        timeout: float | None = None,
    ) -> Exchange:
        """Send a request and return its exchange, with a response or a failure.

        Host and Content-Length are added if framing needs them and they are missing; the exchange
        has the request as it was sent. With `alone` the request has its own connection. If the
        server is busy and says when to try again (Retry-After, with 429 or 503), the request is
        repeated after that time, within `max_retry_after` and `throttle_budget`, and the last
        exchange is returned. `timeout` replaces that of the client.

        Raises RequestLimit before a request beyond `max_requests`, and if the server no longer
        responds or responds with too much (`bounds`); ValueError for a request that would be read
        as another one: with a line break in a header or a space in the target.
        """
        outgoing = self._outgoing(Sending(request, note, alone))
        self._check_limits(1)
        repeats = 0
        while True:
            self.pace.wait()
            exchange = self._lanes[0].exchange(
                outgoing, self.sent + 1, self.timeout if timeout is None else timeout
            )
            pause = self._pause(exchange.response, repeats)
            if pause is None:
                return self._record(exchange)
            self._record(replace(exchange, throttled=True))
            self._patience -= pause
            self.sleep(pause)
            repeats += 1

    def send_all(
        self,
        requests: Sequence[Sending],
        *,
        jobs: int = 1,
        timeout: Callable[[], float] | None = None,
    ) -> Iterator[Exchange]:
        """Send requests, up to `jobs` of them at once, and yield their exchanges in this order.

        With one job, a request is sent when the exchanges before it were taken. However many jobs
        there are, the exchanges say that their order is unknown, so that it does not matter for
        what is concluded from them. No request is repeated for Retry-After. `timeout`
        returns what replaces that of the client: for each request with one job, otherwise for all.

        Raises like `send`, after as many requests as may be sent.
        """
        limit = timeout or (lambda: self.timeout)
        turn = self.sent + 1 if len(requests) > 1 else 0
        if jobs == 1 or len(requests) == 1:
            for each in requests:
                self._check_limits(1)
                self.pace.wait()
                exchange = self._lanes[0].exchange(self._outgoing(each), self.sent + 1, limit())
                yield self._record(replace(exchange, turn=turn))
            return
        self._check_limits(1)
        left = len(requests) if self.max_requests is None else self.max_requests - self.sent
        yield from self._at_once(requests[:left], jobs, limit(), turn)
        if left < len(requests):
            self._check_limits(1)

    def _at_once(
        self, requests: Sequence[Sending], jobs: int, timeout: float, turn: int
    ) -> Iterator[Exchange]:
        while len(self._lanes) < jobs:
            self._lanes.append(self._lane())
        free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        for lane in self._lanes[:jobs]:
            free.put(lane)

        def send(number: int, each: Sending) -> Exchange:
            lane = free.get()
            try:
                self.pace.wait()
                return lane.exchange(self._outgoing(each), number, timeout)
            finally:
                free.put(lane)

        with ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(send, *each) for each in enumerate(requests, self.sent + 1)]
            try:
                for future in futures:
                    yield self._record(replace(future.result(), turn=turn))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for lane in self._lanes:
                    lane.abort()
                raise

    def send_together(self, requests: Sequence[tuple[Request, str]]) -> list[Exchange]:
        """Send requests, each with its note, so that all of them are under way at once.

        Each has its own connection. The last byte of each is held back until the others are sent,
        and then released in the given order. No request is repeated for Retry-After. Returns the
        exchanges in this order, and raises like `send`.
        """
        outgoing = [
            self._outgoing(Sending(request, note, alone=True)) for request, note in requests
        ]
        self._check_limits(len(outgoing))
        for _ in outgoing:
            self.pace.wait()
        self.close()
        numbers = range(self.sent + 1, self.sent + 1 + len(outgoing))
        together = Together(
            self._dialler, self._limits, self.timeout, self._opened, self._route.checked
        )
        began, started = time.perf_counter(), self.clock()
        exchanges = [
            Exchange(
                number=number,
                request=each.request,
                response=result if isinstance(result, Response) else None,
                failure=self._failure(result) if isinstance(result, WireError) else None,
                started=started,
                duration=ended - began,
                note=each.note,
                connection=connection,
                overlapping=tuple(other for other in numbers if other != number),
            )
            for number, each, (result, ended, connection) in zip(
                numbers,
                outgoing,
                together.ask([(each.request.method, each.data) for each in outgoing]),
                strict=True,
            )
        ]
        return [self._record(exchange) for exchange in exchanges]

    def _lane(self) -> Lane:
        return Lane(
            self._dialler,
            self._limits,
            self._opened,
            self.clock,
            self._route.checked,
            self._failure,
        )

    def _outgoing(self, sending: Sending) -> Outgoing:
        request = completed(sending.request, self.target.authority)
        data = encoded(request, self._route)
        last = sending.alone or asks_to_close(request.headers)
        return Outgoing(request, data, sending.note, alone=sending.alone, last=last)

    def _failure(self, error: WireError) -> Failure:
        mask = self.masker.quoted if self.masker else str
        return Failure(error.kind, self._route.told(error, mask), error.status)

    def _check_limits(self, count: int) -> None:
        if self._used_up(count - 1):
            raise RequestLimit(f"the {self.max_requests} requests that may be sent are used up")
        if reason := self._budget.exhausted():
            raise RequestLimit(reason)

    def _used_up(self, reserved: int = 0) -> bool:
        return self.max_requests is not None and (self.sent + reserved >= self.max_requests)

    def _pause(self, response: Response | None, repeats: int) -> float | None:
        """Return the seconds to wait before the request is repeated, None if it is not."""
        if response is None or self._used_up(reserved=1):
            return None
        requested = requested_pause(response, self.clock())
        if requested is None or requested > self.max_retry_after:
            return None
        pause = max(requested, _SHORTEST_PAUSE * 2**repeats)
        return pause if pause <= self._patience else None

    def _record(self, exchange: Exchange) -> Exchange:
        if self.masker is not None:
            exchange = self.masker.exchange(exchange)
        self._budget.count(exchange)
        self.exchanges.append(exchange)
        if self.on_exchange is not None:
            self.on_exchange(exchange)
        return exchange
