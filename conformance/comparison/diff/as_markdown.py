"""Changes in Markdown, for a pull request or the page of a job.

Text from the contracts is set as code, so that nothing in it becomes a link, a mention or markup.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from ....spec.visible import line
from ...reporting.formats.as_markdown import code, fenced, table, words
from ..changes.kinds import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..changes.change import Change
    from .comparison import Comparison

_MARKS = {Effect.BREAKING: "❌", Effect.UNKNOWN: "❔", Effect.SAFE: "✅"}
_MOST_ROWS, _MOST_SHOWN = 300, 20
_LONGEST_COMMAND, _LONGEST_BODY = 1500, 1000


def render(comparison: Comparison) -> str:
    """Return a comparison as Markdown."""
    return "\n\n".join(_paragraphs(comparison)) + "\n"


def _paragraphs(comparison: Comparison) -> Iterator[str]:
    yield f"## {_MARKS[comparison.worst]} {comparison.conclusion.capitalize()}"
    old, new = comparison.old, comparison.new
    yield f"From {code(str(old.path))} to {code(str(new.path))}"
    rows = comparison.shown
    if rows:
        header = ("", "Where", "What changed", "Old", "New")
        yield table(header, map(_row, rows[:_MOST_ROWS]))
    left = len(rows) - _MOST_ROWS
    if left > 0:
        yield f"And {left} more changes, which `--format json` lists."
    for effect, counted in comparison.counted():
        yield f"{_MARKS[effect]} {counted}"
    for change in [change for change in rows if change.witness][:_MOST_SHOWN]:
        yield from _witness(change)
    for note in comparison.notes:
        yield f"> {code(note)}"


def _row(change: Change) -> tuple[str, ...]:
    others = f" and {len(change.others)} more" if change.others else ""
    allowed = f"<br>{words(change.allowed)}" if change.allowed else ""
    word = "allowed" if change.allowed else change.effect.value
    return (
        f"{_MARKS[Effect.SAFE if change.allowed else change.effect]} {word}",
        f"{code(str(change.where))}{others}",
        f"{code(change.message)}{allowed}",
        code(str(change.old)),
        code(str(change.new)),
    )


def _witness(change: Change) -> Iterator[str]:
    witness = change.witness
    if witness is None:
        return
    title = html.escape(line(f"{change.where}: {change.message}"), quote=False)
    yield f"<details><summary>Witness: {title}</summary>"
    yield (
        f"The {witness.admits} contract admits this request with this response, and the "
        f"{witness.refuses} one does not: {code(witness.refusal.text)}"
    )
    if len(witness.curl) <= _LONGEST_COMMAND:
        yield fenced(line(witness.curl), "sh")
    body = line(witness.response.body[:_LONGEST_BODY].decode("utf-8", "replace"))
    yield fenced(f"{witness.response.status} {body}", "text")
    yield "</details>"
