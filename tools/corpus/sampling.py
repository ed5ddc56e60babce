"""A value for a schema: its example, or the plainest value that the schema allows."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, find, settings, strategies
from hypothesis.errors import HypothesisException
from validator import UnjudgedError, mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from document import Place

_FORMATS = {
    "date": "2024-05-17",
    "date-time": "2024-05-17T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P1D",
    "email": "siti@example.com",
    "uuid": "3f2b8c1e-6d4a-4c0b-9a53-1f0e7d5a9b21",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ip": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "YQ==",
    "password": "password",
}
_DEEPEST, _BRANCHES, _LONGEST = 12, 4, 10_000


class NoSampleError(Exception):
    """No valid value was found for a schema."""


def sample(schema: Place, version: str, *, empty: bool = True) -> Any:
    """Return the first candidate that the validator accepts. Raises NoSampleError.

    Without `empty`, one with members and items is preferred: styles and forms write no empty ones.
    """
    wrong, found = "", []
    for value in candidates(schema):
        try:
            wrong = mistake(value, schema, version=version, sent=True)
        except UnjudgedError:
            return value
        if not wrong:
            if empty or not _has_empty(value):
                return value
            found.append(value)
    if found:
        return found[0]
    raise NoSampleError(wrong)


def _has_empty(value: Any) -> bool:
    """Whether a value, or a member of it, is empty."""
    members = value.values() if isinstance(value, dict) else ()
    return any(each in ({}, [], "") for each in (value, *members))


def candidates(schema: Place) -> Iterator[Any]:
    """Yield values for a schema, the most likely one first."""
    value = schema.value if isinstance(schema.value, dict) else {}
    yield from _shown(value)
    for branch in range(_BRANCHES):
        for full in (False, True):
            yield _Maker(branch, full=full).made(schema, 0)


def _shown(value: dict[str, Any]) -> Iterator[Any]:
    for name in ("example", "default", "const"):
        if value.get(name) is not None:
            yield value[name]
    for name in ("examples", "enum"):
        found = value.get(name)
        if isinstance(found, list):
            yield from (each for each in found if each is not None)


class _Maker:
    """Makes values with all members or the required ones, and one of the branches of oneOf."""

    def __init__(self, branch: int, *, full: bool) -> None:
        self._branch, self._full = branch, full

    def made(self, schema: Place, depth: int) -> Any:
        """Return a value for a schema, None if it is nested too deeply."""
        value = schema.value
        if depth > _DEEPEST or not isinstance(value, dict):
            return None if isinstance(value, dict) else "a"
        shown = list(_shown(value))
        if shown and ((depth and not self._branch) or "enum" in value or "const" in value):
            return shown[0]
        if value.get("allOf") or value.get("oneOf") or value.get("anyOf"):
            return self._together(schema, depth)
        kind = _kind(value)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            least = max(int(value.get("minItems") or 0), 1 if self._full or not depth else 0)
            return [self.made(schema / "items", depth + 1)] * least if least else []
        return _plain(value, kind)

    def _together(self, schema: Place, depth: int) -> Any:
        """Return a value with the members that all parts of allOf and one branch have."""
        parts = list((schema / "allOf").each())
        for name in ("oneOf", "anyOf"):
            branches = list((schema / name).each())
            if branches:
                parts.append(branches[self._branch % len(branches)])
        own = self._object(schema, depth)
        for part in parts:
            made = self.made(part, depth + 1)
            if not isinstance(made, dict):
                return made
            own |= made
        for part in (schema, *parts):
            for name in _required(part.value):
                places = (each / "properties" / name for each in (schema, *parts))
                found = next((each for each in places if each.value is not None), None)
                if found is not None and (part / "properties" / name).value is None:
                    own[name] = self.made(found, depth + 1)
        return own | self._discriminated(schema, parts)

    def _discriminated(self, schema: Place, parts: list[Place]) -> dict[str, Any]:
        """Return the member of a discriminator, with the name that stands for the branch."""
        found = schema.value.get("discriminator")
        if not isinstance(found, dict) or not parts or "allOf" in schema.value:
            return {}
        mapping = found.get("mapping") or {}
        for name, target in mapping.items():
            if str(target).endswith(parts[-1].pointer):
                return {found["propertyName"]: name}
        member = parts[-1] / "properties" / found["propertyName"]
        if isinstance(member.value, dict) and (shown := list(_shown(member.value))):
            return {found["propertyName"]: shown[0]}
        return {found["propertyName"]: parts[-1].pointer.rpartition("/")[2]}

    def _object(self, schema: Place, depth: int) -> dict[str, Any]:
        value = schema.value
        known = dict((schema / "properties").items())
        required = _required(value)
        least = int(value.get("minProperties") or 0)
        names = required
        if self._full or len(required) < least:
            names = [*known, *(each for each in required if each not in known)]
        made = {}
        for name in names:
            member = known.get(name)
            if member is None:
                made[name] = "a"
            elif not (isinstance(member.value, dict) and member.value.get("readOnly")) and (
                depth < _DEEPEST // 2 or name in required
            ):
                made[name] = self.made(member, depth + 1)
        extra = schema / "additionalProperties"
        while len(made) < least and len(made) < _BRANCHES:
            made[f"member{len(made)}"] = self.made(extra, depth + 1)
        return made


def _required(value: Any) -> list[str]:
    required = value.get("required") if isinstance(value, dict) else None
    return (
        [each for each in required if isinstance(each, str)] if isinstance(required, list) else []
    )


def _kind(value: dict[str, Any]) -> str:
    kind = value.get("type")
    if isinstance(kind, list):
        return next((str(each) for each in kind if each != "null"), "null")
    if kind is None:
        is_object = "properties" in value or "required" in value
        return "object" if is_object else "array" if "items" in value else "string"
    return str(kind)


def _plain(value: dict[str, Any], kind: str) -> Any:
    if kind in {"integer", "number"}:
        return _number(value, whole=kind == "integer")
    if kind in {"boolean", "null"}:
        return True if kind == "boolean" else None
    return _text(value)


def _number(value: dict[str, Any], *, whole: bool) -> float | int:
    number = value.get("minimum")
    above = value.get("exclusiveMinimum")
    if above is True or (not isinstance(above, bool) and isinstance(above, int | float)):
        number = (number if above is True and number is not None else above or 0) + 1
    most = value.get("maximum")
    if number is None:
        number = 1 if most is None or most >= 1 else most
    step = value.get("multipleOf")
    if step:
        number = -(-number // step) * step
    return int(number) if whole else number


def _text(value: dict[str, Any]) -> str:
    least, most = int(value.get("minLength") or 0), int(value.get("maxLength") or _LONGEST)
    pattern = value.get("pattern")
    if isinstance(pattern, str) and (found := _matching(pattern, least, most)) is not None:
        return found
    return _FORMATS.get(str(value.get("format")), "a").ljust(least, "a")[:most]


@cache
def _matching(pattern: str, least: int, most: int) -> str | None:
    """Return a text of a length that matches a pattern, None if none is found."""
    try:
        for simple in ("a", "1", "A", "2024-05-17"):
            if re.search(pattern, text := simple.ljust(least, simple[0])) and len(text) <= most:
                return text
        fitting = strategies.from_regex(pattern).filter(
            lambda each: each.isascii() and each.isprintable() and least <= len(each) <= most
        )
        quiet = settings(database=None, derandomize=True, max_examples=50, phases=(Phase.generate,))
        return find(fitting, lambda _: True, settings=quiet)
    except (HypothesisException, re.error, OverflowError):
        return None
