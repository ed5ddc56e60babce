"""The judge of one worker: every response is judged when it comes."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ....conformance.records.credentials import credentials
from ....conformance.records.record import Record
from ....conformance.records.request_parser import RequestParser
from ....conformance.rules.http import OVERLAP
from ....spec.credentials import basic
from ....spec.register import Level
from ...sanitizer import Sanitizer
from .evidence import LoadEvidence
from .facts import NOTHING, Facts
from .kept import Keeper, Sent
from .kinds import NOW_AND_THEN, Heads, Kinds
from .pages import Library
from .states import States
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ....conformance.http.exchange import Exchange, Request
    from ....conformance.http.target import Target
    from ....conformance.records.parsed_request import ParsedRequest
    from ....spec.contract import Contract
    from .facts import Compared, Fact
    from .kinds import Kind
    from .readings import Shown

_MOST_REQUESTS = 10_000
_MOST_BODIES = 20_000
_MOST_ODD = 500
_FACTS, _ROWS = "pagination.stableMembers", "pagination.unique"


@dataclass(slots=True)
class _Asked:
    """A request, parsed: the same one is sent many times.

    `failed` counts its responses that are no success, `wrong` those that break a schema or a law.
    """

    number: int
    reading: ParsedRequest
    viewer: int
    count: int = 0
    failed: int = 0
    wrong: int = 0


class _Known(NamedTuple):
    """A response that was judged before, byte for byte the same."""

    kind: Kind
    judged: frozenset[str]
    operation: str
    facts: frozenset[Fact]
    page: Shown | None
    failed: tuple[str, ...]
    told: str


class Judge:
    """Judges the exchanges of the users in one process.

    `tokens` are the valid tokens, and `known` the values of path parameters that exist, None if
    that is not known. Memory is bounded.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        tokens: Sequence[str] = (),
        known: frozenset[str] | None = None,
    ) -> None:
        self.contract = contract
        self.count = 0
        """How many exchanges were judged."""
        self.seconds = 0.0
        """The processor seconds that judging took."""
        self._viewers = {t: n for n, each in enumerate(tokens) for t in (each, basic(each))}
        self._schemes = tuple(contract.schemes.values())
        self._reader = RequestParser(
            contract, prefix=target.prefix, tokens=frozenset(tokens), known=known
        )
        self._evidence = LoadEvidence(contract, self._reader)
        self._keeper = Keeper(Sanitizer(contract, tokens))
        self._heads, self._kinds = Heads(contract), Kinds(contract)
        self._facts, self._library = Facts(contract), Library()
        self._states = States(self._library)
        self._tally = Tally(contract, self._keeper)
        self._asked: dict[Request, _Asked | None] = {}
        self._seen: dict[tuple[int, int, int], _Known] = {}
        self._groups: list[list[int]] = []
        self._odd: dict[tuple[int, str], _Asked] = {}
        self._until = 0.0
        self._before: _Asked | None = None
        self._sent = 0

    def add(self, exchange: Exchange, *, user: int = 0) -> str:
        """Judge an exchange; return the ids of the MUST requirements that it fails, '' if none."""
        began = time.process_time()
        self.count += 1
        asked = self._read(exchange.request)
        failed = ""
        if asked is not None:
            exchange = replace(exchange, number=self.count, note="", overlapping=())
            asked.count += 1
            failed = self._judge(Sent(exchange, asked.viewer, user), asked)
            self._until = max(self._until, exchange.started + exchange.duration)
            self._before = asked
        self.seconds += time.process_time() - began
        return failed

    def _read(self, request: Request) -> _Asked | None:
        try:
            return self._asked[request]
        except KeyError:
            pass
        if len(self._asked) >= _MOST_REQUESTS:
            self._asked.clear()
            self._seen.clear()
        reading = self._reader.read(request)
        asked = None
        if reading is not None:
            asked = _Asked(len(self._asked), reading, self._viewer(request))
        self._asked[request] = asked
        return asked

    def _viewer(self, request: Request) -> int:
        """Return the index of the token of a request, -1 if it has none of the valid ones."""
        given = [c for scheme in self._schemes for c in credentials(scheme, request)]
        return next((self._viewers[c] for c in given if c in self._viewers), -1)

    def _judge(self, sent: Sent, asked: _Asked) -> str:
        response = sent.exchange.response
        head = self._heads.number_of(response) if response is not None else None
        if response is None or head is None:
            return self._judge_anew(sent, asked, None)[0]
        key = (asked.number, head, hash(response.body))
        known = self._seen.get(key)
        if known is not None and self._is_still(known, sent):
            kind = known.kind
            kind.count += 1
            self._tally.count(known.judged, kind.found.subjects, known.failed)
            if known.facts:
                self._tally.add({_FACTS: 1}, known.operation)
            if known.page is not None:
                self._count_overlap(sent, asked)
            return known.told
        failed, known = self._judge_anew(sent, asked, head)
        if known is not None:
            if len(self._seen) >= _MOST_BODIES:
                self._seen.clear()
            self._seen[key] = known
        return failed

    def _count_overlap(self, sent: Sent, asked: _Asked) -> None:
        """Count a page as it was before if another request was under way at once."""
        if sent.exchange.started < self._until and asked is not self._before:
            self._tally.add({OVERLAP: 1}, asked.reading.operation.id)

    def _is_still(self, known: _Known, sent: Sent) -> bool:
        """Whether a response says nothing new: its bytes are known, and its page is as it was."""
        if self._facts.wants(known.facts) or not known.kind.count % NOW_AND_THEN:
            return False
        return known.page is None or self._library.again(known.page, sent)

    def _judge_anew(self, sent: Sent, asked: _Asked, head: int | None) -> tuple[str, _Known | None]:
        record = Record(self.contract, sent.exchange, asked.reading)
        operation, judged = record.operation.id, frozenset(record.judgement.judged)
        found, kind = self._kinds.judge(record, head, self._evidence)
        self._count_odd(record, asked)
        compared, page = self._compare(record, sent)
        if page is not None and self._library.is_as_before(page):
            self._count_overlap(sent, asked)
        repeated = self._repeated(record)
        failed = [each.id for each in found.failed] + repeated
        shows = compared.shows
        is_kept = bool(shows) and self._keeper.keep(*shows) and sent in shows
        if failed:
            is_kept = self._tally.suspect(sent, failed, operation) or is_kept
        elif kind is not None and self._tally.is_example(operation, judged, kind.count):
            is_kept = self._keeper.keep(sent) or is_kept
        if not is_kept:
            self._tally.count(judged if kind is not None else frozenset(), found.subjects)
        if compared.was_seen:
            self._tally.add({_FACTS: 1}, operation)
        musts = [each.id for each in found.failed if each.level is Level.MUST] + repeated
        musts += self._tally.of(_FACTS, operation) if compared.differs else []
        told = ", ".join(dict.fromkeys(musts))
        if kind is None or repeated or compared.differs:
            return told, None
        ids = tuple(each.id for each in found.failed)
        return told, _Known(kind, judged, operation, compared.facts, page, ids, told)

    def _compare(self, record: Record, sent: Sent) -> tuple[Compared, Shown | None]:
        """Compare the rows of a valid page with those that others showed."""
        is_page = record.is_success and record.reading.is_valid and record.items is not None
        if not is_page or record.judgement.violations:
            return NOTHING, None
        return self._facts.compare(record, sent), self._library.take(record, sent)

    def _repeated(self, record: Record) -> list[str]:
        """Return the requirements that a page fails if it has a row twice, whatever changes."""
        keys = [key for key in record.keys if key is not None] if record.is_success else []
        if len(set(keys)) == len(keys) or not record.reading.is_valid:
            return []
        self._groups.append([record.number])
        return self._tally.of(_ROWS, record.operation.id)

    def _count_odd(self, record: Record, asked: _Asked) -> None:
        """Count a response that is no success, or breaks a schema or a law, for its request."""
        is_failed = record.response is None or record.is_error_status
        if is_failed or record.judgement.violations:
            asked.failed += is_failed
            asked.wrong += not is_failed
            if len(self._odd) < _MOST_ODD:
                target = record.exchange.request.target.decode("latin-1")
                self._odd[asked.viewer, target] = asked

    def part(self) -> dict[str, Any]:
        """Return what is new since the last call, as JSON types; bounded in bytes."""
        began = time.process_time()
        count, self._sent = self.count - self._sent, self.count
        part = {"count": count, **self._shown()}
        self.seconds += time.process_time() - began
        return {**part, "seconds": self.seconds}

    def _shown(self) -> dict[str, Any]:
        judged, kept = self._states.judge()
        for operation, aspects in judged.items():
            self._tally.add(aspects, operation)
        groups, self._groups = self._groups, []
        mixed, odd = self._library.take_cases()
        lists = self._library.lists
        groups += [_numbers(shows) for shows in kept if self._keeper.keep(*shows)]
        subjects, missed = self._tally.take()
        return {
            "states": groups,
            "mixed": [_numbers(each) for each in mixed if self._keeper.keep(*each)],
            "odd": [
                [each.book, _numbers(each.shows)] for each in odd if self._keeper.keep(*each.shows)
            ],
            "moved": [book for book, pages in lists.items() if pages.has_moved],
            "bounds": [[book, pages.bounds] for book, pages in lists.items() if pages.bounds],
            "odd_requests": [
                [key, each.failed, each.wrong, each.count] for key, each in self._odd.items()
            ],
            "facts": self._facts.take(),
            "subjects": subjects,
            "missed": missed,
            "kept": [each.packed() for each in self._keeper.take()],
            "full": self._facts.is_full or self._library.is_full or bool(self._keeper.dropped),
        }

    def learn(self, news: dict[str, Any]) -> None:
        """Take in what other workers saw."""
        began = time.process_time()
        self._facts.learn((id_, digest) for id_, digest in news["facts"])
        self.seconds += time.process_time() - began


def _numbers(shows: Iterable[Sent]) -> list[int]:
    return [each.exchange.number for each in shows]
