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

    from ....spec.contract import Contract
    from ..changes.change import Change, Where

_BASE_PATH = "server.path.changed"
_MOST_SEARCHED = 200
"""Changes for which a witness is looked for."""
_MOST_PLACES = 3
"""Operations in which it is looked for."""


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
        sites = _sites(change)
        if not is_open or not sites or left <= 0:
            yield change
            continue
        left -= 1
        witness = next(filter(None, map(witnesses.find, sites)), None)
        effect = Effect.BREAKING if witness is not None else change.effect
        # What responses no longer have only shows in a response of the old contract.
        if witness is None and (effect is not Effect.BREAKING or sites[0].is_of_responses):
            reverse = (witnesses.find(site, breaking=False) for site in sites)
            witness = next(filter(None, reverse), None)
        yield replace(change, effect=effect, witness=witness, sought=True)


def _sites(change: Change) -> list[Site]:
    """Return where a witness is looked for, [] if it is about the contract as a whole."""
    places = (change.where, *change.elsewhere[: _MOST_PLACES - 1])
    return [_site(change, where) for where in places if where.operation]


def _site(change: Change, where: Where) -> Site:
    if change.kind.partition(".")[0] in table().behaviors:
        return Site(where.old, where.new, Part.BEHAVIOR, _member(change))
    part = "body" if where.part == "bodyMedia" else where.part
    law = change.kind.startswith("law.")
    return Site(where.old, where.new, part, where.name, where.status, where.at, law)


def _member(change: Change) -> str:
    """Return what a behavior is about: 'pastEnd' of x-pagination, 'x-filter status'."""
    extension = change.kind.partition(".")[0]
    if change.where.part == "parameter":
        return f"{extension} {change.where.name.partition(' ')[2]}"
    member = change.new.pointer.rpartition("/")[2]
    return member if extension == "x-pagination" and member != extension else extension
