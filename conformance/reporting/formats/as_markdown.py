"""summary.md: the run in Markdown, for the job page of GitHub or GitLab.

Text from the server is set as code, so that nothing in it becomes a link, a mention or markup.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from ....spec.visible import cut, line
from ...verdicts.verdict import MEANINGS, Exit, Outcome
from ..run.causes import causes_of, shown_in
from ..run.model import MOST_SHOWN, OF_LIST, reasons
from ..run.unjudged import grouped
from .head import head, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...verdicts.verdict import Verdict
    from ..run.causes import Cause
    from ..run.load_summary import LoadSummary
    from ..run.model import Run

_MARKS = {Exit.CONFORMING: "✅", Exit.NOT_CONFORMING: "❌"}
_WORDS = {
    Exit.CONFORMING: "Conforming",
    Exit.NOT_CONFORMING: "Not conforming",
    Exit.TOOL_ERROR: "Error",
}
# GitHub takes 1 MiB a step; the longest requests would fill it.
_LONGEST_TEXT, _LONGEST_COMMAND = 300, 1500
_BACKTICKS = re.compile(r"`+")


def render(run: Run) -> str:
    """Return a run as Markdown."""
    return "\n\n".join(_paragraphs(run)) + "\n"


def code(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return a text as code for a line or a table cell, cut in its middle if it is too long."""
    text = cut(line(text), longest).replace("\n", " ")
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{space}{text.replace('|', chr(92) + '|')}{space}{fence}"


def fenced(text: str, language: str, indent: str = "") -> str:
    """Return a text as a block of code; `indent` stands before each line."""
    fence = "`" * (1 + max([2, *map(len, _BACKTICKS.findall(text))]))
    return "\n".join(f"{indent}{each}" for each in (f"{fence}{language}", text, fence))


def _paragraphs(run: Run) -> Iterator[str]:
    mark, word = _MARKS.get(run.exit, "❔"), _WORDS.get(run.exit, "Not judged")
    yield f"## {mark} {word}"
    yield words(sentence(run))
    yield ", ".join(f"{words(name)} {code(value)}" for name, value in head(run))
    yield table(run.counts.keys(), [map(str, run.counts.values())])
    if run.lists:
        rows = (
            (code(each.name), *(str(each.counts[o]) for o in OF_LIST), str(each.not_judged))
            for each in run.lists
        )
        yield table(("List", *(o.value for o in OF_LIST), "not judged"), rows)
    if run.load is not None:
        yield from (words(f"{sentence}.") for sentence in run.load.sentences())
        yield table(run.load.columns, (map(code, row) for row in run.load.rows()))
        if run.load.failures:
            yield table(("Failed requests", "Operation", "Reason"), _failed_requests(run.load))
    if causes := causes_of(run):
        yield table(("Cause", "Requirements"), map(_cause, causes))
    for verdict in run.unused_waivers:
        yield f"**{verdict.requirement.id}**: {code(verdict.unused_waiver)}"
    for verdict in run.accused:
        yield from _explained(run, verdict)
    yield from _coverage(run)
    if open_ := grouped(run):
        unjudged = ((each.ids, words(each.reason), words(each.help)) for each in open_)
        yield table(("Not judged", "Reason", "To have it judged"), unjudged)
    for note in run.notes:
        yield f"> {code(note)}"
    yield "<details><summary>What the verdicts mean</summary>"
    occurring = {verdict.outcome for verdict in run.verdicts}
    legend = ((o.value, text) for o, text in MEANINGS.items() if o in occurring)
    yield table(("Verdict", "Meaning"), legend)
    yield "</details>"


def _failed_requests(load: LoadSummary) -> Iterator[tuple[str, str, str]]:
    for each in load.failures:
        yield f"{each.count:,}", code(f"{each.method} {each.path}"), code(each.reason)


def _cause(cause: Cause) -> tuple[str, str]:
    failed = (Outcome.FAILED, Outcome.ERROR)
    requirements = (
        f"{f'**{each.outcome}**' if each.outcome in failed else each.outcome} "
        f"{each.requirement.id} {each.requirement.title}"
        for each in cause.verdicts
    )
    return f"{code(cause.text)}{shown_in(cause)}", "<br>".join(requirements)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; its cells are Markdown already."""
    names = list(header)
    rule = f"|{' --- |' * len(names)}"
    first, *others = (f"| {' | '.join(row)} |" for row in [names, *rows])
    return "\n".join([first, rule, *others])


def _explained(run: Run, verdict: Verdict) -> Iterator[str]:
    requirement = verdict.requirement
    counted = f"{verdict.count} finding{'s' if verdict.count != 1 else ''}"
    title = html.escape(requirement.title.replace("`", ""), quote=False)
    yield f"<details><summary>{requirement.id}: {title} ({counted})</summary>"
    yield requirement.statement
    ground = f", {requirement.ground}" if requirement.ground else ""
    yield f"**{requirement.level}{ground}**. {words(requirement.basis)}"
    for id_, text in run.evidence.contract.decisions(requirement):
        yield f"**{id_}**: {words(text)}"
    yield from map(code, reasons(verdict))
    for finding in verdict.findings[:MOST_SHOWN]:
        yield f"- {code(finding.message)}"
        if finding.acceptance:
            yield f"  {code(finding.acceptance)}"
        command = run.command(finding)
        if command is not None and len(command) <= _LONGEST_COMMAND:
            yield fenced(line(command), "sh", indent="  ")
    if verdict.count > MOST_SHOWN:
        yield f"- … and {verdict.count - MOST_SHOWN} more"
    yield "</details>"


def _coverage(run: Run) -> Iterator[str]:
    coverage = run.coverage
    seen = f"{coverage.shown} of {len(coverage.counted)} points were covered"
    yield f"**Coverage {coverage.percent} %**: {seen}."
    if coverage.missing:
        yield f"<details><summary>Not covered: {len(coverage.missing)}</summary>"
        rows = ((code(point.label), words(point.hint)) for point in coverage.missing)
        yield table(("Point", "How to cover it"), rows)
        yield "</details>"


def words(text: str) -> str:
    """Return a text of ours or of the contract with its Markdown characters escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@])", r"\\\1", line(text))
