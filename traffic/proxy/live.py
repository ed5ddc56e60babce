"""Live: what passes through the proxy, taken in, judged and told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ...conformance.evidence.parsed_request import ParsedRequest, RequestParser
from ...conformance.suite.judge import pseudonymizer_of
from ...spec import visible
from ..batches import Batches
from ..incremental import IncrementalJudge, recent, shown
from ..passive import PassiveEvidence, untold
from ..sanitizer import Sanitized, Sanitizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...conformance.evidence.finding import Finding
    from ...conformance.http.exchange import Exchange, Request
    from ...conformance.http.target import Target
    from ...conformance.privacy.pseudonymizer import Pseudonymizer
    from ...conformance.report.model import Run
    from ...conformance.rules.verdict import Verdict
    from ...conformance.suite.judge import JudgeOptions
    from ...spec.contract import Contract
    from ...spec.model import Operation

# Seconds from an exchange until it is looked at together with those around it.
_SOON = 1.0
# Seconds between two rules that look at many exchanges.
_PAUSE = 0.01
# Exchanges after which the people in them may be forgotten.
_MOST_NAMED = 2_000


class ExpectedResponse(NamedTuple):
    """A request that is not answered yet, as it was taken in and read."""

    request: Request
    taken: Sanitized
    reading: ParsedRequest | None


class LiveJudge:
    """Judges what passes, as it passes; `tell` is given a line for every distinct finding.

    `keep` is given every exchange of the contract, without its secrets. `token` is the valid one
    where it is known.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        contract: Contract,
        target: Target,
        judge_options: JudgeOptions,
        *,
        token: str | None = None,
        tell: Callable[[str], None],
        keep: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.contract, self.target = contract, target
        self.unjudged = self.given_up = 0
        self.keep = keep
        self._tell = tell
        self._judge = IncrementalJudge(contract)
        self._sanitizer = Sanitizer(contract, None if token is None else (token,))
        self._reader = RequestParser(contract, prefix=target.prefix, tokens=self._sanitizer.tokens)
        judge_options = replace(judge_options, secret=judge_options.secret or token or "")
        self._batches = Batches(self._begin, target, judge_options)
        self._pseudonymizer: Pseudonymizer | None = None
        self._started = time.time()
        self._clock = time.monotonic()
        self._looking: asyncio.Task[None] | None = None
        self._closing: list[asyncio.Task[None]] = []

    def _begin(self) -> PassiveEvidence:
        evidence = PassiveEvidence(self.contract, self._reader)
        if self._sanitizer.tokens is None:
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
        return next((operation for operation, _ in self.contract.routes.at(path)), None)

    def expect(self, request: Request) -> ExpectedResponse:
        """Do what can be done with a request before it is answered."""
        taken = self._sanitizer.request(request)
        return ExpectedResponse(request, taken, self._reader.read(taken.request))

    def take(self, exchange: Exchange, expected: ExpectedResponse | None = None) -> list[Verdict]:
        """Take an exchange in, and give what it shows by itself to be wrong."""
        if not self._batches.judge_options.secret:
            self._key_fakes(exchange)
        if expected is None or expected.request is not exchange.request:
            expected = self.expect(exchange.request)
        exchange = self._sanitizer.exchange(exchange, expected.taken)
        exchange = replace(exchange, number=self._batches.count + 1)
        if self._batches.is_full:
            closed = self._batches.turn()
            close = asyncio.to_thread(self._batches.close, closed)
            self._closing.append(asyncio.get_running_loop().create_task(close))
        if self._batches.count % _MOST_NAMED == 0:
            self._pseudonymizer = None  # it remembers everybody it met
        record = self._batches.add(exchange, expected.reading)
        if self.keep is not None:
            self.keep(exchange)
        if record is None:
            return []
        verdicts = self._judge.alone(record, self._batches.evidence)
        alone = replace(self._batches.evidence, exchanges=[exchange], records=[record])
        self._say(shown(verdicts, alone, self.pseudonymizer) if verdicts else [])
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        return verdicts

    def shown(self, exchange: Exchange) -> Exchange:
        """Give an exchange as others may see it."""
        return exchange if self.pseudonymizer is None else self.pseudonymizer.exchange(exchange)

    def _key_fakes(self, exchange: Exchange) -> None:
        secrets = self._sanitizer.secrets_of(exchange.request)
        if secrets:
            self._batches.judge_options = replace(self._batches.judge_options, secret=secrets[0])

    @property
    def pseudonymizer(self) -> Pseudonymizer | None:
        """What replaces people in what is told, None where they may be named."""
        if self._pseudonymizer is None:
            self._pseudonymizer = pseudonymizer_of(
                self.contract, self.target, self._batches.judge_options
            )
        return self._pseudonymizer

    async def _look(self) -> None:
        await asyncio.sleep(_SOON)
        await self.look(_PAUSE)

    async def look(self, pause: float = 0.0) -> None:
        """Judge the most recent exchanges together."""
        evidence = recent(self._batches.evidence)
        verdicts = await self._judge.together(evidence, pause)
        self._say(shown(verdicts, evidence, self.pseudonymizer) if verdicts else [])

    def _say(self, verdicts: Iterable[Verdict]) -> None:
        for verdict, finding in self._judge.news(verdicts):
            self.tell(_line(verdict, finding))

    def tell(self, line: str) -> None:
        """Tell a line to whoever looks on, if somebody does."""
        with contextlib.suppress(OSError):
            self._tell(visible.line(line))

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
            self._batches.notes.append(note)
        if self.given_up:
            note = f"{self.given_up} requests were given up by their clients and are not judged"
            self._batches.notes.append(note)
        duration = time.monotonic() - self._clock
        return self._batches.conclude(started=self._started, duration=duration)


def _line(verdict: Verdict, finding: Finding) -> str:
    requirement = verdict.requirement
    number = f"#{finding.exchange} " if finding.exchange is not None else ""
    return f"{number}{requirement.id} {requirement.level.value} {finding.message}"
