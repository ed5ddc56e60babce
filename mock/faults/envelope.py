"""Faults of the envelope: the status, the content type and the JSON around the rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...spec.model import lookup
from . import conditions
from .behaviours import MISSING, body, put, rows_of, succeeding
from .conditions import no_rows
from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .behaviours import Row
    from .call import Answer, Call
    from .fault import Behaviour

_BOM = b"\xef\xbb\xbf"


def _bytes(
    change: Callable[[bytes], bytes], when: Callable[[Call], bool] = conditions.always
) -> Behaviour:
    """Change the bytes of successes."""
    return succeeding(lambda _call, answer: answer.but(body=change(answer.body)), when)


def _typed(content_type: str | None, when: Callable[[Call], bool] = conditions.always) -> Behaviour:
    """Give successes another content type."""
    return succeeding(lambda _call, a: a.with_header("content-type", content_type), when)


def _latin_1(data: bytes) -> bytes:
    """Write text as Latin-1 that has a letter beyond ASCII."""
    value: str = data.decode()
    return value.replace("a", "á").encode("latin-1", "replace")


def _repr(data: bytes) -> bytes:
    return repr(json.loads(data)).encode()


def _nan(data: bytes) -> bytes:
    return data.replace(b":null", b":NaN")


def _single_row(number: int, change: Callable[[str], str]) -> Behaviour:
    """Change the text of one row in so many, as it is written."""

    def changed(call: Call, answer: Answer) -> Answer:
        text = answer.body.decode()
        for row in rows_of(call, answer.json):
            if row.index % number == number // 2:
                own = json.dumps(row.value, ensure_ascii=False, separators=(",", ":"))
                text = text.replace(own, change(own), 1)
        return answer.but(body=text.encode())

    return succeeding(changed)


def _line_break(row: str) -> str:
    """Put a line break into the first text with a blank in it, without escaping it."""
    return row.replace(" ", "\n", 1)


def _twice(place: Callable[[Call], tuple[str, ...]]) -> Behaviour:
    """Write a member a second time, behind the first."""

    def changed(call: Call, answer: Answer) -> Answer:
        name = place(call)[-1]
        value = json.dumps(lookup(answer.json, place(call)))
        own = f'"{name}":{value}'.encode()
        return answer.but(body=answer.body.replace(own, own + b"," + own, 1))

    return succeeding(changed)


def _member_of_rows_twice(call: Call, answer: Answer) -> Answer:
    rows: list[Row] = list(rows_of(call, answer.json))
    for row in rows[:1]:
        name, value = next(reversed(row.value.items()))
        own = f'"{name}":{json.dumps(value, ensure_ascii=False, separators=(",", ":"))}'.encode()
        return answer.but(body=answer.body.replace(own, own + b"," + own, 1))
    return answer


def _last_page(call: Call, answer: Answer) -> bool:
    total = call.paging.total_of(answer.json) or 0
    page, size = call.page or 1, call.size or 1
    return page > 1 and page * size >= total > (page - 1) * size


def _as_text(call: Call, answer: Answer) -> Answer:
    """Write the three numbers of the envelope as texts."""
    value, paging = answer.json, call.paging
    for place in (paging.current_page, paging.total_items, paging.total_pages):
        put(value, place, str(lookup(value, place)))
    return answer.saying(value)


def _exact(call: Call, answer: Answer) -> Answer:
    """Divide without rounding."""
    value, paging = answer.json, call.paging
    put(value, paging.total_pages, (paging.total_of(value) or 0) / (call.size or 1))
    return answer.saying(value)


def _member(
    name: str,
    change: Callable[[Any, Call], Any],
    when: Callable[[Call, Any], bool] = lambda _call, _body: True,
) -> Behaviour:
    """Change one of the members that x-pagination names."""

    def changed(call: Call, answer: Answer) -> Answer:
        value = answer.json
        if not when(call, value):
            return answer
        place = getattr(call.paging, name)
        put(value, place, change(lookup(value, place), call))
        return answer.saying(value)

    return succeeding(changed)


_OF_WALKS = ("PAGE-06", "PAGE-07", "PAGE-08", "PAGE-09", "PAGE-10", "PAGE-11")

FAULTS = (
    Fault(
        "success-is-201",
        "Answers 201 in the place of 200.",
        ("ENV-01",),
        succeeding(lambda _call, answer: answer.but(201)),
    ),
    Fault(
        "later-pages-are-206",
        "Answers 206 Partial Content from page 2 on.",
        ("ENV-01",),
        succeeding(lambda _call, answer: answer.but(206), conditions.from_page(2)),
    ),
    Fault(
        "last-page-is-203",
        "Answers 203 for the last page alone.",
        ("ENV-01",),
        succeeding(lambda call, a: a.but(203) if _last_page(call, a) else a),
    ),
    Fault(
        "later-pages-redirect",
        "Redirects from page 3 on, to where another service has the list.",
        ("ENV-01", "PAGE-05", "PARAM-11"),
        succeeding(lambda _call, a: a.but(302, b"", location="/moved"), conditions.from_page(3)),
    ),
    Fault(
        "success-is-text-plain",
        "Says of its JSON that it is plain text.",
        ("ENV-02",),
        _typed("text/plain; charset=utf-8"),
    ),
    Fault(
        "success-without-content-type",
        "Does not say what its JSON is.",
        ("ENV-02",),
        _typed(None),
    ),
    Fault(
        "large-pages-are-octet-streams",
        "Calls pages of more than half the maximal size application/octet-stream.",
        ("ENV-02",),
        _typed("application/octet-stream", conditions.large),
    ),
    Fault(
        "json-behind-a-byte-order-mark",
        "Begins every body with a byte order mark.",
        ("ENV-03",),
        _bytes(lambda data: _BOM + data),
    ),
    Fault(
        "nan-for-missing-scores",
        "Writes NaN where a score is missing.",
        ("ENV-03",),
        _bytes(_nan),
    ),
    Fault(
        "names-in-latin-1",
        "Writes its texts in Latin-1.",
        ("ENV-03",),
        _bytes(_latin_1, conditions.odd),
    ),
    Fault(
        "json-encoded-twice",
        "Sends JSON within one string of JSON.",
        ("ENV-03",),
        _bytes(lambda data: json.dumps(data.decode()).encode()),
    ),
    Fault(
        "notice-behind-the-json",
        "Prints a notice of its runtime behind the JSON on later pages.",
        ("ENV-03",),
        _bytes(lambda data: data + b"\nNotice: undefined index", conditions.from_page(2)),
    ),
    Fault(
        "two-documents-of-json",
        "Sends the JSON twice, one behind the other, at large sizes.",
        ("ENV-03",),
        _bytes(lambda data: data + b"\n" + data, conditions.large),
    ),
    Fault(
        "trailing-comma-on-the-last-page",
        "Writes a comma behind the last row of the last page.",
        ("ENV-03",),
        succeeding(
            lambda call, a: a.but(body=a.body.replace(b"}]", b"},]")) if _last_page(call, a) else a
        ),
    ),
    Fault(
        "python-in-the-place-of-json",
        "Prints its data structures from page 3 on: single quotes, None and True.",
        ("ENV-03",),
        _bytes(_repr, conditions.from_page(3)),
    ),
    Fault(
        "line-break-in-one-name-in-50",
        "Does not escape the line break in one name in 50.",
        ("ENV-03",),
        _single_row(50, _line_break),
    ),
    Fault(
        "empty-body-for-an-empty-page",
        "Answers 200 with no body at all where a page has no rows.",
        ("ENV-03",),
        succeeding(lambda call, a: a if call.paging.items_of(a.json) else a.but(body=b"")),
    ),
    Fault(
        "total-stands-twice",
        "Writes the total a second time.",
        ("ENV-04",),
        _twice(lambda call: call.paging.total_items),
    ),
    Fault(
        "member-of-a-row-stands-twice",
        "Writes the last member of the first row on later pages a second time.",
        ("ENV-04",),
        succeeding(_member_of_rows_twice, conditions.from_page(2)),
    ),
    Fault(
        "envelope-status-is-ok",
        "Says OK in the envelope.",
        ("ENV-05",),
        body("ENV-05", lambda _value, _call: "OK"),
    ),
    Fault(
        "envelope-status-is-true",
        "Has a boolean for the status of the envelope.",
        ("ENV-05",),
        body("ENV-05", lambda _value, _call: "true"),
    ),
    Fault(
        "envelope-status-missing-on-empty-pages",
        "Leaves the status of the envelope out where a page has no rows.",
        ("ENV-05",),
        body("ENV-05", lambda _value, _call: MISSING, no_rows),
    ),
    Fault(
        "envelope-message-is-null",
        "Has null for the message of the envelope.",
        ("ENV-06",),
        body("ENV-06", lambda _value, _call: None),
    ),
    Fault(
        "envelope-message-missing-on-later-pages",
        "Leaves the message out from page 2 on.",
        ("ENV-06",),
        body("ENV-06", lambda _value, _call: MISSING, lambda call, _body: (call.page or 1) > 1),
    ),
    Fault(
        "envelope-message-is-a-list",
        "Has a list of messages where a page has no rows.",
        ("ENV-06",),
        body("ENV-06", lambda value, _call: [value], no_rows),
    ),
    Fault(
        "items-null-where-there-are-none",
        "Has null for the array where a page has no rows, as a nil slice is written.",
        ("ENV-07", "PAGE-05", "PARAM-11"),
        _member("items", lambda _value, _call: None, no_rows),
    ),
    Fault(
        "items-missing-where-there-are-none",
        "Leaves the array out where a page has no rows, as omitempty does.",
        ("ENV-07", "PAGE-05", "PARAM-11"),
        _member("items", lambda _value, _call: MISSING, no_rows),
    ),
    Fault(
        "items-an-object-by-number",
        "Has an object with numbers for names in the place of the array from page 2 on.",
        ("ENV-07", "PAGE-05", "PARAM-11"),
        _member(
            "items",
            lambda value, _call: {str(n): row for n, row in enumerate(value)},
            lambda call, _body: (call.page or 1) > 1,
        ),
    ),
    Fault(
        "total-as-text",
        "Writes the total as a text.",
        ("ENV-07",),
        _member("total_items", lambda value, _call: str(value)),
        hides=(*_OF_WALKS, "PAGE-05", "PAGE-03", "PAGE-04"),
    ),
    Fault(
        "numbers-of-the-envelope-as-text",
        "Writes all numbers of the envelope as texts from page 3 on.",
        ("ENV-07",),
        succeeding(_as_text, conditions.from_page(3)),
    ),
    Fault(
        "total-page-not-rounded",
        "Does not round the number of pages: 100 rows are 14.2857 pages of 7.",
        ("ENV-07",),
        succeeding(_exact),
    ),
    Fault(
        "current-page-null-past-the-end",
        "Has null for the page where it has no rows.",
        ("ENV-07",),
        _member("current_page", lambda _value, _call: None, no_rows),
    ),
    Fault(
        "total-negative-past-the-end",
        "Has a total of -1 where a page has no rows.",
        ("ENV-07", "PAGE-08"),
        _member("total_items", lambda _value, _call: -1, no_rows),
    ),
    Fault(
        "total-page-missing",
        "Leaves the number of pages out.",
        ("ENV-07",),
        _member("total_pages", lambda _value, _call: MISSING),
        hides=("PAGE-03",),
    ),
)
