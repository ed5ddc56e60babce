"""The head of every report: what was checked, when and how, as pairs of name and value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..run.model import Run

_MOST_LISTS = 12
_MINUTE = 60


def head(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what a reader has to know before anything else."""
    contract = run.evidence.contract
    yield "Server", run.server
    yield "Contract", f"{contract.title} {contract.version}"
    yield from (("Policy", policy) for policy in run.policies)
    yield from run.labels.items()
    yield from _lists(run)
    if profile := run.configuration.get("profile"):
        yield "Profile", str(profile)
    yield "When", f"{datetime.fromtimestamp(run.started, UTC):%Y-%m-%d %H:%M} UTC"
    yield "Requests", f"{run.requests:,} in {duration(run.duration)}"
    if run.statement:
        yield "SHA-256 of statement.json", run.statement


def sentence(run: Run) -> str:
    """Return what follows the headline: the conclusion without its first word, as a sentence."""
    said = run.conclusion().partition(": ")[2]
    said = said if said.startswith("http") else said[:1].upper() + said[1:]  # not of an address
    return f"{said.rstrip('.')}."


def duration(seconds: float) -> str:
    """Return a duration in words."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"


def _lists(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the lists that were named for the run."""
    names = list(run.evidence.lists.values())
    if not names:
        return
    noun = run.list_noun
    more = f" and {len(names) - _MOST_LISTS} more" if len(names) > _MOST_LISTS else ""
    title = noun.capitalize() if len(names) == 1 else f"{noun.capitalize()}s"
    yield title, f"{', '.join(names[:_MOST_LISTS])}{more}"
