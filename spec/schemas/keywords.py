"""The keywords of JSON Schema: which of them hold schemas, and which judge a value.

OpenAPI 3.0 has some keywords of draft 4 in a dialect of its own; 3.1 and later have all of draft
2020-12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer

SCHEMA = frozenset(
    {
        *("items", "not", "additionalProperties", "if", "then", "else", "contains"),
        *("propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
    }
)
"""Those with one schema, or true or false."""
LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Those with an array of schemas."""
MAP = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
"""Those with schemas by name."""
ALLOWED_OR_NOT = frozenset({"additionalProperties", "unevaluatedItems", "unevaluatedProperties"})
"""Those that usually have true or false."""

OLD = frozenset(
    {
        *("type", "enum", "format", "pattern", "required", "properties", "additionalProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "items"),
        *("minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not"),
    }
)
"""Those that judge a value in OpenAPI 3.0, but for nullable."""
NEW = frozenset(
    {
        *OLD,
        *("if", "then", "else", "prefixItems", "contains", "minContains", "maxContains"),
        *("patternProperties", "propertyNames", "dependentRequired", "dependentSchemas"),
        *("unevaluatedItems", "unevaluatedProperties"),
    }
)
"""Those that judge a value in OpenAPI 3.1 and later, once `const` is an enum of one value."""


def judging(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the keywords that judge values in a document."""
    return OLD if is_old(document) else NEW


def is_old(document: Mapping[str, Any]) -> bool:
    """Whether a document has the schemas of OpenAPI 3.0."""
    return str(document.get("openapi", "3.0.")).startswith("3.0.")


def inside(schema: Mapping[str, Any]) -> Iterator[tuple[Pointer, Any]]:
    """Yield the schemas that stand directly in a schema, each with its place there."""
    for keyword, value in schema.items():
        if keyword in SCHEMA:
            yield (keyword,), value
        elif keyword in LIST and isinstance(value, list):
            yield from (((keyword, str(index)), each) for index, each in enumerate(value))
        elif keyword in MAP and isinstance(value, dict):
            yield from (((keyword, name), each) for name, each in value.items())
