"""Operators: what a fault does to a page, a value, a law or a response.

Each function makes a step out of an entry of the catalogue. A step changes the request or the
response of a context. Nothing is random: what happens follows from the request, from the row, or
from how many requests there were.
"""

from __future__ import annotations

import copy
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import lookup
from ..context import UNKNOWN_TOKEN, VARIABLES, Row
from ..mistakes import Expression
from . import changes
from .changes import TOKEN
from .conditions import holds_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ..call import Response
    from ..context import Context
    from ..places import Location, RowLaw
    from .conditions import Condition

    Step = Callable[[Context], Awaitable[None]]
    Conditions = tuple[Condition, ...]

_SOME_ROWS = range(100)
_TEXT = "something is not right"
_TIMES = {"": 0, "gzip": 1, "gzip twice": 2}


def _on_pages(edit: Callable[[Context, Any], Awaitable[None]]) -> Step:
    """Return the step that edits the body of responses with a page of a list."""

    async def step(context: Context) -> None:
        response = await context.answered()
        if context.is_list:
            value = response.json
            await edit(context, value)
            context.response = response.with_json(value)

    return step


def picking(entry: Mapping[str, Any]) -> Step:
    """Fill the page with other rows of the list.

    `size` pretends another page size, `start` and `count` are the window of the list, `row` is the
    index of the row to show at `index`, and `keep` says whether the row at `index` stays.
    """
    known = {
        name: Expression(source, (*VARIABLES, "index") if name in {"row", "keep"} else VARIABLES)
        for name, source in entry.items()
    }

    async def edit(context: Context, value: Any) -> None:
        total = context.total
        variables = context.variables(total)

        def number(name: str, default: int) -> int:
            return int(known[name](variables)) if name in known else default

        size = number("size", context.size)
        start = max(0, number("start", (context.page - 1) * size))
        end = min(start + max(0, number("count", size)), total)
        indices: Iterable[int] = range(start, end)
        if "keep" in known:
            indices = [n for n in indices if known["keep"]({**variables, "index": n})]
        if "row" in known:
            found = (known["row"]({**variables, "index": n}) for n in indices)
            indices = [min(n, total - 1) for n in found if n >= 0]
        rows = await context.stub.pick(context.asked, list(indices))
        changes.put(value, context.asked.paging.items, rows)

    return _on_pages(edit)


