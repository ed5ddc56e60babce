"""Terminal output: a table of all requirements by section, then the failed ones in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ....spec.describing import counted, joined
from ....spec.visible import encodable, line
from ...verdicts.verdict import Exit, Outcome
from ..run.causes import causes_of, lines
from ..run.labels import words
from ..run.model import MOST_SHOWN, OF_LIST, reasons
from ..run.unjudged import by_help

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...evidence.coverage import Coverage
    from ...verdicts.verdict import Verdict
    from ..run.load_summary import LoadSummary
    from ..run.model import ListSummary, Run

_COLOURS = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "red",
    Outcome.WARNED: "yellow",
    Outcome.INCONCLUSIVE: "magenta",
    Outcome.ERROR: "red",
    Outcome.WAIVED: "cyan",
}
_WIDEST_ID = 50
_MOST_REASONS = 8
"""What one instruction lets be judged is one line if it is for more reasons than these."""
_EXITS = {Exit.CONFORMING: "green", Exit.NOT_CONFORMING: "red"}


def render(run: Run) -> str:
    """Return a run as text with colours, which click removes if there is no terminal."""
    return encodable("\n\n".join(_paragraphs(run)))


def _paragraphs(run: Run) -> Iterator[str]:
    contract = run.evidence.contract
    sent = f"{counted(run.requests, 'request', 'requests')} in {run.duration:.1f} s; {run.terms}"
    first = f"Checked {run.server} against {contract.title} {contract.version} ({sent})"
    labels = [f"Labels: {words(run.labels)}"] if run.labels else []
    yield "\n".join([first, *labels, *(f"Policy: {line(policy)}" for policy in run.policies)])
    longest = max((len(each.requirement.id) for each in run.verdicts), default=0)
    width = min(_WIDEST_ID, longest)
    for section, verdicts in run.sections():
        heading = click.style(section.title, bold=True) + f"  ({section.document})"
        yield "\n".join([heading, *(f"  {_row(verdict, width)}" for verdict in verdicts)])
    if run.lists:
        yield "\n".join([click.style("Lists", bold=True), *map(_list, run.lists)])
    for verdict in run.of(Outcome.FAILED, Outcome.ERROR, Outcome.WARNED):
        yield "\n".join(_explained(run, verdict))
    for verdict in run.unused_waivers:
        yield click.style(f"{verdict.requirement.id}: {verdict.unused_waiver}", fg="red")
    if told := [*_waived(run.of(Outcome.WAIVED)), *_unjudged(run)]:
        yield "\n".join(told)
    yield _coverage(run.coverage)
    if run.load is not None:
        yield "\n".join([click.style("Load", bold=True), *_load(run.load)])
    yield from (f"Note: {line(note)}" for note in _notes(run))
    if len(run.accused) > 1:
        causes = (f"  {line(cause)}" for cause in lines(causes_of(run)))
        yield "\n".join([click.style("Causes", bold=True), *causes])
    if run.statement:
        yield f"statement.json: SHA-256 {run.statement}"
    yield click.style(run.conclusion(), fg=_EXITS.get(run.exit, "magenta"), bold=True)


def _notes(run: Run) -> Iterator[str]:
    yield from run.notes
    if run.accused and not run.shows_data:
        yield (
            "words of the server that may be about people are replaced by pseudonyms; --show-data "
            "shows them"
        )


def _list(each: ListSummary) -> str:
    words = [f"{each.counts[o]} {o}" for o in OF_LIST if each.counts[o]]
    unread = f"; it was not read: {line(each.unread)}" if each.unread else ""
    return f"  {line(each.name)}: {', '.join([*words, f'{each.not_judged} not judged'])}{unread}"


def _coverage(coverage: Coverage) -> str:
    if not coverage.counted:
        return "coverage: there was nothing to cover"
    shown = f"{coverage.shown} of {len(coverage.counted)} points were covered"
    missing = "; ".join(point.label for point in coverage.missing[:MOST_SHOWN])
    more = len(coverage.missing) - MOST_SHOWN
    missing += f"; and {more} more" if more > 0 else ""
    never = f"; not covered: {missing}" if missing else ""
    return f"coverage {coverage.percent} %: {shown}{never}"


def _load(load: LoadSummary) -> Iterator[str]:
    yield from (f"  {sentence}" for sentence in load.sentences())
    widths = [max(map(len, cells)) for cells in zip(load.columns, *load.rows(), strict=True)]
    for name, *cells in (load.columns, *load.rows()):
        numbers = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {line(name):<{widths[0]}}  {'  '.join(numbers)}"
    for each in load.failures[:MOST_SHOWN]:
        yield f"  {each.count:,} of {each.method} {each.path} failed: {line(each.reason)}"


def _row(verdict: Verdict, width: int) -> str:
    word = click.style(f"{verdict.outcome.value:<13}", fg=_COLOURS.get(verdict.outcome))
    requirement = verdict.requirement
    row = f"{word}{requirement.id:<{width}} {requirement.level.value:<7}"
    row += f"{requirement.ground or '':<9}"
    row += requirement.title
    if verdict.outcome is Outcome.OBSERVED:
        seen = dict.fromkeys(finding.actual for finding in verdict.findings)
        row += f": {line('; '.join(seen))}"
    return row


def _explained(run: Run, verdict: Verdict) -> Iterator[str]:
    requirement = verdict.requirement
    heading = f"{requirement.id} {requirement.level.value} {verdict.outcome.value}"
    yield click.style(heading, fg=_COLOURS.get(verdict.outcome), bold=True)
    yield f"  {requirement.statement}"
    ground = f"{requirement.ground}: " if requirement.ground else ""
    yield f"  {ground}{requirement.basis}"
    for id_, text in run.evidence.contract.decisions(requirement):
        yield f"  {id_}: {text}"
    yield from (f"  {line(reason)}" for reason in reasons(verdict))
    accepted = {finding.acceptance for finding in verdict.findings}
    if len(accepted) == 1 and (acceptance := accepted.pop()):
        yield f"  {acceptance}"
    for finding in verdict.findings[:MOST_SHOWN]:
        yield f"  - {requirement.id}: {line(finding.message)}"
        if finding.acceptance in accepted and finding.acceptance:
            yield f"    {finding.acceptance}"
        command = run.command(finding)
        if command:
            yield f"    {line(command)}"
    if verdict.count > MOST_SHOWN:
        yield f"  … and {verdict.count - MOST_SHOWN} more"


def _waived(verdicts: list[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        yield f"{verdict.requirement.id}: {verdict.outcome}, {line(verdict.reason)}"


def _unjudged(run: Run) -> Iterator[str]:
    for help_, groups in by_help(run).items():
        advice = f"; {help_}" if help_ else ""
        if advice and len(groups) > _MOST_REASONS:
            ids = [verdict.requirement.id for each in groups for verdict in each.verdicts]
            more = f"{', '.join(ids[:MOST_SHOWN])} and {len(ids) - MOST_SHOWN} more"
            outcomes = joined(list(dict.fromkeys(str(each.outcome) for each in groups)))
            number = f"{len(groups)} reasons, which --report-dir writes"
            yield f"{more}: {outcomes}, for {number}{advice}"
        else:
            for each in groups:
                yield f"{each.ids}: {each.outcome}, {line(each.reason)}{advice}"
