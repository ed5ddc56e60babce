"""The part of a load test in one process: its users send, and each response is judged."""

from __future__ import annotations

import time
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

import gevent

from ....conformance.http.exchange import FailureKind
from ....conformance.http.target import Target
from ..journeys import Traveller, callers_of, known_of
from ..judging import Judge
from ..messages import PART, REPORT_EVERY
from ..rejections import Rejections

if TYPE_CHECKING:
    from locust.env import Environment

    from ....spec.contract import Contract
    from ..journeys import Step
    from ..settings import LoadSettings
    from .sending import Sender

_TICK = 0.05
"""Seconds between two measurements of how late this process is."""
_LATE = 1.0
"""Seconds of lateness from which on a missing response may be the fault of this process."""
_FAILED, _SUCCESS = 400, range(200, 300)


class Session:
    """The users of one process, and their judge."""

    def __init__(
        self,
        environment: Environment,
        settings: LoadSettings,
        contract: Contract,
    ) -> None:
        self.settings = settings
        self._environment = environment
        target = Target.parse(settings.url)
        callers = callers_of(contract, target, settings.tokens, settings.lists, settings.opened)
        known = known_of(callers)
        self.traveller = Traveller(callers)
        self.origin = f"{target.scheme}://{target.authority}"
        self._new_judge = lambda: Judge(contract, target, tokens=settings.tokens, known=known)
        self._restart()

    def _restart(self) -> None:
        self.judge = self._new_judge()
        self._users, self._numbers = count(1), count(1)
        self._late: Counter[int] = Counter()
        self._late_until = 0.0
        self._own_errors: Counter[str] = Counter()
        self._rejections, self._has_ended = Rejections(), False
        self._at_work: list[gevent.Greenlet] = []
        self._processor = time.process_time()

    @property
    def worker(self) -> int:
        """The number of this process among the workers."""
        return max(0, getattr(self._environment.runner, "worker_index", 0))

    @property
    def pace(self) -> float:
        """The requests a second that each user sends at most, 0 for no limit."""
        options = self._environment.parsed_options
        return 1.0 if options is None else options.pace

    def new_user(self) -> int:
        """Return the number of another user, from 1."""
        return next(self._users)

    def send(self, sender: Sender, step: Step, user: int) -> bytes | None:
        """Send a request and judge its response; return the body of a success."""
        response, exchange = sender.send(step, next(self._numbers))
        with response:
            if exchange is None:
                error = response.request_meta["exception"]
                self._own_errors[type(error).__name__] += 1
                return None
            if exchange.failure is not None and self._is_own_fault(exchange.failure.kind):
                self._own_errors["late"] += 1
                return None
            failed = ""
            for each, whose in self._rejections.sorted_out(step.token, exchange, user):
                failed = self.judge.add(each, user=whose)
            if self._rejections.ended and not self._has_ended:
                self._has_ended = True
                self._send_part()
            found = exchange.response
            if failed:
                response.failure(f"not conforming: {failed}")
            elif exchange.failure is not None:
                response.failure(exchange.failure.message)
            elif found is not None and found.status >= _FAILED:
                response.failure(f"status {found.status}")
            is_success = found is not None and found.status in _SUCCESS
            return found.body if found is not None and is_success else None

    def _is_own_fault(self, kind: FailureKind) -> bool:
        return kind is FailureKind.TIMEOUT and time.monotonic() < self._late_until

    def start(self) -> None:
        """Begin a test."""
        self._restart()
        self._at_work = [gevent.spawn(self._report), gevent.spawn(self._measure)]

    def stop(self) -> None:
        """End a test, and hand on what was judged last; Locust also stops what never began."""
        if self._at_work:
            gevent.killall(self._at_work)
            self._send_part(is_last=True)

    def _report(self) -> None:
        while True:
            gevent.sleep(REPORT_EVERY)
            self._send_part()

    def _measure(self) -> None:
        """Measure how late this process is: as late as it is, responses seem to be."""
        while True:
            clock = time.monotonic()
            gevent.sleep(_TICK)
            now = time.monotonic()
            late = max(0.0, now - clock - _TICK)
            self._late[round(late * 1000)] += 1
            if late > _LATE:
                self._late_until = now + self.settings.timeout

    def _send_part(self, *, is_last: bool = False) -> None:
        part = {
            "judged": self.judge.part(),
            "last": is_last,
            "ended": self._rejections.ended,
            "work": {
                "judged": self.judge.count,
                "judging": self.judge.seconds,
                "processor": time.process_time() - self._processor,
                "late": {str(each): number for each, number in self._late.items()},
                "own_errors": dict(self._own_errors),
            },
        }
        if self._environment.runner is not None:
            self._environment.runner.send_message(PART, part)

    def learn(self, msg: Any, **_more: Any) -> None:
        """Take in a message of the master: what other workers saw."""
        self.judge.learn(msg.data)
