"""Reads the security schemes and the required headers of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import follow
from ..links import requirements_of
from ..model.operation import RequiredHeader
from ..model.schemes import SecurityScheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from .reading import Reading


def security(
    reading: Reading, place: Pointer, raw: Mapping[str, Any]
) -> tuple[tuple[SecurityScheme, ...], ...]:
    """Return the alternatives, each with the security schemes that it needs together."""
    own = "security" in raw
    alternatives = raw["security"] if own else reading.document.get("security", [])
    at = (*place, "security") if own else ("security",)
    return tuple(
        tuple(found for name in each if (found := _scheme(reading, at, name)))
        for each in alternatives
    )


def _scheme(reading: Reading, asked: Pointer, name: str) -> SecurityScheme | None:
    start = ("components", "securitySchemes", name)
    try:
        _, raw = follow(reading.document, start)
    except LookupError:
        what = f"the security scheme {name!r} is not under securitySchemes"
        reading.warn(asked, what, "It is ignored: requests need no credential for it")
        return None
    if raw.get("type") == "mutualTLS":
        return None  # the connection proves who the client is, and no request does
    example = raw.get("x-example")
    return SecurityScheme(
        id=name,
        kind=str(raw.get("type", "")),
        location=str(raw.get("in", "header")),
        name=str(raw.get("name", "Authorization")),
        scheme=str(raw.get("scheme", "")).lower(),
        example=None if example is None else str(example),
        requirements=requirements_of(raw),
    )


def required_headers(
    reading: Reading, place: Pointer, raw: Mapping[str, Any]
) -> tuple[RequiredHeader, ...]:
    """Return the headers of `x-required-headers`."""
    headers = []
    for name, header in raw.get("x-required-headers", {}).items():
        if isinstance(header, dict) and isinstance(header.get("value"), str):
            headers.append(RequiredHeader(name, header["value"], requirements_of(header)))
        else:
            reading.report((*place, "x-required-headers", name), f"{name} needs the member value")
    return tuple(headers)
