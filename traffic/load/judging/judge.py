"""The judge of one worker: every response is judged when it comes."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ....conformance.evidence.credentials import credentials
from ....conformance.evidence.parsed_request import RequestParser
from ...incremental import IncrementalJudge
from ...sanitizer import Sanitizer
from .evidence import LoadEvidence
from .kept import Keeper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ....conformance.http.exchange import Exchange, Request
    from ....conformance.http.target import Target
    from ....conformance.rules.verdict import Verdict
    from ....spec.contract import Contract

_MOST_SUSPECTS = 25
"""Exchanges that are kept for one requirement of one operation."""
_MOST_OF_KIND = 3


class Judge:
    """Judges the exchanges of the users in one process.

    `tokens` are the valid tokens, and `known` the values of path parameters that exist, None if
    that is not known. With `bare`, requests may omit headers, as in `RequestParser`. `hidden` are
    secrets that a response may repeat.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        contract: Contract,
        target: Target,
        *,
        tokens: Sequence[str] = (),
        known: frozenset[str] | None = None,
        bare: bool = False,
        hidden: Iterable[str] = (),
    ) -> None:
        self.contract = contract
        self.count = 0
        self.seconds = 0.0
        self._tokens = tuple(tokens)
        self._schemes = tuple(contract.schemes.values())
        self._reader = RequestParser(
            contract, prefix=target.prefix, tokens=frozenset(tokens), known=known, bare=bare
        )
        self._evidence = LoadEvidence(contract, self._reader)
        self._rules = IncrementalJudge(contract)
        self._keeper = Keeper(Sanitizer(contract, tokens, hidden))
        self._suspects: Counter[tuple[str, str]] = Counter()
        self._kinds: Counter[object] = Counter()
        self._sent = 0

    def add(self, exchange: Exchange, *, user: int = 0) -> str:
        """Judge an exchange; return the ids of the requirements that it fails, '' if none."""
        began = time.process_time()
        self.count += 1
        exchange = replace(exchange, number=self.count)
        failed = self._judge(exchange, user)
        self.seconds += time.process_time() - began
        return failed

    def _judge(self, exchange: Exchange, user: int) -> str:
        reading = self._reader.read(exchange.request)
        if reading is None:
            return ""
        evidence = self._evidence.only([])
        record = evidence.add(exchange, reading)
        if record is None:
            return ""
        viewer = self._viewer(exchange.request)
        verdicts = self._rules.alone(evidence.only([record]))
        kind = (record.operation.id, record.status, reading.page, reading.size, viewer)
        self._kinds[kind] += 1
        is_kept = self._kinds[kind] <= _MOST_OF_KIND
        for verdict in verdicts:
            key = (verdict.requirement.id, record.operation.id)
            self._suspects[key] += 1
            is_kept = is_kept or self._suspects[key] <= _MOST_SUSPECTS
        if is_kept:
            self._keeper.keep(exchange, viewer, user)
        return _ids(verdicts)

    def _viewer(self, request: Request) -> int:
        """Return the index of the token of a request, -1 if it has none of the valid ones."""
        given = [c for scheme in self._schemes for c in credentials(scheme, request)]
        return next((self._tokens.index(c) for c in given if c in self._tokens), -1)

    def part(self) -> dict[str, Any]:
        """Return what is new since the last call, as JSON types."""
        count, self._sent = self.count - self._sent, self.count
        return {
            "count": count,
            "seconds": self.seconds,
            "kept": [each.packed() for each in self._keeper.take()],
        }

    def learn(self, news: dict[str, Any]) -> None:
        """Take in what other workers saw."""


def _ids(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(dict.fromkeys(verdict.requirement.id for verdict in verdicts))
