"""The results of all workers: what they kept, judged together, and the reports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ....conformance.evidence.parsed_request import RequestParser
from ....conformance.suite.judge import JudgeOptions, PreviousResults, conclude
from ....spec.secrets.masking import MASK
from .evidence import LoadEvidence
from .kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....conformance.http.target import Target
    from ....conformance.report.model import Run
    from ....spec.contract import Contract


class Results:
    """Collects the parts of all workers; `known` and `bare` are those of their judges."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        judge_options: JudgeOptions,
        *,
        known: frozenset[str] | None = None,
        bare: bool = False,
    ) -> None:
        self._contract, self._target, self._options = contract, target, judge_options
        self._reader = RequestParser(
            contract, prefix=target.prefix, tokens=frozenset({MASK}), known=known, bare=bare
        )
        self.count = 0
        self._seconds: dict[str, float] = {}
        self._kept: list[Kept] = []

    @property
    def seconds(self) -> float:
        """The processor seconds that all workers spent on judging."""
        return sum(self._seconds.values())

    def merge(self, worker: str, part: dict[str, Any]) -> dict[str, Any] | None:
        """Take in a part of a worker; return what all workers should learn, None if nothing."""
        self.count += part["count"]
        self._seconds[worker] = part["seconds"]
        self._kept += map(Kept.unpacked, part["kept"])
        return None

    def conclude(
        self, *, started: float, duration: float, notes: Iterable[str] = (), **more: Any
    ) -> Run:
        """Judge what was kept, and write the reports; see `conformance.suite.judge.conclude`."""
        evidence = LoadEvidence(self._contract, self._reader, notes=list(notes))
        evidence.viewers = viewers = {}
        kept = sorted(self._kept, key=lambda each: each.exchange.started)
        for number, each in enumerate(kept, start=1):
            viewers[number] = each.viewer
            evidence.add(replace(each.exchange, number=number))
        previous = PreviousResults(count=self.count - len(kept))
        return conclude(
            evidence,
            self._target,
            self._options,
            started=started,
            duration=duration,
            previous=previous,
            **more,
        )
