"""YAML files with the line of every element, places in them, and `$ref` within one of them."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import io
import json
import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

import yaml
from yaml.reader import ReaderError

from .json_lines import JsonLines, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Pointer: TypeAlias = tuple[str, ...]
"""A place in a document: the names and indexes that lead to it, () for the whole."""

# What is larger than this is no contract; YAML takes a hundred times as long to read as JSON.
MAX_BYTES, MAX_YAML_BYTES = 64_000_000, 16_000_000
# Aliases let a short text stand for one that no memory holds.
MAX_ELEMENTS = 2_000_000
_MOST_REFERENCES = 50
_OUT = re.compile(r'"\$ref"\s*:\s*"[^#"]')


# JSON may write a character beyond 16 bits as two escapes, which YAML does not have.
_PAIR = re.compile(
    rb"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def _character(found: re.Match[bytes]) -> bytes:
    return found[1] + str(json.loads(b'"%b"' % found[2])).encode()


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file: its line, what is wrong, how to correct it, and its place if known."""

    file: str
    line: int
    what: str
    hint: str = ""
    place: Pointer = field(default=(), compare=False)

    def __str__(self) -> str:
        """Return FILE:LINE: what. hint."""
        text = f"{self.file}:{self.line}: {self.what}"
        return f"{text}. {self.hint}" if self.hint else text


class SourceError(Exception):
    """A file that cannot be used, with every mistake found in it, first to last."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def join(pointer: Iterable[str | int]) -> str:
    """Write a place as a JSON pointer (RFC 6901), '' for the whole document."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in pointer)


