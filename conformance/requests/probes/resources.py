"""Resources: requests that show, create, change and delete an item, and those that look for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import lookup
from ....spec.model.resource import Action
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....spec.bodies.body import Written
    from .probe import Caller

WORDS = {
    Action.SHOW: "shows",
    Action.CREATE: "creates",
    Action.CHANGE: "changes",
    Action.REPLACE: "replaces",
    Action.DELETE: "deletes",
}


def about(caller: Caller, path: Mapping[str, str], body: Written | None = None) -> Probe:
    """Return a request about the item that the values in the path name."""
    resource = caller.operation.resource
    word = WORDS[resource.action] if resource else "requests"
    at = caller.of(**{name: path[name] for name in caller.operation.path_names & path.keys()})
    if body is None:
        request = at.request()
    else:
        request = at.request(body=body.data, headers={"Content-Type": body.content_type})
    key = path.get(resource.key) if resource and resource.key else None
    return Probe(request, f"{word} {key or 'an item'}")


def looking(probe: Probe, why: str) -> Probe:
    """Return a request that is sent to see what another one changed."""
    return replace(probe, note=f"{probe.note}, {why}", apart=True)


def pages(caller: Caller, total: int) -> list[Probe]:
    """Return requests for all pages of a list at the largest size."""
    paging = caller.operation.pagination
    if paging is None:
        return []
    last = paging.last(total, paging.most)
    return [
        Probe(caller.request(page=page, size=paging.most), f"page {page}")
        for page in range(paging.first, last + 1)
    ]


def most_unlike(
    bodies: Iterable[tuple[Any, Written]], item: Any, key: tuple[str, ...], taken: set[str]
) -> Written | None:
    """Return the body that differs from an item in most members, None without one.

    A body with a key that is taken is left out.
    """
    best: tuple[int, Written] | None = None
    for value, written in bodies:
        own = lookup(value, key) if isinstance(value, dict) else None
        if own is not None and str(own) in taken:
            continue
        members = value.items() if isinstance(value, dict) and isinstance(item, dict) else ()
        differing = sum(name in item and item[name] != each for name, each in members)
        if best is None or differing > best[0]:
            best = (differing, written)
    return best and best[1]
