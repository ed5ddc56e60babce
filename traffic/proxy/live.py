"""The live judge: exchanges that pass through the proxy are sanitized, judged and reported."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ...conformance.judging.judge import ended_by, pseudonymizer_of
from ...conformance.privacy.published import Published
from ...conformance.records.request_parser import RequestParser
from ...conformance.verdicts.verdict import Exit
from ...spec import visible
from ...spec.describing import counted
from ..batches import Batches
from ..incremental import IncrementalJudge, recent
from ..passive import PassiveEvidence, skipped, undecidable
from ..sanitizer import Sanitized, Sanitizer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from ...conformance.http.exchange import Exchange, Request
    from ...conformance.http.target import Target
    from ...conformance.judging.judge import JudgeOptions
    from ...conformance.privacy.pseudonymizer import Pseudonymizer
    from ...conformance.records.finding import Finding
    from ...conformance.records.parsed_request import ParsedRequest
    from ...conformance.reporting.run.model import Run
    from ...conformance.verdicts.verdict import Verdict
    from ...spec.contract import Contract
    from ...spec.model.operation import Operation

UNSEEN = {
    "security.connection": "the proxy does not tell which requests shared a connection",
    "operation.overlap": "the proxy does not tell which requests were under way at once",
}
"""Aspects that exchanges of the proxy do not show, with the reason."""

# Seconds from an exchange until it is judged together with the others.
_SOON = 1.0
# A long time to judge them is this part of all time, at most.
_SELDOM = 20
# Seconds between two rules that judge many exchanges.
_PAUSE = 0.01
# Different errors of the tool that are told.
_MOST_TOLD = 100
# Exchanges after which pseudonyms are made anew, which would take ever more memory.
_MOST_NAMED = 2_000
# Bytes of a body that is judged in a thread.
_LARGE = 64 * 1024


class ExpectedResponse(NamedTuple):
    """A request that is still without a response: as sent, sanitized and parsed."""

    request: Request
    sanitized: Sanitized
    reading: ParsedRequest | None


class LiveJudge:
    """Judges exchanges as they pass.

    `tell` is called with a line for each distinct finding, `keep` with every exchange of the
    contract, without its secrets. `token` is the valid one, None if it is not known; `hidden` are
    secrets of the connection. With `enforce`, a response that cannot be judged is not passed on.
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
        enforce: bool = False,
    ) -> None:
        self.contract, self.target, self.enforce = contract, target, enforce
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
        self._failed: BaseException | None = None
        self._told: set[str] = set()
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

    async def take(
        self, exchange: Exchange, expected: ExpectedResponse | None = None
    ) -> list[Verdict]:
        """Add an exchange; return the failed and warned verdicts on it alone.

        Among them are those whose rule failed. A large exchange holds up no other.
        """
        if not self._batches.judge_options.secret:
            # Pseudonyms need a key that nobody knows who has the reports alone.
            secret = next(iter(self._sanitizer.secrets_of(exchange.request)), "")
            self._batches.judge_options = replace(self._batches.judge_options, secret=secret)
        is_large = is_large_body(exchange.request.body) or (
            exchange.response is not None and is_large_body(exchange.response.body)
        )
        if is_large:
            exchange, reading = await asyncio.to_thread(self._sanitized, exchange, expected)
        else:
            exchange, reading = self._sanitized(exchange, expected)
        exchange = replace(exchange, number=self._batches.count + 1)
        if self._batches.is_full:
            closed = self._batches.turn()
            close = asyncio.to_thread(self._batches.close, closed)
            under_way = [task for task in self._closing if not task.done()]
            self._closing = [*under_way, self._in_background(close)]
        if self._batches.count % _MOST_NAMED == 0:
            self._pseudonymizer = None
        evidence = self._batches.evidence
        record = self._batches.add(exchange, reading)
        if self.keep is not None:
            try:
                self.keep(exchange)
            except OSError as error:
                self.fail(error, "recorded")
        if record is None:
            return []
        if is_large:
            await asyncio.to_thread(getattr, record, "judgement")
        alone = evidence.only([record])
        verdicts = self._judge.alone(alone)
        await self._report(verdicts, alone, in_thread=is_large)
        if self._recent is None or self._recent.done():
            delay = max(_SOON, self._judge.spent * _SELDOM)
            self._recent = self._in_background(self._judge_recent(delay, _PAUSE))
        return verdicts

    def _sanitized(
        self, exchange: Exchange, expected: ExpectedResponse | None
    ) -> tuple[Exchange, ParsedRequest | None]:
        if expected is None or expected.request is not exchange.request:
            expected = self.expect(exchange.request)
        return self._sanitizer.exchange(exchange, expected.sanitized), expected.reading

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

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
        await self._report(await self._judge.together(evidence, pause), evidence)

    async def _report(
        self, verdicts: list[Verdict], evidence: PassiveEvidence, *, in_thread: bool = False
    ) -> None:
        # Most findings are known, and only what is told needs pseudonyms.
        news: dict[str, tuple[Verdict, list[int]]] = {}
        for verdict, finding in self._judge.news(verdicts):
            _, places = news.setdefault(verdict.requirement.id, (verdict, []))
            places.append(verdict.findings.index(finding))
        if not news:
            return
        published = Published(evidence, self.pseudonymizer)

        def lines() -> list[str]:
            shown = [(published.cited(verdict), places) for verdict, places in news.values()]
            return [_line(each, each.findings[place]) for each, places in shown for place in places]

        for line in await asyncio.to_thread(lines) if in_thread else lines():
            self.tell(line)

    def tell(self, line: str) -> None:
        """Report a line."""
        with contextlib.suppress(OSError):
            self._tell(visible.line(line))

    def note_unrecorded(self, count: int) -> None:
        """Note how many exchanges were checked, but not recorded."""
        if count:
            checked = counted(count, "exchange was", "exchanges were")
            note = f"{checked} checked, but not recorded, as the recording was full"
            self._batches.notes.append(note)

    async def finish(self) -> None:
        """Finish what is under way in the background."""
        if self._recent is not None:
            self._recent.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await asyncio.wait([self._in_background(self._judge_recent())])

    def fail(self, error: BaseException, what: str = "judged") -> None:
        """Note an error of the tool: traffic goes on, and the run as a whole is not judged."""
        self._failed = self._failed or error
        told = f"{type(error).__name__}: {error}"
        if told not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(told)
            self.tell(f"a response could not be {what}: {told}")

    def conclude(self, error: BaseException | None = None) -> Run:
        """Judge everything, and write the reports; `error` is what ended the proxy early."""
        if self.unjudged:
            what = "replaced" if self.enforce else "passed on"
            large = counted(self.unjudged, "response was", "responses were")
            self._batches.notes.append(f"{large} too large to be judged, and {what}")
        if self.given_up:
            cancelled = counted(self.given_up, "request was", "requests were")
            self._batches.notes.append(f"{cancelled} cancelled by the client, and not judged")
        duration = time.monotonic() - self._clock
        ending = Exit.NOT_JUDGED
        if failed := error or self._failed:
            self._batches.evidence.ended, ending = ended_by(failed, self._batches.count)
        return self._batches.conclude(started=self._started, duration=duration, ending=ending)


def is_large_body(body: bytes) -> bool:
    """Whether a body takes so long to be judged that others would notice."""
    return len(body) > _LARGE


def _line(verdict: Verdict, finding: Finding) -> str:
    requirement = verdict.requirement
    number = f"#{finding.exchange} " if finding.exchange is not None else ""
    return f"{number}{requirement.id} {requirement.level.value} {finding.message}"
