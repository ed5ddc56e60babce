"""The kill matrix: which requirements found each fault, and what went wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import click

from ...mock.faults import CATALOGUE, EVERYTHING
from ...spec.register import Level
from ...spec.visible import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...mock.faults import Fault
    from ...spec.contract import Contract

NO_FAULT = ""
"""The name in the result of the stub without a fault."""


@dataclass(frozen=True, slots=True)
class FaultResult:
    """The result of the suite for the stub with one fault, or without a fault.

    `red` are the requirements that failed or have a warning, each with the message of its first
    finding, `open` those that were inconclusive, and `broken` those whose rule raised an error.
    `refused` is the reason why the run was not judged. `own` is the fault if it is not a built-in
    one.
    """

    fault: str
    red: Mapping[str, str] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    refused: str = ""
    requests: int = 0
    own: Fault | None = None

    @property
    def about(self) -> Fault:
        """The fault; raises KeyError for the stub without a fault."""
        return self.own or CATALOGUE[self.fault]

    @property
    def is_found(self) -> bool:
        """Whether the first requirement that the fault breaks found it."""
        return self.fault != NO_FAULT and self.requirement in self.red

    @property
    def requirement(self) -> str:
        """The requirement that the fault is about; of an aspect, one that found it if any did."""
        firsts = self.about.firsts
        return next((id_ for id_ in firsts if id_ in self.red), self.about.requirement)

    def problems(self) -> Iterator[str]:
        """Yield a message for everything that went wrong."""
        fault = None if self.fault == NO_FAULT else self.about
        own = fault.requirements if fault else ()
        hidden = fault.hides if fault else ()
        if self.refused:
            yield f"the run was not judged: {self.refused}"
            return
        if fault is not None and not self.is_found:
            yield f"{fault.requirement} did not find the fault"
        for requirement, message in self.red.items():
            if requirement not in own:
                yield f"{requirement} failed, but the fault does not break it: {message}"
        for requirement in self.open:
            if requirement not in (*own, *hidden) and hidden != EVERYTHING:
                yield f"{requirement} is inconclusive, but the fault does not hide it"
        for requirement in self.broken:
            yield f"the rule of {requirement} raised an error"


@dataclass(frozen=True)
class KillMatrix:
    """The results of a self-test: for the stub without a fault, and with each fault."""

    contract: Contract
    clean: FaultResult
    trials: Sequence[FaultResult]

    @cached_property
    def problems(self) -> Mapping[str, list[str]]:
        """What went wrong, by the name of the fault."""
        found = {trial.fault: list(trial.problems()) for trial in (self.clean, *self.trials)}
        return {name: problems for name, problems in found.items() if problems}

    @property
    def is_passed(self) -> bool:
        """Whether all faults were found, no unrelated requirement failed, and the stub conforms."""
        return not self.problems

    @cached_property
    def kills(self) -> Mapping[str, tuple[int, int]]:
        """The number of faults of each requirement, and how many of them it found."""
        about = Counter(trial.requirement for trial in self.trials)
        found = Counter(trial.requirement for trial in self.trials if trial.is_found)
        return {requirement: (number, found[requirement]) for requirement, number in about.items()}

    def conclusion(self) -> str:
        """Return the result of the self-test in one sentence."""
        found = sum(trial.is_found for trial in self.trials)
        text = f"{found} of {len(self.trials)} faults were found by the requirement that they break"
        if NO_FAULT in self.problems:
            return f"{text}; the stub without a fault does not conform"
        wrong = len(self.problems)
        if wrong:
            return f"{text}; {wrong} of them have problems"
        return f"{text}, no unrelated requirement failed, and the stub without a fault conforms"


def progress(trial: FaultResult) -> str:
    """Return one result as one line."""
    wrong = any(trial.problems())
    word = "wrong" if wrong else "clean" if trial.fault == NO_FAULT else "found"
    name = trial.fault or "the stub without a fault"
    verdict = click.style(f"{word:<7}", fg="red" if wrong else "green")
    return f"{verdict}{name:<56}{', '.join(trial.red)}"


def terminal(matrix: KillMatrix) -> str:
    """Return the problems, and the number of faults that each requirement found."""
    lines = []
    for name, problems in matrix.problems.items():
        lines += ["", click.style(name or "the stub without a fault", bold=True)]
        lines += [f"  - {problem}" for problem in problems]
    lines.append("")
    width = max((len(id_) + 1 for id_ in matrix.kills), default=0)
    for requirement in matrix.contract.register:
        if requirement.id in matrix.kills:
            number, found = matrix.kills[requirement.id]
            lines.append(f"  {requirement.id:<{max(width, 10)}}{found} of {number}")
    colour = "green" if matrix.is_passed else "red"
    return "\n".join([*lines, "", click.style(matrix.conclusion(), fg=colour, bold=True)])


def texts(matrix: KillMatrix) -> str:
    """Return the findings for each fault."""
    lines = []
    for trial in matrix.trials:
        lines += [click.style(trial.fault, bold=True), f"  {trial.about.title}"]
        lines += [f"  - {id_}: {line(message)}" for id_, message in trial.red.items()]
        if trial.refused:
            lines.append(f"  - not judged: {line(trial.refused)}")
    return "\n".join(lines)


def markdown(matrix: KillMatrix) -> str:
    """Return the page of the documentation: a table for each section of the requirements."""
    longest = max((trial.requests for trial in matrix.trials), default=0)
    lines = [
        "# The kill matrix",
        "",
        "Generated by `ruangkerja selftest --markdown docs/kill-matrix.md`. Each fault is a stub",
        "that violates the contract in one way. The first requirement that the fault breaks, in",
        "bold, has to find it, and requirements that it does not break must not fail.",
        "",
        f"{matrix.conclusion()}. The longest run sent {longest} requests.",
    ]
    for section in matrix.contract.register.sections.values():
        mine = {r.id for r in matrix.contract.register if r.section == section.id}
        trials = [trial for trial in matrix.trials if trial.requirement in mine]
        if not trials:
            continue
        lines += ["", f"## {section.title}", ""]
        lines += ["| Fault | What the server does | Found by |", "|---|---|---|"]
        lines += [_row(trial) for trial in trials]
    lines += ["", "## Requirements", "", "| Requirement | Level | Faults | Found |"]
    lines += ["|---|---|---:|---:|"]
    for requirement in matrix.contract.register:
        number, found = matrix.kills.get(requirement.id, (0, 0))
        shown = f"{number} | {found}" if number else "|"
        lines.append(f"| {requirement.id} | {requirement.level.value} | {shown} |")
    lines += ["", _without_faults(matrix), ""] if len(matrix.trials) == len(CATALOGUE) else [""]
    return "\n".join(lines)


def _row(trial: FaultResult) -> str:
    fault = trial.about
    found = [f"**{r}**" if r == trial.requirement else r for r in trial.red]
    wrong = " ⚠" if any(trial.problems()) else ""
    title = fault.title.replace("|", "\\|")
    return f"| `{trial.fault}` | {title} | {', '.join(found) or 'nothing'}{wrong} |"


def _without_faults(matrix: KillMatrix) -> str:
    without = [
        r.id
        for r in matrix.contract.register
        if r.id not in matrix.kills and r.level is not Level.INFO
    ]
    observed = [r.id for r in matrix.contract.register if r.level is Level.INFO]
    text = f"{', '.join(observed)} are observed, not judged, so no fault can break them."
    if without:
        text += (
            f" {', '.join(without)} has no fault: all parts of the contract's responses are linked "
            "to other requirements, which find the violations."
        )
    return text
