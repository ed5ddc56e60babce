"""Behaviours: the small changes that faults are made of.

Each function here makes a behaviour out of a change and of when it happens. Nothing is drawn: what
happens follows from the call, from the row, or from how many calls there were.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.model import lookup
from ...spec.references import get
from .call import Answer, Call

if TYPE_CHECKING:
    from ...spec.model import ErrorForm
    from ...spec.source import Pointer
    from .fault import Behaviour
    from .places import RowLaw
    from .stub import Stub


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: where it stands in the list, from 0, and on which page of how many."""

    value: Any
    index: int
    position: int
    page: int
    size: int
    total: int

    @property
    def is_on_last_page(self) -> bool:
        """Whether its page is the last one."""
        return self.page * self.size >= self.total


When: TypeAlias = Callable[[Call], bool]
WhenRow: TypeAlias = Callable[[Row], bool]
MISSING = object()
"""As a new value: the member is left out."""


def always(_: object) -> bool:
    """Happen to everything."""
    return True


def asking(change: Callable[[Call, Stub], Call], when: When = always) -> Behaviour:
    """Let another call reach the stub than the one that was sent."""

    async def behave(call: Call, stub: Stub) -> Answer:
        return await stub.ask(change(call, stub) if when(call) else call)

    return behave


def answering(change: Callable[[Call, Answer], Answer], when: When = always) -> Behaviour:
    """Change whatever the stub answers."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        return change(call, answer) if when(call) else answer

    return behave


def succeeding(change: Callable[[Call, Answer], Answer], when: When = always) -> Behaviour:
    """Change the answers that are successes of lists."""

    def changed(call: Call, answer: Answer) -> Answer:
        return change(call, answer) if answer.is_success and call.is_listing else answer

    return answering(changed, when)


def failing(change: Callable[[Call, Answer], Answer], when: When = always) -> Behaviour:
    """Change the answers that are errors."""
    return answering(lambda call, answer: change(call, answer) if answer.is_error else answer, when)


def body(
    requirement: str,
    change: Callable[[Any, Call], Any],
    when: Callable[[Call, Any], bool] = lambda _call, _body: True,
    *,
    kind: str | None = None,
    nth: int = 0,
) -> Behaviour:
    """Change what a requirement is about in the body of a success, outside of its rows."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        places = stub.places(call).in_body(requirement, kind)
        if not (answer.is_success and call.is_listing and len(places) > nth):
            return answer
        value = answer.json
        if not when(call, value):
            return answer
        put(value, places[nth], change(lookup(value, places[nth]), call))
        return answer.saying(value)

    return behave


def paging(
    member: Callable[[Call], Pointer],
    change: Callable[[Any, Call, Any], Any],
    when: Callable[[Call, Any], bool] = lambda _call, _body: True,
) -> Behaviour:
    """Change one of the members that `x-pagination` names; the change gets value, call and body."""

    def changed(call: Call, answer: Answer) -> Answer:
        value = answer.json
        if not when(call, value):
            return answer
        place = member(call)
        put(value, place, change(lookup(value, place), call, value))
        return answer.saying(value)

    return succeeding(changed)


