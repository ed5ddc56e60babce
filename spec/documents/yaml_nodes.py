"""YAML as nodes, each with the file and the line it is from, and the values that they stand for."""

from __future__ import annotations

import io
import json
import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from .problems import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Aliases let a short text stand for one that no memory holds.
MAX_ELEMENTS = 2_000_000
# JSON may write a character beyond 16 bits as two escapes, which YAML does not have.
_PAIR = re.compile(
    rb"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def _character(found: re.Match[bytes]) -> bytes:
    return found[1] + str(json.loads(b'"%b"' % found[2])).encode()


class Loader(yaml.CSafeLoader):
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
    Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first
    )


class _Stream(io.BytesIO):
    """Bytes with the name of their file, which each node of the YAML file then has."""

    def __init__(self, data: bytes, path: Path) -> None:
        super().__init__(data)
        self.name = str(path)


def may_be_json(data: bytes, path: Path) -> bool:
    """Whether a file has the name of a JSON file, or begins like one."""
    return path.suffix == ".json" or data.lstrip()[:1] in {b"{", b"["}


def nodes(data: bytes, path: Path) -> tuple[yaml.Node, Loader]:
    """Return the root of the YAML nodes of a text, and what makes values of them."""
    # JSON may be indented with tabs, which YAML does not allow.
    is_json = may_be_json(data, path)
    text = _PAIR.sub(_character, data.replace(b"\t", b" ")) if is_json else data
    loader = Loader(_Stream(text, path))
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    if root is None:
        raise SourceError([Problem(str(path), 1, "is empty")])
    return root, loader


def problem_at(mark: yaml.Mark, what: str, hint: str = "") -> Problem:
    """Return a mistake at a place of the text of a YAML file."""
    return Problem(mark.name, mark.line + 1, what, hint)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def child(node: yaml.Node, part: str) -> tuple[yaml.Node, yaml.Mark] | None:
    """Return the node of a member or an element, and where it begins; None if there is none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == part:
                return value, key.start_mark
    elif isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
        element = node.value[int(part)]
        return element, element.start_mark
    return None


class Builder:
    """Turns YAML nodes into Python values, and reports what JSON does not allow."""

    def __init__(self, loader: Loader, problems: list[Problem]) -> None:
        self._loader, self._problems = loader, problems
        # An aliased node is built once: a file cannot blow up in memory by repeating its anchors.
        self._built: dict[int, Any] = {}
        # How many elements a node has with every alias written out, as whoever walks it meets them.
        self._sizes: dict[int, int] = {}

    def build(self, node: yaml.Node) -> Any:
        """Return the value of a node; raise SourceError if it is too large."""
        if id(node) not in self._built:
            self._built[id(node)] = self._build(node)
            # (what stands twice under one name is reported, and not built)
            size = 1 + sum(self._sizes.get(id(child), 0) for child in _children(node))
            self._sizes[id(node)] = size
            if size > MAX_ELEMENTS:
                what = f"holds more than {MAX_ELEMENTS} elements once its aliases are written out"
                raise SourceError([problem_at(node.start_mark, what)])
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
        self._problems.append(problem_at(node.start_mark, what, hint))
