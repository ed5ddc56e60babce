"""JSON read as RFC 8259 has it, and what is not quite JSON told apart.

Where the value can be made out in spite of one fault, it is given all the same, so that a byte
order mark is one finding and not twenty.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import elements
from ...spec.visible import encodable
from .compact_json import SURELY_FINITE, as_number, read_compact
from .json_places import around, place_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...spec.documents.pointers import Pointer

DEEPEST = 200
"""Arrays and objects within each other, at most."""

# How often what is nested in nothing else is taken out of a text: less than DEEPEST, twice as deep.
_SHALLOW = 8

MOST_VALUES = 50_000
"""Values in all, at most: a page of a hundred people has about 1,500."""

_MOST_SHOWN = 20
_LONGEST_NAME = 200

_BOM = "\ufeff"
_SPACE = " \t\n\r"
_OPENING = b"[{"
_QUOTED = re.compile(rb'"[^"]*+"?')
# Never taken back: what is not closed ends with the text.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'"[]{}'))


class ProblemKind(StrEnum):
    """What is wrong with a body that should be JSON."""

    EMPTY = "empty"
    """It has no bytes, or blanks alone."""
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    """It may be JSON, but is nested deeper than anybody reads."""
    TOO_MANY = "too_many"
    """It may be JSON, but holds more values than anybody reads."""
    BOM = "bom"
    """JSON behind a byte order mark."""
    CONSTANT = "constant"
    """JSON except for NaN, Infinity or -Infinity."""
    TOO_LARGE = "too_large"
    """JSON with a number beyond the range of a double, which many readers reject or misread."""
    TWICE_ENCODED = "twice_encoded"
    """One string that contains an object or an array as JSON."""


@dataclass(frozen=True, slots=True)
class Document:
    """The value of a body, and what is wrong with it as JSON."""

    value: object = None
    """dict, list, str, int, float, bool or None; also None if the body is not readable."""
    readable: bool = False
    """Whether `value` is the value of the body."""
    repeated: tuple[str, ...] = ()
    """JSON pointers of members that their object has more than once; the last one is in `value`.

    The first 20 of them, names beyond 200 characters cut short.
    """
    is_finite: bool = True
    """Whether all numbers are finite; the others are infinite, or NaN, in `value`."""
    surrogates: tuple[str, ...] = ()
    """JSON pointers of the texts and names with a lone surrogate; the first 20 of them."""
    problem: str | None = None
    """A sentence for people, None if nothing is wrong. Repeated members are not a problem."""
    problem_kind: ProblemKind | None = None
    """The first kind, if there are several."""
    place: Pointer = ()
    """The place of the first problem that is in one, and nothing for the body as a whole."""
    near: str = ""
    """What stands around the place at which the text is not JSON."""


def read(body: bytes) -> Document:
    """Read a body; whatever it is, a Document is given and nothing raised.

    Integers are exact; a number beyond the range of a double is infinite. A lone surrogate in a
    string stays in it: see `encodable`.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        what = f"The body is not UTF-8: byte {error.start + 1} cannot be read."
        before = body[: error.start].decode()
        text = before + body[error.start :].decode("utf-8", "replace")
        return _at(ProblemKind.NOT_UTF8, what, text, len(before))
    document = _read_text(text.removeprefix(_BOM))
    if document.readable and text.startswith(_BOM):
        return _also(document, ProblemKind.BOM, "The body begins with a byte order mark (U+FEFF).")
    return document


def _read_text(text: str) -> Document:
    document = _read_once(text)
    inside = document.value
    if isinstance(inside, str) and inside.lstrip(_SPACE).startswith(("{", "[")):
        inner = _read_once(inside)
        if inner.readable:
            kind = "object" if isinstance(inner.value, dict) else "array"
            what = f"The body is one string that contains the {kind} as JSON: it was encoded twice."
            return _also(inner, ProblemKind.TWICE_ENCODED, what)
    return document


def _read_once(text: str) -> Document:
    if not text.strip(_SPACE):
        return _unreadable(ProblemKind.EMPTY, "The body is empty.")
    if _too_deep(text):
        what = f"The body has arrays and objects nested deeper than {DEEPEST} levels."
        return _unreadable(ProblemKind.TOO_DEEP, what)
    if _too_many(text):
        what = f"The body has more than {MOST_VALUES:,} values."
        return _unreadable(ProblemKind.TOO_MANY, what)
    if (found := read_compact(text)) is not None:
        return Document(*found, readable=True)
    try:
        reader = _Reader(text)
    except json.JSONDecodeError as error:
        return _at(ProblemKind.NOT_JSON, _not_json(error), text, error.pos)
    document = Document(
        reader.value,
        readable=True,
        repeated=reader.repeated(),
        surrogates=tuple(islice(_surrogates(reader.value), _MOST_SHOWN))
        if _SURROGATE_ESCAPE.search(text)
        else (),
        is_finite=not (reader.constants or reader.too_large),
    )
    if reader.too_large:
        what = "The body has numbers beyond the range of a double"
        document = _also(document, ProblemKind.TOO_LARGE, reader.told(what, reader.too_large))
    if reader.constants:
        what = "The body has values that are not JSON"
        document = _also(document, ProblemKind.CONSTANT, reader.told(what, reader.constants))
    return document


