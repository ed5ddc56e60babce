"""What Hypothesis finds stored."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hypothesis.internal import charmap

from ruangkerja.conformance.requests.generators.surroundings import alike_everywhere

if TYPE_CHECKING:
    import pytest


def test_the_characters_of_utf_8_are_those_that_hypothesis_would_find(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # If it looked for them, it would find one.
    monkeypatch.setattr(sys, "maxunicode", 0)
    with alike_everywhere():
        encoded, changed = charmap.intervals_from_codec.__wrapped__("utf-8")
    monkeypatch.undo()
    text = "".join(map(chr, encoded))
    assert text.encode().decode() == text
    assert len(set(text)) == sys.maxunicode + 1 - len(range(0xD800, 0xE000))
    assert not changed
