"""Dialects: OpenAPI 3.1 and 3.2 in the words of 3.0, for all modules that read a contract.

What 3.0 has a word for, gets it: a type that may be null is `nullable`, `const` an enum of one
value, an exclusive bound a bound with true beside it, and the first of several `examples` the
example. Every other keyword of JSON Schema stays as it is, so each value is as valid as before.
Elements stay at their places, unless a keyword has to move into an allOf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import join
from .keywords import ALLOWED_OR_NOT, LIST, MAP, SCHEMA, inside, is_old

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..documents.pointers import Pointer
    from ..documents.source import Source

_NAMED = frozenset(
    {
        *("paths", "webhooks", "callbacks", "pathItems", "responses", "headers", "content"),
        *("schemas", "parameters", "requestBodies", "links", "securitySchemes", "mediaTypes"),
        *("examples", "encoding", "additionalOperations"),
    }
)
"""Members of OpenAPI's objects in which names lead to elements, whatever the names are."""
_SCHEMAS = frozenset({"schema", "itemSchema"})
_DATA = frozenset({"example", "value", "dataValue", "default", "enum", "const", "mapping"})
_SAYS_NOTHING = frozenset({"$ref", "description", "summary", "title", "$comment", "deprecated"})
"""What may stand beside a $ref without a part in what is valid."""
_BRANCHES = ("anyOf", "oneOf")
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == value // 1,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_BOUNDS = (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min))


def normalized(source: Source) -> Source:
    """Return a contract in the words of OpenAPI 3.0; the same one if it has them already."""
    document = source.value
    if not isinstance(document, dict) or is_old(document):
        return source
    return source.with_value(_Normalizer(document).document)


