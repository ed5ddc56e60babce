"""Reading YAML: what JSON has too, with lines, and nothing twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec.documents.pointers import join, split
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.documents.source import MAX_BYTES, Source


def parse(text: str | bytes) -> Source:
    data = text if isinstance(text, bytes) else text.encode()
    return Source.parse(data, Path("file.yaml"))


def mistakes(text: str | bytes) -> str:
    with pytest.raises(SourceError) as caught:
        parse(text)
    return str(caught.value)


@given(st.lists(st.text()).map(tuple))
def test_a_place_written_as_a_json_pointer_reads_back_as_itself(place: tuple[str, ...]) -> None:
    assert split(join(place)) == place


@given(st.text())
def test_a_json_pointer_reads_as_a_place_that_is_written_the_same(text: str) -> None:
    pointer = f"/{text}".replace("~", "~0")
    assert join(split(pointer)) == pointer


@pytest.mark.parametrize("part", ["~1", "~01", "a/b", "m~n", "", "0"])
def test_slash_and_tilde_in_a_name_are_told_from_those_between_names(part: str) -> None:
    assert split(join(("a", part))) == ("a", part)


def test_a_pointer_that_does_not_begin_with_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with '/': 'data/items'"):
        split("data/items")


def test_a_name_that_stands_twice_is_refused_with_both_lines() -> None:
    message = mistakes("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert message == ("file.yaml:5: 'c' stands twice, first in line 3. Remove one of the two")


def test_every_mistake_is_listed_and_not_the_first_alone() -> None:
    message = mistakes("a: 1\na: 2\nb: .nan\nb: 3\n")
    assert [line.split(":")[1] for line in message.splitlines()] == ["2", "3", "4"]


def test_names_are_text_whatever_yaml_takes_them_for() -> None:
    assert parse("200: a\ntrue: b\nnull: c\n1.5: d\n").value == {
        "200": "a",
        "true": "b",
        "null": "c",
        "1.5": "d",
    }


def test_a_date_is_the_text_it_is_in_json() -> None:
    assert parse("example: 2022-07-22\n").value == {"example": "2022-07-22"}
    assert parse("example: 2022-07-22T01:00:00Z\n").value == {"example": "2022-07-22T01:00:00Z"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file.yaml:1: is empty"),
        ("a: [1\nb: 2\n", "file.yaml:2: is not YAML"),
        ("a: 1\n\tb: 2\n", "file.yaml:2: is not YAML"),
        ("a: 1\n---\nb: 2\n", "file.yaml:2: is not YAML: but found another document"),
        ("a: 1\nb: *missing\n", "file.yaml:2: is not YAML: found undefined alias"),
        ("a: &a\n  b: *a\n", "contains itself"),
        ("a:\n  <<: {b: 1}\n", "file.yaml:2: the merge key << is not part of JSON. Use $ref"),
        ("a: 1\n? [b]\n: 2\n", "file.yaml:2: a name has to be text"),
        ("a: 1\nb: .inf\n", "file.yaml:2: '.inf' is not a value that JSON has"),
        ("a: 1\nb: !!binary aGVsbG8=\n", "file.yaml:2: 'aGVsbG8=' is not a value that JSON has"),
        ("a: 1\nb: !!python/name:os.system x\n", "file.yaml:2: is not a value"),
        ("a: 1\nb: !!int hello\n", "file.yaml:2: is not a value"),
        (b"a: 1\nb: \xff\n", "file.yaml:2: is not text"),
        (b"a: 1\nb: \x01\n", "file.yaml:2: is not text"),
        ("[" * 100_000, "is not YAML: exceeded maximum nesting depth"),
    ],
)
def test_what_is_not_yaml_or_not_json_is_refused_with_its_line(
    text: str | bytes, message: str
) -> None:
    assert message in mistakes(text)


def test_aliases_that_would_fill_the_memory_are_refused() -> None:
    rows = ["l0: &l0 [a, a, a, a, a, a, a, a, a, a]"]
    rows += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 12)]
    message = mistakes("\n".join(rows))
    assert message.startswith("file.yaml:7: holds more than 2000000 elements")


def test_an_alias_is_the_value_it_stands_for() -> None:
    assert parse("a: &it [1, 2]\nb: *it\n").value == {"a": [1, 2], "b": [1, 2]}


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(SourceError, match=f"large.yaml:1: is larger than {MAX_BYTES} bytes"):
        Source.read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.yaml:1: cannot be read: No such file"):
        Source.read(tmp_path / "none.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        Source.read(tmp_path)


def test_the_digest_is_that_of_the_bytes() -> None:
    assert parse("a: 1\n").digest == hashlib.sha256(b"a: 1\n").hexdigest()


LINES = """\
a:
  b:
    - x
    - c: 1
      d: 2
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/a", 1),
        ("/a/b", 2),
        ("/a/b/0", 3),
        ("/a/b/1", 4),
        ("/a/b/1/d", 5),
        ("/a/b/1/none", 4),
        ("/a/b/7", 2),
        ("/a/none/deeper", 1),
    ],
)
def test_a_line_is_that_of_the_element_or_of_what_is_around_it(pointer: str, line: int) -> None:
    assert parse(LINES).line(split(pointer)) == line


# Text without what YAML does not allow in a file at all.
texts = st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" \n\t"))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_json_is_read_as_json_readers_read_it(value: Any) -> None:
    read = parse(json.dumps(value, ensure_ascii=False)).value
    assert json.dumps(read) == json.dumps(value)
    escaped = Source.parse(json.dumps(value, indent="\t").encode(), Path("x.json"))
    assert escaped.value == read


@pytest.mark.parametrize(
    "text", ["NO", "yes", "on", "1:30", "0x1F", "017", "1_000", "+1", ".5", "="]
)
def test_what_is_a_number_or_a_truth_to_yaml_1_1_alone_is_text(text: str) -> None:
    assert parse(f"- {text}\n").value == [text]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e5", 1e5), ("-0", 0), ("1.50", 1.5), ("True", True), ("~", None), ("", None), ("''", "")],
)
def test_what_json_has_is_read_as_such(text: str, value: object) -> None:
    [read] = parse(f"- {text}\n").value
    assert read == value
    assert type(read) is type(value)
