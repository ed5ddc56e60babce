"""Reads `x-error-code`: the form of error bodies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..documents.pointers import split
from ..links import requirements_of
from ..model.error_form import ErrorForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from .reading import Reading


def error_form(reading: Reading) -> ErrorForm | None:
    """Return the form of the first schema with `x-error-code`, None if there is none."""
    for name, schema in reading.document.get("components", {}).get("schemas", {}).items():
        if isinstance(schema, dict) and "x-error-code" in schema:
            place = ("components", "schemas", name)
            at = (*place, "x-error-code")
            raw = schema["x-error-code"]
            return reading.attempt(
                at,
                lambda: _error_form(reading, place, raw),  # noqa: B023 - called at once
                extension=True,
            )
    return None


def _error_form(reading: Reading, place: Pointer, raw: Mapping[str, Any]) -> ErrorForm:
    at = (*place, "x-error-code")
    for member in ("member", "number", "detail"):
        if member in raw and reading.schemas.below(place, split(raw[member])) is None:
            what = f"{member} is {raw[member]}, which is not in the error schema"
            reading.report((*at, member), what)
    form = ErrorForm(
        message=split(raw["member"]),
        number=split(raw["number"]) if "number" in raw else None,
        detail=split(raw["detail"]) if "detail" in raw else None,
        template=raw["template"],
        pattern=re.compile(raw["pattern"]),
        denied=tuple(raw.get("denied", ())),
        statuses={code: tuple(numbers) for code, numbers in raw.get("statuses", {}).items()},
        requirements=requirements_of(raw),
        schema=reading.schemas.at(place),
    )
    for code in dict.fromkeys((*form.denied, *form.statuses)):
        if form.read(form.write(code, "text")) != code:
            what = f"pattern does not find {code!r} again in what template makes of it"
            reading.report((*at, "pattern"), what, "Its first group is the code, {code}")
            break
    return form
