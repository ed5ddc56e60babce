"""Serializations: a value as a request carries it, and the value that a request carries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..documents import json_text
from ..model.media import is_json
from .faults import ParameterFault, UnwritableError
from .received import received_of
from .shape import Shape
from .styles import style_of
from .texts import texts_of, values_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from ..documents.pointers import Pointer
    from .received import Pairs, Received
    from .styles import Style
    from .texts import Tree

_TEXT = Shape()


@dataclass(frozen=True, slots=True)
class Serialization:
    """Writes and reads the values of a shape, in 'path', 'query', 'header' or 'cookie'.

    `explode` is what the contract says about it. With `json`, what the style writes is the JSON
    text of a value.
    """

    location: str
    style: Style
    shape: Shape
    explode: bool = False
    json: bool = False

    def write(self, value: Any) -> Pairs:
        """Return the raw names and values of a value; none for null, which is not sent.

        Raises UnwritableError if it would be read as another value.
        """
        if value is None and not self.json:
            return ()
        tree: Tree = _json(value) if self.json else texts_of(value)
        pairs = self.style.write(tree)
        if tree not in self.style.read(received_of(self.location, pairs), self._written):
            raise UnwritableError("it would be read as another value")
        return pairs

    def names(self, received: Received) -> list[str]:
        """Return the names of the pairs that belong to it, [] if the request has none."""
        return self.style.names(received, self._written)

    def read(self, received: Received) -> Iterator[tuple[Tree | None, Any]]:
        """Yield the values that a request can mean, each with its texts, or ParameterFaults."""
        for tree in self.style.read(received, self._written):
            if isinstance(tree, ParameterFault):
                yield None, tree
            else:
                yield tree, _parsed(tree) if self.json else values_of(tree, self.shape)

    @property
    def is_bare(self) -> bool:
        """Whether a plain value is written without anything around it."""
        return not self.json and self.style.write("1")[0][1] == "1"

    @property
    def _written(self) -> Shape:
        return _TEXT if self.json else self.shape


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise UnwritableError("it is not a value of JSON") from None


def _parsed(tree: Tree) -> Any:
    try:
        return json_text.read(str(tree))
    except (ValueError, RecursionError):
        return ParameterFault.MALFORMED


def is_ignored(raw: Mapping[str, Any], keys: Container[tuple[str, str]]) -> bool:
    """Whether a parameter is one of the headers that OpenAPI ignores, or carries a credential.

    `keys` are the places and names of the keys that the security of the operation asks for, which
    says what they have to be.
    """
    place, name = str(raw.get("in")), str(raw.get("name"))
    if place == "header":
        return name.lower() in _IGNORED or (place, name.lower()) in keys
    return (place, name) in keys


def schema_place(raw: Mapping[str, Any], place: Pointer) -> Pointer:
    """Return the place of the schema of a parameter at a place: its own, or that of its content."""
    if "schema" in raw:
        return (*place, "schema")
    for media_type, content in raw.get("content", {}).items():
        inside = ("schema",) if "schema" in content else ()
        return (*place, "content", media_type, *inside)
    raise ValueError("a parameter needs a schema or content")


def serialization_of(
    raw: Mapping[str, Any], shape: Shape, others: frozenset[str] = frozenset()
) -> Serialization:
    """Return how a parameter of a contract is written; `others` are those in the same place.

    Raises ValueError for a style that its place does not have.
    """
    in_json = "schema" not in raw and any(map(is_json, raw.get("content", {})))
    location, style = raw["in"], raw.get("style")
    form = style in _EXPLODED or (style is None and location in {"query", "cookie"})
    explode = bool(raw.get("explode", form))
    reserved = raw.get("allowReserved") is True
    written = style_of(
        raw["name"], location, style, explode=explode, reserved=reserved, others=others
    )
    return Serialization(location, written, shape, explode, in_json)


_IGNORED = {"accept", "content-type", "authorization"}
_EXPLODED = {"form", "cookie"}