def counting(source: str | int) -> Step:
    """Change the total, and the number of pages to match it."""
    expression = Expression(source, VARIABLES)

    async def edit(context: Context, value: Any) -> None:
        paging = context.asked.paging
        total = int(expression(context.variables(context.total)))
        changes.put(value, paging.total_items, total)
        if paging.total_pages is not None:
            changes.put(value, paging.total_pages, -(-total // context.size))

    return _on_pages(edit)


def changing(entries: Sequence[tuple[Location, Mapping[str, Any]]], rows: Conditions) -> Step:
    """Change values of rows, of the envelope or of an error, each where its location says."""
    compiled = [(location, _change(entry)) for location, entry in entries]

    async def step(context: Context) -> None:
        response = await context.answered()
        value = response.json
        for location, change in compiled:
            base = {**context.variables(context.total), "token": context.call.token or ""}
            for subject, place in subjects(context, location, value, rows):
                row = subject if isinstance(subject, Row) else None
                whole = value if row is None else row.value
                variables = base if row is None else {**base, "index": row.index}
                if change is None:
                    changes.flatten(whole, place)
                elif isinstance(change, Expression):
                    found = await context.stub.pick(context.asked, [int(change(variables))])
                    changes.put(whole, place, lookup(found[0], place) if found else None)
                else:
                    changes.put(whole, place, change(lookup(whole, place), variables))
        changed = response.with_json(value)
        if value is not None:
            context.response = replace(changed, body=changes.unmarked(changed.body))

    return step


def _change(entry: Mapping[str, Any]) -> changes.Change | Expression | None:
    """Return a change of one value, the index of the row to take it from, or None to flatten it."""
    if "of row" in entry:
        return Expression(entry["of row"], (*VARIABLES, "index"))
    return None if "flatten" in entry else changes.compiled(entry)


def altering(place: Pointer, change: changes.Change) -> Step:
    """Change one value of a response, which is at a place in its body."""

    async def step(context: Context) -> None:
        response = await context.answered()
        value = response.json
        new = change(lookup(value, place), {"token": context.call.token or ""})
        changes.put(value, place, new)
        changed = response.with_json(value)
        context.response = replace(changed, body=changes.unmarked(changed.body))

    return step


def subjects(
    context: Context, location: Location, value: Any, conditions: Conditions
) -> Iterable[tuple[Row | None, Pointer]]:
    """Yield every row with the place in it, or None with the place in the body."""
    is_success = context.response is not None and context.response.is_success
    fitting = {"error": context.is_error, "body": is_success}
    for part, place in location.each_within(context.stub.places(context.asked)):
        if not fitting.get(part, context.is_list):
            continue
        if part != "row":
            yield from ((None, each) for each in changes.places(value, place))
            continue
        for row in context.rows(value):
            if holds_for(row, conditions):
                yield from ((row, each) for each in changes.places(row.value, place))


def breaking(requirement: str, entry: Mapping[str, Any], rows: Conditions) -> Step:
    """Break a law about rows, and nothing else, in the rows that the law applies to.

    The field of the law gets the first of `values`, or of the values that other rows have there,
    that breaks the law while all other laws and the schema hold. `number` chooses between several
    laws of one requirement, from 1.
    """
    nth, values = entry.get("number", 1) - 1, entry.get("values", ())

    async def edit(context: Context, value: Any) -> None:
        laws = context.stub.places(context.asked).laws(requirement)
        if len(laws) <= nth:
            return
        law = laws[nth]
        others = values or await _values(context, law)
        for row in context.rows(value):
            if holds_for(row, rows) and law.holds(row.value):
                _break(row.value, law, others, context)

    return _on_pages(edit)


async def _values(context: Context, law: RowLaw) -> Sequence[Any]:
    """Return the values in the field of a law in the first rows of a list, each once."""
    call, memory = context.asked, context.stub.memory
    key = ("values", call.operation.id, call.names, law.field)
    if key not in memory.values:
        some = await context.stub.pick(call, _SOME_ROWS)
        found = {repr(value): value for value in (lookup(row, law.field) for row in some)}
        memory.remember(key, list(found.values()))
    kept: Sequence[Any] = memory.values[key]
    return kept


def _break(row: Any, law: RowLaw, values: Sequence[Any], context: Context) -> None:
    before = copy.deepcopy(lookup(row, law.field))
    for value in values:
        changes.put(row, law.field, value)
        if law.holds(row) is False and context.stub.places(context.asked).violations(row) == 1:
            return
    changes.put(row, law.field, before)


def refusing(entry: Mapping[str, Any]) -> Step:
    """Answer with an error response of a status, in the contract's form."""

    async def step(context: Context) -> None:
        refused = await context.stub.ask(context.call.with_token(UNKNOWN_TOKEN))
        worded = _worded(context.stub.contract, refused, entry["status"], entry["text"])
        context.response = replace(worded, status=entry["status"])

    return step


def _worded(contract: Contract, response: Response, status: int, text: str) -> Response:
    """Return an error response with the code of a status, and a text."""
    form, value = contract.error, response.json
    if form is None or not isinstance(value, dict):
        return response
    message = form.write(_code_for(contract, status), text)
    for place in (form.message, form.detail):
        if place is not None:
            changes.put(value, place, message)
    return response.with_json(value)


def _code_for(contract: Contract, status: int) -> str:
    """Return the code that the contract has for a status, the most usual one."""
    statuses = contract.error.statuses if contract.error else {}
    codes = [code for code, agreeing in statuses.items() if status in agreeing]
    first = [code for code in codes if statuses[code][0] == status]
    return next(iter([*first, *codes]), "Unknown")


def responding(entry: Mapping[str, Any]) -> Step:
    """Change the status, the headers or the text of the body, or what happens on the way."""
    texts = [changes.compiled(each) for each in listed(entry.get("body", ()))]

    async def step(context: Context) -> None:
        response, token = await context.answered(), context.call.token or ""
        if "code of" in entry or "text" in entry:
            status, worded = entry.get("code of", response.status), entry.get("text", _TEXT)
            response = _worded(context.stub.contract, response, status, worded)
        text = response.body.decode("utf-8", "replace")
        for change in texts:
            text = change(text, {"token": token})
        response = replace(
            response,
            status=entry.get("status", response.status),
            body=text.encode(entry.get("encoding", "utf-8"), "replace"),
            delay=entry.get("delay", 0.0),
            dropped=entry.get("drop", False),
        )
        if "cut" in entry:
            response = replace(response, cut=int(len(response.body) * entry["cut"]))
        for _ in range(_TIMES[entry.get("compress", "")]):
            response = replace(response, body=gzip.compress(response.body, mtime=0))
        for name, value in entry.get("headers", {}).items():
            sent = None if value is None else value.replace(TOKEN, token)
            response = response.with_header(name, sent)
        context.response = response

    return step


def remembering(parts: Sequence[str]) -> Step:
    """Answer from a cache whose key has only some parts of the request: path, page and size."""

    async def step(context: Context) -> None:
        call, memory = context.call, context.stub.memory
        values = {"path": call.names, "page": call.page, "size": call.size}
        key = ("cache", call.operation.id, *(values[part] for part in parts))
        if key not in memory.values:
            response = await context.answered()
            if not response.is_success:
                return
            memory.remember(key, response, len(response.body) + len(call.path))
        context.response = memory.values[key]

    return step


def listed(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the entries of a member that has one entry or a list of them."""
    return [value] if isinstance(value, dict) else list(value)
