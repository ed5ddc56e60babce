"""GitHub Actions: an annotation for each failed requirement, and the job summary.

An annotation is on the line of the contract that states the requirement, if the contract is in the
workspace of the job.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from ...spec.visible import cut, line
from ..rules.verdict import Outcome, Verdict
from . import as_markdown
from .waivers import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .model import Run

MOST_ANNOTATIONS = 10
"""The number of annotations of one kind that GitHub shows for a step."""

_LONGEST = 1000


def publish(run: Run, environment: Mapping[str, str], echo: Callable[[str], None]) -> None:
    """Annotate the job and append to its summary, if the command runs in GitHub Actions.

    Raises OSError if the summary cannot be written.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    for annotation in commands(run, Path(environment.get("GITHUB_WORKSPACE") or ".")):
        echo(annotation)
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"{as_markdown.render(run)}\n")


def publish_ending(
    conclusion: str, environment: Mapping[str, str], echo: Callable[[str], None]
) -> None:
    """Annotate the job with why a run ended early, and append it to the summary if possible."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    echo(_ended(conclusion))
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        with contextlib.suppress(OSError), Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"## ❔ {as_markdown.words(conclusion)}\n")


def commands(run: Run, workspace: Path) -> list[str]:
    """Return a workflow command for each failed requirement, errors first."""
    contract = run.evidence.contract

    def annotation(kind: str, verdict: Verdict) -> str:
        is_unused = verdict.unused_waiver and not verdict.findings
        place = _waived_at(run, verdict) if is_unused else contract.defined_at(verdict.requirement)
        return _annotation(kind, verdict, _within(workspace, *place))

    failed = [v for v in run.verdicts if run.fails(v) or v.outcome is Outcome.ERROR]
    errors = [annotation("error", v) for v in failed]
    if run.evidence.ended:
        errors.insert(0, _ended(run.conclusion()))
    open_ = () if run.evidence.ended else (Outcome.INCONCLUSIVE,)  # the error above says why
    warned = [v for v in run.of(Outcome.WARNED, *open_) if not run.fails(v)]
    warnings = [annotation("warning", v) for v in warned]
    return [*_few("error", errors), *_few("warning", warnings)]


def _ended(conclusion: str) -> str:
    return _command("error", "title=The run ended early", conclusion)


def _annotation(kind: str, verdict: Verdict, place: str) -> str:
    requirement = verdict.requirement
    title = f"{requirement.id} {requirement.title.replace('`', '')}"
    if verdict.unused_waiver and not verdict.findings:
        return _command(kind, f"{place}title={_property(title)}", verdict.unused_waiver)
    said = [verdict.reason] if verdict.reason else []
    said += (finding.message for finding in verdict.findings[:1])
    if verdict.count > 1:
        said.append(f"({verdict.count} findings)")
    return _command(kind, f"{place}title={_property(title)}", " ".join(said))


def _waived_at(run: Run, verdict: Verdict) -> tuple[str, int]:
    """Return the file and the line of the unused waiver of a requirement."""
    states = run.waivers.states(run.verdicts) if run.waivers else ()
    unused = (w for w, state in states if state is State.UNUSED)
    own = (w.place for w in unused if w.requirement == verdict.requirement.id)
    file, _, number = next(own, "").rpartition(":")
    return file, int(number) if number.isdecimal() else 0


def _within(workspace: Path, file: str, line: int) -> str:
    """Return the properties of a place, or '' if the file is not in the workspace."""
    path, folder = Path(file).absolute(), workspace.absolute()
    if not line or not path.is_relative_to(folder):
        return ""
    return f"file={_property(path.relative_to(folder).as_posix())},line={line},"


def _few(kind: str, found: list[str]) -> Iterator[str]:
    if len(found) <= MOST_ANNOTATIONS:
        yield from found
        return
    yield from found[: MOST_ANNOTATIONS - 1]
    more = f"{len(found) - MOST_ANNOTATIONS + 1} more requirements"
    where = "They are listed in the job summary and in the reports."
    yield _command(kind, f"title={_property(more)}", where)


def _command(kind: str, properties: str, message: str) -> str:
    return f"::{kind} {properties}::{_data(cut(line(message), _LONGEST))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(line(text)).replace(":", "%3A").replace(",", "%2C")
