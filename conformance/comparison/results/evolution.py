"""How a contract changed between two tests, and which of its changes a client notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ....spec.documents.pointers import join
from ..diff.proof import proved
from ..witnesses.site import ELEMENT
from .usage import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ....spec.contract import Contract
    from ..changes.change import Change
    from .usage import Usage

    Evolution: TypeAlias = Callable[[str, str], Sequence[Change] | None]

_REMOVED = "property.removed.required"
_OPTIONAL = "property.optional"
_DUTIES = {"parameter.added.required", "parameter.required"}
_DUTIES |= {f"default.{event}" for event in ("added", "removed", "changed")}
"""The kinds of changes of a parameter that even a client which does not send it notices."""


class Known:
    """The changes between known contracts, found when they are asked for."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._contracts = {contract.digest: contract for contract in contracts}
        self._found: dict[tuple[str, str], Sequence[Change]] = {}

    def __call__(self, old: str, new: str) -> Sequence[Change] | None:
        """Return the changes between two contracts by their digests, None if one is unknown."""
        same = unchanged(old, new)
        if same is not None or not {old, new} <= self._contracts.keys():
            return same
        if (old, new) not in self._found:
            self._found[old, new] = proved(self._contracts[old], self._contracts[new])
        return self._found[old, new]


def unchanged(old: str, new: str) -> Sequence[Change] | None:
    """Return that nothing changed if two digests are the same, None if they are not."""
    return () if old == new else None


def notices(usage: Usage, change: Change) -> bool:
    """Whether a change is about something that a client uses."""
    where = change.where
    if not where.operation:
        return True
    labels = {where.operation, *change.others}
    used = [each for each in usage.operations if each.label in labels]
    if where.part == "parameter" and change.kind not in _DUTIES:
        name = where.name.partition(" ")[2]
        return any(name in each.parameters for each in used)
    if where.part == "response" and change.kind == _REMOVED:
        return any(_needs(usage, Place(each.operation, _place(change))) for each in used)
    return bool(used)


def _needs(usage: Usage, place: Place) -> bool:
    """Whether a client needs a member, or was not tested without it."""
    tried = [m for m in usage.members if Place(m.operation, m.place) == place]
    return not tried or any(member.needed for member in tried)


def now_optional(change: Change) -> set[str]:
    """Return the member that responses can leave out since a change; nothing for other changes."""
    is_one = change.kind == _OPTIONAL and change.where.part == "response"
    return {_place(change)} if is_one else set()


def _place(change: Change) -> str:
    return join("*" if part == ELEMENT else part for part in change.where.at)
