"""What a server with a fault does with a request: its conditions, then its operators in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .context import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .call import Call, Response
    from .conditions import Condition
    from .operators import Step
    from .stub import Stub


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Steps that are taken where all conditions hold; `delay` is the longest wait in seconds."""

    conditions: Sequence[Condition]
    steps: Sequence[Step]
    delay: float = 0.0

    async def __call__(self, call: Call, stub: Stub) -> Response:
        """Return the response to a request."""
        context = Context(call, stub, call)
        for condition in self.conditions:
            if condition.reads_response:
                await context.answered()
            if not condition.holds(context):
                return await context.answered()
        for step in self.steps:
            await step(context)
        return await context.answered()
