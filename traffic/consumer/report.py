"""The reports of a consumer's test: the terminal, JUnit and Markdown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ...conformance.reporting.formats import as_junit, as_markdown
from ...conformance.reporting.formats.as_junit import Case, Status
from .results import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .results import Results, Trial

_FEW = 10
"""The last lines of a command that the terminal shows."""
_STATUSES = {
    Outcome.SURVIVED: Status.PASSED,
    Outcome.NOT_SURVIVED: Status.FAILED,
    Outcome.NOTICED: Status.PASSED,
    Outcome.NOT_NOTICED: Status.EXPECTED,
    Outcome.NOT_TRIED: Status.SKIPPED,
}
_MARKS = {0: "✅", 1: "❌"}


def progress(trial: Trial) -> str:
    """Return the lines of the terminal for one run of the command."""
    text = f"{trial.outcome:<13} {trial.name}"
    if trial.outcome is not Outcome.NOT_SURVIVED:
        return text
    about = [f"{text}: {trial.reason}", f"    {trial.does} {trial.because}"]
    return "\n".join([*about, *quoted(trial.lines)])


def quoted(lines: Sequence[str]) -> list[str]:
    """Return the last lines of a command as the terminal shows them."""
    return [f"    | {each}" for each in lines[-_FEW:]]


def terminal(results: Results) -> str:
    """Return the end of what the terminal shows."""
    lines = []
    for reason, names in _not_tried(results.freedoms).items():
        lines += [f"not tried, as {reason}:", f"    {', '.join(names)}"]
    lines += [results.about_faults] if results.about_faults else []
    lines.append(results.conclusion)
    return "\n".join(lines)


def junit(results: Results) -> str:
    """Return the results as XML."""
    suites = [("Freedoms", [_case(each) for each in results.freedoms])]
    if results.faults:
        suites.append(("Faults", [_case(each) for each in results.faults]))
    started = datetime.fromisoformat(results.started).timestamp()
    return as_junit.document(suites, started, [("command", " ".join(results.command))])


def markdown(results: Results) -> str:
    """Return the results as Markdown."""
    return "\n\n".join(_paragraphs(results)) + "\n"


def _paragraphs(results: Results) -> Iterator[str]:
    words, code = as_markdown.words, as_markdown.code
    mark = _MARKS.get(results.exit_code, "❔")
    yield f"## {mark} {words(results.conclusion[:1].upper() + results.conclusion[1:])}"
    yield f"{code(' '.join(results.command))} against {words(results.contract)}"
    for trial in results.freedoms:
        if trial.outcome is Outcome.NOT_SURVIVED:
            title = f"{code(trial.name)}: {words(trial.reason)}"
            yield f"### {title}\n\n{words(trial.does)} {words(trial.because)}"
            if trial.lines:
                yield "\n".join(f"    {each}" for each in trial.lines)
    for title, trials in (("Freedom", results.freedoms), ("Fault", results.faults)):
        if trials:
            rows = [(code(each.name), words(each.does), each.outcome.value) for each in trials]
            yield as_markdown.table((title, "What the server does", "Result"), rows)
    if results.members:
        rows = [(code(each.operation), code(each.place), each.outcome) for each in results.members]
        yield as_markdown.table(("Operation", "Member left out", "Result"), rows)
    if results.about_faults:
        yield f"{words(results.about_faults)}."


def _case(trial: Trial) -> Case:
    texts = [f"{trial.outcome}: {trial.name}: {trial.reason}".removesuffix(": "), trial.does]
    texts += [trial.because, *trial.lines]
    return Case(trial.name, _STATUSES[trial.outcome], trial.seconds, tuple(texts))


def _not_tried(trials: Sequence[Trial]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for trial in trials:
        if trial.outcome is Outcome.NOT_TRIED:
            found.setdefault(trial.reason, []).append(trial.name)
    return found
