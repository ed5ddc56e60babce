"""JSON texts: the line of every element is that of the YAML reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from ruangkerja.spec.documents.json_lines import JsonLines, value_of
from ruangkerja.spec.documents.pointers import elements
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.documents.source import Source

_TEXT = """
{"a": [1, "two", null,
  {"b]": "x\\"{", "c": {}}, [], [
  true]],
 "d\\u0041":
   -1.5e3}
"""


def test_every_element_has_its_line() -> None:
    value, text = value_of(_TEXT.encode())
    lines, tree = JsonLines(text), Source.parse(_TEXT.encode(), Path("a.yml"))
    assert (
        tree.value
        == value
        == {
            "a": [1, "two", None, {"b]": 'x"{', "c": {}}, [], [True]],
            "dA": -1500.0,
        }
    )
    found = {place: lines.line(place) for place, _ in elements(value)}
    assert found[()] == found["a",] == found["a", "2"] == 2
    assert found["a", "3"] == found["a", "3", "b]"] == found["a", "3", "c"] == found["a", "5"] == 3
    assert found["a", "5", "0"] == 4
    assert found["dA",] == 5
    assert lines.line(("a", "3", "c", "none", "more")) == 3
    assert lines.line(("a", "9")) == 2


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": 1e999}', '{"a": "\\ud800"}'])
def test_what_is_no_plain_json_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(text.encode())
    with pytest.raises(SourceError, match=r"a\.json:1: "):
        Source.parse(text.encode(), Path("a.json"))


def test_control_characters_that_json_allows_are_read() -> None:
    assert Source.parse(b'{"a": "\x7f"}', Path("a.json")).value == {"a": "\x7f"}
