"""YAML and JSON files, read with the line of every element."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml
from yaml.reader import ReaderError

from .json_lines import JsonLines, value_of
from .problems import Problem, SourceError
from .yaml_nodes import Builder, Loader, child, may_be_json, nodes, problem_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .pointers import Pointer

# What is larger than this is no contract; YAML takes a hundred times as long to read as JSON.
MAX_BYTES, MAX_YAML_BYTES = 64_000_000, 16_000_000
_OUT = re.compile(r'"\$ref"\s*:\s*"[^#"]')


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
    def of_nodes(cls, path: Path, digest: str, root: yaml.Node, loader: Loader) -> Source:
        """Return a file of YAML nodes; raise SourceError for what JSON does not have."""
        problems: list[Problem] = []
        value = Builder(loader, problems).build(root)
        if problems:
            raise SourceError(problems)
        return cls(path, digest, value, root)

    @property
    def root(self) -> yaml.Node:
        """The root of its YAML nodes."""
        if isinstance(self._lines, JsonLines):
            return nodes(self._lines.text.encode(), self.path)[0]
        return self._lines

    def replaced(self, root: yaml.Node, digest: str) -> Source:
        """Return this file with other nodes; each node keeps the file and the line it is from."""
        return Source.of_nodes(self.path, digest, root, Loader(b""))

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
        if may_be_json(data, path):
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
            return cls.of_nodes(path, digest, *nodes(data, path))
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
        return replace(problem_at(self._found(pointer)[1], what, hint), place=place)

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
            found = child(node, str(part))
            if found is None:
                break
            node, mark = found
        return node, mark
