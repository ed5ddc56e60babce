"""Live: what passes through the proxy, taken in, judged and told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ..conformance.judging import people_of
from ..conformance.reading import Reader, Reading
from ..conformance.redaction import MASK
from .at_once import Judge, recent, shown
from .chapters import Chapters
from .intake import Intake, Taken
from .overheard import Overheard, untold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..conformance.exchange import Exchange, Request
    from ..conformance.finding import Finding
    from ..conformance.judging import Terms
    from ..conformance.people import People
    from ..conformance.report.model import Run
    from ..conformance.target import Target
    from ..conformance.verdict import Verdict
    from ..spec.contract import Contract
    from ..spec.model import Operation

# Seconds from an exchange until it is looked at together with those around it.
_SOON = 1.0
# Seconds between two rules that look at many exchanges.
_PAUSE = 0.01
# Exchanges after which the people in them may be forgotten.
_MOST_NAMED = 2_000


class Expected(NamedTuple):
    """A request that is not answered yet, as it was taken in and read."""

    request: Request
    taken: Taken
    reading: Reading | None


class Live:
    """Judges what passes, as it passes; `tell` is given a line for every distinct finding.

    `keep` is given every exchange of the contract, without its secrets. `token` is the valid one
    where it is known.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        contract: Contract,
        target: Target,
        terms: Terms,
        *,
        token: str | None = None,
        tell: Callable[[str], None],
        keep: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.contract, self.target = contract, target
        self.unjudged = self.given_up = 0
        self.keep = keep
        self._tell = tell
        self._judge = Judge(contract)
        self._intake = Intake(contract, None if token is None else (token,))
        self._reader = Reader(contract, prefix=target.prefix, tokens=self._intake.tokens)
        terms = replace(terms, tokens=(MASK,), secret=terms.secret or token or "")
        self._chapters = Chapters(self._begin, target, terms)
        self._people: People | None = None
        self._started = time.time()
        self._clock = time.monotonic()
        self._looking: asyncio.Task[None] | None = None
        self._closing: list[asyncio.Task[None]] = []

    def _begin(self) -> Overheard:
        evidence = Overheard(self.contract, self._reader)
        if self._intake.tokens is None:
            evidence.not_sent.update(untold(self.contract))
        return evidence

    def is_judged(self, request: Request) -> bool:
        """Whether the contract says something about a request."""
        return self._reader.operation_of(request) is not None

    def operation_at(self, target: bytes) -> Operation | None:
        """Give an operation of the contract at a path, whatever its method."""
        path = target.decode("latin-1").partition("?")[0]
        if not path.startswith(self.target.prefix):
            return None
        path = path[len(self.target.prefix) :]
        return next((op for op in self.contract.operations if op.match(path) is not None), None)

    def expect(self, request: Request) -> Expected:
        """Do what can be done with a request before it is answered."""
        taken = self._intake.request(request)
        return Expected(request, taken, self._reader.read(taken.request))

    def take(self, exchange: Exchange, expected: Expected | None = None) -> list[Verdict]:
        """Take an exchange in, and give what it shows by itself to be wrong."""
        if not self._chapters.terms.secret:
            self._key_fakes(exchange)
        if expected is None or expected.request is not exchange.request:
            expected = self.expect(exchange.request)
        exchange = self._intake.exchange(exchange, expected.taken)
        exchange = replace(exchange, number=self._chapters.count + 1)
        if self._chapters.is_full:
            closed = self._chapters.turn()
            close = asyncio.to_thread(self._chapters.close, closed)
            self._closing.append(asyncio.get_running_loop().create_task(close))
        if self._chapters.count % _MOST_NAMED == 0:
            self._people = None  # it remembers everybody it met
        record = self._chapters.add(exchange, expected.reading)
        if self.keep is not None:
            self.keep(exchange)
        if record is None:
            return []
        verdicts = self._judge.alone(record, self._chapters.evidence)
        alone = replace(self._chapters.evidence, exchanges=[exchange], records=[record])
        self._say(shown(verdicts, alone, self.people) if verdicts else [])
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        return verdicts

    def shown(self, exchange: Exchange) -> Exchange:
        """Give an exchange as others may see it."""
        return exchange if self.people is None else self.people.exchange(exchange)

    def _key_fakes(self, exchange: Exchange) -> None:
        secrets = self._intake.secrets_of(exchange.request)
        if secrets:
            self._chapters.terms = replace(self._chapters.terms, secret=secrets[0])

    @property
    def people(self) -> People | None:
        """What replaces people in what is told, None where they may be named."""
        if self._people is None:
            self._people = people_of(self.contract, self.target, self._chapters.terms)
        return self._people

    async def _look(self) -> None:
        await asyncio.sleep(_SOON)
        await self.look(_PAUSE)

    async def look(self, pause: float = 0.0) -> None:
        """Judge the most recent exchanges together."""
        evidence = recent(self._chapters.evidence)
        verdicts = await self._judge.together(evidence, pause)
        self._say(shown(verdicts, evidence, self.people) if verdicts else [])

    def _say(self, verdicts: Iterable[Verdict]) -> None:
        for verdict, finding in self._judge.news(verdicts):
            self.tell(_line(verdict, finding))

    def tell(self, line: str) -> None:
        """Tell a line to whoever looks on, if somebody does."""
        with contextlib.suppress(OSError):
            self._tell("".join(c if c.isprintable() else "\ufffd" for c in line))

    async def finish(self) -> None:
        """Do what is still to be done in the background."""
        if self._looking is not None:
            self._looking.cancel()
        await asyncio.gather(*self._closing)
        await self.look()

    def conclude(self) -> Run:
        """Judge everything, and write the reports; raise NotJudgedError where that fails."""
        if self.unjudged:
            note = f"{self.unjudged} answers were passed on unjudged, for they were too large"
            self._chapters.notes.append(note)
        if self.given_up:
            note = f"{self.given_up} requests were given up by their clients and are not judged"
            self._chapters.notes.append(note)
        duration = time.monotonic() - self._clock
        return self._chapters.conclude(started=self._started, duration=duration)


def _line(verdict: Verdict, finding: Finding) -> str:
    requirement = verdict.requirement
    number = f"#{finding.exchange} " if finding.exchange is not None else ""
    return f"{number}{requirement.id} {requirement.level.value} {finding.message}"
