"""Locations: where in a response a change applies, by a role or by a requirement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.source import Pointer
    from .context import Context

# Roles of x-pagination, and of x-error-code, by what a catalogue calls them.
_IN_BODY = {
    "items": "items",
    "total": "total_items",
    "pages": "total_pages",
    "current page": "current_page",
}
_IN_ERROR = {"error message": "message", "error number": "number", "error detail": "detail"}
_KEY = "key"
_ORDINALS = ("first", "second", "third", "fourth")
_TYPES = "string|number|integer|boolean|object|array"
_NTH = re.compile(rf"({'|'.join(_ORDINALS)}) ({_TYPES}) of (\S+)")


@dataclass(frozen=True, slots=True)
class Location:
    """Where a change applies.

    `part` is 'error', 'envelope', 'row', or '' where the contract has to say which of the latter
    two. Without a `role`, the place is the one of a `requirement`: of all places with the schema
    `type` that are tied to it, the one numbered `nth` from 0.
    """

    part: str
    role: str = ""
    requirement: str = ""
    type: str | None = None
    nth: int = 0

    @classmethod
    def of(cls, text: str) -> Location:
        """Read a role, a requirement id, or a phrase as `second string of ID`."""
        if text == _KEY:
            return cls("row", role="key")
        if text in _IN_BODY:
            return cls("envelope", role=_IN_BODY[text])
        if text in _IN_ERROR:
            return cls("error", role=_IN_ERROR[text])
        found = _NTH.fullmatch(text)
        if found is None:
            return cls("", requirement=text)
        return cls("", "", found[3], found[2], _ORDINALS.index(found[1]))

    def in_error(self, contract: Contract) -> Pointer | None:
        """Return the place in the body of an error, or None."""
        place: Pointer | None = getattr(contract.error, self.role, None)
        return place

    def in_success(self, context: Context) -> tuple[str, Pointer | None]:
        """Return 'row' or 'envelope', and the place in it or None."""
        if self.role:
            place: Pointer = getattr(context.asked.paging, self.role)
            return self.part, place
        places = context.stub.places(context.asked)
        for part, found in (
            ("row", places.in_row(self.requirement, self.type)),
            ("envelope", places.in_body(self.requirement, self.type)),
        ):
            if len(found) > self.nth:
                return part, found[self.nth]
        return "", None


ROLES = (_KEY, *_IN_BODY, *_IN_ERROR)
"""What a location can be called, beside a requirement."""
