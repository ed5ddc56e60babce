"""Allowed changes: breaking or unknown ones that are accepted for a reason, until a date.

A file of allowed changes is a YAML list, in the form of waivers:

    - change: enum.valueAdded
      where: GET /courses/*, response 200 /status
      reason: the page shows statuses that it does not know since March
      expires: 2026-03-31
      ticket: TICKET

`change` is a pattern for the kind, and `where` one for the place, as `diff` prints both: * matches
any text, ? any character and [ab] one of these characters; [[] matches a bracket. `expires` is the
last day on which the change is allowed, in UTC. The other members are optional: `ticket` is for
you, and `message` is a pattern for a part of what changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ....spec.describing import nearest
from ....spec.documents import files
from ....spec.documents.problems import SourceError
from ..changes.kinds import Effect, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..changes.change import Change

_SCHEMA = Path(__file__).with_name("allowed.schema.yaml")


@dataclass(frozen=True, slots=True)
class Allowed:
    """One allowed change; `place` is its position, FILE:LINE."""

    change: str
    where: str
    reason: str
    expires: date
    ticket: str
    message: str
    place: str

    def __str__(self) -> str:
        """Return the reason and the date."""
        ticket = f" ({self.ticket})" if self.ticket else ""
        return f"allowed until {self.expires}{ticket}: {self.reason}"

    def fits(self, change: Change) -> bool:
        """Whether it is about a change."""
        return (
            change.effect is not Effect.SAFE
            and fnmatchcase(change.kind, self.change)
            and fnmatchcase(str(change.where), self.where)
            and fnmatchcase(change.message, f"*{self.message}*")
        )


def load(path: Path) -> tuple[Allowed, ...]:
    """Read a file of allowed changes; raise SourceError with every mistake in it."""
    entries, source = files.read(path, _SCHEMA)
    problems = []
    for index, entry in enumerate(entries):
        kinds = table().kinds
        if not any(fnmatchcase(kind, entry["change"]) for kind in kinds):
            hint = f"Kinds like it are {', '.join(nearest(entry['change'], kinds))}"
            what = f"there is no kind of change {entry['change']!r}"
            problems.append(source.problem((str(index), "change"), what, hint))
    if problems:
        raise SourceError(problems)
    return tuple(
        Allowed(
            change=entry["change"].strip(),
            where=entry["where"].strip(),
            reason=" ".join(entry["reason"].split()),
            expires=date.fromisoformat(entry["expires"]),
            ticket=entry.get("ticket", "").strip(),
            message=entry.get("message", "").strip(),
            place=f"{source.path}:{source.line((str(index),))}",
        )
        for index, entry in enumerate(entries)
    )


def apply(
    allowed: Iterable[Allowed], changes: Iterable[Change], today: date
) -> tuple[list[Change], list[str]]:
    """Return the changes, those that are allowed with the reason, and notes about the entries.

    An entry that nothing needs is only noted, and fails nothing: a change is no longer one as soon
    as OLD has it.
    """
    allowed, found = list(allowed), list(changes)
    notes = []
    for each in allowed:
        if not any(each.fits(change) for change in found):
            notes.append(f"{each.place}: no change fits this entry: remove it")
        elif each.expires < today:
            notes.append(f"{each.place}: this entry expired on {each.expires} and no longer counts")
    valid = [each for each in allowed if each.expires >= today]
    reasons = (next((str(each) for each in valid if each.fits(one)), "") for one in found)
    return [replace(c, allowed=why) for c, why in zip(found, reasons, strict=True)], notes