def rows(change: Callable[[Row, Stub, Call], Any], when: WhenRow = always) -> Behaviour:
    """Change rows in place."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        if not (answer.is_success and call.is_listing):
            return answer
        value = answer.json
        changed = False
        for row in rows_of(call, value):
            if when(row):
                change(row, stub, call)
                changed = True
        return answer.saying(value) if changed else answer

    return behave


def rows_of(call: Call, value: Any) -> Iterable[Row]:
    """Give the rows of the body of a success."""
    total = call.paging.total_of(value) or 0
    for position, row in enumerate(call.paging.items_of(value) or ()):
        page, size = call.page or 1, call.size or 1
        yield Row(row, call.first_row + position, position, page, size, total)


def field(  # noqa: PLR0913 - all that a change of fields can differ in
    requirement: str,
    change: Callable[[Any], Any],
    when: WhenRow = always,
    *,
    kind: str | None = None,
    nth: int = 0,
    where: Callable[[Any], bool] = always,
) -> Behaviour:
    """Change the field of rows that a requirement is about, where `where` holds for its value."""

    def changed(row: Row, stub: Stub, call: Call) -> None:
        places = stub.places(call).in_row(requirement, kind)
        if len(places) > nth and where(lookup(row.value, places[nth])):
            put(row.value, places[nth], change(lookup(row.value, places[nth])))

    return rows(changed, when)


def breaking(
    requirement: str, when: WhenRow = always, *, nth: int = 0, values: Sequence[Any] = ()
) -> Behaviour:
    """Break a law about rows, and nothing else, where the law applies.

    The field that the law is about gets the first of `values`, or of what other rows have there,
    with which the law is broken and all else holds.
    """

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        laws = stub.places(call).laws(requirement)
        if not (answer.is_success and call.is_listing and len(laws) > nth):
            return answer
        value, law = answer.json, laws[nth]
        others = values or await _values(call, stub, law)
        for row in rows_of(call, value):
            if when(row) and law.holds(row.value):
                _break(row.value, law, others, stub, call)
        return answer.saying(value)

    return behave


async def _values(call: Call, stub: Stub, law: RowLaw) -> Sequence[Any]:
    """Give what the first rows of a list have in the field of a law, each value once."""
    key = ("values", call.operation.id, call.names, law.field)
    if key not in stub.memory:
        some = await stub.pick(call, range(100))
        found = {repr(value): value for value in (lookup(row, law.field) for row in some)}
        stub.remember(key, list(found.values()))
    kept: Sequence[Any] = stub.memory[key]
    return kept


def _break(row: Any, law: RowLaw, values: Sequence[Any], stub: Stub, call: Call) -> None:
    before = copy.deepcopy(lookup(row, law.field))
    for value in values:
        put(row, law.field, value)
        if law.holds(row) is False and stub.places(call).violations(row) == 1:
            return
    put(row, law.field, before)


def error(
    member: Callable[[ErrorForm], Pointer | None],
    change: Callable[[Any], Any],
    when: Callable[[Call, Answer], bool] = lambda _call, _answer: True,
) -> Behaviour:
    """Change a member of the bodies of errors."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        form = stub.contract.error
        place = member(form) if form else None
        value = answer.json
        if not (answer.is_error and place and isinstance(value, dict) and when(call, answer)):
            return answer
        put(value, place, change(lookup(value, place)))
        return answer.saying(value)

    return behave


def picking(choose: Callable[[Call, int], Iterable[int]], when: When = always) -> Behaviour:
    """Fill pages with other rows than theirs; `choose` gives the rows' places for a call."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        if not (answer.is_success and call.is_listing and when(call)):
            return answer
        value = answer.json
        total = call.paging.total_of(value) or 0
        indices = [index for index in choose(call, total) if 0 <= index < total]
        put(value, call.paging.items, await stub.pick(call, indices))
        return answer.saying(value)

    return behave


def remembering(key: Callable[[Call], Any]) -> Behaviour:
    """Answer from a cache whose key leaves something out."""

    async def behave(call: Call, stub: Stub) -> Answer:
        if not call.is_listing or call.token != stub.token:
            return await stub.ask(call)
        name = ("cache", call.operation.id, key(call))
        if name not in stub.memory:
            answer = await stub.ask(call)
            if not answer.is_success:
                return answer
            stub.remember(name, answer)
        kept: Answer = stub.memory[name]
        return kept

    return behave


def instead(
    make: Callable[[Call, Stub], Awaitable[Answer]], when: Callable[[Call, Stub], bool]
) -> Behaviour:
    """Do something else altogether with some calls."""

    async def behave(call: Call, stub: Stub) -> Answer:
        return await (make(call, stub) if when(call, stub) else stub.ask(call))

    return behave


def put(value: Any, place: Pointer, new: Any) -> None:
    """Set what stands at a place, or take it out with MISSING; a place that is not there stays."""
    try:
        parent = get(value, place[:-1])
    except LookupError:
        return
    if isinstance(parent, dict):
        if new is MISSING:
            parent.pop(place[-1], None)
        else:
            parent[place[-1]] = new
