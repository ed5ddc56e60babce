"""The conclusion of a run: its result in one sentence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ....spec.describing import counted, joined
from ....spec.register import Level
from ....spec.visible import line
from ...verdicts.verdict import Exit, Outcome

if TYPE_CHECKING:
    from .model import Run

_MOST_IDS = 10
_MOST_MISSING = 3
"""How many requirements and reasons a conclusion names."""


def result_of(run: Run) -> str:
    """Return the result of a run in one sentence."""
    counts = run.counts
    numbers = _judged(run)
    if run.exit is Exit.NOT_CONFORMING:
        found = [*_failed(run), *_warned(run)]
        found += [f"the waiver of {v.requirement.id} is unused" for v in run.unused_waivers]
        if (percent := run.coverage.percent) < (run.require_coverage or 0):
            found.append(f"coverage is {percent} %, required is {run.require_coverage} %")
        found += [run.load.conclusion] if run.load and run.load.exceeds else []
        return f"not conforming: {', '.join(found)}; {numbers}"
    if ended := run.evidence.ended:
        word = "error" if run.exit is Exit.TOOL_ERROR else "not judged"
        until = f"; before that, {', '.join(found)}" if (found := _failed(run)) else ""
        return f"{word}: {line(ended)}{until}; {numbers}"
    if run.exit is Exit.TOOL_ERROR:
        broken = run.of(Outcome.ERROR)
        ids = ", ".join(verdict.requirement.id for verdict in broken)
        why = line("; ".join(dict.fromkeys(verdict.reason for verdict in broken)))
        return f"error: {ids} could not be judged because {why}; {numbers}"
    if run.exit is Exit.NOT_JUDGED:
        return f"not judged: {_open(run)}"
    found = _warned(run)
    found += [f"{waived} waived"] if (waived := counts[Outcome.WAIVED]) else []
    word = "conforming"
    if run.passive or run.evidence.left_out:
        word += f" as far as {'covered' if run.passive else 'sent'}"
    return f"{word}: {', '.join([*found, numbers])}"


def _open(run: Run) -> str:
    """Return in words what was not judged."""
    numbers, unopened = _judged(run), run.operations.unopened
    if not unopened and not any(verdict.judged for verdict in run.verdicts):
        nothing = "no request of the contract was answered"
        if run.evidence.answered:
            nothing = "no response shows what a requirement is about"
        sent = str(run.operations)
        return f"{nothing}; {sent}" if sent else nothing
    if unopened:
        rest = len(unopened) - 1
        more = f"; and {counted(rest, 'operation', 'operations')} more" if rest else ""
        return f"{line(next(iter(unopened.values())))}{more}; {numbers}"
    open_ = [v.requirement.id for v in run.verdicts if run.leaves_open(v)]
    if run.load and run.load.is_open and not open_:
        return f"{run.load.conclusion}; {numbers}"
    rest = len(open_) - _MOST_IDS
    ids = ", ".join(open_[:_MOST_IDS]) + (f" and {rest} more" if rest > 0 else "")
    return f"{ids} could not be judged{_not_covered(run)}; {numbers}"


def _not_covered(run: Run) -> str:
    """Return the missing data that leave requirements open, each once."""
    open_ = [v.uncovered or v.reason for v in run.verdicts if run.leaves_open(v)]
    missing = [*dict.fromkeys(each for each in open_ if each)]
    if not missing:
        return ""
    more = len(missing) - _MOST_MISSING
    shown = [*missing[:_MOST_MISSING], *([f"{more} more reasons"] if more > 0 else [])]
    return f" because {joined(shown, 'and')}"


def _failed(run: Run) -> list[str]:
    failed = run.counts[Outcome.FAILED]
    return [f"{failed} MUST {_noun(failed)} failed"] if failed else []


def _warned(run: Run) -> list[str]:
    levels = Counter(verdict.requirement.level for verdict in run.of(Outcome.WARNED))
    once, should = levels[Level.MUST], levels[Level.SHOULD]
    found = [f"{once} MUST {_noun(once)} failed once and not again"] if once else []
    return found + ([f"{should} SHOULD {_noun(should)} failed"] if should else [])


def _judged(run: Run) -> str:
    """Return in words how much was judged."""
    lists, sent = run.lists, str(run.operations)
    if not lists:
        judged = sum(verdict.judged > 0 for verdict in run.verdicts)
        numbers = f"{judged} of {len(run.verdicts)} requirements judged"
    else:
        judged = sum(each.judged for each in lists)
        pairs = f"requirement × {run.list_noun} pairs"  # noqa: RUF001 - the sign of a product
        every = sum(each.counts.total() for each in lists)
        numbers = f"{judged} of {every} {pairs} judged"
    return f"{numbers}; {sent}" if sent else numbers


def _noun(count: int) -> str:
    return "requirement" if count == 1 else "requirements"
