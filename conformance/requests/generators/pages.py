"""Walks for the profile deep: a state machine that reads pages of one list or of several.

It reads the next page, an earlier one, the last one or one past the end, and changes the page size.
The responses of one sequence are judged together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from .requests import sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...records.record import Record
    from ..probes.probe import Caller
    from .session import Attempt

_FARTHEST = 12
"""The last page that is requested regardless of the total, counted from the first."""
_LONGEST = 8
"""The maximum number of consecutive pages in one step."""


def machine(  # noqa: C901 - the rules of a machine are methods of one class
    callers: Sequence[Caller], begin: Callable[[], Attempt], judge: Callable[[Attempt], object]
) -> type[RuleBasedStateMachine]:
    """Return the state machine of one paged operation; raise ValueError if it has no pages.

    `begin` returns the attempt that sends a sequence, `judge` is called at its end.
    """
    paging = callers[0].operation.pagination
    if paging is None:
        raise ValueError(f"{callers[0].operation.id} has no pages")
    first, usual = paging.first, paging.usual
    any_list = st.integers(0, len(callers) - 1)
    any_size = sizes(paging.size)

    # Draws never depend on a response, so a sequence stays the same when responses change.
    class Pages(RuleBasedStateMachine):  # type: ignore[misc,unused-ignore]
        """One sequence of pages."""

        def __init__(self) -> None:
            super().__init__()
            self.attempt = begin()
            self.visited: list[tuple[int, int, int]] = []
            self.totals: dict[int, int] = {}

        def visit(self, which: int, page: int, size: int) -> Record | None:
            """Read a page of one of the lists."""
            self.visited.append((which, page, size))
            request = callers[which].request(page=page, size=size)
            record = self.attempt.send(request, f"page {page} at {size}, generated")
            if record is not None and record.total is not None:
                self.totals[which] = record.total
            return record

        def length(self, which: int, size: int) -> int:
            """Return the number of pages by the latest total of the list, 1 if it is unknown."""
            return max(1, -(-self.totals.get(which, 0) // size))

        @rule(which=any_list, page=st.integers(first, first + _FARTHEST), size=any_size)
        def read(self, which: int, page: int, size: int) -> None:
            """Read any page near the beginning."""
            self.visit(which, page, size)

        @rule()
        def go_on(self) -> None:
            """Read the page after the latest one."""
            which, page, size = self.visited[-1] if self.visited else (0, first - 1, usual)
            self.visit(which, page + 1, size)

        @rule(back=st.integers(1, 20))
        def again(self, back: int) -> None:
            """Read an earlier page again."""
            if self.visited:
                self.visit(*self.visited[-1 - (back - 1) % len(self.visited)])

        @rule(size=any_size)
        def resize(self, size: int) -> None:
            """Read the first page of the latest list at another size."""
            which = self.visited[-1][0] if self.visited else 0
            self.visit(which, first, size)

        @rule(which=any_list, size=any_size, before=st.integers(0, 2))
        def end(self, which: int, size: int, before: int) -> None:
            """Read the last page, or one shortly before it."""
            self.visit(which, first + max(0, self.length(which, size) - 1 - before), size)

        @rule(which=any_list, size=any_size, beyond=st.integers(1, 1000))
        def past_the_end(self, which: int, size: int, beyond: int) -> None:
            """Read a page past the end."""
            self.visit(which, first + self.length(which, size) - 1 + beyond, size)

        @rule(which=any_list, size=any_size)
        def walk(self, which: int, size: int) -> None:
            """Read consecutive pages from the first one."""
            self.visit(which, first, size)
            for page in range(first + 1, first + min(self.length(which, size), _LONGEST)):
                self.visit(which, page, size)

        def teardown(self) -> None:
            """Judge the sequence.

            The first page of each list is read again, which shows whether the list changed.
            """
            for which in sorted({each[0] for each in self.visited}):
                mine: list[Any] = [each for each in self.visited if each[0] == which]
                if len(mine) > 1 and mine[0] != mine[-1]:
                    self.visit(*mine[0])
            judge(self.attempt)

    return Pages
