"""Rules: one small unit each, found by the id of its requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.finding import Finding

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is expected for one requirement.

    `subjects` gives what of the evidence the rule judges, and `judge` what it has against one of
    them; `needs` says what would have to be seen where there is no subject.
    """

    requirement: str
    expects: str
    needs: str
    subjects: Callable[[Evidence, str], Iterable[Any]]
    judge: Callable[[Any], Iterable[Finding]]


REGISTRY: dict[str, Rule] = {}
"""Every rule by requirement, in no particular order: reports follow the register."""


def rule(
    *requirements: str,
    of: Callable[[Evidence, str], Iterable[S]],
    expects: str,
    needs: str,
) -> Callable[[Callable[[S], Iterator[Finding]]], Callable[[S], Iterator[Finding]]]:
    """Register a function as the rule of one or more requirements.

    `of` gives the subjects: it is called with the evidence and the requirement's id. Raises
    ValueError where a requirement has a rule already.
    """

    def register(judge: Callable[[S], Iterator[Finding]]) -> Callable[[S], Iterator[Finding]]:
        for requirement in requirements:
            if requirement in REGISTRY:
                raise ValueError(f"{requirement} has a rule already")
            REGISTRY[requirement] = Rule(requirement, expects, needs, of, judge)
        return judge

    return register
