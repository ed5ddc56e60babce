"""`$ref`: where it leads, and how it fails."""

from __future__ import annotations

from typing import Any

import pytest

from ruangkerja.spec.documents.pointers import BrokenReferenceError, follow, get

DOCUMENT: dict[str, Any] = {
    "here": {"$ref": "#/there"},
    "there": {"$ref": "#/list/1"},
    "list": [1, {"deep": True}],
    "a/b": {"c~d": 5, "{e}": 6},
    "slashed": {"$ref": "#/a~1b/c~0d"},
    "percent": {"$ref": "#/a~1b/%7Be%7D"},
    "circle": {"$ref": "#/back"},
    "back": {"$ref": "#/circle"},
    "itself": {"$ref": "#/itself"},
    "away": {"$ref": "other.yaml#/there"},
    "nowhere": {"$ref": "#/none"},
    "skewed": {"$ref": "#there"},
    "member": {"properties": {"$ref": {"type": "string"}}},
    "whole": {"$ref": "#"},
}


def test_a_chain_of_references_is_followed_to_its_end() -> None:
    assert follow(DOCUMENT, ("here",)) == (("list", "1"), {"deep": True})


def test_what_is_no_reference_is_where_it_is() -> None:
    assert follow(DOCUMENT, ("list", "0")) == (("list", "0"), 1)


def test_a_member_that_is_called_ref_is_no_reference() -> None:
    place = ("member", "properties")
    assert follow(DOCUMENT, place)[0] == place


@pytest.mark.parametrize(("name", "value"), [("slashed", 5), ("percent", 6)])
def test_names_in_a_reference_are_escaped_as_in_a_url(name: str, value: int) -> None:
    assert follow(DOCUMENT, (name,))[1] == value


def test_a_reference_may_lead_to_the_whole_document() -> None:
    assert follow(DOCUMENT, ("whole",)) == ((), DOCUMENT)


@pytest.mark.parametrize(
    ("name", "place", "says"),
    [
        ("circle", "circle", "leads in a circle"),
        ("itself", "itself", "leads in a circle"),
        ("away", "away", "leads to where a contract may not read"),
        ("nowhere", "nowhere", "leads nowhere"),
        ("skewed", "skewed", "leads nowhere"),
    ],
)
def test_a_broken_reference_says_where_it_stands(name: str, place: str, says: str) -> None:
    with pytest.raises(BrokenReferenceError, match=says) as caught:
        follow(DOCUMENT, (name,))
    assert caught.value.place == (place,)


@pytest.mark.parametrize("place", [("none",), ("list", "7"), ("list", "x"), ("list", "0", "x")])
def test_there_is_nothing_at_a_place_that_does_not_exist(place: tuple[str, ...]) -> None:
    with pytest.raises(LookupError):
        get(DOCUMENT, place)
