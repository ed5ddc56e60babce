"""The results of mutants, and what they say about the suite."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from .allowances import Allowances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ...spec.contract import Contract
    from ..suite.kill_matrix import FaultResult
    from .catalogue import Class

_Key = TypeVar("_Key")


class Fate(StrEnum):
    """What became of a mutant."""

    FOUND = "found"
    SURVIVED = "survived"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class MutantResult:
    """The result of a run with a mutant.

    `red` has the requirements that failed or have a warning because of it, each with the message of
    its first finding. `refused` is the reason why the run was not judged.
    """

    of: Class
    request: str
    red: Mapping[str, str]
    refused: str = ""

    @property
    def fate(self) -> Fate:
        """Whether the mutant was found."""
        if self.refused:
            return Fate.NOT_JUDGED
        return Fate.FOUND if self.red else Fate.SURVIVED


@dataclass(frozen=True)
class MutationReport:
    """The results of a self-test with mutants, and of the stub without one.

    `left_out` counts the responses of the run that are only observed, and are not changed.
    """

    contract: Contract
    clean: FaultResult
    results: Sequence[MutantResult]
    left_out: int
    seed: int

    @cached_property
    def allowances(self) -> Allowances:
        """What the contract says about changes that are not found."""
        return Allowances(self.contract)

    @cached_property
    def counted(self) -> Sequence[MutantResult]:
        """The results of mutants that do not conform."""
        return [result for result in self.results if not self._is_allowed(result.of)]

    @cached_property
    def allowed(self) -> Sequence[MutantResult]:
        """The results of mutants that conform."""
        return [result for result in self.results if self._is_allowed(result.of)]

    @property
    def share(self) -> float:
        """The share of the mutants that were found, of those that do not conform."""
        return number_found(self.counted) / len(self.counted) if self.counted else 1.0

    @property
    def is_passed(self) -> bool:
        """Whether the stub conforms, and no allowed change was found."""
        return not self.clean.red and not self.clean.refused and not number_found(self.allowed)

    @property
    def left_out_words(self) -> str:
        """How many responses are not changed, as a sentence."""
        return (
            f"{self.left_out} of {self.clean.requests} responses are not changed, as they are only "
            "observed (INFO)."
        )

    def conclusion(self) -> str:
        """Return the result in one sentence."""
        fates = Counter(result.fate for result in self.counted)
        text = (
            f"{fates[Fate.FOUND]} of {len(self.counted)} mutants were found "
            f"({self.share:.1%}), {fates[Fate.SURVIVED]} survived, "
            f"{fates[Fate.NOT_JUDGED]} led to no judgement"
        )
        blamed = number_found(self.allowed)
        return (
            f"{text}; {blamed} of {len(self.allowed)} changes that the contract allows were found"
        )

    def survivors(self) -> Mapping[Class, list[MutantResult]]:
        """Return the results of each class of which at least one mutant was not found."""
        return {
            of: own
            for of, own in grouped(self.counted, lambda result: result.of).items()
            if number_found(own) < len(own)
        }

    def reason(self, of: Class) -> str:
        """Return why mutants of a class can survive."""
        entry = self.allowances.of(of)
        if entry is not None:
            return entry.reason
        if of.requirement in self.contract.register:
            requirement = self.contract.register[of.requirement]
            return f"Not explained: {requirement.id} ({requirement.document}) does not notice it"
        return "Not explained"

    def _is_allowed(self, of: Class) -> bool:
        entry = self.allowances.of(of)
        return entry is not None and entry.is_allowed


def grouped(
    results: Iterable[MutantResult], key: Callable[[MutantResult], _Key]
) -> dict[_Key, list[MutantResult]]:
    """Return results by a key, in their order."""
    groups: defaultdict[_Key, list[MutantResult]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return groups


def number_found(results: Iterable[MutantResult]) -> int:
    """Return how many mutants were found."""
    return sum(result.fate is Fate.FOUND for result in results)


def place_of(of: Class) -> str:
    """Return the place of the mutants of a class, for people."""
    return f"{of.part} {of.place or 'body'}" if not of.operator.at else f"{of.part}: {of.place}"