def split(pointer: str) -> Pointer:
    """Read a JSON pointer (RFC 6901); raise ValueError if it does not begin with '/'."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer begins with '/': {pointer!r}")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


class _Loader(yaml.CSafeLoader):
    """Reads YAML with the types of JSON, like YAML 1.2.

    PyYAML reads YAML 1.1, in which a date is not a string, NO is false, 1e5 is a string and 1:30 is
    90.
    """

    # RUF012: PyYAML declares it as it is here
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", [*"-0123456789"]),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", [*"-0123456789"]),
    # These two are resolved in order to be refused.
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", [*"-+."]),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first
    )


class _Stream(io.BytesIO):
    """Bytes with the name of their file, which each node of the YAML file then has."""

    def __init__(self, data: bytes, path: Path) -> None:
        super().__init__(data)
        self.name = str(path)


def _may_be_json(data: bytes, path: Path) -> bool:
    return path.suffix == ".json" or data.lstrip()[:1] in {b"{", b"["}


def _nodes(data: bytes, path: Path) -> tuple[yaml.Node, _Loader]:
    """Return the root of the YAML nodes of a text, and what makes values of them."""
    # JSON may be indented with tabs, which YAML does not allow.
    is_json = _may_be_json(data, path)
    text = _PAIR.sub(_character, data.replace(b"\t", b" ")) if is_json else data
    loader = _Loader(_Stream(text, path))
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    if root is None:
        raise SourceError([Problem(str(path), 1, "is empty")])
    return root, loader


class Source:
    """A YAML or JSON file: its `value`, the SHA-256 `digest` of its bytes, and its lines.

    Names are always strings in `value`, as in JSON: a status written as 200 is '200'.
    """

    def __init__(self, path: Path, digest: str, value: Any, lines: yaml.Node | JsonLines) -> None:
        self.path, self.digest, self._lines = path, digest, lines
        self.value = value
        self.parts: Mapping[Pointer, tuple[Source, Pointer]] = {}
        """The places of what is from elsewhere: from which file, and its place there."""
        self.files: Mapping[Path, str] = {}
        """The other files that elements are from, with the SHA-256 of their bytes."""

    @property
    def is_closed(self) -> bool:
        """Whether it is certain that no `$ref` leads to another file."""
        return isinstance(self._lines, JsonLines) and not _OUT.search(self._lines.text)

    @classmethod
    def of_nodes(cls, path: Path, digest: str, root: yaml.Node, loader: _Loader) -> Source:
        """Return a file of YAML nodes; raise SourceError for what JSON does not have."""
        problems: list[Problem] = []
        value = _Builder(loader, problems).build(root)
        if problems:
            raise SourceError(problems)
        return cls(path, digest, value, root)

    @property
    def root(self) -> yaml.Node:
        """The root of its YAML nodes."""
        if isinstance(self._lines, JsonLines):
            return _nodes(self._lines.text.encode(), self.path)[0]
        return self._lines

    def replaced(self, root: yaml.Node, digest: str) -> Source:
        """Return this file with other nodes; each node keeps the file and the line it is from."""
        return Source.of_nodes(self.path, digest, root, _Loader(b""))

    def with_value(self, value: Any) -> Source:
        """Return this file with another value, whose elements stand at the same places."""
        if value is self.value:
            return self
        changed = copy.copy(self)
        changed.value = value
        return changed

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read a file; raise SourceError with file and line if it is not valid YAML."""
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise SourceError(
                [Problem(str(path), 1, f"cannot be read: {error.strerror}")]
            ) from None
        if len(data) > MAX_BYTES:
            raise SourceError([Problem(str(path), 1, f"is larger than {MAX_BYTES} bytes")])
        return cls.parse(data, path)

    @classmethod
    def parse(cls, data: bytes, path: Path) -> Source:
        """Read bytes that stand for the file `path`; raise SourceError as `read` does."""
        digest = hashlib.sha256(data).hexdigest()
        if _may_be_json(data, path):
            # What is no JSON is read as YAML, which knows the line of the mistake.
            with contextlib.suppress(ValueError, RecursionError):
                value, text = value_of(data)
                return cls(path, digest, value, JsonLines(text))
        if len(data) > MAX_YAML_BYTES:
            what = f"is larger than {MAX_YAML_BYTES} bytes"
            raise SourceError(
                [Problem(str(path), 1, what, "Write it as JSON, or in several files")]
            )
        try:
            return cls.of_nodes(path, digest, *_nodes(data, path))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = f"is not YAML: {error.problem or error.context}"
            line = mark.line + 1 if mark else 1
            raise SourceError([Problem(str(path), line, what)]) from None
        except ReaderError as error:
            line = data.count(b"\n", 0, error.position) + 1
            what = f"is not text: {error.reason}"
            raise SourceError([Problem(str(path), line, what, "Write it in UTF-8")]) from None
        except RecursionError:
            what = "is nested too deeply, or contains itself"
            raise SourceError([Problem(str(path), 1, what)]) from None

    def node(self, pointer: Sequence[str | int]) -> yaml.Node:
        """Return the node of the element at a place, or of the nearest one around it."""
        return self._found(pointer)[0]

    def line(self, pointer: Sequence[str | int]) -> int:
        """Return the line, from 1, of the element at a place, or of the nearest one around it."""
        source, pointer = self._from(pointer)
        if source is not self:
            return source.line(pointer)
        if isinstance(self._lines, JsonLines):
            return self._lines.line(pointer)
        return int(self._found(pointer)[1].line) + 1

    def problem(self, pointer: Sequence[str | int], what: str, hint: str = "") -> Problem:
        """Return a mistake at a place, with the file and the line that the place is from."""
        place = tuple(map(str, pointer))
        source, pointer = self._from(pointer)
        if source is not self:
            return replace(source.problem(pointer, what, hint), place=place)
        if isinstance(self._lines, JsonLines):
            return Problem(str(self.path), self.line(pointer), what, hint, place)
        return replace(_problem(self._found(pointer)[1], what, hint), place=place)

    def _from(self, pointer: Sequence[str | int]) -> tuple[Source, Sequence[str | int]]:
        """Return the file that the element at a place is from, and its place there."""
        if self.parts:
            place = tuple(map(str, pointer))
            for length in range(len(place), 1, -1):
                if place[:length] in self.parts:
                    source, start = self.parts[place[:length]]
                    return source, (*start, *place[length:])
        return self, pointer

    def _found(self, pointer: Sequence[str | int]) -> tuple[yaml.Node, yaml.Mark]:
        node = self.root
        mark = node.start_mark
        for part in pointer:
            found = _child(node, str(part))
            if found is None:
                break
            node, mark = found
        return node, mark


def _problem(mark: yaml.Mark, what: str, hint: str = "") -> Problem:
    return Problem(mark.name, mark.line + 1, what, hint)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _child(node: yaml.Node, part: str) -> tuple[yaml.Node, yaml.Mark] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == part:
                return value, key.start_mark
    elif isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
        element = node.value[int(part)]
        return element, element.start_mark
    return None


