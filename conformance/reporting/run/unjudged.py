"""Requirements that were not judged: why, and what lets them be judged, each reason once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....spec.register import CheckedBy
from ...records.finding import common_nouns
from ...verdicts.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...verdicts.verdict import Verdict
    from .model import Run

_LATE = "the run ended before a response showed it"
_UNDER_LOAD = "not covered by this load test, which only sends valid requests"
_SAMPLE = "ruangkerja sample"
_PAGES = "pagination."
_ABOUT_ROWS = (CheckedBy.LAW, CheckedBy.SCHEMA)


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The requirements that were not judged for one reason; `help` may be empty."""

    outcome: Outcome
    reason: str
    help: str
    verdicts: Sequence[Verdict]

    @property
    def ids(self) -> str:
        """The ids of the requirements."""
        return ", ".join(verdict.requirement.id for verdict in self.verdicts)


def grouped(run: Run) -> list[Unjudged]:
    """Return what was not judged, by reason, in the order of the register."""
    found: dict[tuple[Outcome, str, str], list[Verdict]] = {}
    for verdict in run.of(Outcome.INCONCLUSIVE, Outcome.SKIPPED):
        is_late = run.evidence.ended and verdict.uncovered
        reason = _LATE if is_late else verdict.reason
        if run.load is not None and verdict.uncovered and not is_late:
            reason = _UNDER_LOAD
        key = verdict.outcome, reason, help_for(run, verdict)
        found.setdefault(key, []).append(verdict)
    return [Unjudged(*key, verdicts) for key, verdicts in found.items()]


def by_help(run: Run) -> dict[str, list[Unjudged]]:
    """Return what was not judged by what lets it be judged: few instructions, each once."""
    found: dict[str, list[Unjudged]] = {}
    for each in grouped(run):
        found.setdefault(each.help, []).append(each)
    return found


def help_for(run: Run, verdict: Verdict) -> str:
    """Return what lets a requirement be judged, as an instruction, or '' if that is unknown."""
    if verdict.help or verdict.outcome not in {Outcome.INCONCLUSIVE, Outcome.SKIPPED}:
        return verdict.help
    requirement = verdict.requirement
    nouns = common_nouns(run.evidence.contract.operations)
    about_rows = verdict.uncovered and requirement.checked_by in _ABOUT_ROWS
    error = run.evidence.contract.error
    about_errors = error is not None and requirement.id in error.body_requirements
    about_pages = verdict.uncovered and any(a.startswith(_PAGES) for a in requirement.aspects)
    helps = (
        (requirement.checked_by is None, ""),
        (verdict.outcome is Outcome.SKIPPED and not run.evidence.ended, ""),
        (run.evidence.ended, "repeat the run"),
        (run.load is not None, "run `ruangkerja check` as well"),
        (run.passive, "use the client in more ways, or run ruangkerja check as well"),
        (about_errors, "correct the error bodies, and repeat the run"),
        (about_rows, f"{_SAMPLE} prints {nouns.rows} that show everything, for a test database"),
        (
            about_pages,
            f"name {nouns.list}s that have enough {nouns.rows} and do not change during the run",
        ),
        (run.configuration.get("max_requests"), "allow more requests with --max-requests"),
        (True, "repeat the run"),
    )
    return next(text for applies, text in helps if applies)
