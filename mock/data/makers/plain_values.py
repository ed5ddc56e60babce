"""Values for schemas without `x-faker`: from enum, example, format, type and bounds."""

from __future__ import annotations

import base64
import datetime
import math
import uuid
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from .patterns import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..keystream import Draw

_WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fern", "grove", "harbor", "island", "jade"),
    *("kite", "lagoon", "maple", "noble", "ocean", "pearl", "quartz", "river", "summit", "timber"),
    *("umber", "valley", "willow", "zenith"),
)
_YEAR = datetime.timedelta(days=365)
_LONG = 64
_OF_TEXTS = ("pattern", "minLength", "maxLength")
_ATTEMPTS = 64


def scalar(kind: str, keywords: Mapping[str, Any], today: datetime.date) -> Callable[[Draw], Any]:
    """Return what draws values of a schema that is neither an object nor an array.

    Dates are in the year before `today`. What seems to fit best is drawn, and in turn the others.
    """
    ways = list(_ways(kind, keywords, today))
    if len(ways) == 1:
        return ways[0]
    return lambda draw: ways[draw.turn(len(ways))](draw)


def _ways(
    kind: str, keywords: Mapping[str, Any], today: datetime.date
) -> Iterator[Callable[[Draw], Any]]:
    """Yield what draws values, what seems to fit best first."""
    if "enum" in keywords:
        choices = [value for value in keywords["enum"] if value is not None] or [None]
        yield lambda draw: choices[
            (draw.below(len(choices)) + draw.turn(len(choices))) % len(choices)
        ]
    elif kind == "boolean":
        yield lambda draw: draw.below(2) == 1
    elif kind in {"integer", "number"}:
        yield from _numbers(kind, keywords)
    elif kind == "string":
        yield from _strings(keywords, today)
    elif kind == "null":
        yield lambda _draw: None
    else:
        example = keywords.get("example", keywords.get("default", {}))
        yield lambda _draw: example
        yield from _strings(keywords, today)


def longest_scalar(keywords: Mapping[str, Any]) -> int:
    """Return about how many bytes of JSON the longest value takes that `scalar` makes."""
    least = int(keywords.get("minLength", 0))
    example = keywords.get("example")
    return max(_LONG, least, len(example) if isinstance(example, str) else 0)


def _numbers(kind: str, keywords: Mapping[str, Any]) -> Iterator[Callable[[Draw], Any]]:
    bounded = "minimum" in keywords and "maximum" in keywords
    example: Any = keywords.get("example")
    is_number = isinstance(example, int | float) and not isinstance(example, bool)
    if is_number and not bounded and (kind == "number" or example == example // 1):
        yield lambda _draw: example
    yield _number(kind, keywords)


def _number(kind: str, keywords: Mapping[str, Any]) -> Callable[[Draw], Any]:
    low = keywords.get("minimum")
    high = keywords.get("maximum")
    if low is None:
        low = 0 if high is None or high > 0 else high - 1000
    if high is None:
        high = low + 1000
    step = keywords.get("multipleOf", 1 if kind == "integer" else 0.01)
    first, last = _quotients(low, high, step)
    first += _excluded(keywords, "Minimum") and low % step == 0
    last = max(first, last - (_excluded(keywords, "Maximum") and high % step == 0))
    if kind == "integer" and isinstance(step, int):
        return lambda draw: draw.between(first, last) * step
    whole = kind == "integer"

    def make(draw: Draw) -> int | float:
        value = round(draw.between(first, last) * step, 10)
        return int(value) if whole else value

    return make


def _quotients(low: float, high: float, step: float) -> tuple[int, int]:
    """Return the first and the last multiple of a step within bounds, in steps."""
    try:
        return math.ceil(low / step), math.floor(high / step)
    except OverflowError:  # integers too large to be divided as floats
        return int(-(-low // int(step or 1))), int(high // int(step or 1))


def _excluded(keywords: Mapping[str, Any], bound: str) -> bool:
    return keywords.get(f"exclusive{bound}") is True


def _strings(keywords: Mapping[str, Any], today: datetime.date) -> Iterator[Callable[[Draw], str]]:
    form = str(keywords.get("format"))
    if make := _FORMATS.get(form):
        yield make
    if part := _TIMES.get(form):
        first = datetime.datetime.combine(today, datetime.time(), datetime.UTC) - _YEAR
        yield lambda draw: _date_time(draw, first)[part]
    least = int(keywords.get("minLength", 0))
    for length in dict.fromkeys((0, least)) if "pattern" in keywords else ():
        if make := matching(str(keywords["pattern"]), length):
            yield _checked(make, keywords)
    if isinstance(keywords.get("example"), str):
        example = keywords["example"]
        yield lambda _draw: example
    yield _text(keywords)


def _checked(make: Callable[[Draw], str], keywords: Mapping[str, Any]) -> Callable[[Draw], str]:
    """Return what draws texts of a pattern until one keeps its assertions and the lengths."""
    schema = {word: keywords[word] for word in _OF_TEXTS if word in keywords}
    try:
        is_valid = jsonschema_rs.Draft202012Validator(schema).is_valid
    except ValueError:
        return make

    def make_valid(draw: Draw) -> str:
        first = text = make(draw)
        for attempt in range(_ATTEMPTS):
            if is_valid(text):
                return text
            text = make(draw.branch(attempt))
        return first

    return make_valid


def _text(keywords: Mapping[str, Any]) -> Callable[[Draw], str]:
    least = int(keywords.get("minLength", 0))
    most = int(keywords.get("maxLength", max(least, _LONG)))

    def make_words(draw: Draw) -> str:
        words = [draw.pick(_WORDS)]
        length = len(words[0])
        while length < least:
            words.append(draw.pick(_WORDS))
            length += 1 + len(words[-1])
        text = " ".join(words)
        return text[:most].strip() if len(text[:most].strip()) >= least else text[:most]

    return make_words


def _words(draw: Draw, separator: str) -> str:
    return f"{draw.pick(_WORDS)}{separator}{draw.pick(_WORDS)}"


def _date_time(draw: Draw, first: datetime.datetime) -> str:
    moment = first + datetime.timedelta(seconds=draw.below(int(_YEAR.total_seconds())))
    return moment.isoformat().replace("+00:00", "Z")


def _uri(draw: Draw) -> str:
    return f"https://example.com/{draw.pick(_WORDS)}/{draw.below(1000)}"


_TIMES = {"date": slice(10), "date-time": slice(None), "time": slice(11, None)}
"""The part of a date-time that each format has."""
_FORMATS: Mapping[str, Callable[[Draw], str]] = {
    "uuid": lambda draw: str(uuid.UUID(int=draw.below(1 << 128), version=4)),
    "email": lambda draw: f"{_words(draw, '.')}@example.com",
    "uri": _uri,
    "url": _uri,
    "uri-reference": _uri,
    "hostname": lambda draw: f"{draw.pick(_WORDS)}.example.com",
    "ipv4": lambda draw: f"192.0.2.{draw.between(1, 254)}",
    "ipv6": lambda draw: f"2001:db8::{draw.between(1, 0xFFFF):x}",
    "byte": lambda draw: base64.b64encode(draw.pick(_WORDS).encode()).decode(),
}
