"""Rules by aspect: what each judges, and which requirement of a register it judges it for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..evidence.evidence import Evidence
    from ..records.finding import Finding
    from ..records.parsed_request import Condition

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Rule:
    """What judges one aspect.

    `of` yields the subjects, which are the parts of the evidence that the rule judges, and `judge`
    the findings about one subject. `uncovered` says why there may be no subject. `requirement` is
    the id of the requirement that is judged; it is empty in `REGISTRY`. `operations` are the ids of
    the operations that are linked to it, None if it is about all of them.

    `by_head` says what the verdict on one exchange depends on if that is a valid request with a
    success whose body has nothing wrong: on the operation, the conditions and the page size of the
    request, on whether its page has rows by the total, and on the status, Content-Type and declared
    headers of the response; on nothing else. With `by_page` it depends on the page, the total, the
    number of rows and whether one is repeated as well, unless the list has cursors.
    """

    aspect: str
    uncovered: str
    of: Callable[[Evidence, Rule], Iterable[Any]]
    judge: Callable[[Any], Iterable[Finding]]
    requirement: str = ""
    operations: frozenset[str] | None = None
    by_head: bool = False
    by_page: bool = False

    def subjects(self, evidence: Evidence) -> Iterable[Any]:
        """Yield what the rule judges of some evidence."""
        return self.of(evidence if self.operations is None else evidence.of(self.operations), self)

    def is_about(self, condition: Condition) -> bool:
        """Whether a condition has the aspect of the rule and is tied to its requirement."""
        return condition.aspect == self.aspect and condition.requirement == self.requirement


REGISTRY: dict[str, Rule] = {}
"""Every rule by its aspect."""


def rule(
    *aspects: str,
    of: Callable[[Evidence, Rule], Iterable[S]],
    uncovered: str,
    by_head: bool = False,
    by_page: bool = False,
) -> Callable[[Callable[[S], Iterator[Finding]]], Callable[[S], Iterator[Finding]]]:
    """Register a function as the rule of one or more aspects.

    Raises ValueError if an aspect has a rule already.
    """

    def register(judge: Callable[[S], Iterator[Finding]]) -> Callable[[S], Iterator[Finding]]:
        for aspect in aspects:
            if aspect in REGISTRY:
                raise ValueError(f"{aspect} has a rule already")
            REGISTRY[aspect] = Rule(aspect, uncovered, of, judge, by_head=by_head, by_page=by_page)
        return judge

    return register
