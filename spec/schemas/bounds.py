"""Bounds of numbers: those that a schema states, and those that follow from its format.

If bounds have a requirement of their own (`x-requirement` with `bounds`), they become a law: only
this requirement fails for a value outside, which is valid for the rest of the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..describing import bounds, joined
from ..laws.expressions import LawError
from ..links import requirements_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer

OWN = "bounds"
"""The condition that links the bounds of a schema to a requirement."""

_BITS = {"int32": 32, "int64": 64}
_EXACT = 2**53
_COMPARED = (("minimum", ">=", ">"), ("maximum", "<=", "<"))
_KEYWORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})


def rewrite(schema: Mapping[str, Any], written: dict[str, Any]) -> None:
    """Write the bounds of an OpenAPI 3.0 schema as JSON Schema has them, without those of a law."""
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if isinstance(schema.get(exclusive), bool):
            # OpenAPI 3.0 has true beside the bound where JSON Schema has the bound itself.
            del written[exclusive]
            if schema[exclusive] and bound in written:
                written[exclusive] = written.pop(bound)
    if OWN in requirements_of(schema):
        for keyword in _KEYWORDS & written.keys():
            del written[keyword]
    bits = _BITS.get(str(schema.get("format"))) if schema.get("type") == "integer" else None
    if bits is not None:
        least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        written["minimum"] = max(least, written.get("minimum", least))
        written["maximum"] = min(most, written.get("maximum", most))


def of_format(schema: Mapping[str, Any], keyword: str) -> str:
    """Return in words the bound that follows from the format, or '' if the schema states it."""
    bits = _BITS.get(str(schema.get("format")))
    return f"within {bits} bits" if bits and keyword in _KEYWORDS - schema.keys() else ""


def is_inexact(request: Mapping[str, Any]) -> bool:
    """Whether a request has an integer that some readers round, so that its response may as well.

    Beyond 53 bits not every reader of JSON knows an integer exactly (RFC 8259, section 6).
    """
    return any(isinstance(each, int) and abs(each) > _EXACT for each in request.values())


def laws(schema: Mapping[str, Any], place: Pointer) -> Iterator[Mapping[str, Any]]:
    """Yield the law that a schema makes of its bounds, if it links them to a requirement."""
    ids = requirements_of(schema)
    if OWN not in ids:
        return
    rules = [
        f"self {strict if schema.get(f'exclusive{bound.capitalize()}') else loose} {schema[bound]}"
        for bound, loose, strict in _COMPARED
        if bound in schema
    ]
    if not rules:
        what = f"{OWN} needs a minimum or a maximum in the schema"
        raise LawError(what, (*place, "x-requirement", OWN))
    name = place[-1]
    yield {
        "requirement": ids[OWN],
        "reads": [""],
        "when": "self != null",
        "rule": " && ".join(rules),
        "message": f"{name} is {joined(bounds(schema), 'and')}",
        "messageExpression": f"'{name} is ' + string(self)",
    }
