"""What is selected, and which order is wrong, whatever a server's language does with letters."""

from __future__ import annotations

from typing import Any

import pytest

from ruangkerja.spec.model.selecting import (
    Comparison,
    Kind,
    Selector,
    Sorting,
    SortMember,
    broken_order,
    in_order,
)


def selects(comparison: str, kind: Kind, own: Any, value: Any, *, by_day: bool = False) -> bool:
    selector = Selector("p", (("m",),), Comparison(comparison), kind, by_day)
    return selector.selects({"m": own}, value)


@pytest.mark.parametrize(
    ("comparison", "kind", "own", "value", "expected"),
    [
        ("equals", Kind.NUMBER, 80.0, 80, True),
        ("equals", Kind.NUMBER, True, 1, False),
        ("equals", Kind.TEXT, "a", ["b", "a"], True),
        ("equals", Kind.TEXT, ["x", "a"], "a", True),
        ("equals", Kind.TEXT, None, "None", False),
        ("atLeast", Kind.NUMBER, 80, 80, True),
        ("above", Kind.NUMBER, 80, 80, False),
        ("below", Kind.NUMBER, None, 80, False),
        ("atMost", Kind.NUMBER, "80", 80, False),
        ("atLeast", Kind.INSTANT, "2024-01-01T07:00:00+07:00", "2024-01-01T00:00:00Z", True),
        ("above", Kind.INSTANT, "not a time", "2024-01-01T00:00:00Z", False),
        ("contains", Kind.TEXT, "Ada Brook", "BRO", True),
        ("startsWith", Kind.TEXT, "Ada Brook", "bro", False),
    ],
)
def test_values_are_compared_by_their_kind(
    comparison: str, kind: Kind, own: Any, value: Any, expected: bool
) -> None:
    assert selects(comparison, kind, own, value) is expected


def test_a_date_is_compared_with_the_day_of_a_time() -> None:
    late = "2024-01-31T23:30:00+07:00"
    assert selects("atMost", Kind.INSTANT, late, "2024-01-31", by_day=True)
    assert not selects("below", Kind.INSTANT, late, "2024-01-31", by_day=True)


def test_a_search_may_ignore_the_marks_of_letters() -> None:
    selector = Selector("q", (("name",),), Comparison.CONTAINS, Kind.TEXT)
    assert selector.allows({"name": "José"}, "jose")
    assert not selector.selects({"name": "José"}, "jose")
    assert not selector.allows({"name": "Juan"}, "jose")


def breaks(first: Any, second: Any, *, kind: Kind = Kind.TEXT, **more: Any) -> bool:
    member = SortMember(("m",), kind, **more)
    return broken_order({"m": first}, {"m": second}, [member]) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "B"), ("B", "a"), ("É", "f"), ("de Luca", "deAnda"), (None, "a"), ("b", None)],
)
def test_an_order_that_some_server_has_is_not_wrong(first: Any, second: Any) -> None:
    assert not breaks(first, second)


def test_an_order_that_no_server_has_is_wrong() -> None:
    assert breaks("b", "a")
    assert breaks("a", "b", descending=True)
    assert breaks(10, 9, kind=Kind.NUMBER)
    assert breaks("2024-01-01T00:00:00Z", "2024-01-01T00:00:00+07:00", kind=Kind.INSTANT)
    assert not breaks("low", "high", ranks=("low", "high"))


def test_a_second_member_counts_where_the_first_is_equal() -> None:
    members = [SortMember(("a",), Kind.NUMBER), SortMember(("b",), Kind.NUMBER)]
    assert broken_order({"a": 1, "b": 2}, {"a": 1, "b": 1}, members) is members[1]
    assert broken_order({"a": 1, "b": 2}, {"a": 2, "b": 1}, members) is None


def test_sorting_keeps_the_order_of_equal_items_and_puts_missing_values_last() -> None:
    items = [{"m": 2}, {"m": None}, {"m": 1}, {"m": 2}]
    assert in_order(items, [SortMember(("m",), Kind.NUMBER)]) == [2, 0, 3, 1]
    assert in_order(items, [SortMember(("m",), Kind.NUMBER, descending=True)]) == [0, 3, 2, 1]


@pytest.mark.parametrize(
    ("request_", "downwards"),
    [
        ({"sort": "score"}, [False]),
        ({"sort": "-score"}, [True]),
        ({"sort": "newest"}, [True]),
        ({"sort": "score", "order": "desc"}, [True]),
        ({"sort": ["newest", "score"]}, [True, False]),
        ({}, []),
    ],
)
def test_a_request_says_what_to_sort_by(request_: dict[str, Any], downwards: list[bool]) -> None:
    known = {
        "score": SortMember(("score",), Kind.NUMBER),
        "newest": SortMember(("at",), Kind.INSTANT, descending=True),
    }
    sorting = Sorting("sort", known, "order", ("desc",), {})
    assert [member.descending for member in sorting.wanted(request_)] == downwards