class _Builder:
    """Turns YAML nodes into Python values, and reports what JSON does not allow."""

    def __init__(self, loader: _Loader, problems: list[Problem]) -> None:
        self._loader, self._problems = loader, problems
        # An aliased node is built once: a file cannot blow up in memory by repeating its anchors.
        self._built: dict[int, Any] = {}
        # How many elements a node has with every alias written out, as whoever walks it meets them.
        self._sizes: dict[int, int] = {}

    def build(self, node: yaml.Node) -> Any:
        if id(node) not in self._built:
            self._built[id(node)] = self._build(node)
            # (what stands twice under one name is reported, and not built)
            size = 1 + sum(self._sizes.get(id(child), 0) for child in _children(node))
            self._sizes[id(node)] = size
            if size > MAX_ELEMENTS:
                what = f"holds more than {MAX_ELEMENTS} elements once its aliases are written out"
                raise SourceError([_problem(node.start_mark, what)])
        return self._built[id(node)]

    def _build(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return dict(self._members(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(element) for element in node.value]
        try:
            value = self._loader.construct_object(node)
        except yaml.MarkedYAMLError as error:
            self._report(node, f"is not a value: {error.problem}")
        except ValueError as error:
            self._report(node, f"is not a value: {error}")
        else:
            if isinstance(value, str | int | None) or (
                isinstance(value, float) and math.isfinite(value)
            ):
                return value
            self._report(node, f"{node.value!r} is not a value that JSON has", "Put it in quotes")
        return None

    def _members(self, node: yaml.MappingNode) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._report(key, "a name has to be text")
            elif key.tag == "tag:yaml.org,2002:merge":
                self._report(key, "the merge key << is not part of JSON", "Use $ref instead")
            elif key.value in first:
                what = f"{key.value!r} stands twice, first in line {first[key.value]}"
                self._report(key, what, "Remove one of the two")
            else:
                first[key.value] = line
                yield key.value, self.build(value)

    def _report(self, node: yaml.Node, what: str, hint: str = "") -> None:
        self._problems.append(_problem(node.start_mark, what, hint))


class BrokenReferenceError(LookupError):
    """A `$ref` that leads nowhere, in a circle, or out of the file; `place` is where it stands."""

    def __init__(self, place: Pointer, message: str) -> None:
        self.place = place
        super().__init__(message)


def get(document: Any, place: Pointer) -> Any:
    """Return the element at a place; raise LookupError if there is none."""
    element = document
    for part in place:
        if isinstance(element, dict):
            element = element[part]
        elif isinstance(element, list) and part.isdecimal():
            element = element[int(part)]
        else:
            raise LookupError(part)
    return element


def elements(document: Any) -> Iterator[tuple[Pointer, Any]]:
    """Yield a document and every element in it with its place, in the order of the text."""
    ahead: list[tuple[Pointer, Any]] = [((), document)]
    while ahead:
        place, element = step = ahead.pop()
        yield step
        if isinstance(element, dict | list):
            inside = element.items() if isinstance(element, dict) else enumerate(element)
            ahead += reversed([((*place, str(name)), inner) for name, inner in inside])


def objects(element: Any, place: Pointer = ()) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Yield every object of a contract with its place, except in examples, which are data."""
    ahead: list[tuple[Pointer, Any]] = [(place, element)]
    while ahead:
        place, element = ahead.pop()
        if isinstance(element, list):
            inside = [((*place, str(index)), each) for index, each in enumerate(element)]
            ahead += [step for step in reversed(inside) if isinstance(step[1], dict | list)]
        elif isinstance(element, dict):
            yield place, element
            # A property may be called "example"; only outside `properties` is it one.
            named = place[-1:] == ("properties",)
            ahead += [
                ((*place, name), each)
                for name, each in reversed(element.items())
                if isinstance(each, dict | list)
                if named or name not in {"example", "value"}
            ]


def follow(document: Any, place: Pointer) -> tuple[Pointer, Any]:
    """Follow every `$ref` from a place to the element that it leads to.

    Return the place of that element, and the element. Raises BrokenReferenceError.
    """
    seen: set[Pointer] = set()
    while True:
        element = get(document, place)
        if not isinstance(element, dict) or not isinstance(element.get("$ref"), str):
            return place, element
        reference = element["$ref"]
        if place in seen:
            raise BrokenReferenceError(place, f"$ref {reference!r} leads in a circle")
        if len(seen) >= _MOST_REFERENCES:
            what = f"$ref {reference!r} leads through more than {_MOST_REFERENCES} others"
            raise BrokenReferenceError(place, what)
        seen.add(place)
        if not reference.startswith("#"):
            raise BrokenReferenceError(
                place, f"$ref {reference!r} leads to where a contract may not read"
            )
        try:
            target = split(unquote(reference[1:]))
            get(document, target)
        except (LookupError, ValueError):
            raise BrokenReferenceError(place, f"$ref {reference!r} leads nowhere") from None
        place = target
