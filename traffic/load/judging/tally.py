"""What a worker counts, and which exchanges it keeps as examples and as suspects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ....conformance.rules import rules_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....spec.contract import Contract
    from .kept import Keeper, Sent

MOST_SUSPECTS = 25
"""Exchanges of one operation that are kept for one requirement."""
EXAMPLES = 2
"""Exchanges that are kept of each kind."""


class Tally:
    """Counts the subjects of requirements in exchanges that are not kept.

    What is kept is judged again with all others, and counted then. `missed` are violations in
    exchanges that were not kept.
    """

    def __init__(self, contract: Contract, keeper: Keeper) -> None:
        rules = rules_for(contract)
        self._keeper = keeper
        self._by_aspect: dict[str, list[tuple[str, frozenset[str] | None]]] = {}
        for id_, each in rules.items():
            for rule in each:
                known = self._by_aspect.setdefault(rule.aspect, [])
                known.append((id_, rule.operations))
        self._bodies: Counter[frozenset[str]] = Counter()
        self._subjects: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._suspects: Counter[tuple[str, str]] = Counter()
        self._shown: dict[str, set[str]] = {}

    def of(self, aspect: str, operation: str) -> list[str]:
        """Return the requirements that are judged by an aspect for an operation."""
        linked = self._by_aspect.get(aspect, ())
        return [id_ for id_, operations in linked if operations is None or operation in operations]

    def suspect(self, sent: Sent, failed: Iterable[str], operation: str) -> bool:
        """Keep an exchange that fails requirements, or count them; return whether it is kept."""
        wanted, ids = False, tuple(failed)
        for id_ in ids:
            self._suspects[id_, operation] += 1
            wanted = wanted or self._suspects[id_, operation] <= MOST_SUSPECTS
        if wanted and self._keeper.keep(sent):
            return True
        self._missed.update(ids)
        return False

    def is_example(self, operation: str, judged: frozenset[str], number: int) -> bool:
        """Whether an exchange, of its kind the one with a `number`, shows what no other one did.

        `judged` are the requirements that its body could be judged by.
        """
        shown = self._shown.setdefault(operation, set())
        is_new = not judged <= shown
        shown |= judged
        return is_new or number <= EXAMPLES

    def count(
        self, judged: frozenset[str], subjects: Mapping[str, int], failed: Iterable[str] = ()
    ) -> None:
        """Count an exchange that is not kept, and what it fails."""
        self._bodies[judged] += 1
        self._subjects.update(subjects)
        if failed:
            self._missed.update(failed)

    def add(self, aspects: Mapping[str, int], operation: str) -> None:
        """Count what was judged by aspects."""
        for aspect, number in aspects.items():
            for id_ in self.of(aspect, operation):
                self._subjects[id_] += number

    def take(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the subjects and the violations that were not kept, by requirement, anew."""
        subjects = self._subjects
        for judged, number in self._bodies.items():
            for id_ in judged:
                subjects[id_] += number
        missed = self._missed
        self._bodies, self._subjects, self._missed = Counter(), Counter(), Counter()
        return {id_: n for id_, n in subjects.items() if n}, dict(missed)
