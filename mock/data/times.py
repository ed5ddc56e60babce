"""Times: `instant` and `day_of`, on the days and in the hours that people work.

A time of the contract may depend on `today`, the day on which generated data ends. Hours and days
are those of an offset from UTC, not of a time zone with a history.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import split
from ...spec.laws.laws import TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ...spec.documents.pointers import Pointer
    from .keystream import Draw

TODAY = dt.date(2023, 1, 1)
"""The day on which generated data ends, unless another one is chosen."""
_MILLISECOND = dt.timedelta(milliseconds=1)
_DAY = dt.timedelta(days=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RELATIVE = re.compile(r"today(?:-([0-9]{1,5})d)?")
_HOURS = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")


def calendar_day() -> dt.date:
    """Return the day that the calendar of this machine has now."""
    return dt.datetime.now().astimezone().date()


def now() -> dict[str, str]:
    """Return what laws know of a request that is sent now: its time up to the hour."""
    return {TIME: f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:00:00Z}"}


def instant(arguments: Any, today: dt.date) -> Callable[[Draw], str]:
    """Return what draws times between two times, perhaps on some days and in some hours only."""
    _only(arguments, "instant", ("from", "to", "days", "hours", "offset"))
    zone = _zone(arguments)
    start, end = (_moment(arguments[name], today, zone) for name in ("from", "to"))
    if start > end:
        raise ValueError("from is later than to")
    spans: Sequence[tuple[dt.datetime, int]] = [(start, (end - start) // _MILLISECOND)]
    if arguments.keys() & {"days", "hours"}:
        spans = _spans(start, end, zone, _opening(arguments), frozenset(_days(arguments)))
        if not spans:
            raise ValueError("no such day or hour is between from and to")

    def make(draw: Draw) -> str:
        first, span = draw.pick(spans) if len(spans) > 1 else spans[0]
        moment = first + draw.between(0, span) * _MILLISECOND
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

    return make


def day_of(arguments: Any) -> tuple[Pointer, Callable[[Draw, Sequence[Any]], Any]]:
    """Return the place of a time in the same record, and what makes its date, or an earlier one."""
    if isinstance(arguments, str):
        arguments = {"member": arguments}
    _only(arguments, "day_of", ("member", "offset", "earlier", "days"))
    zone = _zone(arguments) if "offset" in arguments else None
    earlier, days = arguments.get("earlier", [0]), _days(arguments)
    if not isinstance(earlier, list) or not all(_is_count(each) for each in earlier or [None]):
        raise ValueError("earlier has to be a list of numbers of days")

    def make(draw: Draw, sources: Sequence[Any]) -> Any:
        (time,) = sources
        try:
            moment = dt.datetime.fromisoformat(time)
        except (TypeError, ValueError):
            return time  # null and '' stand for no time, and then there is no date either
        day = (moment if zone is None else moment.astimezone(zone)).date()
        for _ in range(draw.pick(earlier)):
            day -= _DAY
            while day.weekday() not in days:
                day -= _DAY
        return day.isoformat()

    return split(str(arguments["member"])), make


def _only(arguments: Any, name: str, known: Collection[str]) -> None:
    unknown = arguments.keys() - set(known)
    if unknown:
        raise ValueError(f"{name} has no argument {min(unknown)!r}; it has {', '.join(known)}")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 366  # noqa: PLR2004


def _zone(arguments: Mapping[str, Any]) -> dt.timezone:
    text = str(arguments.get("offset", "+00:00"))
    if not _OFFSET.fullmatch(text):
        raise ValueError(f"offset is {text!r}; expected one such as '+07:00'")
    return dt.datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo  # type: ignore[return-value]


def _days(arguments: Mapping[str, Any]) -> set[int]:
    names = arguments.get("days", list(_DAYS))
    if not isinstance(names, list) or not names or not set(map(str, names)) <= set(_DAYS):
        raise ValueError(f"days is {names!r}; expected a list of {', '.join(_DAYS)}")
    return {_DAYS.index(name) for name in names}


def _opening(arguments: Mapping[str, Any]) -> tuple[dt.time, dt.time]:
    hours = _HOURS.fullmatch(str(arguments.get("hours", "00:00-23:59")))
    if hours is None or hours[1] >= hours[2]:
        raise ValueError(f"hours is {arguments['hours']!r}; expected two such as '08:00-17:00'")
    return dt.time.fromisoformat(hours[1]), dt.time.fromisoformat(hours[2])


@lru_cache(16)  # every list of a contract has them, and a stub has a list for each scenario
def _spans(
    start: dt.datetime,
    end: dt.datetime,
    zone: dt.timezone,
    hours: tuple[dt.time, dt.time],
    days: frozenset[int],
) -> Sequence[tuple[dt.datetime, int]]:
    """Return the parts of a time that are on the days and in the hours: begin and milliseconds."""
    (opens, closes), found, day = hours, [], start.astimezone(zone).date()
    while (begin := dt.datetime.combine(day, opens, zone)) < end:
        first, last = max(begin, start), min(dt.datetime.combine(day, closes, zone), end)
        if day.weekday() in days and first < last:
            found.append((first.astimezone(dt.UTC), (last - first) // _MILLISECOND))
        day += _DAY
    return found


def _moment(text: Any, today: dt.date, zone: dt.timezone) -> dt.datetime:
    relative = _RELATIVE.fullmatch(str(text))
    if relative is not None:
        day = today - int(relative[1] or 0) * _DAY
        return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    moment = dt.datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset; add Z at its end")
    return moment.astimezone(dt.UTC)
