"""The results of mutants, for the terminal and as a page of the documentation."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import click

from ...spec.visible import cut
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
        return _found(self.counted) / len(self.counted) if self.counted else 1.0

    @property
    def is_passed(self) -> bool:
        """Whether the stub conforms, and no allowed change was found."""
        return not self.clean.red and not self.clean.refused and not _found(self.allowed)

    def conclusion(self) -> str:
        """Return the result in one sentence."""
        fates = Counter(result.fate for result in self.counted)
        text = (
            f"{fates[Fate.FOUND]} of {len(self.counted)} mutants were found "
            f"({self.share:.1%}), {fates[Fate.SURVIVED]} survived, "
            f"{fates[Fate.NOT_JUDGED]} led to no judgement"
        )
        blamed = _found(self.allowed)
        return (
            f"{text}; {blamed} of {len(self.allowed)} changes that the contract allows were found"
        )

    def survivors(self) -> Mapping[Class, list[MutantResult]]:
        """Return the results of each class of which at least one mutant was not found."""
        return {
            of: own
            for of, own in _grouped(self.counted, lambda result: result.of).items()
            if _found(own) < len(own)
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


def progress(result: MutantResult) -> str:
    """Return one result as one line."""
    colour = "green" if result.fate is Fate.FOUND else "red"
    fate = click.style(f"{result.fate.value:<11}", fg=colour)
    what = f"{_place(result.of)}: {result.of.operator.name}"
    return f"{fate}{what:<64} {', '.join(result.red) or result.request}"


def terminal(report: MutationReport) -> str:
    """Return what was found by place and by operator, and what survived."""
    lines = ["", click.style("Found by place", bold=True)]
    lines += _table(report.counted, lambda result: _place(result.of))
    lines += ["", click.style("Found by operator", bold=True)]
    lines += _table(report.counted, lambda result: result.of.operator.name)
    lines += ["", click.style("Not always found", bold=True)]
    for of, own in report.survivors().items():
        lines.append(f"  {_place(of)}: {of.operator.does} ({_found(own)} of {len(own)} found)")
        lines.append(f"      {report.reason(of)}")
        lines += [f"      {cut(r.request)}" for r in own if r.fate is not Fate.FOUND]
    lines += ["", click.style("Allowed", bold=True)]
    for reason, own in _grouped(report.allowed, lambda result: report.reason(result.of)).items():
        lines.append(f"  {len(own)} changes: {reason}")
        for result in own:
            if result.fate is Fate.FOUND:
                what = f"{_place(result.of)}: {result.of.operator.does}"
                lines.append(f"  - found, although it conforms: {what} ({', '.join(result.red)})")
    lines.append(f"  {_left_out(report)}")
    for requirement, message in report.clean.red.items():
        lines.append(f"  - the stub without a mutant fails {requirement}: {message}")
    colour = "green" if report.is_passed else "red"
    end = click.style(f"{report.conclusion()} (seed {report.seed})", fg=colour, bold=True)
    return "\n".join([*lines, "", end])


def markdown(report: MutationReport, day: str) -> str:
    """Return the page of the documentation."""
    command = f"ruangkerja selftest --mutants {len(report.counted)} --markdown docs/mutants.md"
    lines = [
        "# Mutants",
        "",
        f"Generated by `{command}` on {day}.",
        "",
        "A mutant is a conforming server that makes one change in one response of a run: in one",
        "value, or in the response as a whole. The mutants are spread over the places of the",
        "contract, the changes, and the responses and rows of the run.",
        "",
        f"**{report.conclusion()}.**",
        "",
        "## Places",
        "",
        "| Place | Requirement | Mutants | Found |",
        "|---|---|---:|---:|",
    ]
    for place, own in _grouped(report.counted, lambda result: _place(result.of)).items():
        linked = next((r.of.requirement for r in own if r.of.requirement), "")
        lines.append(f"| {place} | {linked} | {len(own)} | {_found(own)} |")
    lines += ["", "## Operators", "", "| Operator | Change | Mutants | Found |"]
    lines += ["|---|---|---:|---:|"]
    for operator, own in _grouped(report.counted, lambda result: result.of.operator).items():
        lines.append(f"| `{operator.name}` | {operator.does} | {len(own)} | {_found(own)} |")
    lines += ["", "## Not always found", ""]
    lines += ["| Place | Change | Mutants | Found | Why |", "|---|---|---:|---:|---|"]
    reasons: dict[str, int] = {}
    for of, own in report.survivors().items():
        why = reasons.setdefault(report.reason(of), len(reasons) + 1)
        lines.append(f"| {_place(of)} | {of.operator.does} | {len(own)} | {_found(own)} | {why} |")
    lines += ["", *(f"{number}. {reason}" for reason, number in reasons.items())]
    lines += ["", "## Changes that the contract allows", ""]
    lines += ["These mutants conform, so they must not be found, and do not count above."]
    lines += [_left_out(report), ""]
    lines += ["| Reason | Places | Changes |", "|---|---|---|"]
    for reason, own in _grouped(report.allowed, lambda result: report.reason(result.of)).items():
        places = ", ".join(dict.fromkeys(_place(result.of) for result in own))
        changes = ", ".join(dict.fromkeys(f"`{result.of.operator.name}`" for result in own))
        lines.append(f"| {reason.replace('|', chr(92) + '|')} | {places} | {changes} |")
    return "\n".join([*lines, ""])


def _left_out(report: MutationReport) -> str:
    return (
        f"{report.left_out} of {report.clean.requests} responses are not changed, as they are only "
        "observed (INFO)."
    )


def _grouped(
    results: Iterable[MutantResult], key: Callable[[MutantResult], _Key]
) -> dict[_Key, list[MutantResult]]:
    found: defaultdict[_Key, list[MutantResult]] = defaultdict(list)
    for result in results:
        found[key(result)].append(result)
    return found


def _found(results: Iterable[MutantResult]) -> int:
    return sum(result.fate is Fate.FOUND for result in results)


def _table(results: Iterable[MutantResult], key: Callable[[MutantResult], str]) -> list[str]:
    return [
        f"  {name:<52}{_found(own):>4} of {len(own):>3}  {_found(own) / len(own):>4.0%}"
        for name, own in _grouped(results, key).items()
    ]


def _place(of: Class) -> str:
    return f"{of.part} {of.place or 'body'}" if not of.operator.at else f"{of.part}: {of.place}"
