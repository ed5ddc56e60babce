"""Faults of the pages: rows and numbers that do not fit from one page to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...spec.model import lookup
from . import conditions
from .behaviours import asking, picking, put, remembering, succeeding
from .fault import Fault
from .refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .call import Answer, Call
    from .fault import Behaviour
    from .stub import Stub


def _number(
    name: str,
    change: Callable[[int, Call, Any], int],
    when: Callable[[Call], bool] = conditions.always,
) -> Behaviour:
    """Change a number of the envelope: the change gets it, the call and the body."""

    def changed(call: Call, answer: Answer) -> Answer:
        value = answer.json
        place = getattr(call.paging, name)
        put(value, place, change(lookup(value, place), call, value))
        return answer.saying(value)

    return succeeding(changed, when)


def _total(
    change: Callable[[int, Call, Any], int], when: Callable[[Call], bool] = conditions.always
) -> Behaviour:
    """Change the total, and the number of pages to fit it."""

    def changed(call: Call, answer: Answer) -> Answer:
        value, paging = answer.json, call.paging
        total = change(paging.total_of(value) or 0, call, value)
        put(value, paging.total_items, total)
        put(value, paging.total_pages, -(-total // (call.size or 1)))
        return answer.saying(value)

    return succeeding(changed, when)


def _window(choose: Callable[[int, int, int], tuple[int, int]]) -> Behaviour:
    """Fill pages from another row on: `choose` has page, size and total, and gives start, count."""

    def chosen(call: Call, total: int) -> Iterable[int]:
        start, count = choose(call.page or 1, call.size or 1, total)
        return range(max(0, start), max(0, start) + count)

    return picking(chosen)


def _ordered(order: Callable[[Call, int, int], int]) -> Behaviour:
    """Put the rows of the list into another order: the row at a place, by call, place and total."""

    def chosen(call: Call, total: int) -> Iterable[int]:
        end = min(call.first_row + (call.size or 1), total)
        return [min(order(call, index, total), total - 1) for index in range(call.first_row, end)]

    return picking(chosen)


def _neighbours(index: int, total: int) -> int:
    """Swap every two rows that stand side by side."""
    other = index ^ 1
    return other if other < total else index


def _past_the_end(act: Callable[[Call, Stub, int], Any], beyond: int = 0) -> Behaviour:
    """Do something with pages behind the last one; `act` gets the number of the last one."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        if not (answer.is_success and call.is_listing) or _is_huge(call):
            return answer
        total = call.paging.total_of(answer.json) or 0
        last = -(-total // (call.size or 1))
        if (call.page or 1) <= max(1, last) + beyond:
            return answer
        found: Answer = await act(call, stub, last)
        return found

    return behave


def _is_huge(call: Call) -> bool:
    return (call.page or 0) >= 2**31 - 1


def _shown(choose: Callable[[int, int], int]) -> Callable[[Call, Stub, int], Any]:
    """Show the rows of another page, under the number of the one that was asked for."""

    async def show(call: Call, stub: Stub, last: int) -> Answer:
        page, size = call.page or 1, call.size or 1
        answer = await stub.ask(call.of_page(choose(page, last), size))
        value = answer.json
        put(value, call.paging.current_page, page)
        return answer.saying(value)

    return show


async def _fails(call: Call, stub: Stub, last: int) -> Answer:
    del last
    return await refusing(500, "index out of range")(call, stub)


def _without(test: Callable[[Any, int], bool]) -> Behaviour:
    """Leave rows out after the page was cut from the list."""

    def changed(call: Call, answer: Answer) -> Answer:
        value = answer.json
        rows = call.paging.items_of(value) or []
        kept = [row for n, row in enumerate(rows) if not test(row, call.first_row + n)]
        put(value, call.paging.items, kept)
        return answer.saying(value)

    return succeeding(changed)


def _expanded(call: Call, total: int) -> Iterable[int]:
    """Give every row twice, as a join with two rows on its other side does."""
    start = call.first_row
    end = min(start + (call.size or 1), total)
    return [index // 2 for index in range(start, end)]


def _by_request(call: Call, index: int, total: int) -> int:
    return _neighbours(index, total) if call.count % 2 else index


def _late_swap(call: Call, index: int, total: int) -> int:
    """Swap the first two rows, from some number of calls on."""
    return _neighbours(index, total) if call.count > _LATE and index <= 1 else index


_LATE = 60


def _swapped_at_large_sizes(call: Call, index: int, total: int) -> int:
    return _neighbours(index, total) if conditions.large(call) else index


def _reversed_pages(call: Call, total: int) -> Iterable[int]:
    start = call.first_row
    end = min(start + (call.size or 1), total)
    rows = range(start, end)
    return reversed(rows) if conditions.large(call) else rows


def _another_list(call: Call, _stub: Stub) -> Call:
    """Read another list at large sizes."""
    if not conditions.large(call) or not call.is_listing:
        return call
    return call.to(tuple(f"{name}-B" for name in call.names))


def _is_last(page: int, size: int, total: int) -> bool:
    return page > 1 and (page - 1) * size < total <= page * size


def _usual(call: Call) -> int:
    return int(call.paging.size.example or 1)


def _fixed(call: Call, total: int) -> Iterable[int]:
    """Cut pages behind the first one as if they had the usual size."""
    page, size = call.page or 1, call.size or 1
    own = size if page == 1 else _usual(call)
    return range((page - 1) * own, min((page - 1) * own + own, total))


def _seam(call: Call, total: int) -> Iterable[int]:
    """Begin page 3 with the row that page 2 ended with, in the place of its own."""
    start, size = call.first_row, call.size or 1
    rows = list(range(start, min(start + size, total)))
    return [start - 1, *rows[1:]] if call.page == 3 and rows else rows  # noqa: PLR2004


def _second(call: Call, total: int) -> Iterable[int]:
    """Leave the row 20 out of all lists but the example's."""
    rows = range(call.first_row, min(call.first_row + (call.size or 1), total))
    return [n for n in rows if n != 20 or not conditions.in_second_list(call)]  # noqa: PLR2004


def _no_pages(call: Call, answer: Answer) -> Answer:
    value = answer.json
    put(value, call.paging.total_pages, 0)
    return answer.saying(value)


async def _renamed(call: Call, stub: Stub, last: int) -> Answer:
    answer = await stub.ask(call)
    value = answer.json
    put(value, call.paging.current_page, last)
    return answer.saying(value)


_ROWS = ("PAGE-04", "PAGE-06", "PAGE-07", "PAGE-10", "PAGE-11")
_SIZES = ("PARAM-05", "PARAM-06", "PARAM-10")
_COUNTS = ("PAGE-04", "PAGE-07")

FAULTS = (
    Fault(
        "current-page-counted-from-0",
        "Counts the page from 0 in the body, and from 1 in the parameter.",
        ("PAGE-01",),
        _number("current_page", lambda page, _call, _body: page - 1),
    ),
    Fault(
        "current-page-always-1",
        "Says of every page that it is the first.",
        ("PAGE-01",),
        _number("current_page", lambda _page, _call, _body: 1),
    ),
    Fault(
        "current-page-is-the-last-one-past-the-end",
        "Says of a page past the end that it is the last one.",
        ("PAGE-01",),
        _past_the_end(_renamed),
    ),
    Fault(
        "page-holds-one-too-many",
        "Gives the row away that it reads to know whether there is a next page.",
        ("PAGE-02", *_SIZES, "PAGE-06", "PAGE-07"),
        _window(lambda page, size, _total: ((page - 1) * size, size + 1)),
    ),
    Fault(
        "page-size-of-first-page-kept",
        "Takes the size of the example for every page but the first.",
        ("PAGE-02", "PAGE-04", "PAGE-05", "PAGE-06", "PAGE-07", "PAGE-10"),
        picking(_fixed),
    ),
    Fault(
        "total-page-rounded-down",
        "Divides without the rest, so that the last page is not counted.",
        ("PAGE-03",),
        _number(
            "total_pages",
            lambda _n, call, body: (call.paging.total_of(body) or 0) // (call.size or 1),
        ),
    ),
    Fault(
        "total-page-one-too-many",
        "Adds 1 to the division also where nothing is left over.",
        ("PAGE-03",),
        _number(
            "total_pages",
            lambda _n, call, body: (call.paging.total_of(body) or 0) // (call.size or 1) + 1,
        ),
    ),
    Fault(
        "total-page-for-the-usual-size",
        "Counts the pages of the size of the example, whatever size is asked for.",
        ("PAGE-03",),
        _number(
            "total_pages",
            lambda _n, call, body: -(-(call.paging.total_of(body) or 0) // _usual(call)),
        ),
    ),
    Fault(
        "total-page-0-past-the-end",
        "Says that there are no pages where a page has no rows.",
        ("PAGE-03",),
        succeeding(lambda call, a: a if call.paging.items_of(a.json) else _no_pages(call, a)),
    ),
    Fault(
        "last-page-filled-up",
        "Fills the last page up with rows of the page before it.",
        ("PAGE-04", "PAGE-06", "PAGE-07"),
        _window(lambda p, s, t: (t - s, s) if _is_last(p, s, t) else ((p - 1) * s, s)),
    ),
    Fault(
        "last-page-lacks-its-last-row",
        "Leaves out the very last row of the list, unless one page holds all of it.",
        ("PAGE-04", "PAGE-07", "PAGE-10"),
        _window(lambda p, s, t: ((p - 1) * s, t - 1 - (p - 1) * s if _is_last(p, s, t) else s)),
    ),
    Fault(
        "page-3-one-row-short",
        "Leaves the last row of page 3 out.",
        ("PAGE-04", "PAGE-07", "PAGE-10"),
        _window(lambda p, s, _t: ((p - 1) * s, s - 1 if p == 3 else s)),  # noqa: PLR2004
    ),
    Fault(
        "rows-filtered-after-paging",
        "Leaves out some rows after it has cut the page, so that pages are short.",
        ("PAGE-04", "PAGE-07", "PARAM-05", "PARAM-10"),
        _without(lambda _row, index: index % 9 == 4),  # noqa: PLR2004
    ),
    Fault(
        "last-page-repeated-past-the-end",
        "Shows the last page again where there is none any more.",
        ("PAGE-05",),
        _past_the_end(_shown(lambda _page, last: last)),
    ),
    Fault(
        "first-page-shown-past-the-end",
        "Begins anew where there is no page any more.",
        ("PAGE-05",),
        _past_the_end(_shown(lambda page, last: (page - 1) % last + 1)),
    ),
    Fault(
        "far-page-shows-the-first-one",
        "Shows the first page for one that is far beyond the last.",
        ("PAGE-05",),
        _past_the_end(_shown(lambda _page, _last: 1), 500),
    ),
    Fault(
        "past-the-end-is-500",
        "Fails with 500 where there is no page any more.",
        ("PAGE-05",),
        _past_the_end(_fails),
    ),
    Fault(
        "row-twice-on-a-page",
        "Shows the first row of a page in the place of the second one as well.",
        ("PAGE-06",),
        _ordered(lambda _call, index, _total: 40 if index == 41 else index),  # noqa: PLR2004
    ),
    Fault(
        "pages-overlap-by-one-row",
        "Begins every page with the last row of the one before it.",
        ("PAGE-06", "PAGE-04", "PAGE-05", "PAGE-07", "PAGE-10"),
        _window(lambda p, s, _t: ((p - 1) * max(1, s - 1), s)),
    ),
    Fault(
        "last-row-of-page-2-again-on-page-3",
        "Shows one row on two pages, since rows with the same date have no order.",
        ("PAGE-06", "PAGE-10"),
        picking(_seam),
    ),
    Fault(
        "rows-doubled-by-a-join",
        "Shows every row twice, and so only half of them.",
        ("PAGE-06",),
        picking(_expanded),
    ),
    Fault(
        "first-row-never-shown",
        "Counts rows from 1 where its database counts from 0.",
        ("PAGE-07", "PAGE-04", "PARAM-05"),
        _window(lambda p, s, _t: ((p - 1) * s + 1, s)),
    ),
    Fault(
        "page-offset-not-less-one",
        "Reads page 2 where page 1 is asked for.",
        ("PAGE-07", "PAGE-04", "PAGE-10", "PARAM-05", "PARAM-10"),
        _window(lambda p, s, _t: (p * s, s)),
    ),
    Fault(
        "total-counts-a-join",
        "Counts more rows than there are, by a join that doubles them.",
        ("PAGE-07", "PAGE-04"),
        _total(lambda total, _call, _body: 2 * total),
    ),
    Fault(
        "total-one-too-many",
        "Counts a row that it never shows, as one that is deleted.",
        ("PAGE-07", "PAGE-04"),
        _total(lambda total, _call, _body: total + 1),
    ),
    Fault(
        "total-of-the-page-alone",
        "Has the rows of the page for the total.",
        ("PAGE-08", "PAGE-05"),
        _total(lambda _total, call, body: len(call.paging.items_of(body) or [])),
    ),
    Fault(
        "total-counts-what-is-left",
        "Has the rows from this page on for the total.",
        ("PAGE-08", "PAGE-04"),
        _total(lambda total, call, _body: max(0, total - call.first_row)),
    ),
    Fault(
        "total-rounded-up-to-whole-pages",
        "Has the number of pages times their size for the total.",
        ("PAGE-08", "PAGE-04", "PAGE-07"),
        _total(lambda total, call, _body: -(-total // (call.size or 1)) * (call.size or 1)),
    ),
    Fault(
        "total-one-more-on-later-pages",
        "Has one more in the total from page 3 on.",
        ("PAGE-08", "PAGE-04"),
        _total(lambda total, _call, _body: total + 1, conditions.from_page(3)),
    ),
    Fault(
        "total-cut-at-large-sizes",
        "Stops counting at the size of the page where that is large.",
        ("PAGE-08", "PAGE-04", "PAGE-07"),
        _total(lambda total, call, _body: min(total, (call.size or 1) + 1), conditions.large),
    ),
    Fault(
        "order-differs-from-request-to-request",
        "Reads without an ORDER BY, so that rows swap places now and then.",
        ("PAGE-09", "PAGE-06", "PAGE-10", "PAGE-11"),
        _ordered(_by_request),
    ),
    Fault(
        "two-rows-swap-in-time",
        "Swaps the first two rows after a while.",
        ("PAGE-09", "PAGE-11"),
        _ordered(_late_swap),
    ),
    Fault(
        "large-pages-show-another-list",
        "Reads from a copy at large sizes that has other users.",
        ("PAGE-10", "PAGE-08"),
        asking(_another_list),
    ),
    Fault(
        "cache-ignores-page-size",
        "Answers from a cache that knows the page and not its size.",
        (
            "PAGE-10",
            "PAGE-02",
            "PAGE-03",
            "PAGE-04",
            "PAGE-05",
            "PAGE-06",
            "PAGE-07",
            "PARAM-05",
            "PARAM-06",
            "PARAM-10",
        ),
        remembering(lambda call: (call.names, call.page)),
    ),
    Fault(
        "cache-ignores-the-course",
        "Answers from a cache that knows the page and not the course.",
        ("PATH-01", "PAGE-08"),
        remembering(lambda call: (call.page, call.size)),
        hides=("PATH-03",),
    ),
    Fault(
        "neighbours-swapped-at-large-sizes",
        "Has another order where pages are large.",
        ("PAGE-11",),
        _ordered(_swapped_at_large_sizes),
    ),
    Fault(
        "large-pages-backwards",
        "Shows the rows of large pages from the last to the first.",
        ("PAGE-11",),
        picking(_reversed_pages),
    ),
    Fault(
        "second-course-lacks-a-row",
        "Leaves a row out of every course but one.",
        ("PAGE-04", "PAGE-07", "PARAM-05", "PARAM-10"),
        picking(_second),
    ),
)
