"""Runs in which nobody waits: the time of the client and of the backend passes when one sleeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruangkerja.conformance.client.client import Client
from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions, conclude
from ruangkerja.conformance.privacy.redaction import Redaction
from ruangkerja.conformance.survey.survey import Survey
from ruangkerja.spec import contract

from .backend import TOKEN, Answer, Asked, Backend, Change, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.conformance.reporting.run.model import Run


@dataclass
class Clock:
    """A clock that moves a hundredth of a second with each look at it, and when one sleeps."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run_in(
    weather: Change, clock: Clock | None = None, *, threads: bool = True, **options: Any
) -> Run:
    """Check a conforming backend behind something that changes its answers."""
    clock = clock or Clock()
    backend = Backend(change=weather)
    with serving(backend, threads=threads) as url:
        target = Target.parse(url)
        config = RunConfig(contract.load(), TOKEN, {"courseSerial": ("C-100",)}, **options)
        with Client(
            target,
            max_requests=config.limit,
            masker=Redaction((TOKEN,)),
            clock=clock,
            sleep=clock.sleep,
        ) as client:
            evidence = Survey(config, client).run()
        return conclude(evidence, target, JudgeOptions(), started=0.0, duration=1.0)


def after(requests: int, answer: Callable[[], Answer]) -> Change:
    """Something that answers in place of the server after so many requests."""
    return lambda asked, given: answer() if asked.count > requests else given


def during(seconds: float, answer: Callable[[], Answer], clock: Clock) -> Change:
    """Something that answers in place of the server for so long, after 30 requests."""
    began: list[float] = []

    def change(asked: Asked, given: Answer) -> Answer:
        if asked.count > 30 and not began:
            began.append(clock.now)
        return answer() if began and clock.now - began[0] < seconds else given

    return change


def limiter(rate: int, answer: Callable[[], Answer], clock: Clock, *, rejected: int = 1) -> Change:
    """Something that lets only so many requests through in a second.

    It rejects every one above this rate, or every second one.
    """
    times: list[float] = []

    def change(asked: Asked, given: Answer) -> Answer:
        while times and clock.now - times[0] > 1:
            times.pop(0)
        if len(times) >= rate and asked.count % rejected == 0:
            return answer()
        times.append(clock.now)
        return given

    return change


def page(status: int, **headers: str) -> Answer:
    """A page for people."""
    html = b"<!doctype html><html><body>We are sorry.</body></html>"
    return Answer(status, None, {"Content-Type": "text/html", **headers}, raw=html)
