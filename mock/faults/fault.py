"""Faults: violations of the contract, each with a name and the requirements it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .call import Answer, Call
    from .stub import Stub

Behaviour: TypeAlias = "Callable[[Call, Stub], Awaitable[Answer]]"
"""What a faulty server does with a call; it may ask the stub, once, often or never."""


EVERYTHING = ("*",)
"""Hides every other requirement."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the contract.

    `title` says what the server does. `requirements` are the ids it breaks: the first one is what
    the fault is about, the others break with it. `hides` are ids that cannot be judged any more
    where the server does this, EVERYTHING for all of them. With `slow` an answer takes longer than
    anybody waits.
    """

    name: str
    title: str
    requirements: tuple[str, ...]
    behaviour: Behaviour
    hides: tuple[str, ...] = ()
    slow: bool = False

    @property
    def requirement(self) -> str:
        """The requirement it is about."""
        return self.requirements[0]
