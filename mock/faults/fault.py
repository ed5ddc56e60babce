"""A fault: a named violation of the contract, and what a server with it does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .context import Context

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...spec.register import Register
    from .call import Call, Response
    from .context import Stub
    from .examples import Parts
    from .operators.conditions import Condition
    from .operators.responses import Step

# Seconds in which another request may begin.
_MEANWHILE = 0.003
EVERYTHING = ("*",)
"""The `hides` of a fault that hides every other requirement."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Steps that are taken if all conditions hold; `delay` is the longest wait in seconds."""

    conditions: Sequence[Condition]
    steps: Sequence[Step]
    delay: float = 0.0

    async def __call__(self, call: Call, stub: Stub) -> Response:
        """Return the response to a request."""
        context = Context(call, stub, call)
        for condition in self.conditions:
            if condition.reads_list:
                await context.count_list()
            if condition.waits:
                await asyncio.sleep(_MEANWHILE)
            if condition.reads_response:
                await context.answered()
            if not condition.holds(context):
                return await context.answered()
        for step in self.steps:
            await step(context)
        return await context.answered()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the contract.

    `title` is a sentence that says what the server does. `requirements` are the ids that it breaks:
    the first is what the fault is about, the others fail with it. `hides` are the ids that cannot
    be judged on a server with this fault, or EVERYTHING. `example` are the parts of a request in
    which it shows. `firsts` are the ids that stand for the first requirement, if it is an aspect.
    Contracts without the aspect `needs` cannot have the fault.
    """

    name: str
    title: str
    requirements: tuple[str, ...]
    behaviour: Behaviour
    hides: tuple[str, ...] = ()
    example: Parts = field(default_factory=dict)
    firsts: tuple[str, ...] = ()
    needs: str = ""

    def of(self, register: Register) -> Fault:
        """Return the fault with the requirements of a register in place of their aspects."""

        def named(names: tuple[str, ...]) -> Iterator[str]:
            for name in names:
                found = [each.id for each in register if name in each.aspects]
                yield from found or [name]

        return replace(
            self,
            requirements=tuple(dict.fromkeys(named(self.requirements))),
            hides=tuple(dict.fromkeys(named(self.hides))),
            firsts=tuple(named(self.requirements[:1])),
        )

    @property
    def requirement(self) -> str:
        """The requirement that the fault is about."""
        return self.requirements[0]

    @property
    def slow(self) -> bool:
        """Whether some responses take longer than clients wait."""
        return self.behaviour.delay > 0
