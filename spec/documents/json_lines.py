"""JSON texts: read at once, and the line of an element found when it is needed.

The nodes of a YAML reader know their lines, but take a hundred times as long as the values.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s"{}\[\],:]+', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def value_of(data: bytes) -> tuple[Any, str]:
    """Return the value of a JSON text, and the text; raise ValueError if it is not plain JSON.

    A name that an object has twice is an error, too, and so is a number that no double can hold.
    """
    text = data.decode("utf-8-sig")
    value = json.loads(
        text,
        strict=False,
        object_pairs_hook=_object,
        parse_float=_finite,
        parse_constant=_refused,
    )
    if _SURROGATE.search(data):
        json.dumps(value, ensure_ascii=False).encode()
    return value, text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands twice")
    return value


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")


class JsonLines:
    """The lines of the elements of a JSON text, which has to be valid."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._inside: dict[int, dict[str, tuple[int, int]]] = {}

    def line(self, pointer: Sequence[str | int]) -> int:
        """Return the line, from 1, of the element at a place, or of the nearest one around it."""
        start = found = len(self.text) - len(self.text.lstrip())
        for part in pointer:
            step = self._steps(start).get(str(part))
            if step is None:
                break
            found, start = step
        return bisect_left(self._ends, found) + 1

    @cached_property
    def _ends(self) -> list[int]:
        return [found.start() for found in re.finditer("\n", self.text)]

    def _steps(self, start: int) -> dict[str, tuple[int, int]]:
        """Return where the elements of a container are: where each is named, and where it is."""
        if start not in self._inside:
            self._inside[start] = self._read(start)
        return self._inside[start]

    def _read(self, start: int) -> dict[str, tuple[int, int]]:
        steps: dict[str, tuple[int, int]] = {}
        depth, named = 0, None
        is_object = self.text[start : start + 1] == "{"
        for token in _TOKEN.finditer(self.text, start):
            first = token[0][0]
            if first in "}]":
                depth -= 1
            elif depth == 1:
                at = token.start()
                if not is_object:
                    steps[str(len(steps))] = (at, at)
                elif named is None:
                    named = token
                else:
                    steps[json.loads(named[0], strict=False)] = (named.start(), at)
                    named = None
            depth += first in "{["
            if depth == 0:
                break
        return steps
