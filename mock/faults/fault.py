"""A fault: a named violation of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .behaviour import Behaviour

EVERYTHING = ("*",)
"""The `hides` of a fault that hides every other requirement."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the contract.

    `title` is a sentence that says what the server does. `requirements` are the ids that it breaks:
    the first is what the fault is about, the others fail with it. `hides` are the ids that cannot
    be judged on a server with this fault, or EVERYTHING.
    """

    name: str
    title: str
    requirements: tuple[str, ...]
    behaviour: Behaviour
    hides: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        """The requirement that the fault is about."""
        return self.requirements[0]

    @property
    def slow(self) -> bool:
        """Whether some responses take longer than clients wait."""
        return self.behaviour.delay > 0
