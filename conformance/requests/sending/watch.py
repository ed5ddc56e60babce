"""The watch: it sends the reminder when responses are doubtful, and draws the conclusions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from click import UsageError

from ....spec.describing import counted
from ...http.retry_after import requested_pause
from ...records.finding import answer_of
from .gateways import Refuser, who_refused
from .weather import LONGEST_PAUSE, PASSING, TOO_MANY, Weather, is_busy, pauses, slower, what_set_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...client.client import Client
    from ...evidence.evidence import Evidence
    from ...http.exchange import Request
    from ...records.record import Record
    from .current_token import CurrentToken
    from .patience import Patience

# Seconds.
_MOST_PAUSES = 120.0
_PAUSE, _SHORTEST_PAUSE = 1.0, 0.1
# Connections closed without a response are the network's fault so often, and then the server's.
_MOST_OUTAGES = 2
# After so many rejections at lower and lower rates, the rate is not their cause.
_MOST_REJECTIONS = 5
_ABOUT_TOKEN = {Refuser.TOKEN, Refuser.UNCLEAR, Refuser.GATEWAY_LOGIN}


class RunEndedError(Exception):
    """Something other than the server decides about the responses from now on.

    The message says what set in and at which request, `advice` what to do.
    """

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.advice = advice


class _Outage(NamedTuple):
    note: str
    numbers: Sequence[int]
    is_busy: bool
    """Whether a limiter may have been its cause."""


@dataclass(slots=True)
class Watch:
    """Watches the responses of a run; `remind` sends the reminder and returns its record."""

    client: Client
    evidence: Evidence
    patience: Patience
    token: CurrentToken
    remind: Callable[[], Record]
    weather: Weather = field(init=False, default_factory=Weather)
    _again: set[Request] = field(init=False, default_factory=set)
    """Requests that were sent again after they were set aside: that is done once."""
    _paused: float = field(init=False, default=0.0)
    _stretch: tuple[float, int] = field(init=False, default=(0.0, 0))
    """When the requests began that a limiter has counted since, and the number before them."""
    _outages: list[_Outage] = field(init=False, default_factory=list)
    _busy: list[Record] = field(init=False, default_factory=list)
    """The responses that may be those of a limiter, although the reminder was good."""
    _rejections: int = field(init=False, default=0)
    """How often requests were rejected as if there were too many, and the reminder was not."""
    _limited: int = field(init=False, default=0)
    _first_limited: int = field(init=False, default=0)

    def begin(self, record: Record) -> None:
        """Take a response for that of the reminder."""
        self.weather.begin(record)
        self._stretch = (record.exchange.started, record.number - 1)

    def look(self) -> set[int]:
        """See whether the server itself answered; return the numbers of what was set aside.

        Raises RunEndedError if something else answers, and goes on to do so.
        """
        if not self.weather.is_due:
            return set()
        since = list(self.weather.since)
        record = self.remind()
        if self.weather.is_good(record):
            return self._put_off(since, record)
        bad = [record]
        for pause in pauses(record, self.client.clock()):
            if self.weather.is_own(record):
                self.weather.clear()
                return set()
            is_renewed = self._renew(record)
            if not is_renewed and not self.wait(pause):
                break
            record = self.remind()
            if self.weather.is_good(record):
                return self._passed(bad, record, is_renewed=is_renewed)
            bad.append(record)
        return self._end(bad)

    def wait(self, pause: float) -> bool:
        """Wait so many seconds; return whether the run has the time for it."""
        if self._paused + pause > _MOST_PAUSES or not self.patience.has(pause):
            return False
        self._paused += pause
        self.client.sleep(pause)
        return True

    def asked_to_wait(self, record: Record) -> float | None:
        """Return how long a server asks to wait, None if it does not or if that is too long."""
        if record.response is None:
            return None
        asked = requested_pause(record.response, self.client.clock())
        if asked is None or asked > LONGEST_PAUSE:
            return None
        return max(asked, _SHORTEST_PAUSE)

    def notes(self) -> Iterator[str]:
        """Yield what the reports have to say about the way to the server."""
        yield from (outage.note for outage in self._outages)
        if self._limited and self.client.pace.rate is not None:
            rejected = counted(self._limited, "request was", "requests were")
            yield (
                f"the server limits how often it is called: from request {self._first_limited} on, "
                f"{rejected} rejected and sent again, and the rate was lowered to "
                f"{self.client.pace.rate:.3g} requests per second"
            )

    def _put_off(self, since: Sequence[Record], good: Record) -> set[int]:
        """Set requests aside that were put off alone, as the reminder was not."""
        asked = {record.number: self.asked_to_wait(record) for record in since}
        again = [
            record
            for record in since
            if self._is_of_limiter(record)
            or (
                record.exchange.request not in self._again
                and (record.is_put_off or asked[record.number] or self._may_be_limited(record))
            )
        ]
        self._is_fair_again(again, good)
        pause = max((asked[record.number] or _PAUSE for record in again), default=0.0)
        if not again or not self.wait(pause):
            return set()
        busy = [each for each in again if self._is_of_limiter(each) or _is_vaguely_busy(each)]
        if busy:
            self.evidence.set_aside(self._busy)
            self._rejections += 1
            self._slow_down(busy, good, self.client.pace.rate)
            self._stretch = (self.client.clock(), good.number)
        return self._set_aside(again)

    def _is_of_limiter(self, record: Record) -> bool:
        """Whether a known limiter rejected a request, which may succeed at a lower rate."""
        return bool(self._limited) and is_busy(record) and self._rejections < _MOST_REJECTIONS

    def _may_be_limited(self, record: Record) -> bool:
        """Whether a slower run may be spared this response: it is tried some times."""
        if not is_busy(record):
            return False
        if self._rejections < _MOST_REJECTIONS:
            self._busy.append(record)
            return len(self._busy) > 1  # what is seen once and not again is told as that
        self.client.pace.rate, self._limited = self.client.rate, 0
        return False

    def _passed(self, bad: Sequence[Record], good: Record, *, is_renewed: bool) -> set[int]:
        """Set aside what was affected while the reminder did not succeed, which it does again.

        `is_renewed` is whether it has another token.
        """
        if not is_renewed and self._is_from_time_to_time(bad):
            self._is_fair_again((), good)
            return set()
        first = bad[0]
        affected = [*self.weather.affected(bad), *bad]
        is_known = bool(self._limited or self._outages)
        if first.status == TOO_MANY or (is_busy(first) and is_known):
            self._slow_down(affected, good)
        else:
            what = f"the first request failed in the meantime, too ({answer_of(first)})"
            if is_renewed:
                what = "the token ended, and another one took its place"
            numbers = sorted(record.number for record in affected)
            note = f"{_not_judged(numbers[0], numbers[-1])}, as {what}; all of this was sent again"
            self._outages.append(_Outage(note, numbers, is_busy(first)))
        self._stretch = (good.exchange.started, good.number - 1)
        aside = [record for record in affected if record.exchange.request not in self._again]
        aside += [record for record in bad if record not in aside]
        self._is_fair_again(aside, good)
        return self._set_aside(aside)

    def _is_from_time_to_time(self, bad: Sequence[Record]) -> bool:
        """Whether the server itself fails now and then: these are bad responses to the reminder."""
        if bad[0].was_cut_off and len(self._outages) >= _MOST_OUTAGES:
            return True
        return len(bad) == 1 and bad[0].response is not None and bad[0].status not in PASSING

    def _is_fair_again(self, aside: Sequence[Record], good: Record) -> None:
        self.weather.clear(aside)
        self.weather.take(good)

    def _slow_down(
        self, affected: Sequence[Record], good: Record, accepted: float | None = None
    ) -> None:
        """Lower the rate; `accepted` is what the limiter accepts, None to measure it."""
        (since, before), pace = self._stretch, self.client.pace
        seconds = max(good.exchange.started - since, 0.001)
        measured = (good.number - before - 1 - len(affected)) / seconds
        pace.rate = slower(measured if accepted is None else accepted, pace.rate)
        self._stretch = (good.exchange.started, good.number - 1)
        # What looked like an outage before was the limiter, too.
        rejected = [
            number for outage in self._outages if outage.is_busy for number in outage.numbers
        ]
        self._outages = [outage for outage in self._outages if not outage.is_busy]
        rejected += [record.number for record in affected]
        self._limited += len(rejected)
        self._first_limited = self._first_limited or min(rejected)
        self._again.clear()

    def _set_aside(self, records: Sequence[Record]) -> set[int]:
        self.evidence.set_aside(records)
        self._again.update(record.exchange.request for record in records)
        return {record.number for record in records}

    def _renew(self, record: Record) -> bool:
        """Take another token if the server no longer accepts this one; return whether it did."""
        refusal = who_refused(record)
        if refusal is None or refusal.kind not in _ABOUT_TOKEN:
            return False
        try:
            token = self.token.renew()
        except UsageError as error:
            raise RunEndedError(f"the token ended, and {error.message}", "") from None
        if token is None:
            return False
        if self.client.masker is not None:
            self.client.masker.add(token)
        return True

    def _end(self, bad: Sequence[Record]) -> set[int]:
        """Set aside everything since something set in, and end the run."""
        affected = sorted([*self.weather.affected(bad), *bad], key=lambda record: record.number)
        # A request that is to be rejected may have got such an error from the API itself.
        is_form = bad[0].is_error_by_body
        certain = [record for record in affected if record.reading.is_valid or not is_form]
        first = affected[0].number
        aside = [record for record in self.weather.since if record.number >= first]
        self.evidence.set_aside([*aside, *bad])
        what, advice = what_set_in(bad[0], certain[0].number)
        raise RunEndedError(what, f"{_not_judged(first, bad[-1].number)}. {advice}")


def _not_judged(first: int, last: int) -> str:
    """Return which requests are not judged, as a clause."""
    one = first == last
    return f"request {first} is not judged" if one else f"requests {first} to {last} are not judged"


def _is_vaguely_busy(record: Record) -> bool:
    """Whether a limiter is one of several causes of a status."""
    return is_busy(record) and not record.is_put_off