def _unreadable(kind: ProblemKind, problem: str) -> Document:
    return Document(problem=problem, problem_kind=kind)


def _at(kind: ProblemKind, problem: str, text: str, position: int) -> Document:
    place, near = place_at(text, position), around(text, position)
    return Document(problem=problem, problem_kind=kind, place=place, near=near)


def _also(document: Document, kind: ProblemKind, problem: str) -> Document:
    """Return a document with one more problem before its others."""
    told = problem if document.problem is None else f"{problem} {document.problem}"
    return replace(document, problem=told, problem_kind=kind)


def _not_json(error: json.JSONDecodeError) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    reason = error.msg.removesuffix(" at")
    hint = "; it begins with '<', as HTML does" if error.doc.lstrip().startswith("<") else ""
    return f"The body is not JSON: {reason} ({where}){hint}."


def _too_many(text: str) -> bool:
    # Each value takes many times the memory of its text. Behind all but the first in an array or
    # object stands a comma; those within strings are counted only where that matters.
    if len(text) <= MOST_VALUES or sum(map(text.count, ",[{")) <= MOST_VALUES:
        return False
    return sum(map(_STRING.sub("", text).count, ",[{")) > MOST_VALUES


def _too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    # The parser would run into the interpreter's limit, and not everywhere at the same depth.
    # Taking out what is no structure leaves little to look at one by one.
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    data = data.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    left = data = _QUOTED.sub(b"", data)
    for _ in range(_SHALLOW):
        left = left.replace(b"{}", b"").replace(b"[]", b"")
        if not left:
            return False
    depths = accumulate(1 if byte in _OPENING else -1 for byte in data)
    return any(depth > DEEPEST for depth in depths)


class _Reader:
    """Reads one text, and notes on the way what RFC 8259 does not want."""

    def __init__(self, text: str) -> None:
        self.constants: list[tuple[float, str]] = []
        self.too_large: list[tuple[float, str]] = []
        self._repeating: list[tuple[dict[str, Any], list[str]]] = []
        self.value: object = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._number,
            parse_constant=self._constant,
        ).decode(text)

    def repeated(self) -> tuple[str, ...]:
        names = {id(found): names for found, names in self._repeating}
        pointers = (
            f"{pointer}/{_step(name)}"
            for pointer, node in _places(self.value, names)
            for name in names[id(node)]
        )
        return tuple(islice(pointers, _MOST_SHOWN))

    def told(self, what: str, numbers: list[tuple[float, str]]) -> str:
        """Say what the body has, with the places of these numbers and how they are written."""
        spelled = {id(found): text for found, text in numbers}
        places = islice(_places(self.value, spelled), _MOST_SHOWN)
        shown = ", ".join(
            f"{spelled[id(node)]} at {pointer or 'the top'}" for pointer, node in places
        )
        return f"{what}: {shown}." if shown else f"{what}, in members that are repeated later."

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._repeating.append((found, [name for name in found if counts[name] > 1]))
        return found

    def _constant(self, text: str) -> float:
        # A float of its own each time, so that its place can be found again.
        number = float(text)
        self.constants.append((number, text))
        return number

    def _number(self, text: str) -> int | float:
        number = as_number(text)
        if math.isinf(number):
            self.too_large.append((number, _short(text)))
        return number

    def _integer(self, text: str) -> int | float:
        if len(text) < SURELY_FINITE:
            return int(text)
        return int(text) if math.isfinite(float(text)) else self._number(text)


def _surrogates(value: object) -> Iterator[str]:
    """Yield the JSON pointers of texts with a lone surrogate, and of members that it names."""
    for place, element in elements(value):
        texts = (*place[-1:], *([element] if isinstance(element, str) else []))
        if any(map(_SURROGATE.search, texts)):
            yield _pointer(place)


def _short(number: str) -> str:
    """Return a number as it is written, the middle of a long one left out."""
    digits = sum(map(number.count, "0123456789"))
    cut_short = f"{number[:10]}…{number[-10:]} ({digits:,} digits)"
    return number if len(number) <= len(cut_short) else cut_short


def _places(value: object, wanted: Collection[int]) -> Iterator[tuple[str, object]]:
    """Yield the nodes with these ids in the order of the text, each behind its JSON pointer."""
    for place, node in elements(value) if wanted else ():
        if id(node) in wanted:
            yield _pointer(place), node


def _pointer(place: Pointer) -> str:
    return "".join(f"/{_step(name)}" for name in place)


def _step(name: str) -> str:
    """Write a name as a step of a JSON pointer, fit to be printed and not without end."""
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return encodable(short).replace("~", "~0").replace("/", "~1")
