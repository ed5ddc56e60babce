"""The extensions of the contract: whether each has the shape that its reader counts on.

OpenAPI lets anything stand under a name that begins with `x-`. Each extension read here has a
JSON schema of its own, so that a misspelled member is found as one, with its line.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from .describing import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .source import Pointer

_TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}
_POINTER = {"type": "string", "pattern": "^(/.*)?$"}
_TABLE = {"type": "object", "additionalProperties": _TEXT}


def _members(required: Mapping[str, Any], optional: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


_LAW = _members(
    {"rule": _TEXT, "message": _TEXT},
    {"requirement": _TEXT, "when": _TEXT, "messageExpression": _TEXT, "fieldPath": _POINTER},
)
_HEADER = _members({"value": _TEXT}, {"description": _TEXT, "x-requirement": _TABLE})
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "x-requirement": {"type": ["string", "object"], "additionalProperties": _TEXT},
    "x-validations": {"type": "array", "items": _LAW},
    "x-required-headers": {"type": "object", "additionalProperties": _HEADER},
    "x-pagination": _members(
        {
            "page": _TEXT,
            "size": _TEXT,
            "currentPage": _POINTER,
            "totalItems": _POINTER,
            "totalPages": _POINTER,
            "items": _POINTER,
            "key": _POINTER,
        },
        {
            "oversize": {"enum": ["reject", "clamp"]},
            "pastEnd": {"enum": ["empty", "reject"]},
            "x-requirement": _TABLE,
        },
    ),
    "x-error-code": _members(
        {"member": _POINTER, "template": _TEXT, "pattern": _TEXT},
        {
            "number": _POINTER,
            "detail": _POINTER,
            "denied": {"type": "array", "items": _TEXT},
            "statuses": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 100, "maximum": 599},
                },
            },
            "x-requirement": _TABLE,
        },
    ),
    "x-unknown": _TEXT,
    "x-personal": {"type": "boolean"},
}


def problems(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Give where the extensions of one element of a contract are not as they have to be, and how.

    `element` is the object at `place`; what stands deeper in it is not looked at, unless it
    belongs to one of its extensions.
    """
    for name in (name for name in _SCHEMAS if name in element):
        at = (*place, name)
        for error in _validator(name).iter_errors(element[name]):
            inner = tuple(str(part) for part in error.instance_path)
            yield (*at, *inner), f"{name}: {error.message}{_allowed(name, error)}"
    if "x-validations" in element:
        for what in _out_of_sight(place, element):
            yield (*place, "x-validations"), f"x-validations has no effect {what}"


def _out_of_sight(place: Pointer, element: Mapping[str, Any]) -> Iterator[str]:
    """Say why laws at a place would never be looked at, if that is so."""
    if {"content", "schema", "responses"} & element.keys():
        yield "here; it belongs on a schema"
    for before, part in pairwise(("", *place)):
        # Which branch a value took is not known; and a property may have such a name.
        if part in _BRANCHES and before != "properties":
            yield f"below {part}; put it on the schema that has {part}"


_BRANCHES = frozenset({"anyOf", "oneOf", "not", "additionalProperties"})


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(dict(_SCHEMAS[name]))


def _allowed(name: str, error: jsonschema_rs.ValidationError) -> str:
    """Name the members there are, for a member that is not among them or is missing."""
    if error.kind.name not in {"additionalProperties", "required"}:
        return ""
    schema: Any = _SCHEMAS[name]
    for part in error.schema_path[:-1]:
        schema = schema[part]
    required = schema["required"]
    optional = [member for member in schema["properties"] if member not in required]
    return f". It has {joined(required, 'and')}; it may have {joined(optional, 'and')}"
