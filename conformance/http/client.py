"""The client: sends requests within limits of rate and number, and records every exchange.

It follows no redirects, decodes only the content codings of the body, and never raises because of
a server: errors on the wire are the `failure` of an exchange.
"""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, Self

from .connection import Connection, StaleConnectionError
from .connector import Connector
from .exchange import Exchange, Failure, Response
from .limits import Budget, Limits
from .request_writer import asks_to_close, completed, encoded
from .response_parser import ResponseLimits
from .retry_after import requested_pause
from .together import Dialler, Together
from .wire import Deadline, WireError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from .exchange import Request
    from .target import Target

# A server that asks for no pause, and is still busy, gets a longer one each time.
_SHORTEST_PAUSE = 0.1


class Masker(Protocol):
    """Replaces secrets in requests and responses."""

    def quoted(self, text: str) -> str:
        """Return text of a server, whose end may be cut off, without secrets."""

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without secrets."""


class RequestLimit(Exception):  # noqa: N818 - it is no error of anybody's
    """A limit of the client is reached, so that it sends no more requests."""


@dataclass(eq=False, repr=False, slots=True)
class Client:
    """A client of one target, to be used in a `with` statement and in one thread at a time."""

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
    verify: ssl.SSLContext | None = None
    """The TLS context; None for one that trusts the system's authorities."""
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

    _forgotten: int = field(init=False, default=0)
    _limits: ResponseLimits = field(init=False)
    _dialler: Dialler = field(init=False)
    _kept: Connection | None = field(init=False, default=None)
    _opened: int = field(init=False, default=0)
    _next_start: float = field(init=False, default=0.0)
    _patience: float = field(init=False)
    _budget: Budget = field(init=False)
    _known_good: _Outgoing | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.timeout <= 0 or (self.rate is not None and self.rate <= 0):
            raise ValueError("timeout and rate have to be more than 0")
        self._limits = ResponseLimits(header=self.max_header, body=self.max_body)
        self._dialler = self.connector or Connector(self.target, self.verify)
        self._patience = self.throttle_budget
        self._budget = Budget(self.bounds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection that is kept open between requests."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    @property
    def is_connected(self) -> bool:
        """Whether a connection is kept open for the next request."""
        return self._kept is not None

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
        self, request: Request, *, note: str = "", keep_alive: bool = True, alone: bool = False
    ) -> Exchange:
        """Send a request and return its exchange, with a response or a failure.

        Host, Content-Length and Connection are added if framing needs them and they are missing;
        the exchange has the request as it was sent. With `alone` the request has its own
        connection; without `keep_alive` it also asks the server to close it. If the server is busy
        and says when to try again (Retry-After, with 429 or 503), the request is repeated after
        that time, within `max_retry_after` and `throttle_budget`, and the last exchange is
        returned.

        Raises RequestLimit before a request beyond `max_requests`, and if the server no longer
        responds or responds with too much (`bounds`); ValueError for a request that would be read
        as another one: with a line break in a header or a space in the target.
        """
        request = completed(request, self.target.authority, keep_alive=keep_alive)
        outgoing = _Outgoing(
            request,
            encoded(request),
            alone=alone or not keep_alive,
            last=alone or not keep_alive or asks_to_close(request.headers),
        )
        if self._used_up():
            raise RequestLimit(f"the {self.max_requests} requests that may be sent are used up")
        self._bear_with_the_server()
        if alone:
            self.close()  # some servers serve one connection at a time
        repeats = 0
        while True:
            self._keep_pace()
            exchange = self._exchange(outgoing, note)
            pause = self._pause(exchange.response, repeats)
            if pause is None:
                if self._known_good is None and exchange.response is not None:
                    self._known_good = outgoing
                return self._record(exchange)
            self._record(replace(exchange, throttled=True))
            self._patience -= pause
            self.sleep(pause)
            repeats += 1

    def send_together(self, requests: Sequence[tuple[Request, str]]) -> list[Exchange]:
        """Send requests, each with its note, so that all of them are under way at once.

        Each has its own connection. The last byte of each is held back until the others are sent,
        and then released in the given order. No request is repeated for Retry-After. Returns the
        exchanges in this order, and raises like `send`.
        """
        outgoing = [
            _Outgoing(full, encoded(full), alone=True, last=True)
            for full in (
                completed(request, self.target.authority, keep_alive=True)
                for request, _ in requests
            )
        ]
        if self._used_up(len(outgoing) - 1):
            raise RequestLimit(f"the {self.max_requests} requests that may be sent are used up")
        self._bear_with_the_server()
        for _ in outgoing:
            self._keep_pace()
        self.close()
        numbers = range(self.sent + 1, self.sent + 1 + len(outgoing))
        together = Together(self._dialler, self._limits, self.timeout, self._opened)
        self._opened += len(outgoing)
        began, started = time.perf_counter(), self.clock()
        exchanges = [
            Exchange(
                number=number,
                request=each.request,
                response=result if isinstance(result, Response) else None,
                failure=self._failure(result) if isinstance(result, WireError) else None,
                started=started,
                duration=ended - began,
                note=note,
                connection=connection,
                overlapping=tuple(other for other in numbers if other != number),
            )
            for number, each, (result, ended, connection), (_, note) in zip(
                numbers,
                outgoing,
                together.ask([(each.request.method, each.data) for each in outgoing]),
                requests,
                strict=True,
            )
        ]
        return [self._record(exchange) for exchange in exchanges]

    def _failure(self, error: WireError) -> Failure:
        return Failure(error.kind, error.told(self.masker.quoted if self.masker else str))

    def _bear_with_the_server(self) -> None:
        if self._budget.is_doubtful and self._known_good is not None and not self._used_up(1):
            self._keep_pace()
            note = "whether the server still responds to an earlier request"
            if self._record(self._exchange(self._known_good, note)).response is None:
                raise RequestLimit("the server no longer responds, not even to earlier requests")
        if reason := self._budget.exhausted():
            raise RequestLimit(reason)

    def _used_up(self, reserved: int = 0) -> bool:
        return self.max_requests is not None and (self.sent + reserved >= self.max_requests)

    def _keep_pace(self) -> None:
        if self.rate is None:
            return
        interval = 1 / self.rate
        now = self.clock()
        # At most one interval, even if the clock was set back.
        wait = min(self._next_start - now, interval)
        if wait > 0:
            self.sleep(wait)
            now += wait
        self._next_start = now + interval

    def _pause(self, response: Response | None, repeats: int) -> float | None:
        """Return the seconds to wait before the request is repeated, None if it is not."""
        if response is None or self._used_up(reserved=1):
            return None
        requested = requested_pause(response, self.clock())
        if requested is None or requested > self.max_retry_after:
            return None
        pause = max(requested, _SHORTEST_PAUSE * 2**repeats)
        return pause if pause <= self._patience else None

    def _exchange(self, outgoing: _Outgoing, note: str) -> Exchange:
        response: Response | None = None
        failure: Failure | None = None
        timing = _Timing(self.clock)
        try:
            response = self._ask(outgoing, timing)
        except WireError as error:
            failure = self._failure(error)
        return Exchange(
            number=self.sent + 1,
            request=outgoing.request,
            response=response,
            failure=failure,
            started=timing.started,
            duration=timing.passed(),
            note=note,
            connection=timing.connection,
            reconnected=timing.reconnected,
        )

    def _ask(self, outgoing: _Outgoing, timing: _Timing) -> Response:
        deadline = Deadline(self.timeout)
        if not outgoing.alone and (kept := self._take_kept(timing)) is not None:
            was_in_use = kept.is_in_use
            try:
                return self._over(kept, outgoing, deadline, timing)
            except StaleConnectionError:
                timing.reconnected = was_in_use
        self._opened += 1
        dialled = Connection(self._dialler.dial(deadline), self._limits, self._opened)
        return self._over(dialled, outgoing, deadline, timing)

    def _over(
        self, connection: Connection, outgoing: _Outgoing, deadline: Deadline, timing: _Timing
    ) -> Response:
        timing.start()
        timing.connection = connection.number
        try:
            return connection.ask(outgoing.request.method, outgoing.data, deadline)
        finally:
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

    def _record(self, exchange: Exchange) -> Exchange:
        if self.masker is not None:
            exchange = self.masker.exchange(exchange)
        self._budget.count(exchange)
        self.exchanges.append(exchange)
        if self.on_exchange is not None:
            self.on_exchange(exchange)
        return exchange


@dataclass(frozen=True, slots=True)
class _Outgoing:
    request: Request
    data: bytes
    alone: bool
    """Whether it has its own connection."""
    last: bool
    """Whether its connection is closed after it."""


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
