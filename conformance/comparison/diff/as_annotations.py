"""GitHub Actions: an annotation for each breaking or unknown change, and the job summary.

An annotation is on the line of the new contract, or of the old one if only that is in the workspace
of the job.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...reporting.formats import github
from ..changes.kinds import Effect
from . import as_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..changes.change import Change
    from .comparison import Comparison

_KINDS = {Effect.BREAKING: "error", Effect.UNKNOWN: "warning"}


def publish(
    comparison: Comparison, environment: Mapping[str, str], echo: Callable[[str], None]
) -> None:
    """Annotate the job and append to its summary, if the command runs in GitHub Actions.

    Raises OSError if the summary cannot be written.
    """
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    github.emit(
        commands(comparison, workspace), lambda: as_markdown.render(comparison), environment, echo
    )


def commands(comparison: Comparison, workspace: Path) -> list[str]:
    """Return a workflow command for each breaking and unknown change that is not allowed."""
    found: list[str] = []
    for effect, kind in _KINDS.items():
        own = [c for c in comparison.shown if c.effect is effect and not c.allowed]
        found += github.few(kind, [_annotation(kind, c, workspace) for c in own], "changes")
    return found


def _annotation(kind: str, change: Change, workspace: Path) -> str:
    places = (github.within(workspace, each.file, each.line) for each in (change.new, change.old))
    place = next(filter(None, places), "")
    title = f"{change.effect.value}: {change.where}"
    return github.annotation(kind, title, change.message, place)
