"""Proves changes: each breaking one gets a witness if there is one, and some are decided by it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..changes.change import by_effect
from ..changes.compare import changes
from ..changes.kinds import Effect, table
from ..witnesses.search import Witnesses
from ..witnesses.site import Part, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ..changes.change import Change

_BASE_PATH = "server.path.changed"
_MOST_SEARCHED = 200
"""Changes for which a witness is looked for."""


def proved(old: Contract, new: Contract) -> list[Change]:
    """Return the changes between two contracts, with witnesses: breaking ones first.

    A change of texts that mean something, such as a law, is breaking if there is a witness, and
    stays unknown without one.
    """
    found = changes(old, new)
    # One base path for both, so that another one does not hide what else changed.
    moved = replace(new, base_path=old.base_path)
    with Witnesses(old, moved) as witnesses, Witnesses(old, new) as exact:
        return by_effect([_moved(old, each, exact) for each in _proved(found, witnesses)])


def _moved(old: Contract, change: Change, exact: Witnesses) -> Change:
    """Return a change; one of the base path has a request to the old one as its witness."""
    if change.kind != _BASE_PATH or not old.operations:
        return change
    return replace(change, witness=exact.find(Site(old.operations[0], None, Part.OPERATION)))


def _proved(found: list[Change], witnesses: Witnesses) -> Iterator[Change]:
    left = _MOST_SEARCHED
    for change in found:
        is_open = change.effect is Effect.BREAKING or change.searched
        site = _site(change)
        if not is_open or site is None or left <= 0:
            yield change
            continue
        left -= 1
        witness = witnesses.find(site)
        effect = Effect.BREAKING if witness is not None else change.effect
        # What responses no longer have only shows in a response of the old contract.
        if witness is None and (effect is not Effect.BREAKING or site.is_of_responses):
            witness = witnesses.find(site, breaking=False)
        yield replace(change, effect=effect, witness=witness, sought=True)


def _site(change: Change) -> Site | None:
    """Return where a witness is looked for, None if it is about the contract as a whole."""
    where, law = change.where, change.kind.startswith("law.")
    if not where.operation:
        return None
    if change.kind.partition(".")[0] in table().behaviors:
        return Site(where.old, where.new, Part.BEHAVIOR, _member(change))
    part = "body" if where.part == "bodyMedia" else where.part
    return Site(where.old, where.new, part, where.name, where.status, where.at, law)


def _member(change: Change) -> str:
    """Return what a behavior is about: 'pastEnd' of x-pagination, 'x-filter status'."""
    extension = change.kind.partition(".")[0]
    if change.where.part == "parameter":
        return f"{extension} {change.where.name.partition(' ')[2]}"
    member = change.new.pointer.rpartition("/")[2]
    return member if extension == "x-pagination" and member != extension else extension
