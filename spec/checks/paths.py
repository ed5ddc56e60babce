"""Paths and their parameters: what does not fit together is named, and left out."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from ..documents.pointers import BrokenReferenceError, follow, get
from ..model.operation import METHODS
from ..reading.places import parameter_places
from .shape import IGNORED_PARAMETER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..documents.draft import Draft
    from ..documents.pointers import Pointer
    from .shape import Mistake


def mend(draft: Draft) -> Iterator[Mistake]:
    """Make the parameters of each path those in its braces; yield what was wrong."""
    first: dict[str, str] = {}
    for path, item in list(draft.document["paths"].items()):
        names = re.findall(r"\{([^{}]*)\}", path)
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield ("paths", path), f"the path has {{{name}}} more than once"
        for place in [("paths", path, method) for method in METHODS if method in item]:
            yield from _parameters(draft, place, dict.fromkeys(names))
            name = item[place[-1]].get("operationId")
            if name in first:
                at = (*place, "operationId")
                what = f"operationId {name!r} stands twice, first at {first[name]}"
                yield at, f"{what}; here it is ignored"
                draft.remove(at)
            elif name is not None:
                first[name] = path


def _parameters(draft: Draft, place: Pointer, names: dict[str, None]) -> Iterator[Mistake]:
    found: dict[str, Pointer] = {}
    for at in parameter_places(draft.document, place):
        try:
            _, parameter = follow(draft.document, at)
        except BrokenReferenceError:
            continue  # said where references are checked
        if isinstance(parameter, dict) and parameter.get("in") == "path":
            found[str(parameter.get("name"))] = at
    for name in (name for name in names if name not in found):
        what = f"the path has {{{name}}}, and no path parameter of that name"
        yield place, f"{what}; it is taken as any text"
        own = [*get(draft.document, place).get("parameters", ()), _any_text(name)]
        draft.put((*place, "parameters"), own)
    for name in sorted(found.keys() - names):
        what = f"the path parameter {name} is not in the path {place[1]}"
        yield found[name], f"{what}; it is ignored"
        draft.put(found[name], copy.deepcopy(IGNORED_PARAMETER))


def _any_text(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
