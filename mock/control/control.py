"""What the control interface shows and sets: requests, scenarios, and items that were stored."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ...spec.describing import actual
from ...spec.documents.problems import SourceError
from ..http.preferences import is_id
from .journal import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..responder import Responder
    from ..scenarios.assigned import Assigned


class Control:
    """The state of a stub that tests see and set; of one process."""

    def __init__(self, responder: Responder) -> None:
        self.journal = Journal()
        self.scenarios, self._sequences = responder.assigned, responder.sequences
        self.stored = responder.resources.store

    def use(self, id_: str, scenario: bytes | Mapping[str, Any]) -> Assigned:
        """Set the scenario of an id; raise SourceError or TooManyError if that is not possible.

        Raises ValueError for an id that no request can have.
        """
        if not is_id(id_):
            raise ValueError(f"id is {actual(id_)}; expected 1 to 100 characters of ASCII")
        assigned = self.scenarios.put(id_, scenario)
        self._sequences.forget("id", id_)
        return assigned

    def remove(self, id_: str) -> bool:
        """Remove the scenario of an id and its counters; return whether there was one."""
        self._sequences.forget("id", id_)
        return self.scenarios.remove(id_)

    def clear(self) -> int:
        """Remove all scenarios and their counters, and return how many there were."""
        return sum(self.remove(each.id) for each in self.scenarios)

    def take_over(self, before: Control) -> None:
        """Set the scenarios of another one, except those that the contract no longer allows."""
        for each in before.scenarios:
            with contextlib.suppress(SourceError):
                self.scenarios.put(each.id, each.value)
