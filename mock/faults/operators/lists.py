"""Faults of lists: filters, searches, sorting and cursors that a server gets wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import lookup
from ....spec.model.selecting import OF_TEXT, ORDERED, comparable, in_order
from . import changes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from ....spec.model.selecting import Selector
    from ..call import Call
    from ..context import Context

    Step = Callable[[Context], Awaitable[None]]


def mistaken(name: str) -> Step:
    """Return the step that makes a mistake with lists, by its name in a catalogue.

    Requests that the stub rejects are rejected as before.
    """

    async def step(context: Context) -> None:
        if (await context.answered()).is_success:
            await MISTAKES[name](context)

    return step


def _without(call: Call, names: Collection[str]) -> Call:
    return replace(call, pairs=call.without(names))


def _ask(context: Context, call: Call) -> None:
    if call != context.asked:
        context.asked, context.response = call, None


def _filters(context: Context) -> set[str]:
    return {selector.parameter for selector in context.call.operation.selectors}


def _sorting(context: Context, *, way_only: bool = False) -> set[str]:
    sorting = context.call.operation.sorting
    if sorting is None:
        return set()
    names = {sorting.order} if way_only else {sorting.parameter, sorting.order}
    return {name for name in names if name}


async def _ignore_filters(context: Context) -> None:
    _ask(context, _without(context.asked, _filters(context)))


async def _ignore_sorting(context: Context) -> None:
    _ask(context, _without(context.asked, _sorting(context)))


async def _ignore_direction(context: Context) -> None:
    sorting = context.call.operation.sorting
    if sorting is not None:
        call = _without(context.asked, _sorting(context, way_only=True))
        down = f"{sorting.parameter}=-"
        pairs = (pair.replace(down, down[:-1]) for pair in call.pairs)
        _ask(context, replace(call, pairs=tuple(pairs)))


async def _filter_each_page(context: Context) -> None:
    sent, selectors = context.parameters, _sent(context)
    if selectors:
        await _ignore_filters(context)
        await _keep(context, lambda row: all(s.selects(row, sent[s.parameter]) for s in selectors))


async def _sort_each_page(context: Context) -> None:
    sorting = context.call.operation.sorting
    members = sorting.wanted(context.parameters) if sorting else ()
    if members:
        await _ignore_sorting(context)
        await _rows(context, lambda rows: [rows[index] for index in in_order(rows, members)])


async def _leave_out_bounds(context: Context) -> None:
    sent = context.parameters
    ordered = [each for each in _sent(context) if each.comparison in ORDERED]
    await _keep_of_all(context, ordered, lambda row, each: not _is_at(row, each, sent))


def _is_at(row: Any, selector: Selector, sent: Mapping[str, Any]) -> bool:
    value = comparable(sent[selector.parameter], selector.kind)
    return any(comparable(lookup(row, at), selector.kind) == value for at in selector.members)


async def _match_case(context: Context) -> None:
    sent = context.parameters
    texts = [each for each in _sent(context) if each.comparison in OF_TEXT]

    def matches(row: Any, each: Selector) -> bool:
        found = (lookup(row, member) for member in each.members)
        return any(str(sent[each.parameter]) in str(text) for text in found)

    await _keep_of_all(context, texts, matches)


async def _keep_of_all(
    context: Context, selectors: list[Selector], keeps: Callable[[Any, Selector], bool]
) -> None:
    """Keep some rows of the whole selection, and page through these."""
    await context.answered()
    if not selectors or not context.is_list:
        return
    paging, value = context.asked.paging, context.body
    whole = await context.stub.pick(context.asked, range(context.total))
    rows = [row for row in whole if all(keeps(row, each) for each in selectors)]
    start = (context.page - paging.first) * context.size
    changes.put(value, paging.items, rows[start : start + context.size])
    changes.put(value, paging.total_items, len(rows))
    if paging.total_pages is not None:
        changes.put(value, paging.total_pages, -(-len(rows) // context.size))
    if context.response is not None:
        context.response = context.response.with_json(value)


async def _lead_back(context: Context) -> None:
    """Let each page after the first lead to the second one again."""
    found = await _next(context)
    if found is None:
        return
    name, following = found
    memory, call = context.stub.memory, context.call
    key = ("second page", call.operation.id, call.without([name]))
    if not _cursor(context):
        memory.remember(key, following)
    elif key in memory.values:
        await _lead_to(context, memory.values[key])


async def _stop_early(context: Context) -> None:
    """Say on the second page that there is no next one."""
    if _cursor(context) and await _next(context) is not None:
        await _lead_to(context, None)


async def _show_the_last_again(context: Context) -> None:
    """Begin each page with the row that ended the page before."""
    found, memory, sent = await _next(context), context.stub.memory, _cursor(context)
    listing, body = context.asked.operation.listing, context.body
    rows = listing.items_of(body) if listing else None
    if not listing or not rows:
        return
    if found is not None:
        memory.remember(("last row", found[1]), rows[-1])
    if ("last row", sent) in memory.values and context.response is not None:
        changes.put(body, listing.items, [memory.values["last row", sent], *rows[1:]])
        context.response = context.response.with_json(body)


async def _change_the_default_size(context: Context) -> None:
    paging, call = context.call.operation.pagination, context.asked
    if paging is not None and not call.texts(paging.size):
        other = paging.least + (paging.size.schema.get("default") == paging.least)
        _ask(context, call.where(paging.size, str(other)))


def _cursor(context: Context) -> str:
    cursors = context.call.operation.cursors
    texts = context.call.texts(cursors.cursor) if cursors and cursors.cursor else []
    return texts[0] if texts else ""


async def _next(context: Context) -> tuple[str, str] | None:
    """Return the parameter for the cursor, and the cursor of the next page."""
    response, cursors = await context.answered(), context.call.operation.cursors
    if cursors is None or cursors.cursor is None or not response.is_success:
        return None
    following = cursors.next_of(response.json)
    return None if following is None else (cursors.cursor.name, following)


async def _lead_to(context: Context, cursor: str | None) -> None:
    cursors, response = context.call.operation.cursors, await context.answered()
    value = response.json
    if cursors is not None and cursors.next is not None:
        changes.put(value, cursors.next, cursor)
    if cursors is not None and cursors.more is not None and cursor is None:
        changes.put(value, cursors.more, False)
    context.response = response.with_json(value)


def _sent(context: Context) -> list[Selector]:
    sent = context.parameters
    return [each for each in context.call.operation.selectors if each.parameter in sent]


async def _keep(context: Context, keeps: Callable[[Any], bool]) -> None:
    await _rows(context, lambda rows: [row for row in rows if keeps(row)])


async def _rows(context: Context, change: Callable[[list[Any]], list[Any]]) -> None:
    response, listing = await context.answered(), context.asked.operation.listing
    value = response.json
    rows = listing.items_of(value) if listing and response.is_success else None
    if listing and rows is not None:
        changes.put(value, listing.items, change(rows))
        context.response = response.with_json(value)


MISTAKES: Mapping[str, Step] = {
    "ignore filters": _ignore_filters,
    "ignore sorting": _ignore_sorting,
    "ignore the direction": _ignore_direction,
    "filter each page": _filter_each_page,
    "sort each page": _sort_each_page,
    "leave out bounds": _leave_out_bounds,
    "match the case": _match_case,
    "change the default size": _change_the_default_size,
    "lead back": _lead_back,
    "stop early": _stop_early,
    "show the last row again": _show_the_last_again,
}
