from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Response
from ruangkerja.conformance.http.retry_after import requested_pause

NOW = 1_796_000_000.0  # 2026-11-30 00:53:20 UTC


def pause(stated: str | None, *, status: int = 429, date: str | None = None) -> float | None:
    headers = [("retry-after", stated), ("Date", date)]
    given = tuple((name, value) for name, value in headers if value is not None)
    return requested_pause(Response(status, "", "HTTP/1.1", given, b"", 0), NOW)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 30 Nov 2026 00:53:50 GMT", 30),
        ("Monday, 30-Nov-26 00:53:50 GMT", 30),
        ("Mon Nov 30 00:53:50 2026", 30),
        ("Mon, 30 Nov 2026 00:00:00 GMT", 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_seconds_and_dates_are_understood(stated: str, seconds: float, status: int) -> None:
    assert pause(stated, status=status) == seconds


def test_a_date_is_meant_by_the_servers_own_clock() -> None:
    assert pause("Thu, 01 Jan 2026 00:00:05 GMT", date="Thu, 01 Jan 2026 00:00:00 GMT") == 5


@pytest.mark.parametrize(
    "stated", [None, "", "soon", "-1", "+1", "1.5", "1e3", "٣", "9" * 5000, "Mon, 99 Nov 2026"]
)
def test_what_is_no_time_asks_for_nothing(stated: str | None) -> None:
    assert pause(stated) is None


@pytest.mark.parametrize("status", [200, 301, 400, 500, 502])
def test_other_answers_ask_for_nothing(status: int) -> None:
    assert pause("1", status=status) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_an_error(stated: str, date: str) -> None:
    found = pause(stated, date=date)

    assert found is None or found >= 0
