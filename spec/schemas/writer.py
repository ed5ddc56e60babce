"""Writes the schemas of a contract as JSON Schema (draft 2020-12), each with what it refers to."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..documents.pointers import follow, get, join
from . import bounds
from .keywords import ALLOWED_OR_NOT, LIST, MAP, SCHEMA, is_old, judging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer

_IN_FRAGMENTS = "/~:@!$&'()*+,;=?"
"""What a URI may have after its # as it is."""


class Direction(Enum):
    """The direction of a body; readOnly and writeOnly members are required in only one of them."""

    REQUEST = "writeOnly"
    RESPONSE = "readOnly"


class Writer:
    """Writes schemas for one direction; a schema that several refer to is written once."""

    def __init__(self, document: Mapping[str, Any], direction: Direction) -> None:
        self._document = document
        self._hidden = Direction.REQUEST if direction is Direction.RESPONSE else Direction.RESPONSE
        self._keywords, self._is_old = judging(document), is_old(document)
        self._written: dict[Pointer, dict[str, Any]] = {}
        self._references: dict[Pointer, dict[Pointer, None]] = {}
        self._found: dict[Pointer, None] = {}

    def whole(self, place: Pointer) -> dict[str, Any]:
        """Return the schema at a place, with all that it refers to under `$defs`.

        Raises BrokenReferenceError, and ValueError for what is not a schema.
        """
        schema = self._at(place)
        needed = dict(self._references[place])
        ahead = list(needed)
        while ahead:
            each = ahead.pop()
            self._at(each)
            more = [target for target in self._references[each] if target not in needed]
            needed.update(dict.fromkeys(more))
            ahead += more
        definitions = {join(each): self._written[each] for each in needed}
        return {**schema, "$defs": definitions} if definitions else schema

    def _at(self, place: Pointer) -> dict[str, Any]:
        """Write the schema at a place, and note what it refers to."""
        if place not in self._written:
            self._found = {}
            self._written[place] = self._schema(get(self._document, place), place)
            self._references[place] = self._found
        return self._written[place]

    def _schema(self, schema: Any, place: Pointer) -> dict[str, Any]:
        if not isinstance(schema, dict):
            raise ValueError(f"{join(place)} is not a schema")  # noqa: TRY004 - wrong text, not code
        if "$ref" in schema:
            target, _ = follow(self._document, place)
            self._found[target] = None
            return {"$ref": f"#{quote(join(('$defs', join(target))), safe=_IN_FRAGMENTS)}"}
        written = {
            keyword: self._keyword(keyword, value, place)
            for keyword, value in schema.items()
            if keyword in self._keywords
        }
        bounds.rewrite(schema, written)
        self._forget_hidden(schema, written, place)
        if self._is_old and "anyOf" not in written and _is_discriminated(schema):
            # One member says which branch is meant, so others may fit as well.
            written["anyOf"] = written.pop("oneOf")
        if schema.get("nullable") is True:
            return self._nullable(written)
        return written

    def _keyword(self, keyword: str, value: Any, place: Pointer) -> Any:
        inside = (*place, keyword)
        if keyword in LIST:
            return [self._schema(each, (*inside, str(i))) for i, each in enumerate(value)]
        if keyword in MAP:
            return {name: self._schema(each, (*inside, name)) for name, each in value.items()}
        if keyword in SCHEMA and not (keyword in ALLOWED_OR_NOT and isinstance(value, bool)):
            return self._schema(value, inside)
        return value

    def _forget_hidden(
        self, schema: dict[str, Any], written: dict[str, Any], place: Pointer
    ) -> None:
        """Remove from `required` what is never sent in this direction."""
        hidden = set()
        for name in schema.get("properties", {}):
            _, member = follow(self._document, (*place, "properties", name))
            if isinstance(member, dict) and member.get(self._hidden.value) is True:
                hidden.add(name)
        if hidden & set(written.get("required", ())):
            written["required"] = [name for name in written["required"] if name not in hidden]

    def _nullable(self, written: dict[str, Any]) -> dict[str, Any]:
        if not self._is_old:  # the other keywords hold for null, too
            return {**written, "type": [written["type"], "null"]}
        if "type" not in written or {"allOf", "oneOf", "not"} & written.keys():
            return {"anyOf": [written, {"type": "null"}]}
        written["type"] = [written["type"], "null"]
        if "enum" in written and None not in written["enum"]:
            written["enum"] = [*written["enum"], None]
        if "anyOf" in written:
            written["anyOf"] = [*written["anyOf"], {"type": "null"}]
        return written


def _is_discriminated(schema: Mapping[str, Any]) -> bool:
    discriminator = schema.get("discriminator")
    return "oneOf" in schema and isinstance(discriminator, dict) and "propertyName" in discriminator
