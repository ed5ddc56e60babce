"""Faults of the parameters: wrong ones that are accepted, and right ones that are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import conditions
from .behaviours import asking, instead, picking, put
from .fault import Fault
from .refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...spec.parameters import Parameter
    from .call import Answer, Call
    from .fault import Behaviour
    from .stub import Stub

_LEADING = re.compile(r"\s*[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_32, _64 = 2**32, 2**64
_FAR = 10**6
_MOST_EXPONENT = 6


def _reading(requirement: str, read: Callable[[list[str], Parameter], str | None]) -> Behaviour:
    """Read the parameter of a requirement in another way; with None it stays as it was sent."""

    def change(call: Call, _stub: Stub) -> Call:
        parameter = call.tied(requirement)
        text = read(call.texts(parameter), parameter) if parameter else None
        return call if parameter is None or text is None else call.where(parameter, text)

    return asking(change)


def _one(read: Callable[[str], int | None]) -> Callable[[list[str], Parameter], str | None]:
    """Read a text as a number, where it is none by the contract."""

    def each(texts: list[str], parameter: Parameter) -> str | None:
        if len(texts) != 1 or parameter.read(texts).fault is None:
            return None
        number = read(texts[0])
        return None if number is None else str(number)

    return each


def _parse_int(text: str) -> int | None:
    """Read the digits a text begins with, like parseInt and atoi."""
    found = _LEADING.match(text)
    return int(found[0]) if found and not _is_whole(text) else None


def _parse_float(text: str) -> int | None:
    """Read a number with a fraction or an exponent, and cut it to an integer."""
    found = _FLOAT.fullmatch(text)
    if found is None or _is_whole(text) or len(text) > _MOST_EXPONENT:
        return None
    return int(float(text))


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()


def _atoi(text: str) -> int | None:
    """Take what is no number for 1."""
    return None if _is_whole(text) or _parse_int(text) is not None else 1


def _wrapped(modulus: int) -> Callable[[list[str], Parameter], str | None]:
    """Keep no more of a number than fits, the highest bit of it for the sign."""

    def wrap(texts: list[str], _parameter: Parameter) -> str | None:
        number = _number(texts)
        if number is None or number < modulus // 2:
            return None
        rest = number % modulus
        return str(rest if rest < modulus // 2 else rest - modulus)

    return wrap


def _default(texts: list[str], parameter: Parameter) -> str | None:
    return None if texts else str(parameter.example)


def _empty_is_default(texts: list[str], parameter: Parameter) -> str | None:
    return str(parameter.example) if texts == [""] else None


def _clamped(texts: list[str], parameter: Parameter) -> str | None:
    most, number = parameter.maximum, _number(texts)
    return str(most) if most is not None and number is not None and number > most else None


def _number(texts: list[str]) -> int | None:
    text = texts[0] if len(texts) == 1 else ""
    return int(text) if re.fullmatch(r"-?[0-9]{1,40}", text) else None


def _failing_where(
    requirement: str, test: Callable[[list[str], Parameter], bool], text: str
) -> Behaviour:
    """Fail with 500 where the parameter of a requirement is of some kind."""
    return _refused_where(requirement, test, 500, text)


def _refused_where(
    requirement: str, test: Callable[[list[str], Parameter], bool], status: int, text: str
) -> Behaviour:
    def happens(call: Call, stub: Stub) -> bool:
        parameter = call.tied(requirement)
        reads = call.method == call.operation.method and call.token == stub.token
        return reads and parameter is not None and test(call.texts(parameter), parameter)

    return instead(refusing(status, text), happens)


def _size(test: Callable[[int, Parameter], bool]) -> Callable[[list[str], Parameter], bool]:
    def happens(texts: list[str], parameter: Parameter) -> bool:
        number = _number(texts)
        return number is not None and test(number, parameter)

    return happens


def _with_size(change: Callable[[int, Parameter], int]) -> Behaviour:
    """Fill pages as if another size had been asked for."""

    def choose(call: Call, _total: int) -> range:
        size = change(call.size or 1, call.paging.size)
        start = ((call.page or 1) - 1) * size
        return range(start, start + size)

    return picking(choose)


def _short_by(test: Callable[[int, Parameter], bool], number: int) -> Behaviour:
    """Leave the last rows of pages of some sizes out, or put more there."""

    def choose(call: Call, _total: int) -> range:
        short = number if test(call.size or 1, call.paging.size) else 0
        return range(call.first_row, call.first_row + (call.size or 1) - short)

    return picking(choose)


def _everything(call: Call, stub: Stub) -> Call:
    del stub
    size = call.tied("PARAM-02")
    if size is None or call.texts(size):
        return call
    return call.where(size, str(size.maximum))


async def _no_rows(call: Call, stub: Stub) -> Answer:
    """Answer with an empty page."""
    paging = call.paging
    answer = await stub.ask(call.of_page(_FAR, int(paging.size.example or 1)))
    value = answer.json
    put(value, paging.current_page, call.page or 1)
    return answer.saying(value)


def _oversized(limit: int | None) -> Behaviour:
    """Serve pages of more rows than are allowed, up to a limit."""

    async def serve(call: Call, stub: Stub) -> Answer:
        size = _number(call.texts(call.paging.size)) or 1
        page = call.page or 1
        answer = await stub.ask(call.of_page(page, 1))
        if not answer.is_success:
            return answer
        value = answer.json
        total = call.paging.total_of(value) or 0
        start = min((page - 1) * size, total)
        indices = range(start, min(start + size, total))
        put(value, call.paging.items, await stub.pick(call, indices))
        put(value, call.paging.total_pages, -(-total // size))
        return answer.saying(value)

    def happens(call: Call, stub: Stub) -> bool:
        paging = call.operation.pagination
        size = _number(call.texts(paging.size)) if paging else None
        reads = call.method == call.operation.method and call.token == stub.token
        if paging is None or size is None or not reads or call.page is None:
            return False
        most = paging.size.maximum or 0
        return most < size and (limit is None or size <= most + limit)

    return instead(serve, happens)


def _astronomical(texts: list[str], parameter: Parameter) -> bool:
    del parameter
    number = _number(texts)
    return number is not None and number >= 2**31 - 1


def _negative(texts: list[str], parameter: Parameter) -> bool:
    del parameter
    number = _number(texts)
    return number is not None and number < 0


def _below(texts: list[str], parameter: Parameter) -> str | None:
    number = _number(texts)
    least = parameter.minimum or 0
    return str(least) if number is not None and number < least else None


def _page_shown(change: Callable[[Call, int], int]) -> Behaviour:
    """Show the rows of a page that exists where one is asked for that does not."""

    async def serve(call: Call, stub: Stub) -> Answer:
        size = call.size or 1
        total = await stub.total(call)
        last = max(1, -(-total // size))
        return await stub.ask(call.of_page(change(call, last), size))

    def happens(call: Call, stub: Stub) -> bool:
        paging = call.operation.pagination
        return (
            paging is not None
            and call.token == stub.token
            and call.size is not None
            and _astronomical(call.texts(paging.page), paging.page)
        )

    return instead(serve, happens)


def _from_the_end() -> Behaviour:
    async def serve(call: Call, stub: Stub) -> Answer:
        page = _number(call.texts(call.paging.page)) or 0
        total = await stub.total(call)
        last = max(1, -(-total // (call.size or 1)))
        return await stub.ask(call.of_page(max(1, last + 1 + page), call.size or 1))

    def happens(call: Call, stub: Stub) -> bool:
        paging = call.operation.pagination
        return (
            paging is not None
            and call.token == stub.token
            and call.size is not None
            and _negative(call.texts(paging.page), paging.page)
        )

    return instead(serve, happens)


def _is_maximum(size: int, parameter: Parameter) -> bool:
    return size == parameter.maximum


def _is_minimum(size: int, parameter: Parameter) -> bool:
    return size == parameter.minimum


def _most(parameter: Parameter) -> int:
    return parameter.maximum or 100


_SHORT_PAGES = ("PAGE-04", "PAGE-07", "PAGE-10")

FAULTS = (
    Fault(
        "page-defaults-to-1",
        "Shows the first page where no page is asked for.",
        ("PARAM-01",),
        _reading("PARAM-01", _default),
    ),
    Fault(
        "missing-page-shows-an-empty-list",
        "Answers 200 without rows where no page is asked for.",
        ("PARAM-01",),
        instead(
            _no_rows,
            lambda call, stub: (
                call.token == stub.token
                and call.operation.pagination is not None
                and call.texts(call.paging.page) == []
            ),
        ),
    ),
    Fault(
        "page-size-defaults-to-10",
        "Takes the size of the example where none is asked for.",
        ("PARAM-02",),
        _reading("PARAM-02", _default),
    ),
    Fault(
        "missing-page-size-shows-everybody",
        "Shows as much as it can where no size is asked for.",
        ("PARAM-02",),
        asking(_everything),
    ),
    Fault(
        "missing-page-size-is-500",
        "Fails with 500 where no size is asked for.",
        ("PARAM-02", "ERR-07"),
        _failing_where("PARAM-02", lambda texts, _parameter: not texts, "nil pointer"),
    ),
    Fault(
        "page-read-like-parseint",
        "Takes the digits a page begins with for the whole: 10abc, 1.5 and 1e1 are numbers.",
        ("PARAM-03",),
        _reading("PARAM-03", _one(_parse_int)),
    ),
    Fault(
        "page-size-read-like-parseint",
        "Takes the digits a size begins with for the whole: 10abc, 1.5 and 1e1 are numbers.",
        ("PARAM-04",),
        _reading("PARAM-04", _one(_parse_int)),
    ),
    Fault(
        "page-read-as-a-decimal",
        "Takes 1.5 for page 1 and 1e1 for page 10.",
        ("PARAM-03",),
        _reading("PARAM-03", _one(_parse_float)),
    ),
    Fault(
        "page-size-read-as-a-decimal",
        "Takes 1.5 for a size of 1 and 1e1 for one of 10.",
        ("PARAM-04",),
        _reading("PARAM-04", _one(_parse_float)),
    ),
    Fault(
        "page-of-text-taken-for-1",
        "Takes a page that is no number for the first one.",
        ("PARAM-03",),
        _reading("PARAM-03", _one(_atoi)),
    ),
    Fault(
        "empty-page-size-taken-for-the-default",
        "Takes a size that has no value for that of the example.",
        ("PARAM-04",),
        _reading("PARAM-04", _empty_is_default),
    ),
    Fault(
        "page-nan-is-500",
        "Fails with 500 where the page is NaN.",
        ("PARAM-03", "ERR-07"),
        _failing_where("PARAM-03", lambda texts, _parameter: texts == ["NaN"], "cannot convert"),
    ),
    Fault(
        "page-size-of-text-is-500",
        "Fails with 500 where the size is not a number.",
        ("PARAM-04", "ERR-07"),
        _failing_where(
            "PARAM-04",
            lambda texts, _parameter: bool(texts) and not any(c.isdigit() for c in texts[0]),
            "invalid input syntax",
        ),
    ),
    Fault(
        "page-size-100-refused",
        "Refuses the maximum itself, by a comparison with >= in the place of >.",
        ("PARAM-05",),
        _refused_where("PARAM-05", _size(_is_maximum), 400, "size is too large"),
    ),
    Fault(
        "page-size-100-gives-99",
        "Leaves the last row of a page of the maximal size out.",
        ("PARAM-05", *_SHORT_PAGES),
        _short_by(_is_maximum, 1),
    ),
    Fault(
        "page-size-1-refused",
        "Refuses the smallest size, by a comparison with <= in the place of <.",
        ("PARAM-06",),
        _refused_where("PARAM-06", _size(_is_minimum), 400, "size is too small"),
    ),
    Fault(
        "page-size-1-gives-2",
        "Puts two rows on a page of one.",
        ("PARAM-06", "PAGE-02"),
        _short_by(_is_minimum, -1),
    ),
    Fault(
        "page-size-101-accepted",
        "Accepts one more than the maximum, by a comparison that is off by one.",
        ("PARAM-07",),
        _oversized(1),
    ),
    Fault(
        "page-size-without-a-limit",
        "Accepts every size, and gives as many rows.",
        ("PARAM-07",),
        _oversized(None),
    ),
    Fault(
        "page-size-clamped-to-100",
        "Takes every size above the maximum for the maximum.",
        ("PARAM-07",),
        _reading("PARAM-07", _clamped),
    ),
    Fault(
        "page-size-beyond-32-bits-wraps",
        "Keeps 32 bits of a size, so that 4294967297 is 1.",
        ("PARAM-07",),
        _reading("PARAM-07", _wrapped(_32)),
    ),
    Fault(
        "page-size-beyond-64-bits-is-500",
        "Fails with 500 where a size does not fit 64 bits.",
        ("PARAM-07", "ERR-07"),
        _failing_where("PARAM-07", _size(lambda n, _: n >= _64 // 2), "value out of range"),
    ),
    Fault(
        "page-size-0-shows-an-empty-list",
        "Answers 200 without rows where a size of 0 is asked for.",
        ("PARAM-08",),
        instead(
            _no_rows,
            lambda call, stub: (
                call.token == stub.token
                and call.operation.pagination is not None
                and call.texts(call.paging.size) == ["0"]
            ),
        ),
    ),
    Fault(
        "page-size-0-is-500",
        "Divides by a size of 0, and fails with 500.",
        ("PARAM-08", "ERR-07"),
        _failing_where("PARAM-08", _size(lambda n, _: n == 0), "division by zero"),
    ),
    Fault(
        "page-size-below-1-taken-for-1",
        "Takes every size below the smallest one for that.",
        ("PARAM-08",),
        _reading("PARAM-08", _below),
    ),
    Fault(
        "page-0-taken-for-1",
        "Counts pages from 0 and from 1 alike.",
        ("PARAM-09",),
        _reading("PARAM-09", lambda texts, _parameter: "1" if texts == ["0"] else None),
    ),
    Fault(
        "negative-page-counts-from-the-end",
        "Takes page -1 for the last one.",
        ("PARAM-09",),
        _from_the_end(),
    ),
    Fault(
        "negative-page-is-500",
        "Hands a negative offset to its database, and fails with 500.",
        ("PARAM-09", "ERR-07"),
        _failing_where("PARAM-09", _negative, "OFFSET must not be negative"),
    ),
    Fault(
        "page-size-rounded-down-to-tens",
        "Gives pages of whole tens alone, as where a list offers 10, 20 and 50.",
        ("PARAM-10", "PAGE-04", "PAGE-07", "PAGE-10"),
        _with_size(lambda size, _parameter: size if size < 10 else size // 10 * 10),  # noqa: PLR2004
    ),
    Fault(
        "page-size-cut-to-half-the-maximum",
        "Gives no more than half the maximum on a page.",
        ("PARAM-10", "PARAM-05", *_SHORT_PAGES, "PAGE-05"),
        _with_size(lambda size, parameter: min(size, _most(parameter) // 2)),
    ),
    Fault(
        "odd-page-sizes-refused",
        "Refuses sizes that are odd.",
        ("PARAM-10",),
        instead(refusing(400, "choose another size"), lambda call, _stub: conditions.odd(call)),
    ),
    Fault(
        "page-size-compared-as-text",
        "Compares sizes as texts, so that 9 is more than 100.",
        ("PARAM-10",),
        _refused_where(
            "PARAM-10",
            lambda texts, parameter: bool(texts) and texts[0] > str(parameter.maximum),
            400,
            "size is too large",
        ),
    ),
    Fault(
        "astronomical-page-is-500",
        "Fails with 500 where the offset of a page does not fit 64 bits.",
        ("PARAM-11",),
        _failing_where("PARAM-11", _size(lambda n, _: n * 10 >= _64 // 2), "value out of range"),
    ),
    Fault(
        "page-beyond-32-bits-wraps",
        "Keeps 32 bits of a page, so that 4294967297 is the first one.",
        ("PARAM-11", "PAGE-01"),
        _reading("PARAM-11", _wrapped(_32)),
    ),
    Fault(
        "astronomical-page-shows-the-last-one",
        "Shows the last page where one is asked for that no number of rows would reach.",
        ("PARAM-11", "PAGE-01"),
        _page_shown(lambda _call, last: last),
    ),
)
