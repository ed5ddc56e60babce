"""May a server be deployed: whether it serves clients, as far as its report and their tests say.

A server serves a client if it conforms in what the client uses, takes no freedom that the client
does not survive, and returns every member that the client needs. What the report or the usage file
leaves open is said, and is never taken for a yes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from ...verdicts.verdict import Exit
from .clients import ClientJudge
from .evolution import unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..changes.change import Change
    from .evolution import Evolution
    from .reports import Report
    from .usage import Usage


class Answer(StrEnum):
    """Whether a server serves a client."""

    YES = "yes"
    NO = "no"
    NOT_JUDGED = "not judged"


_EXITS = {
    Answer.NO: Exit.NOT_CONFORMING,
    Answer.NOT_JUDGED: Exit.NOT_JUDGED,
    Answer.YES: Exit.CONFORMING,
}
"""The exit codes of the answers, the one that decides first."""


class Decision(Struct, frozen=True):
    """Whether the server serves one client.

    `against` says why it does not, `open` what has to be known to tell, and `notes` what else a
    reader has to know. `grounds` says what the answer rests on.
    """

    client: str
    answer: Answer
    grounds: str
    against: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Deployment(Struct, frozen=True):
    """Whether a server may be deployed: it serves all clients."""

    target: str
    started: str
    conclusion: str
    answer: Answer
    decisions: tuple[Decision, ...]

    @property
    def exit(self) -> Exit:
        """The exit code."""
        return _EXITS[self.answer]


def decide(report: Report, usages: Sequence[Usage], evolution: Evolution = unchanged) -> Deployment:
    """Return whether the server of a report may be deployed for some clients.

    `evolution` knows what changed between the contracts of the clients and that of the server.
    """
    decisions = tuple(_decision(report, usage, evolution) for usage in usages)
    answers = {each.answer for each in decisions}
    answer = next((each for each in _EXITS if each in answers), Answer.NOT_JUDGED)
    target = "the built-in stub" if report.target.stub else report.target.url or "unknown"
    conclusion = report.summary.conclusion
    return Deployment(target, report.started, conclusion, answer, decisions)


def _decision(report: Report, usage: Usage, evolution: Evolution) -> Decision:
    changes = evolution(usage.contract.sha256, report.contract.sha256)
    if reason := _incomparable(report, usage, changes):
        return Decision(usage.client, Answer.NOT_JUDGED, "", open=(reason,))
    judge = ClientJudge(report, usage)
    judge.judge(changes or ())
    answer = Answer.NO if judge.against else Answer.NOT_JUDGED if judge.open else Answer.YES
    against, open_, notes = map(tuple, (judge.against, judge.open, judge.notes))
    return Decision(usage.client, answer, judge.grounds, against, open_, notes)


def _incomparable(report: Report, usage: Usage, changes: Sequence[Change] | None) -> str:
    """Return why nothing can be said of a client, '' if something can."""
    if usage.untested:
        return f"the client was not tested: {usage.untested}"
    if not usage.operations:
        return "the usage file names no operation that the client uses"
    if not report.rules:
        return f"the server was not judged: {report.summary.conclusion}"
    if report.freedoms is None:
        return "the report does not say which freedoms the server takes; check it again"
    ours, theirs = report.contract.sha256, usage.contract.sha256
    if changes is None:
        advice = "name both files with --contract, or test one of them again"
        if report.policies or usage.policies:
            advice = "name both contracts with --contract, and files of policies with --policy"
        return (
            f"the server was checked against another contract (SHA-256 {ours[:12]}…) than the "
            f"client was tested with ({theirs[:12]}…); {advice}"
        )
    return ""
