"""A contract in several files: what a `$ref` finds in another file becomes a component.

Only files below the folder of the contract are read, and none by network. The result is one
document, whose elements know the file and the line that they are from.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from .draft import Draft
from .pointers import get, join, objects, split
from .problems import SourceError
from .source import MAX_BYTES, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pointers import Pointer
    from .problems import Problem

_MOST_FILES, _MOST_PROBLEMS = 2000, 100
# What the elements below a name are, as the components have it.
_KINDS = frozenset(
    {"responses", "headers", "examples", "links", "callbacks", "requestBodies", "securitySchemes"}
)
_UNNAMED = re.compile(r"[^A-Za-z0-9._-]+")


def joined(source: Source) -> Source:
    """Return a contract as one document; raise SourceError if a file cannot be used for it."""
    if not isinstance(source.value, dict):
        return source
    away = [] if source.is_closed else list(_away(source.value, ()))
    items = [path for path, item in _paths(source.value) if "$ref" in item]
    return _Joined(source).document(away, items) if away or items else source


def _paths(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if isinstance(item, dict):
            yield path, item


def _away(element: Any, place: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Yield the references to other files, with their places."""
    for at, each in objects(element, place):
        reference = each.get("$ref")
        if isinstance(reference, str) and _is_file(reference):
            yield at, reference


def _is_file(reference: str) -> bool:
    try:
        parts = urlsplit(reference)
    except ValueError:
        return False
    # An address is refused where references are checked, unless it is the $id of a schema.
    return not (parts.scheme or parts.netloc) and parts.path != ""


class _Joined:
    def __init__(self, source: Source) -> None:
        self._source, self._folder = source, source.path.parent.resolve()
        self._own = self._folder / source.path.name
        self._real = {self._folder, self._own.resolve().parent}
        self._files: dict[Path, Source] = {self._own: source}
        self._size = 0
        self._draft = Draft(source.value)
        self._known: dict[tuple[Path, str, str], str] = {}
        self._parts: dict[Pointer, tuple[Source, Pointer]] = {}
        self._problems: list[Problem] = []
        self._ahead: list[tuple[Path, Pointer, Any]] = []

    def document(self, away: list[tuple[Pointer, str]], items: list[str]) -> Source:
        for path in items:
            self._write_path(path)
        written = {("paths", path) for path in items}
        for place, reference in away:
            if place[:2] not in written:
                self._write(self._own, place, reference)
        while self._ahead and len(self._problems) < _MOST_PROBLEMS:
            self._write_inside(*self._ahead.pop())
        if self._problems:
            raise SourceError(self._problems)
        whole = self._source.with_value(self._draft.document)
        if whole is self._source:
            return whole
        others = [each for path, each in self._files.items() if path != self._own]
        digests = "".join([self._source.digest, *sorted(each.digest for each in others)])
        whole.parts, whole.files = self._parts, {each.path: each.digest for each in others}
        if others:
            whole.digest = hashlib.sha256(digests.encode()).hexdigest()
        return whole

    def _write_path(self, path: str) -> None:
        """Write a path item in the place of the reference to it."""
        place: Pointer = ("paths", path)
        file, seen = self._own, set()
        own = get(self._source.value, place)
        item, at = own, place
        while isinstance(item, dict) and isinstance(item.get("$ref"), str):
            reference = item["$ref"]
            found = None if (file, reference) in seen else self._find(file, place, reference)
            if found is None:
                return
            seen.add((file, reference))
            file, at, item = found
        if isinstance(item, dict):
            beside = {name: value for name, value in own.items() if name != "$ref"}
            self._draft.put(place, {**item, **beside})
            self._parts[place] = (self._files[file], at)
            self._ahead.append((file, place, item))

    def _write_inside(self, file: Path, place: Pointer, element: Any) -> None:
        """Write the references below an element that is from a file."""
        for at, each in list(objects(element, place)):
            reference = each.get("$ref")
            if not isinstance(reference, str):
                continue
            if _is_file(reference) or (reference.startswith("#") and file != self._own):
                self._write(file, at, reference)

    def _write(self, file: Path, place: Pointer, reference: str) -> None:
        """Write a reference at a place as one to a component of this document."""
        found = self._find(file, place, reference)
        if found is None:
            return
        target, at, element = found
        if target == self._own:
            self._draft.put((*place, "$ref"), f"#{join(at)}")
            return
        kind = _kind(place)
        key = (target, join(at), kind)
        if key not in self._known:
            self._prepare(kind)
            name = self._known[key] = self._name(target, at, kind)
            new: Pointer = ("components", kind, name)
            self._draft.put(new, element)
            self._parts[new] = (self._files[target], at)
            self._ahead.append((target, new, element))
        name = self._known[key]
        self._draft.put((*place, "$ref"), f"#{join(('components', kind, name))}")

    def _prepare(self, kind: str) -> None:
        """Make room for components of a kind; what has another type there is replaced."""
        for place in (("components",), ("components", kind)):
            around = self._draft.around(place)
            if not isinstance(around.get(place[-1]), dict):
                around[place[-1]] = {}

    def _name(self, file: Path, at: Pointer, kind: str) -> str:
        name = _UNNAMED.sub("_", at[-1] if at else file.stem) or "_"
        taken = self._draft.document["components"][kind]
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        return free

    def _find(self, file: Path, place: Pointer, reference: str) -> tuple[Path, Pointer, Any] | None:
        """Return what a reference leads to, or report why it leads nowhere."""
        parts = urlsplit(reference)
        path = file
        if parts.path:
            # By names, as addresses are: the file that a link leads to is known by the link's name.
            path = Path(os.path.normpath(file.parent / unquote(parts.path)))
            if not self._is_inside(path):
                what = f"leads out of the folder {self._folder}, to which a contract is limited"
                self._report(place, reference, what)
                return None
            if not self._read(path, place, reference):
                return None
        try:
            at = split(unquote(parts.fragment))
            return path, at, get(self._files[path].value, at)
        except (LookupError, ValueError):
            if path != self._own:
                self._report(place, reference, "leads nowhere")
            return None

    def _is_inside(self, path: Path) -> bool:
        real = path.resolve()
        return path.is_relative_to(self._folder) and any(map(real.is_relative_to, self._real))

    def _read(self, path: Path, place: Pointer, reference: str) -> bool:
        if path in self._files:
            return True
        if len(self._files) > _MOST_FILES or self._size > MAX_BYTES:
            what = f"leads to more than {_MOST_FILES} files or {MAX_BYTES} bytes"
            self._report(place, reference, what)
            return False
        try:
            shown = self._source.path.parent / path.relative_to(self._folder)
            self._files[path] = Source.read(shown)
            self._size += path.stat().st_size
        except SourceError as error:
            self._report(place, reference, f"leads to a file that cannot be used: {error}")
            return False
        return True

    def _report(self, place: Pointer, reference: str, what: str) -> None:
        whole = self._source.with_value(self._draft.document)
        whole.parts = self._parts
        self._problems.append(whole.problem((*place, "$ref"), f"$ref {reference!r} {what}"))


def _kind(place: Pointer) -> str:
    """Return what an element is, as the components have it, by its place."""
    around, before, last = ("", "", *place)[-3:]
    if last == "requestBody":
        return "requestBodies"
    if before == "parameters" and (last.isdecimal() or around == "components"):
        return "parameters"
    return before if before in _KINDS and around != "properties" else "schemas"
