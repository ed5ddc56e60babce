"""The weather: what comes between a run and the server, and is not the server's fault.

A token ends, a limiter or a firewall steps in, a maintenance page is put up, a network breaks. The
first good request of a run, the reminder, is sent again through the run: while it gets what it got
at first, whatever else the server answers is its own. This module decides what a response to the
reminder means; `sender` sends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ...http.exchange import FailureKind
from ...http.retry_after import requested_pause
from ...records.finding import answer_of
from .gateways import Refuser, who_refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...records.record import Record

MOST_WITHOUT_GOOD = 18
"""The number of requests without a good response after which the reminder is sent."""
LONGEST_PAUSE = 30.0
"""The longest time in seconds that a server may ask to wait."""
_WHILE_BUSY = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_WHILE_AWAY = (1.0, 2.0, 4.0, 8.0)
_WHILE_SILENT = (1.0, 2.0)
_OTHERWISE = (0.5, 1.0)
# Of the number of requests per second that the server accepted before.
_SHARE_OF_ACCEPTED = 0.7
_SLOWEST = 0.5

TOO_MANY, _INTERNAL, _UNAVAILABLE = 429, 500, 503
_AWAY = {502, 503, 504}
PASSING = {TOO_MANY, *_AWAY}
"""Statuses of something that is busy or away for now, and may be back soon."""
_BUSY = {TOO_MANY, _UNAVAILABLE}
_NOT_REACHED = {
    FailureKind.REFUSED,
    FailureKind.UNREACHABLE,
    FailureKind.DROPPED,
    FailureKind.TIMEOUT,
    FailureKind.TLS,
    FailureKind.PROXY,
    FailureKind.TRUNCATED,
}
_PHRASES = {
    Refuser.TOKEN: "the token stopped being accepted at request {}",
    Refuser.UNCLEAR: "the token stopped being accepted at request {}, by the API or by a gateway",
    Refuser.GATEWAY_LOGIN: "a gateway in front of the server asks for a login from request {} on",
    Refuser.BLOCKED: "a firewall or gateway blocks the requests from request {} on",
    Refuser.CERTIFICATE: "the server asks for another client certificate from request {} on",
    Refuser.UNTRUSTED: "the certificate of the server is not trusted from request {} on",
    Refuser.PROXY: "the proxy lets no request through from request {} on",
    Refuser.LOGIN_PAGE: "a login page answers in place of the API from request {} on",
    Refuser.MAINTENANCE: "the API was not available from request {} on",
    Refuser.LIMITER: "the server accepted no more requests from request {} on",
}

_ADVICE = {
    Refuser.TOKEN: "Give a token that lasts longer, or a command that prints one with "
    "--token-command",
}

Form: TypeAlias = tuple[object, ...]
"""What a response looks like from far away: its status, its media type, and if it is a success."""


def form_of(record: Record) -> Form:
    """Return what a response looks like; all requests without a response look alike."""
    failure, response = record.exchange.failure, record.response
    if response is None:
        kind = failure.kind if failure else None
        return ("not reached",) if kind in _NOT_REACHED else (kind,)
    return response.status, response.media_type, record.is_success


@dataclass(slots=True)
class Weather:
    """What is known about the responses of a run.

    `good` is the form of the first good response, None before it. `since` has the records since the
    last good one, in order, each of which may already have been affected, and those before it that
    are suspect.
    """

    good: Form | None = None
    since: list[Record] = field(default_factory=list)
    _own: set[Form] = field(default_factory=set)
    """Forms that the server itself gave its responses, as the reminder was good right after."""

    def is_good(self, record: Record) -> bool:
        """Whether a valid request got what the first one got."""
        return record.reading.is_valid and form_of(record) == self.good

    def begin(self, record: Record) -> None:
        """Take a response for that of the reminder."""
        self.good = form_of(record)

    def take(self, record: Record) -> None:
        """Take note of a response."""
        if self.is_good(record):
            self.since = [each for each in self.since if self.is_suspect(each)]
        else:
            self.since.append(record)

    @property
    def is_due(self) -> bool:
        """Whether the reminder has to be sent before anything is judged."""
        many = len(self.since) >= MOST_WITHOUT_GOOD
        return self.good is not None and (many or any(map(self.is_suspect, self.since)))

    def is_suspect(self, record: Record) -> bool:
        """Whether a response may come from something other than the API."""
        if self.good is None or self.is_good(record) or form_of(record) in self._own:
            return False
        failure = record.exchange.failure
        if failure is not None:
            return failure.kind in _NOT_REACHED
        if record.reading.is_valid or record.status in {TOO_MANY, *_AWAY}:
            return True
        if record.is_error_by_body:
            return False
        refusal = who_refused(record)
        return refusal is not None and refusal.kind in {
            Refuser.LOGIN_PAGE,
            Refuser.MAINTENANCE,
            Refuser.BLOCKED,
        }

    def clear(self, aside: Iterable[Record] = ()) -> None:
        """Take what came since the last good response for the server's own, but for some of it."""
        numbers = {record.number for record in aside}
        own = (record for record in self.since if record.number not in numbers)
        self._own |= {form_of(record) for record in own if not is_busy(record)}
        self.since.clear()

    def is_own(self, record: Record) -> bool:
        """Whether a bad response to the reminder is certainly the server's own: it broke."""
        failure = record.exchange.failure
        if failure is not None:
            return failure.kind not in _NOT_REACHED
        return record.status == _INTERNAL and who_refused(record) is None

    def affected(self, bad: Iterable[Record]) -> list[Record]:
        """Return the records that look like a bad response to the reminder."""
        forms = {form_of(record) for record in bad}
        return [record for record in self.since if form_of(record) in forms]


def is_busy(record: Record) -> bool:
    """Whether a server accepts no more requests for now."""
    return record.status in _BUSY


def pauses(record: Record, now: float) -> Sequence[float]:
    """Return how many seconds to wait before the reminder is sent again, each time it is.

    `record` is its bad response, `now` in seconds since 1970-01-01 UTC. Returns () if the server
    asks for more time than a run may take.
    """
    asked = requested_pause(record.response, now) if record.response else None
    if asked is not None:
        return () if asked > LONGEST_PAUSE else (asked, *_WHILE_BUSY[1:])
    if record.status == TOO_MANY:
        return _WHILE_BUSY
    if record.response is None:
        failure = record.exchange.failure
        silent = failure is not None and failure.kind is FailureKind.TIMEOUT
        return _WHILE_SILENT if silent else _WHILE_AWAY
    return _WHILE_AWAY if record.status in _AWAY else _OTHERWISE


def slower(accepted: float, rate: float | None) -> float:
    """Return a rate that a limiter may bear, in requests per second.

    `accepted` is how many requests it accepted per second, and `rate` the rate until now.
    """
    return max(_SLOWEST, _SHARE_OF_ACCEPTED * (accepted if rate is None else min(accepted, rate)))


def what_set_in(record: Record, number: int) -> tuple[str, str]:
    """Return what a bad response to the reminder means from this request on, and what to do."""
    refusal = who_refused(record)
    if refusal is not None:
        phrase = _PHRASES[refusal.kind].format(number)
        return f"{phrase}: {answer_of(record)}", _ADVICE.get(refusal.kind, refusal.advice)
    if record.response is None:
        what = f"the server was not reached from request {number} on: {answer_of(record)}"
        return what, "Check the network and the server, and try again"
    what = f"the first request of the run stopped succeeding at request {number}"
    return f"{what}: it gets {answer_of(record)}", "Check the server and its data, and try again"
