"""Changes of one value: another value, another type, another way to write it."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import get
from ..context import VARIABLES
from ..mistakes import Expression, MistakeError, regex
from ..places import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ....spec.documents.pointers import Pointer

    Change = Callable[[Any, Mapping[str, Any]], Any]

MISSING = object()
"""As a new value: the member is removed."""
TWICE = object()
"""As a new value: the member is written a second time."""
# A private-use character, taken out of the JSON again, makes the second name differ from the first.
_MARK = "\ue000"
_NEPAL = dt.timezone(dt.timedelta(hours=5, minutes=45))
_MORE = {"newText": "<b>new</b>", "newObject": {"id": 1, "items": [{"status": None}]}, "new": None}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
TOKEN = "{token}"  # noqa: S105 - stands for the token that was sent


def compiled(entry: Mapping[str, Any]) -> Change:
    """Return the change that an entry of a catalogue describes; raise MistakeError if it cannot be.

    A change gets the value, and the variables of its expressions with `token`. A value of a type
    that it is not made for stays as it is.
    """
    change = _change(entry)
    where = VALUES[entry["where"]] if "where" in entry else None
    if "only" in entry:
        whole, part = change, regex(entry["only"])

        def change(value: Any, variables: Mapping[str, Any]) -> Any:
            return part.sub(lambda found: str(whole(found[0], variables)), value)

    def changed(value: Any, variables: Mapping[str, Any]) -> Any:
        if where is not None and not where(value):
            return value
        try:
            return change(value, variables)
        except (TypeError, ValueError, AttributeError):
            return value

    return changed


def _change(entry: Mapping[str, Any]) -> Change:
    if "set" in entry:
        return lambda _value, _variables: copy.deepcopy(entry["set"])
    if "remove" in entry:
        return lambda _value, _variables: MISSING
    if "twice" in entry:
        return lambda _value, _variables: TWICE
    if "as" in entry:
        function = FORMS[entry["as"]]
        return lambda value, _variables: function(value)
    if "to" in entry:
        expression = Expression(entry["to"], (*VARIABLES, "value", "index"))
        return lambda value, variables: expression({"index": 0, **variables, "value": value})
    pattern, text = regex(entry["replace"][0]), entry["replace"][1]
    try:
        pattern.sub(text, "")
        pattern.sub(text, "0" * 8)
    except (re.error, IndexError) as error:
        raise MistakeError(f"{text!r} is not a replacement: {error}") from None
    return lambda value, variables: pattern.sub(
        lambda found: found.expand(text).replace(TOKEN, variables["token"]), value
    )


def put(value: Any, place: Pointer, new: Any) -> None:
    """Set, remove (MISSING) or repeat (TWICE) a member; a place that is not there stays so."""
    try:
        before = get(value, place)
    except LookupError:
        before = None
    if isinstance(before, dict) and isinstance(new, dict):
        before.clear()  # in its place: it may be an element of an array, or the whole
        before.update(new)
        return
    try:
        parent = get(value, place[:-1])
    except LookupError:
        return
    if not isinstance(parent, dict):
        return
    if new is MISSING:
        parent.pop(place[-1], None)
    elif new is TWICE:
        parent[place[-1] + _MARK] = parent.get(place[-1])
    else:
        parent[place[-1]] = new


def places(value: Any, place: Pointer) -> Iterator[Pointer]:
    """Yield the places in a value of a place with `*`, which stands for each element of an array.

    One that has no `*` is yielded as it is.
    """
    if ANY not in place:
        yield place
        return
    at = place.index(ANY)
    try:
        array = get(value, place[:at])
    except LookupError:
        return
    for index in range(len(array) if isinstance(array, list) else 0):
        yield from places(value, (*place[:at], str(index), *place[at + 1 :]))


def unmarked(data: bytes) -> bytes:
    """Return JSON with the names of repeated members equal."""
    return data.replace(_MARK.encode(), b"")


def flatten(row: Any, place: Pointer) -> None:
    """Move the members of the object around a place into the row itself."""
    name = place[0]
    inner = row.pop(name, None)
    members = inner.items() if isinstance(inner, dict) else {"": inner}.items()
    row.update({f"{name}_{own}": value for own, value in members})


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _later(text: str, days: int) -> str:
    """Return a date, or a date and time, that is later; raise ValueError for any other text."""
    day = dt.date.fromisoformat(text[:10]) + dt.timedelta(days)
    return f"{day.isoformat()}{text[10:]}"


def _camel(text: str) -> str:
    first, *rest = text.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _decimal(number: float) -> float:
    """Return an integer as it is written with a decimal point."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError("this is not an integer")
    return float(number)


def _constant(text: str) -> str:
    return re.sub(r"(?<=.)(?=[A-Z])", "_", text).upper()


FORMS: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "length": len,
    "capitals": str.upper,
    "camelCase": _camel,
    "CONSTANT_CASE": _constant,
    "seconds since 1970": lambda text: int(_instant(text).timestamp()),
    "mail date": lambda text: _instant(text).strftime("%a, %d %b %Y %H:%M:%S +0000"),
    "list": lambda value: [value],
    "numbered object": lambda rows: {str(n): row for n, row in enumerate(rows)},
    "nullable of a database": lambda value: {"Float64": value or 0, "Valid": value is not None},
    "JSON in a string": json.dumps,
    "Python": lambda text: repr(json.loads(text)),
    "other case": str.swapcase,
    "opposite": lambda value: not value,
    "one more": lambda number: number + 1,
    "one less": lambda number: number - 1,
    "half more": lambda number: number + 0.5,
    "negative": lambda number: -abs(number) - 1,
    "the day after": lambda text: _later(text, 1),
    "a hundred years later": lambda text: _later(text, 36525),
    "without the first": lambda rows: rows[1:],
    "without the last": lambda rows: rows[:-1],
    "the first one again": lambda rows: [*rows, *rows[:1]],
    "the first one in place of the last": lambda rows: [*rows[:-1], *rows[:1]],
    "the last two swapped": lambda rows: [*rows[:-2], *rows[:-3:-1]],
    "null at the end": lambda rows: [*rows, None],
    "JSON over many lines": lambda text: json.dumps(json.loads(text), indent=4) + "\n",
    "JSON with escapes": lambda text: json.dumps(json.loads(text)).replace("/", "\\/"),
    "a decimal": _decimal,
    "the time in Nepal": lambda text: _instant(text).astimezone(_NEPAL).isoformat(),
    "the other way round": lambda members: dict(reversed(members.items())),
    "with more members": lambda members: {"$new": [None], **members, **_MORE},
}
"""How a value can be written instead, by name."""

VALUES: dict[str, Callable[[Any], bool]] = {
    "a number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "zero": lambda value: value == 0,
    "not zero": bool,
    "text": lambda value: isinstance(value, str) and bool(value),
    "empty text": lambda value: value == "",
    "a date": lambda value: isinstance(value, str) and _DATE.match(value) is not None,
    "true or false": lambda value: isinstance(value, bool),
    "an array": lambda value: isinstance(value, list),
    "an object": lambda value: isinstance(value, dict),
}
"""Which values a change applies to, by name."""
