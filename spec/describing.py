"""Schemas and values in words, for messages that people read."""

from __future__ import annotations

import heapq
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from .visible import LONGEST, cut, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .schemas.schemas import Node, Schemas

# Of an object no more members are named than these.
MOST_NAMES = 6
_LONG, _LONG_NAME = 2000, 100

_FORMATS = {
    "date": "a date of the calendar, YYYY-MM-DD",
    "date-time": "a date-time of RFC 3339 that exists, with an offset",
    "email": "an e-mail address",
    "uuid": "a UUID",
    "uri": "a URI",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
}
_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
_LIMITS = {
    "maxLength": "at most {} characters",
    "minItems": "at least {} elements",
    "maxItems": "at most {} elements",
    "multipleOf": "a multiple of {}",
    "pattern": "of the pattern {}",
}


def counted(number: int, one: str, many: str) -> str:
    """Return a number with what it counts: '1 request was', '7 requests were'."""
    return f"{number:,} {one if number == 1 else many}"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the three known names that have most in common with a name, the best first."""
    sent = _pairs(name[:_LONG_NAME])

    def likeness(each: str) -> float:
        pairs = _pairs(each)
        return len(sent & pairs) / (len(sent) + len(pairs))

    return heapq.nlargest(3, known, key=likeness)


def _pairs(name: str) -> set[str]:
    text = f" {name} "
    return {text[n : n + 2] for n in range(len(text) - 1)}


def expectation(node: Node, schemas: Schemas) -> str:
    """Return the values that a schema allows in words: 'an integer, at least 0'."""

    def option(keyword: str, index: int) -> str:
        return expectation(schemas.node((*node.place, keyword, str(index))), schemas)

    return describe(node.schema, option)


def describe(schema: Mapping[str, Any], option: Callable[[str, int], str] | None = None) -> str:
    """Return the allowed values in words; `option` describes the branches of anyOf and oneOf."""
    # Bounds with a requirement of their own are no condition for a value to be valid.
    limits = [] if "bounds" in schema.get("x-requirement", ()) else bounds(schema)
    text = schema.get("x-expected") or ", ".join([_kind(schema, option), *limits])
    return f"{text}, or null" if schema.get("nullable") is True else text


def _kind(schema: Mapping[str, Any], option: Callable[[str, int], str] | None) -> str:
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema and option is not None:
            return joined([option(keyword, index) for index in range(len(schema[keyword]))])
    if "enum" in schema:
        values = [actual(value) for value in schema["enum"]]
        return values[0] if len(values) == 1 else f"one of {', '.join(values)}"
    if schema.get("type") == "string" and schema.get("format") in _FORMATS:
        return _FORMATS[str(schema["format"])]
    if schema.get("type") == "string" and schema.get("minLength") == 1:
        return "a string that is not empty"
    return _TYPES.get(str(schema.get("type")), "what the schema allows")


def bounds(schema: Mapping[str, Any]) -> list[str]:
    """Return each limit of a schema in words: 'at least 0'."""
    words = []
    if "minimum" in schema:
        word = "more than" if schema.get("exclusiveMinimum") is True else "at least"
        words.append(f"{word} {schema['minimum']}")
    if "maximum" in schema:
        word = "less than" if schema.get("exclusiveMaximum") is True else "at most"
        words.append(f"{word} {schema['maximum']}")
    if schema.get("minLength", 0) > 1:
        words.append(f"at least {schema['minLength']} characters")
    words += [
        text.format(schema[keyword]) for keyword, text in _LIMITS.items() if keyword in schema
    ]
    return words


def joined(words: list[str], last: str = "or") -> str:
    """Join words as in a sentence: 'a, b or c'."""
    if len(words) < 2:  # noqa: PLR2004 - one word needs no joint
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def actual(value: Any) -> str:
    """Return a value as JSON, shortened if it is long, and readable whatever it contains."""
    if isinstance(value, dict):
        names = [_name(str(name)) for name in islice(value, MOST_NAMES)]
        if len(value) > MOST_NAMES:
            names.append(f"{len(value) - MOST_NAMES} more")
        return cut(f"an object with {joined(names, 'and')}" if names else "an empty object")
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, str) and len(value) > _LONG:
        return _ends(value)
    try:
        return cut(line(json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError):  # a number too long to be written out
        return f"a number of {value.bit_length() * 30103 // 100000 + 1} digits"


def _ends(text: str) -> str:
    """Shorten a text of any length as `cut` does; only its ends are made safe to show."""
    half = (LONGEST - 20) // 2
    first = line(json.dumps(text[:LONGEST], ensure_ascii=False))[:half]
    last = line(json.dumps(text[-LONGEST:], ensure_ascii=False))[-half:]
    return f"{first} …{len(text) - 2 * half} more… {last}"


def apart(one: Any, other: Any) -> tuple[str, str]:
    """Return two different values as `actual` does; letters that look alike have their numbers."""
    shown = actual(one), actual(other)
    if not (isinstance(one, str) and isinstance(other, str)) or (one + other).isascii():
        return shown
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return f"{shown[0]}{_code_point(one, at)}", f"{shown[1]}{_code_point(other, at)}"


def _code_point(text: str, at: int) -> str:
    return f" (U+{ord(text[at]):04X} at character {at + 1})" if at < len(text) else ""


def _name(name: str) -> str:
    shown = line(name)
    return name if shown == name != "" else f'"{shown}"'
