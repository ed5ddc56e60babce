"""Walks for the profile deep: a machine that reads pages of a list, or of several in turn.

It goes on to the next page, back to an earlier one, to another size, to the last page and past it;
what it has read in one go is judged together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from .requests import sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..evidence.record import Record
    from ..probes.probe import Caller
    from .session import Attempt

_FARTHEST = 12
"""Pages from the first that are asked for without looking at the total."""
_LONGEST = 8
"""Pages that are read in a row in one step."""


def machine(  # noqa: C901 - the rules of a machine are methods of one class
    callers: Sequence[Caller], begin: Callable[[], Attempt], judge: Callable[[Attempt], object]
) -> type[RuleBasedStateMachine]:
    """Make the machine of one operation that has pages.

    `begin` gives the trial that a sequence is sent in, `judge` is called when it is at its end.
    """
    paging = callers[0].operation.pagination
    if paging is None:
        raise ValueError(f"{callers[0].operation.id} has no pages")
    first = paging.page.minimum or 0
    usual = int(paging.size.example or paging.size.minimum or 1)
    any_list = st.integers(0, len(callers) - 1)
    any_size = sizes(paging.size)

    # What a rule draws never depends on an answer: a sequence stays the same when answers change.
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
            """How many pages the list has by what was last read of it, 1 where that is unknown."""
            return max(1, -(-self.totals.get(which, 0) // size))

        @rule(which=any_list, page=st.integers(first, first + _FARTHEST), size=any_size)
        def read(self, which: int, page: int, size: int) -> None:
            """Read any page near the beginning."""
            self.visit(which, page, size)

        @rule()
        def go_on(self) -> None:
            """Read the page after the one that was read last."""
            which, page, size = self.visited[-1] if self.visited else (0, first - 1, usual)
            self.visit(which, page + 1, size)

        @rule(back=st.integers(1, 20))
        def again(self, back: int) -> None:
            """Read a page once more that was read before."""
            if self.visited:
                self.visit(*self.visited[-1 - (back - 1) % len(self.visited)])

        @rule(size=any_size)
        def resize(self, size: int) -> None:
            """Read the list that was read last from its beginning, at another size."""
            which = self.visited[-1][0] if self.visited else 0
            self.visit(which, first, size)

        @rule(which=any_list, size=any_size, before=st.integers(0, 2))
        def end(self, which: int, size: int, before: int) -> None:
            """Read the last page, or one shortly before it."""
            self.visit(which, first + max(0, self.length(which, size) - 1 - before), size)

        @rule(which=any_list, size=any_size, beyond=st.integers(1, 1000))
        def past_the_end(self, which: int, size: int, beyond: int) -> None:
            """Read a page that is not there."""
            self.visit(which, first + self.length(which, size) - 1 + beyond, size)

        @rule(which=any_list, size=any_size)
        def walk(self, which: int, size: int) -> None:
            """Read pages in a row from the first one on."""
            self.visit(which, first, size)
            for page in range(first + 1, first + min(self.length(which, size), _LONGEST)):
                self.visit(which, page, size)

        def teardown(self) -> None:
            """Judge what was read.

            What was read first is read once more: if a list changed in between, it shows there.
            """
            for which in sorted({each[0] for each in self.visited}):
                mine: list[Any] = [each for each in self.visited if each[0] == which]
                if len(mine) > 1 and mine[0] != mine[-1]:
                    self.visit(*mine[0])
            judge(self.attempt)

    return Pages
