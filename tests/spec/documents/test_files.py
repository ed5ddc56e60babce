"""Files of ours: every mistake is told with its line, and with what is allowed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec.documents import files
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """\
type: object
required: [name]
properties:
  name: {type: string, minLength: 1}
  size: {type: integer, minimum: 1, description: Count from 1}
  day: {type: string, format: date}
  kinds: {type: array, items: {enum: [big, small]}}
  rows: {type: object, propertyNames: {pattern: '^[0-9]+$', title: a row}}
  one: {title: either a or b, oneOf: [{required: [a]}, {required: [b]}]}
  part: {$ref: '#/$defs/part'}
additionalProperties: false
$defs:
  part: {type: object, properties: {length: {type: number}}, additionalProperties: false}
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "schema.yaml"
    file.write_text(SCHEMA, encoding="utf-8")
    return file


def test_a_value_comes_with_the_lines_of_its_elements(tmp_path: Path, schema: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("# ours\nname: A\nkinds:\n  - big\n  - small\n", encoding="utf-8")
    value, source = files.read(file, schema)
    assert value == {"name": "A", "kinds": ["big", "small"]}
    assert source.line(("kinds", "1")) == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("size: 1\n", "1: the member name is missing. Required: name; optional: size, day, kinds"),
        ("name: A\nsise: 1\n", "2: unknown member 'sise'. Did you mean size? Required: name;"),
        ("name: A\nzzz: 1\n", "2: unknown member 'zzz'. Required: name; optional: size"),
        ("name: 5\n", "1: name is 5; expected a string that is not empty. Put it in quotes"),
        ("name: A\nsize: 0\n", "2: size is 0; expected an integer, at least 1. Count from 1"),
        ("name: A\nday: 2026-02-30\n", '2: day is "2026-02-30"; expected a date of the calendar'),
        ("name: A\nkinds:\n- big\n- odd\n", '4: entry 1 is "odd"; expected one of "big", "small"'),
        ("name: A\nrows:\n  1: {}\n  x: {}\n", '4: "x" is not a row'),
        ("name: A\none: {c: 1}\n", "2: one is an object with c; expected either a or b"),
        ("name: A\npart:\n  lenght: 1\n", "3: unknown member 'lenght'. Did you mean length?"),
        ("[]\n", "1: the file is an array of 0; expected an object"),
        ("", "1: is empty"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(
    text: str, says: str, tmp_path: Path, schema: Path
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        files.read(file, schema)
    (told,) = str(caught.value).splitlines()
    assert told.startswith(f"{file}:{says}")


def test_every_mistake_is_told_in_the_order_of_the_file(tmp_path: Path, schema: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("other: 1\nsize: big\nname: A\nday: soon\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        files.read(file, schema)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 4]
