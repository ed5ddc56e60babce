"""JSON is read a value at a time, wherever the pieces of the file end."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.traffic.recording import json_stream
from ruangkerja.traffic.recording.json_stream import CutOffError, JsonStream, StreamError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


class Dripping(io.BytesIO):
    """A file that gives a few bytes at a time, however many are asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        del size
        return super().read(3)


@given(st.lists(values, max_size=5))
def test_elements_come_as_they_are_written(elements: list[Any]) -> None:
    text = json.dumps(elements, ensure_ascii=False)
    assert list(JsonStream(Dripping(text.encode("utf-8", "surrogatepass"))).elements()) == elements


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_members_come_as_they_are_written(members: dict[str, Any]) -> None:
    stream = JsonStream(Dripping(b"\xef\xbb\xbf \n" + json.dumps(members, indent=1).encode()))
    assert {name: stream.value() for name in stream.members()} == members


@given(st.lists(values, min_size=1, max_size=5), st.integers(0, 400))
def test_a_text_that_is_cut_off_gives_what_was_whole(elements: list[Any], length: int) -> None:
    text = json.dumps(elements)
    found: list[Any] = []
    stream = JsonStream(io.BytesIO(text[: min(length, len(text) - 1)].encode()))
    with pytest.raises(CutOffError):
        found.extend(stream.elements())
    # A number may be cut off and still be one: the last one is not compared.
    assert found[:-1] == elements[: len(found)][:-1]


@pytest.mark.parametrize("text", ['["a" "b", "long enough"]', "[nothing, 1, 2, 3, 4]", "[1;2]"])
def test_a_text_that_is_no_json_is_told_apart_from_one_that_is_cut_off(text: str) -> None:
    with pytest.raises(StreamError) as raised:
        list(JsonStream(io.BytesIO(text.encode())).elements())
    assert not isinstance(raised.value, CutOffError)


def test_a_value_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST", 1_000_000)

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(2) or b"a" * (size or 1)

    with pytest.raises(StreamError, match="longer than 1,000,000 characters"):
        list(JsonStream(Endless(b'["')).elements())


def test_a_value_that_is_nested_without_end_is_said() -> None:
    with pytest.raises(StreamError):
        list(JsonStream(io.BytesIO(b"[" * 100_000)).elements())
