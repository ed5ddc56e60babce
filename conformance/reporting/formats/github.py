"""GitHub Actions: an annotation for each failed requirement, and the job summary.

An annotation is on the line of the contract that states the requirement, if the contract is in the
workspace of the job.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from ....spec.visible import cut, line
from ...verdicts.verdict import Outcome, Verdict
from ..run.waivers import State
from . import as_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..run.model import Run

MOST_ANNOTATIONS = 10
"""The number of annotations of one kind that GitHub shows for a step."""

_LONGEST = 1000


def publish(run: Run, environment: Mapping[str, str], echo: Callable[[str], None]) -> None:
    """Annotate the job and append to its summary, if the command runs in GitHub Actions.

    Raises OSError if the summary cannot be written.
    """
    found = commands(run, Path(environment.get("GITHUB_WORKSPACE") or "."))
    emit(found, lambda: as_markdown.render(run), environment, echo)


def emit(
    annotations: Iterable[str],
    summary: Callable[[], str],
    environment: Mapping[str, str],
    echo: Callable[[str], None],
) -> None:
    """Print annotations and append to the job summary, if the command runs in GitHub Actions.

    Raises OSError if the summary cannot be written.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    for each in annotations:
        echo(each)
    if path := environment.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{summary()}\n")


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

    def of(kind: str, verdict: Verdict) -> str:
        is_unused = verdict.unused_waiver and not verdict.findings
        place = _waived_at(run, verdict) if is_unused else contract.defined_at(verdict.requirement)
        return _of_verdict(kind, verdict, within(workspace, *place))

    failed = [v for v in run.verdicts if run.fails(v) or v.outcome is Outcome.ERROR]
    errors = [of("error", v) for v in failed]
    if run.evidence.ended:
        errors.insert(0, _ended(run.conclusion()))
    open_ = () if run.evidence.ended else (Outcome.INCONCLUSIVE,)  # the error above says why
    warned = [v for v in run.of(Outcome.WARNED, *open_) if not run.fails(v)]
    warnings = [of("warning", v) for v in warned]
    return [*few("error", errors, "requirements"), *few("warning", warnings, "requirements")]


def _ended(conclusion: str) -> str:
    return annotation("error", "The run ended early", conclusion)


def annotation(kind: str, title: str, message: str, place: str = "") -> str:
    """Return a workflow command; `place` is what `within` returns."""
    shown = _data(cut(line(message), _LONGEST))
    return f"::{kind} {place}title={_property(title)}::{shown}"


def _of_verdict(kind: str, verdict: Verdict, place: str) -> str:
    requirement = verdict.requirement
    title = f"{requirement.id} {requirement.title.replace('`', '')}"
    if verdict.unused_waiver and not verdict.findings:
        return annotation(kind, title, verdict.unused_waiver, place)
    said = [verdict.reason] if verdict.reason else []
    said += (finding.message for finding in verdict.findings[:1])
    if verdict.count > 1:
        said.append(f"({verdict.count} findings)")
    return annotation(kind, title, " ".join(said), place)


def _waived_at(run: Run, verdict: Verdict) -> tuple[str, int]:
    """Return the file and the line of the unused waiver of a requirement."""
    states = run.waivers.states(run.verdicts) if run.waivers else ()
    unused = (w for w, state in states if state is State.UNUSED)
    own = (w.place for w in unused if w.requirement == verdict.requirement.id)
    file, _, number = next(own, "").rpartition(":")
    return file, int(number) if number.isdecimal() else 0


def within(workspace: Path, file: str, line: int) -> str:
    """Return the properties of a place, or '' if the file is not in the workspace."""
    path, folder = Path(file).absolute(), workspace.absolute()
    if not line or not path.is_relative_to(folder):
        return ""
    return f"file={_property(path.relative_to(folder).as_posix())},line={line},"


def few(kind: str, found: list[str], counted: str) -> Iterator[str]:
    """Yield the annotations of one kind, no more than GitHub shows; `counted` is what they name."""
    if len(found) <= MOST_ANNOTATIONS:
        yield from found
        return
    yield from found[: MOST_ANNOTATIONS - 1]
    more = f"{len(found) - MOST_ANNOTATIONS + 1} more {counted}"
    yield annotation(kind, more, "They are listed in the job summary and in the reports.")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(line(text)).replace(":", "%3A").replace(",", "%2C")
