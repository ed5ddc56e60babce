"""Faults of the rows: fields of the wrong kind, and fields that contradict each other."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from .behaviours import MISSING, breaking, field, put, rows
from .conditions import behind_first_page, on_last_page, one_row_in
from .fault import Fault

if TYPE_CHECKING:
    from .behaviours import Row
    from .call import Call
    from .stub import Stub

_MILLISECONDS = 1000


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_empty(value: Any) -> bool:
    return isinstance(value, str) and not value


def _is_null(value: Any) -> bool:
    return value is None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _day_first(text: str) -> str:
    return "-".join(reversed(text.split("-")))


def _camel(text: str) -> str:
    first, *rest = text.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _flattened(row: Row, stub: Stub, call: Call) -> None:
    """Put the members of the object that has the key into the row itself."""
    key = call.paging.key
    del stub
    if len(key) < 2:  # noqa: PLR2004 - the key stands in the row already
        row.value["_"] = row.value.pop(key[0])
        return
    inner = row.value.pop(key[0])
    row.value.update({f"{key[0]}_{name}": value for name, value in inner.items()})


def _key(change: Any) -> Any:
    def changed(row: Row, stub: Stub, call: Call) -> None:
        del stub
        put(row.value, call.paging.key, change)

    return changed


_LAWS = ("ITEM-08", "ITEM-09", "ITEM-10", "ITEM-11", "ITEM-12", "ITEM-14")

FAULTS = (
    Fault(
        "serial-empty-for-one-row-in-200",
        "Has an empty text for the key of one row in 200.",
        ("ITEM-01",),
        rows(_key(""), one_row_in(200, 137)),
    ),
    Fault(
        "serial-as-a-number",
        "Writes keys as numbers on the last page.",
        ("ITEM-01", "PAGE-10"),
        rows(lambda row, _stub, call: put(row.value, call.paging.key, row.index), on_last_page),
    ),
    Fault(
        "name-null-for-one-row-in-200",
        "Has null for a text about the user in one row in 200.",
        ("ITEM-01",),
        field("ITEM-01", lambda _value: None, one_row_in(200, 137), kind="string", nth=1),
    ),
    Fault(
        "employee-id-as-a-number",
        "Writes the number of an employee as a number.",
        ("ITEM-01",),
        field("ITEM-01", len, kind="string", nth=2),
    ),
    Fault(
        "employee-id-missing-for-one-row-in-30",
        "Leaves the number of an employee out where it has none.",
        ("ITEM-01",),
        field("ITEM-01", lambda _value: MISSING, one_row_in(30, 17), kind="string", nth=2),
    ),
    Fault(
        "user-flattened-into-the-row",
        "Has the members of the user in the row itself.",
        ("ITEM-01",),
        rows(_flattened),
        hides=("PAGE-06", "PAGE-09", "PAGE-10", "PAGE-11"),
    ),
    Fault(
        "pre-test-as-text",
        "Writes scores before the course as texts.",
        ("ITEM-02",),
        field("ITEM-02", str, where=_is_number),
    ),
    Fault(
        "pre-test-missing-where-null",
        "Leaves the score before the course out where there is none.",
        ("ITEM-02",),
        field("ITEM-02", lambda _value: MISSING, where=_is_null),
        hides=("ITEM-11",),
    ),
    Fault(
        "pre-test-empty-text-for-null",
        "Has an empty text for one missing score before the course in 200 rows.",
        ("ITEM-02",),
        field("ITEM-02", lambda _value: "", one_row_in(200, 137)),
    ),
    Fault(
        "post-test-as-text-from-page-2",
        "Writes scores after the course as texts from page 2 on.",
        ("ITEM-03",),
        field("ITEM-03", str, behind_first_page, where=_is_number),
    ),
    Fault(
        "post-test-missing-where-null",
        "Leaves the score after the course out where there is none.",
        ("ITEM-03",),
        field("ITEM-03", lambda _value: MISSING, where=_is_null),
        hides=("ITEM-11", "ITEM-12"),
    ),
    Fault(
        "post-test-true-for-one-row-in-200",
        "Has true for the score after the course in one row in 200.",
        ("ITEM-03",),
        field("ITEM-03", lambda _value: True, one_row_in(200, 137)),
    ),
    Fault(
        "post-test-in-an-object",
        "Wraps scores after the course, as a nullable type of a database is written.",
        ("ITEM-03",),
        field("ITEM-03", lambda value: {"Float64": value or 0, "Valid": value is not None}),
        hides=("ITEM-11", "ITEM-12"),
    ),
    Fault(
        "time-spent-as-text",
        "Writes the time spent as a text.",
        ("ITEM-04",),
        field("ITEM-04", str),
        hides=("ITEM-14",),
    ),
    Fault(
        "time-spent-with-a-fraction",
        "Writes the time spent with a fraction.",
        ("ITEM-04",),
        field("ITEM-04", lambda value: value + 0.5, where=bool),
    ),
    Fault(
        "time-spent-negative-for-one-row-in-200",
        "Has a negative time in one row in 200, where the clock went back.",
        ("ITEM-04",),
        field("ITEM-04", lambda value: -1 - value, one_row_in(200, 137)),
    ),
    Fault(
        "time-spent-null-where-0",
        "Has null for the time where none was spent.",
        ("ITEM-04",),
        field("ITEM-04", lambda _value: None, where=lambda value: value == 0),
        hides=("ITEM-14",),
    ),
    Fault(
        "time-spent-as-a-duration",
        "Writes the time spent as a duration of ISO 8601.",
        ("ITEM-04",),
        field("ITEM-04", lambda value: f"PT{value}S", behind_first_page),
    ),
    Fault(
        "last-access-with-a-blank-for-t",
        "Writes a blank between day and time.",
        ("ITEM-05",),
        field("ITEM-05", lambda value: value.replace("T", " ").replace("Z", "")),
    ),
    Fault(
        "last-access-in-seconds",
        "Writes instants as seconds since 1970.",
        ("ITEM-05",),
        field("ITEM-05", lambda value: int(_instant(value).timestamp())),
    ),
    Fault(
        "last-access-without-offset",
        "Leaves the offset out, so that nobody knows which time zone it is.",
        ("ITEM-05",),
        field("ITEM-05", lambda value: value.removesuffix("Z")),
    ),
    Fault(
        "last-access-on-30-february",
        "Has a day that the calendar lacks in one row in 200.",
        ("ITEM-05",),
        field("ITEM-05", lambda value: f"{value[:4]}-02-30{value[10:]}", one_row_in(200, 137)),
    ),
    Fault(
        "last-access-at-hour-25",
        "Has an hour that no day has, on the last page.",
        ("ITEM-05",),
        field("ITEM-05", lambda value: f"{value[:11]}25{value[13:]}", on_last_page),
    ),
    Fault(
        "last-access-null-where-never",
        "Has null for the last access of one user in 20.",
        ("ITEM-05",),
        field("ITEM-05", lambda _value: None, one_row_in(20, 13)),
    ),
    Fault(
        "last-access-in-the-format-of-mail",
        "Writes instants as mails do.",
        ("ITEM-05",),
        field("ITEM-05", lambda value: _instant(value).strftime("%a, %d %b %Y %H:%M:%S +0000")),
    ),
    Fault(
        "completed-at-dd-mm-yyyy",
        "Writes dates with the day first.",
        ("ITEM-06",),
        field("ITEM-06", _day_first, where=_is_text),
        hides=("ITEM-10",),
    ),
    Fault(
        "completed-at-null-where-empty",
        "Has null for a date that does not exist.",
        ("ITEM-06",),
        field("ITEM-06", lambda _value: None, where=_is_empty),
        hides=("ITEM-08", "ITEM-09"),
    ),
    Fault(
        "completed-at-missing-where-empty",
        "Leaves a date that does not exist out.",
        ("ITEM-06",),
        field("ITEM-06", lambda _value: MISSING, where=_is_empty),
        hides=("ITEM-08", "ITEM-09"),
    ),
    Fault(
        "completed-at-with-a-time",
        "Writes a time behind dates.",
        ("ITEM-06",),
        field("ITEM-06", lambda value: f"{value}T00:00:00Z", where=_is_text),
        hides=("ITEM-10",),
    ),
    Fault(
        "completed-at-on-30-february",
        "Has a day that the calendar lacks for every date of the last page.",
        ("ITEM-06",),
        field("ITEM-06", lambda value: f"{value[:4]}-02-30", on_last_page, where=_is_text),
    ),
    Fault(
        "completed-at-all-zeros",
        "Has 0000-00-00 for a date that does not exist, in one row in 40.",
        ("ITEM-06",),
        field("ITEM-06", lambda _value: "0000-00-00", one_row_in(40, 33)),
    ),
    Fault(
        "completed-at-with-slashes",
        "Writes dates with slashes.",
        ("ITEM-06",),
        field("ITEM-06", lambda value: value.replace("-", "/"), where=_is_text),
        hides=("ITEM-10",),
    ),
    Fault(
        "status-archived",
        "Has a status that is none of the listed in one row in 200.",
        ("ITEM-07",),
        field("ITEM-07", lambda _value: "archived", one_row_in(200, 137)),
    ),
    Fault(
        "status-upper-case",
        "Writes the status in capitals.",
        ("ITEM-07",),
        field("ITEM-07", str.upper),
        hides=_LAWS,
    ),
    Fault(
        "status-with-hyphens",
        "Writes a status of two words with a hyphen.",
        ("ITEM-07",),
        field("ITEM-07", lambda value: value.replace("_", "-")),
        hides=("ITEM-09", "ITEM-11", "ITEM-14"),
    ),
    Fault(
        "status-in-camel-case",
        "Writes a status of two words in camel case on later pages.",
        ("ITEM-07",),
        field("ITEM-07", _camel, behind_first_page),
    ),
    Fault(
        "status-as-a-number",
        "Writes the status as the number it has in a table.",
        ("ITEM-07",),
        field("ITEM-07", len),
        hides=_LAWS,
    ),
    Fault(
        "status-null-for-one-row-in-40",
        "Has null for the status of one row in 40.",
        ("ITEM-07",),
        field("ITEM-07", lambda _value: None, one_row_in(40, 33)),
    ),
    Fault(
        "not-started-or-expired-with-a-date",
        "Has a date of completion for who never got there.",
        ("ITEM-08",),
        breaking("ITEM-08"),
    ),
    Fault(
        "not-started-or-expired-with-a-date-on-the-last-page",
        "Has a date of completion for who never got there, on the last page alone.",
        ("ITEM-08",),
        breaking("ITEM-08", on_last_page),
    ),
    Fault(
        "in-progress-with-a-date",
        "Has a date of completion for who is still at it.",
        ("ITEM-09",),
        breaking("ITEM-09"),
    ),
    Fault(
        "completed-without-a-date",
        "Has no date of completion for some who completed the course.",
        ("ITEM-10",),
        breaking("ITEM-10", one_row_in(5, 3)),
    ),
    Fault(
        "completed-without-a-date-behind-page-1",
        "Has no date of completion for who completed the course, from page 2 on.",
        ("ITEM-10",),
        breaking("ITEM-10", behind_first_page),
    ),
    Fault(
        "not-started-with-a-score",
        "Has a score for who has not started.",
        ("ITEM-11",),
        breaking("ITEM-11"),
    ),
    Fault(
        "not-started-with-a-score-of-0",
        "Has 0 for the missing score of some who have not started.",
        ("ITEM-11",),
        breaking("ITEM-11", one_row_in(3, 1), values=(0,)),
    ),
    Fault(
        "expired-with-a-post-test",
        "Has a score after the course for whose time ran out.",
        ("ITEM-12",),
        breaking("ITEM-12"),
    ),
    Fault(
        "pre-test-above-100",
        "Has scores before the course beyond 100 in some rows.",
        ("ITEM-13",),
        breaking("ITEM-13", one_row_in(7, 3), values=(100.5, 105)),
    ),
    Fault(
        "post-test-negative",
        "Has -1 for the score after the course in some rows.",
        ("ITEM-13",),
        breaking("ITEM-13", one_row_in(7, 3), nth=1, values=(-1,)),
    ),
    Fault(
        "post-test-in-thousandths",
        "Counts scores after the course to 1000 on the last page.",
        ("ITEM-13",),
        breaking("ITEM-13", on_last_page, nth=1, values=(875,)),
    ),
    Fault(
        "not-started-with-time-spent",
        "Has a time for who has not started.",
        ("ITEM-14",),
        breaking("ITEM-14"),
    ),
    Fault(
        "not-started-with-time-spent-on-the-last-page",
        "Has a time for who has not started, on the last page alone.",
        ("ITEM-14",),
        breaking("ITEM-14", on_last_page),
    ),
)
