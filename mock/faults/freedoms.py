"""Freedoms: named ways in which servers differ that all conform to the contract.

They are made of the conditions and operators of faults. A change that the contract does not allow
is left out: in the row that it would break, or in the whole response.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.documents.pointers import get
from .context import Context
from .operators import changes
from .operators.responses import subjects

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from ...spec.documents.pointers import Pointer
    from .call import Call, Response
    from .context import Row, Stub
    from .operators.responses import Conditions, Step
    from .places import Location

    Answering = Callable[[Call, Stub], Awaitable[Response]]


async def answered(call: Call, stub: Stub) -> tuple[Response, Stub]:
    """Return the stub's own response to a request, and a stub that need not be asked again."""
    own = await stub.ask(call)

    async def ask(another: Call) -> Response:
        return own if another is call else await stub.ask(another)

    return own, replace(stub, ask=ask)


@dataclass(frozen=True, slots=True)
class Permitted:
    """A behaviour whose responses conform: one that would not is replaced by the stub's own.

    The memory of the server counts both: `touched` and `refused`.
    """

    behaviour: Answering

    async def __call__(self, call: Call, stub: Stub) -> Response:
        """Return the response to a request."""
        own, stub = await answered(call, stub)
        response = await self.behaviour(call, stub)
        if not response.is_changed(own):
            return own
        if call.method == "HEAD" or not Context(call, stub, call, response).conforms:
            stub.memory.refused += 1
            return own
        stub.memory.touched += 1
        return response


@dataclass(frozen=True, slots=True)
class Freedom:
    """One way in which servers may differ that all conform.

    `title` is a sentence that says what the server does, and `because` why it may do so. `seen`
    says what shows that a server does it, as in freedoms.yaml. `weather` says that a network does
    it, whatever the server is like.
    """

    name: str
    title: str
    because: str
    behaviour: Answering
    seen: Mapping[str, Any] = field(default_factory=dict)
    weather: bool = False


def varying(entries: Sequence[tuple[Location, Mapping[str, Any]]], rows: Conditions) -> Step:
    """Change values where their locations say, but for changes that the contract does not allow."""
    compiled = [(location, changes.compiled(entry)) for location, entry in entries]

    async def step(context: Context) -> None:
        response = await context.answered()
        value = response.json
        for location, change in compiled:
            for edits in _by_place(context, location, value, rows):
                _make(context, value, edits, change)
        if value is not None:
            context.response = response.with_json(value)

    return step


_Edit: TypeAlias = "tuple[Row | None, Pointer]"
"""A place in a row, or in the body without one."""


def _by_place(
    context: Context, location: Location, value: Any, rows: Conditions
) -> Iterable[list[_Edit]]:
    """Return the edits at each place: that of the body, or those of all rows."""
    found: dict[tuple[bool, Pointer], list[_Edit]] = {}
    for row, place in subjects(context, location, value, rows):
        found.setdefault((row is None, place), []).append((row, place))
    return found.values()


def _make(context: Context, value: Any, edits: Sequence[_Edit], change: changes.Change) -> None:
    """Make the edits of one place but for those in rows that the contract does not accept then."""
    variables = {**context.variables(context.total), "token": context.call.token or ""}
    before = []
    for row, place in edits:
        whole, index = (value, {}) if row is None else (row.value, {"index": row.index})
        try:
            old = get(whole, place)
            before.append((whole, place, copy.deepcopy(old)))
        except LookupError:
            old = changes.MISSING
            before.append((whole, place, old))
        changes.put(whole, place, change(old, {**variables, **index}))
    for wrong in (context.wrong_rows(value), None):
        for (row, _), undone in zip(edits, before, strict=True):
            if wrong is None or (row is not None and row.position in wrong):
                changes.put(*undone)
        if context.accepts(value):
            return
