"""The live judge: exchanges that pass through the proxy are sanitized, judged and reported."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ...conformance.evidence.parsed_request import ParsedRequest, RequestParser
from ...conformance.privacy.published import Published
from ...conformance.suite.judge import pseudonymizer_of
from ...spec import visible
from ..batches import Batches
from ..incremental import IncrementalJudge, recent
from ..passive import PassiveEvidence, skipped, undecidable
from ..sanitizer import Sanitized, Sanitizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...conformance.evidence.finding import Finding
    from ...conformance.http.exchange import Exchange, Request
    from ...conformance.http.target import Target
    from ...conformance.privacy.pseudonymizer import Pseudonymizer
    from ...conformance.report.model import Run
    from ...conformance.rules.verdict import Verdict
    from ...conformance.suite.judge import JudgeOptions
    from ...spec.contract import Contract
    from ...spec.model import Operation

UNSEEN = {
    "security.connection": "the proxy does not tell which requests shared a connection",
    "operation.overlap": "the proxy does not tell which requests were under way at once",
}
"""Aspects that exchanges of the proxy do not show, with the reason."""

# Seconds from an exchange until it is judged together with the others.
_SOON = 1.0
# Seconds between two rules that judge many exchanges.
_PAUSE = 0.01
# Exchanges after which pseudonyms are made anew, which would take ever more memory.
_MOST_NAMED = 2_000


class ExpectedResponse(NamedTuple):
    """A request that is still without a response: as sent, sanitized and parsed."""

    request: Request
    sanitized: Sanitized
    reading: ParsedRequest | None


class LiveJudge:
    """Judges exchanges as they pass.

    `tell` is called with a line for each distinct finding, `keep` with every exchange of the
    contract, without its secrets. `token` is the valid one, None if it is not known; `hidden` are
    secrets of the connection.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        contract: Contract,
        target: Target,
        judge_options: JudgeOptions,
        *,
        token: str | None = None,
        hidden: Sequence[str] = (),
        tell: Callable[[str], None],
        keep: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.contract, self.target = contract, target
        self.unjudged = self.given_up = 0
        self.keep = keep
        self._tell = tell
        self._judge = IncrementalJudge(contract)
        self._sanitizer = Sanitizer(contract, None if token is None else (token,), hidden)
        self._reader = RequestParser(contract, prefix=target.prefix, tokens=self._sanitizer.tokens)
        judge_options = replace(judge_options, secret=judge_options.secret or token or "")
        self._batches = Batches(self._begin, target, judge_options)
        self._pseudonymizer: Pseudonymizer | None = None
        self._started = time.time()
        self._clock = time.monotonic()
        self._recent: asyncio.Task[None] | None = None
        self._closing: list[asyncio.Task[None]] = []

    def _begin(self) -> PassiveEvidence:
        evidence = PassiveEvidence(self.contract, self._reader)
        evidence.not_sent.update(skipped(self.contract, UNSEEN))
        if self._sanitizer.tokens is None:
            evidence.not_sent.update(undecidable(self.contract))
        return evidence

    def is_judged(self, request: Request) -> bool:
        """Whether a request is for an operation of the contract."""
        return self._reader.operation_of(request) is not None

    def operation_at(self, target: bytes) -> Operation | None:
        """Return an operation of the contract at a path, whatever its method; None without one."""
        path = target.decode("latin-1").partition("?")[0]
        if not path.startswith(self.target.prefix):
            return None
        path = path[len(self.target.prefix) :]
        return next((operation for operation, _ in self.contract.routes.at(path)), None)

    def expect(self, request: Request) -> ExpectedResponse:
        """Sanitize and parse a request, which needs no response."""
        sanitized = self._sanitizer.request(request)
        return ExpectedResponse(request, sanitized, self._reader.read(sanitized.request))

    def take(self, exchange: Exchange, expected: ExpectedResponse | None = None) -> list[Verdict]:
        """Add an exchange; return the failed and warned verdicts on it alone."""
        if not self._batches.judge_options.secret:
            # Pseudonyms need a key that nobody knows who has the reports alone.
            secret = next(iter(self._sanitizer.secrets_of(exchange.request)), "")
            self._batches.judge_options = replace(self._batches.judge_options, secret=secret)
        if expected is None or expected.request is not exchange.request:
            expected = self.expect(exchange.request)
        exchange = self._sanitizer.exchange(exchange, expected.sanitized)
        exchange = replace(exchange, number=self._batches.count + 1)
        if self._batches.is_full:
            closed = self._batches.turn()
            close = asyncio.to_thread(self._batches.close, closed)
            self._closing.append(asyncio.get_running_loop().create_task(close))
        if self._batches.count % _MOST_NAMED == 0:
            self._pseudonymizer = None
        record = self._batches.add(exchange, expected.reading)
        if self.keep is not None:
            self.keep(exchange)
        if record is None:
            return []
        verdicts = self._judge.alone(record, self._batches.evidence)
        alone = replace(self._batches.evidence, exchanges=[exchange], records=[record])
        self._report(verdicts, alone)
        if self._recent is None or self._recent.done():
            self._recent = asyncio.get_running_loop().create_task(self._judge_recent(_SOON, _PAUSE))
        return verdicts

    def published(self, exchange: Exchange) -> Exchange:
        """Return an exchange as reports show it."""
        return exchange if self.pseudonymizer is None else self.pseudonymizer.exchange(exchange)

    @property
    def pseudonymizer(self) -> Pseudonymizer | None:
        """What replaces personal data in everything that is published, None if nothing does."""
        if self._pseudonymizer is None:
            self._pseudonymizer = pseudonymizer_of(
                self.contract, self.target, self._batches.judge_options
            )
        return self._pseudonymizer

    async def _judge_recent(self, delay: float = 0.0, pause: float = 0.0) -> None:
        await asyncio.sleep(delay)
        evidence = recent(self._batches.evidence)
        self._report(await self._judge.together(evidence, pause), evidence)

    def _report(self, verdicts: list[Verdict], evidence: PassiveEvidence) -> None:
        if verdicts and self.pseudonymizer is not None:
            published = Published(evidence, self.pseudonymizer)
            verdicts = [published.verdict(verdict) for verdict in verdicts]
        for verdict, finding in self._judge.news(verdicts):
            self.tell(_line(verdict, finding))

    def tell(self, line: str) -> None:
        """Report a line."""
        with contextlib.suppress(OSError):
            self._tell(visible.line(line))

    async def finish(self) -> None:
        """Finish what is under way in the background."""
        if self._recent is not None:
            self._recent.cancel()
        await asyncio.gather(*self._closing)
        await self._judge_recent()

    def conclude(self) -> Run:
        """Judge everything, and write the reports; raise NotJudgedError without exchanges."""
        if self.unjudged:
            note = f"{self.unjudged} responses were too large to be judged, and were passed on"
            self._batches.notes.append(note)
        if self.given_up:
            note = f"{self.given_up} requests were cancelled by their clients, and were not judged"
            self._batches.notes.append(note)
        duration = time.monotonic() - self._clock
        return self._batches.conclude(started=self._started, duration=duration)


def _line(verdict: Verdict, finding: Finding) -> str:
    requirement = verdict.requirement
    number = f"#{finding.exchange} " if finding.exchange is not None else ""
    return f"{number}{requirement.id} {requirement.level.value} {finding.message}"
