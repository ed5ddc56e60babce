"""A description as plain data, read without the package: its operations, and its references."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DEEPEST = 40


@dataclass(frozen=True)
class Place:
    """An element of a description: its value, its file, and its JSON pointer there."""

    file: Path
    pointer: str
    value: Any

    def __truediv__(self, name: str | int) -> Place:
        """Return the member with a name, references followed; its value is None without one."""
        members = self.value
        if isinstance(members, list):
            value = members[int(name)]
        else:
            value = members.get(name) if isinstance(members, dict) else None
        escaped = str(name).replace("~", "~0").replace("/", "~1")
        return Place(self.file, f"{self.pointer}/{escaped}", value).followed()

    def followed(self) -> Place:
        """Return what a reference refers to, or the place itself."""
        place = self
        for _ in range(_DEEPEST):
            reference = place.value.get("$ref") if isinstance(place.value, dict) else None
            if not isinstance(reference, str):
                return place
            name, _, escaped = reference.partition("#")
            pointer = unquote(escaped)
            if "://" in name:
                return Place(place.file, place.pointer, None)
            file = (place.file.parent / name).resolve() if name else place.file
            value = _get(read(file), pointer)
            place = Place(file, pointer, value)
        return Place(place.file, place.pointer, None)

    def items(self) -> Iterator[tuple[str, Place]]:
        """Yield the members of an object, references followed."""
        if isinstance(self.value, dict):
            for name in self.value:
                yield str(name), self / name

    def each(self) -> Iterator[Place]:
        """Yield the items of an array, references followed."""
        if isinstance(self.value, list):
            for position in range(len(self.value)):
                yield self / position


@dataclass(frozen=True)
class Described:
    """An operation of a description."""

    path: str
    method: str
    item: Place
    at: Place
    root: Place

    @property
    def name(self) -> str:
        """Its method and path: 'GET /pets'."""
        return f"{self.method.upper()} {self.path}"

    @cached_property
    def parameters(self) -> list[Place]:
        """Its parameters, and those of its path that it does not replace."""
        found = {}
        for place in (*(self.item / "parameters").each(), *(self.at / "parameters").each()):
            if isinstance(place.value, dict):
                found[place.value.get("in"), place.value.get("name")] = place
        return list(found.values())

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """The alternatives of its security."""
        own = (self.at / "security").value
        return (own if own is not None else (self.root / "security").value) or []

    def response(self, status: int) -> Place | None:
        """Return the declared response for a status, None without one."""
        responses = {str(name): place for name, place in (self.at / "responses").items()}
        for name in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if name in responses:
                return responses[name]
        return None


def read(file: Path) -> Any:
    """Return the content of a JSON or YAML file."""
    return _read(file.resolve())


@cache
def _read(file: Path) -> Any:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        return json.loads(text)
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def operations(file: Path) -> list[Described]:
    """Return the operations of a description."""
    root = Place(file.resolve(), "", read(file))
    return [
        Described(path, method, item, item / method, root)
        for path, item in (root / "paths").items()
        for method in METHODS
        if isinstance(item.value, dict) and method in item.value
    ]


def _get(value: Any, pointer: str) -> Any:
    for part in filter(None, pointer.split("/")):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
