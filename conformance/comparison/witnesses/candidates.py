"""Values near the limits of schemas: what one of two schemas may admit and the other not."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from ....mock.data.attempts import TOO_ODD
from ....mock.data.keystream import Draw, digest
from ....mock.data.makers.patterns import matching
from ....mock.data.providers import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ....mock.data.makers.compiler import Compiler
    from ....spec.laws.laws import Law
    from ....spec.schemas.schemas import Node

DRAWS = 12
"""How many values are drawn of one schema."""
_OF_EVERY_TYPE: tuple[Any, ...] = ("text", 1, 1.5, True, None, [], {}, "", 0, -1, False)
_OTHER_FORMS = (
    *(
        "2022-02-30",
        "2022-01-31",
        "1900-01-01",
        "9999-12-31",
        "10:00:00Z",
        "no@such",
        "a b",
        "a_b.c~d",
    ),
    *("2022-01-31T10:00:00Z", "1900-01-01T00:00:00Z", "9999-12-31T00:00:00Z"),
)
_OF_FORMATS: Mapping[str, tuple[Any, ...]] = {
    "int32": (2**31 - 1, 2**31),
    "int64": (2**63 - 1, 2**53),
    "date": _OTHER_FORMS,
    "date-time": _OTHER_FORMS,
    "time": _OTHER_FORMS,
}
_LONGEST, _MOST_ELEMENTS = 100_000, 200
_STEPS = (0, 1, -1)
_LITERAL = re.compile(
    r"""(?P<quote>['"])(?P<text>(?:(?!(?P=quote)|\\).)*)(?P=quote)|(?<![\w.])(?P<number>\d+(?:\.\d+)?)""",
    re.ASCII,
)


def near(schemas: Iterable[Mapping[str, Any]], value: Any) -> Iterator[Any]:
    """Yield values at and around what schemas of one place limit; `value` is one that fits."""
    found = list(schemas)
    for schema in found:
        for keyword, make in _NEAR.items():
            if keyword in schema:
                # A keyword may have a value that makes no sense, such as one beyond all numbers.
                with suppress(*TOO_ODD, ArithmeticError, MemoryError):
                    yield from make(schema, value)
    for schema in found:
        yield from _OF_FORMATS.get(str(schema.get("format")), ())
    if isinstance(value, list):
        yield from _lists(value)


def different(values: Iterable[Any], most: int) -> Iterator[Any]:
    """Yield each JSON value once, at most so many."""
    seen: set[str] = set()
    for value in values:
        text = json.dumps(value, sort_keys=True, default=str)
        if text not in seen:
            seen.add(text)
            yield value
            if len(seen) >= most:
                return


def drawn(compiler: Compiler, nodes: Iterable[Node], count: int = DRAWS) -> Iterator[Any]:
    """Yield values that makers draw of schemas, valid or not."""
    for node in nodes:
        try:
            root = compiler.root(node.place)
        except (ProviderError, *TOO_ODD):
            continue
        for number in range(count):
            try:
                yield root.make(Draw(digest(b"", "witness", number)))
            except (ProviderError, *TOO_ODD):
                break


def of_every_type() -> Iterator[Any]:
    """Yield some values of each type, and texts of some formats."""
    yield from _OF_EVERY_TYPE
    yield from _OTHER_FORMS


def literals(law: Law) -> Iterator[Any]:
    """Yield the texts and numbers in the expressions of a law, and numbers beside them.

    They are values that are worth a try, and nothing more: the law itself tells what it means.
    """
    for found in _LITERAL.finditer(f"{law.rule.source} {law.when.source}"):
        if found["number"] is None:
            yield found["text"]
            continue
        number = float(found["number"]) if "." in found["number"] else int(found["number"])
        yield from (number, number + 1, number - 1)


def _given(schema: Mapping[str, Any], _value: Any) -> Iterator[Any]:
    for word in ("enum", "examples"):
        if isinstance(schema.get(word), list):
            yield from schema[word]
    for word in ("const", "example", "default"):
        if word in schema:
            yield schema[word]


def _bound(keyword: str) -> Callable[[Mapping[str, Any], Any], Iterator[Any]]:
    def around(schema: Mapping[str, Any], _value: Any) -> Iterator[Any]:
        bound = schema[keyword]
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            step = schema.get("multipleOf", 1)
            for number in (0, 1, -1, 10, -10, 100, -100):
                yield bound + number * step
            if schema.get("type") != "integer":
                yield from (bound + 0.5, bound - 0.5)

    return around


def _multiples(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    step = schema["multipleOf"]
    at = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    for start in (at, *(schema[word] for word in ("minimum", "maximum") if word in schema)):
        yield from (start + number * step for number in (0, 1, -1))
        yield from (start + 1, start - 1, start + step / 2, start - step / 2)


def _texts(keyword: str) -> Callable[[Mapping[str, Any], Any], Iterator[Any]]:
    def around(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
        for step in _STEPS:
            length = int(schema[keyword]) + step
            if 0 <= length <= _LONGEST:
                yield _of_length(value if isinstance(value, str) and value else "a", length)
                if "pattern" in schema:
                    yield from _matching(str(schema["pattern"]), length)

    return around


def _of_length(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def _patterns(schema: Mapping[str, Any], _value: Any) -> Iterator[Any]:
    yield from _matching(str(schema["pattern"]), int(schema.get("minLength", 0)))
    yield from _matching(str(schema["pattern"]), int(schema.get("minLength", 0)) + 8)


def _matching(pattern: str, least: int) -> Iterator[Any]:
    make = matching(pattern, least)
    if make is not None:
        yield from (make(Draw(digest(b"", "witness", number))) for number in range(DRAWS))


def _lengths(keyword: str) -> Callable[[Mapping[str, Any], Any], Iterator[Any]]:
    def around(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
        if not isinstance(value, list):
            return
        for step in _STEPS:
            length = int(schema[keyword]) + step
            if 0 <= length <= _MOST_ELEMENTS and (value or not length):
                yield (value * (length // max(1, len(value)) + 1))[:length]

    return around


def _lists(value: list[Any]) -> Iterator[Any]:
    yield []
    if value:
        yield value[:1]
        yield [*value, value[0]]
        yield value[::-1]
    yield from ([*value, each] for each in ("text", 1, None))


def _names(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    """Yield an object with more members, and with fewer."""
    if isinstance(value, dict):
        for word in ("minProperties", "maxProperties"):
            for step in _STEPS:
                count = int(schema.get(word, 0)) + step
                if 0 <= count <= _MOST_ELEMENTS:
                    more = {f"member{number}": "text" for number in range(count)}
                    yield dict(islice({**value, **more}.items(), count))


_NEAR: Mapping[str, Callable[[Mapping[str, Any], Any], Iterator[Any]]] = {
    "enum": _given,
    "const": _given,
    "example": _given,
    "examples": _given,
    "default": _given,
    **{
        word: _bound(word)
        for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    },
    "multipleOf": _multiples,
    "minLength": _texts("minLength"),
    "maxLength": _texts("maxLength"),
    "pattern": _patterns,
    "minItems": _lengths("minItems"),
    "maxItems": _lengths("maxItems"),
    "minProperties": _names,
    "maxProperties": _names,
}
"""What makes values near each keyword."""