class _Normalizer:
    def __init__(self, document: dict[str, Any]) -> None:
        self._anchors = dict(_anchors(document))
        self.document = {"paths": {}, **self._element(document)}

    def _element(self, element: Any) -> Any:
        """Write an element of OpenAPI that is no schema; the same one if nothing changes."""
        if isinstance(element, list):
            return _same(element, [self._element(each) for each in element])
        if not isinstance(element, dict):
            return element
        written = {name: self._member(name, value) for name, value in element.items()}
        if "dataValue" in element and "value" not in element:
            written["value"] = element["dataValue"]
        return _same(element, written)

    def _member(self, name: str, value: Any) -> Any:
        if name in _DATA or name.startswith("x-"):
            return value
        if name in _SCHEMAS:
            return self.schema(value)
        if name in _NAMED and isinstance(value, dict):
            write: Callable[[Any], Any] = self.schema if name == "schemas" else self._element
            if name == "callbacks":  # names lead to objects in which expressions lead to paths
                write = self._paths
            return _same(value, {each: write(inner) for each, inner in value.items()})
        return self._element(value)

    def _paths(self, value: Any) -> Any:
        return self._member("paths", value)

    def schema(self, schema: Any) -> Any:
        """Write a schema; the same one if nothing changes."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not isinstance(schema, dict):
            return schema
        written = {keyword: self._keyword(keyword, value) for keyword, value in schema.items()}
        written.pop("nullable", None)  # means nothing any more
        if isinstance(schema.get("items"), list):  # an array of fixed elements in older drafts
            written["prefixItems"] = written.pop("items")
        _write_reference(written)
        _write_values(written)
        _write_type(written)
        _write_bounds(written)
        _write_content(written)
        return _same(schema, written)

    def _keyword(self, keyword: str, value: Any) -> Any:
        if keyword in {"$ref", "$dynamicRef"}:
            return self._anchors.get(value, value) if isinstance(value, str) else value
        if keyword in LIST and isinstance(value, list):
            return _same(value, [self.schema(each) for each in value])
        if keyword in MAP and isinstance(value, dict):
            return _same(value, {name: self.schema(each) for name, each in value.items()})
        if keyword == "items" and isinstance(value, list):
            return [self.schema(each) for each in value]
        if keyword in SCHEMA and not (keyword in ALLOWED_OR_NOT and isinstance(value, bool)):
            return self.schema(value)
        return value


def _same(before: Any, after: Any) -> Any:
    """Return what stood there before if nothing changed, so that both share one object."""
    if len(before) != len(after):
        return after
    if isinstance(before, list):
        changed = any(one is not other for one, other in zip(before, after, strict=True))
    else:
        changed = any(name not in before or before[name] is not after[name] for name in after)
    return after if changed else before


def _write_reference(written: dict[str, Any]) -> None:
    """Move a $ref into an allOf if something beside it has a say."""
    if "$dynamicRef" in written:
        written.setdefault("$ref", written.pop("$dynamicRef"))
    beside = (word for word in written if word not in _SAYS_NOTHING and not word.startswith("x-"))
    if isinstance(written.get("$ref"), str) and any(beside):
        _also(written, {"$ref": written.pop("$ref")})


def _also(written: dict[str, Any], schema: dict[str, Any]) -> None:
    # At the end, for the others keep their places.
    others = written.get("allOf")
    written["allOf"] = [*(others if isinstance(others, list) else ()), schema]


def _write_values(written: dict[str, Any]) -> None:
    if "const" in written:
        value = written.pop("const")
        allowed = written.get("enum")
        if not isinstance(allowed, list) or value in allowed:
            written["enum"] = [value]
        else:
            _also(written, {"enum": [value]})
    examples = written.get("examples")
    if isinstance(examples, list) and examples:
        written.setdefault("example", examples[0])


def _write_type(written: dict[str, Any]) -> None:
    """Write an array of types as one that may be null, or as branches."""
    names = written.get("type")
    if not isinstance(names, list):
        return
    types = [str(name) for name in dict.fromkeys(map(str, names))]
    if "number" in types and "integer" in types:
        types.remove("integer")
    values = written.get("enum")
    if isinstance(values, list):
        tests = [_TYPES[name] for name in types if name in _TYPES]
        values = [value for value in values if any(test(value) for test in tests)]
        written["enum"] = values
        types = [name for name in types if name not in _TYPES or any(map(_TYPES[name], values))]
    rest = [name for name in types if name != "null"]
    if len(rest) == 1:
        written["type"] = rest[0]
        if "null" in types:
            written["nullable"] = True
        return
    del written["type"]
    if not rest:
        if types or not names:
            written["type"] = "null"
    elif set(types) != _TYPES.keys() - {"integer"}:  # all of them exclude nothing
        branches = [{"type": name} for name in types]
        if any(keyword in written for keyword in _BRANCHES):
            _also(written, {"anyOf": branches})
        else:
            written["anyOf"] = branches


def _write_bounds(written: dict[str, Any]) -> None:
    """Write a bound that is exclusive beside the bound, as OpenAPI 3.0 has it."""
    for bound, exclusive, stricter in _BOUNDS:
        limit: Any = written.get(exclusive)
        other: Any = written.get(bound)
        if not _is_number(limit):
            continue
        if _is_number(other) and other != limit and stricter(other, limit) == other:
            del written[exclusive]
        else:
            written[bound], written[exclusive] = limit, True


def _write_content(written: dict[str, Any]) -> None:
    if "format" in written:
        return
    if written.get("contentEncoding") == "base64":
        written["format"] = "byte"
    elif written.get("contentMediaType") == "application/octet-stream":
        written["format"] = "binary"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _anchors(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a $ref may say instead of a JSON pointer, and the pointer that it stands for."""
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    ahead: list[tuple[Pointer, Any]] = [
        (("components", "schemas", name), schema)
        for name, schema in (schemas.items() if isinstance(schemas, dict) else ())
    ]
    while ahead:
        place, schema = ahead.pop()
        if not isinstance(schema, dict):
            continue
        for keyword in ("$dynamicAnchor", "$anchor"):
            if isinstance(schema.get(keyword), str):
                yield f"#{schema[keyword]}", f"#{join(place)}"
        if isinstance(schema.get("$id"), str):
            yield schema["$id"], f"#{join(place)}"
        ahead += [((*place, *step), each) for step, each in inside(schema)]
