"""The results of all workers: what they kept, judged together, and the reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ....conformance.evidence.repeats import Share
from ....conformance.judging.judge import JudgeOptions, PreviousResults, conclude
from ....conformance.records.request_parser import RequestParser
from ....conformance.rules import rules_for
from ....conformance.verdicts.deciding import judge
from ....conformance.verdicts.verdict import Verdict, outcome_of
from ....spec.describing import counted
from ....spec.secrets.masking import MASK
from ...passive import skipped
from .evidence import LoadEvidence
from .facts import FactBook
from .kept import Kept, mask_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ....conformance.evidence.walk import ListId
    from ....conformance.http.target import Target
    from ....conformance.reporting.run.model import Run
    from ....spec.contract import Contract
    from .readings import Book

_UNSEEN = {
    "pagination.sameMembers": "members that may change are not compared under load",
}
_SEVERAL = 3
"""So many pages of lists that never change have to be odd."""
_LIMIT = (
    "the run had more lists or rows than are remembered, or more findings than are kept: some were "
    "not compared with others"
)


class _Number(NamedTuple):
    """The number that a worker gave to an exchange."""

    worker: str
    number: int


class Results:
    """Collects the parts of all workers; `known` is that of their judges."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        judge_options: JudgeOptions,
        *,
        known: frozenset[str] | None = None,
    ) -> None:
        self._contract, self._target, self._options = contract, target, judge_options
        self._known = known
        self.count = 0
        """How many exchanges all workers judged."""
        self._seconds: dict[str, float] = {}
        self._kept: dict[_Number, Kept] = {}
        self._states: list[list[_Number]] = []
        self._mixed: list[list[_Number]] = []
        self._odd: list[tuple[Book, list[_Number]]] = []
        self._moved: dict[str, set[Book]] = {}
        self._bounds: dict[Book, tuple[int, int]] = {}
        self._requests: dict[str, dict[tuple[int, str], tuple[int, int, int]]] = {}
        self._facts = FactBook()
        self._subjects: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._is_full = False

    @property
    def seconds(self) -> float:
        """The processor seconds that all workers spent on judging."""
        return sum(self._seconds.values())

    def merge(self, worker: str, part: dict[str, Any]) -> dict[str, Any] | None:
        """Take in a part of a worker; return what all workers should learn, None if nothing."""

        def numbers(group: Iterable[int]) -> list[_Number]:
            return [_Number(worker, number) for number in group]

        self.count += part["count"]
        self._seconds[worker] = part["seconds"]
        for data in part["kept"]:
            kept = Kept.unpacked(data)
            self._kept[_Number(worker, kept.exchange.number)] = kept
        self._states += map(numbers, part["states"])
        self._mixed += map(numbers, part["mixed"])
        self._odd += [(_book(book), numbers(group)) for book, group in part["odd"]]
        self._moved[worker] = set(map(_book, part["moved"]))
        for data, (least, most) in part["bounds"]:
            before = self._bounds.get(_book(data), (least, most))
            self._bounds[_book(data)] = min(before[0], least), max(before[1], most)
        self._requests[worker] = {
            (viewer, target): (failed, wrong, count)
            for (viewer, target), failed, wrong, count in part["odd_requests"]
        }
        self._subjects.update(part["subjects"])
        self._missed.update(part["missed"])
        self._is_full = self._is_full or part["full"]
        news = self._facts.merge((id_, digest) for id_, digest in part["facts"])
        return {"facts": news} if news else None

    def conclude(
        self,
        *,
        started: float,
        duration: float,
        notes: Iterable[str] = (),
        ended: str = "",
        **more: Any,
    ) -> Run:
        """Judge what was kept, and write the reports; see `conformance.judging.judge.conclude`.

        `ended` is why the test ended early, '' if it did not.
        """
        evidence = self._evidence()
        evidence.ended = ended or evidence.ended
        evidence.notes += notes
        kept = len(evidence.exchanges)
        if self.count > kept:
            every = counted(self.count, "response was", "responses were")
            evidence.notes.append(f"{every} judged; {kept} of them are in the reports")
        if self._is_full:
            evidence.notes.append(_LIMIT)
        previous = PreviousResults(self._previous(evidence), count=self.count - kept)
        return conclude(
            evidence,
            self._target,
            self._options,
            started=started,
            duration=duration,
            previous=previous,
            **more,
        )

    def _evidence(self) -> LoadEvidence:
        """Return what was kept, numbered in the order of sending."""
        order = sorted(self._kept, key=lambda each: (self._kept[each].exchange.started, each))
        numbers = {each: number for number, each in enumerate(order, start=1)}
        viewers = {number: self._kept[each].viewer for each, number in numbers.items()}
        reader = RequestParser(
            self._contract,
            prefix=self._target.prefix,
            tokens=frozenset({MASK, *(mask_for(each) for each in viewers.values())}),
            known=self._known,
        )
        moved: set[Book] = set()
        moved.update(*self._moved.values())
        still = [group for book, group in self._odd if book not in moved]
        if len(still) < _SEVERAL:
            still = []  # each may be a change that nobody else saw before it was taken back
        evidence = LoadEvidence(
            self._contract,
            reader,
            viewers=viewers,
            states=[_known(group, numbers) for group in (*self._states, *still)],
            bounds=self._bounds,
            shares=self._shares(),
        )
        evidence.not_sent.update(skipped(self._contract, _UNSEEN))
        mixed = [_known(group, numbers) for group in self._mixed]
        beside = {odd: (other,) for _, odd, other, *_ in mixed}
        beside |= {other: (odd,) for _, odd, other, *_ in mixed}
        for each, number in numbers.items():
            exchange = replace(
                self._kept[each].exchange, number=number, overlapping=beside.get(number, ())
            )
            evidence.add(exchange)
        return evidence

    def _shares(self) -> dict[tuple[int, str], tuple[Share, Share]]:
        """Return how many responses to a request failed, and how many were wrong, in all."""
        found: dict[tuple[int, str], tuple[Share, Share]] = {}
        for key in {key for each in self._requests.values() for key in each}:
            counts = [each.get(key, (0, 0, 0)) for each in self._requests.values()]
            failed, wrong, count = map(sum, zip(*counts, strict=True))
            found[key] = Share(failed, count), Share(wrong, count)
        return found

    def _previous(self, evidence: LoadEvidence) -> dict[str, Verdict]:
        """Return the verdicts on what was not kept."""
        found = {}
        rules = rules_for(self._contract)
        for requirement in self._contract.register:
            id_ = requirement.id
            judged, count = self._subjects[id_], self._missed[id_]
            if count and not judge(evidence, requirement, rules[id_]).count:
                count = 0  # with the others, it turned out to be right
            if judged and rules[id_]:
                outcome = outcome_of(requirement, count, 0)
                found[id_] = Verdict(requirement, outcome, (), count, max(judged, count))
        return found


def _known(group: Sequence[_Number], numbers: dict[_Number, int]) -> list[int]:
    return [numbers[each] for each in group if each in numbers]


def _book(data: Any) -> Book:
    viewer, (operation, names) = data
    found: ListId = (operation, tuple((name, value) for name, value in names))
    return viewer, found
