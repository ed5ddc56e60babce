"""What recorders do to responses is told apart from what the server did."""

from __future__ import annotations

import json
from base64 import b64encode, encodebytes, urlsafe_b64encode
from typing import Any

import pytest

from ruangkerja.conformance.http.exchange import Exchange
from ruangkerja.traffic.recording.har import entry_of, exchange_of
from ruangkerja.traffic.recording.har_body import Aside
from tests.helpers.recordings import course_page, entry

WHOLE = json.dumps({**course_page(), "message": "Señor ??>>~~"}, ensure_ascii=False).encode()
TEXT = WHOLE.decode()
SIZE = len(WHOLE)
LABELLED = {"size": SIZE, "encoding": "base64"}
GZIP = {"content-encoding": "gzip"}


def body_of(recorded: Any) -> bytes | Aside:
    read = entry_of(recorded)
    assert read is not None
    found = exchange_of(read, 1)
    if isinstance(found, Exchange):
        assert found.response is not None
        return found.response.body
    return found


def responding(**response: Any) -> Any:
    """An entry with other members in its response."""
    recorded = entry(WHOLE)
    recorded["response"] |= response
    return recorded


@pytest.mark.parametrize(
    "content",
    [
        {"size": SIZE, "text": TEXT},
        {"size": -1, "text": TEXT},
        {"text": TEXT},
        {**LABELLED, "text": b64encode(WHOLE).decode()},
        {**LABELLED, "text": encodebytes(WHOLE).decode().replace("\n", "\r\n")},
        {**LABELLED, "text": urlsafe_b64encode(WHOLE).decode().rstrip("=")},
        # The size of the text in place of that of the body.
        {"encoding": "base64", "text": (t := b64encode(WHOLE).decode()), "size": len(t)},
        # BrowserMob Proxy does not label base64, whether or not its lines are broken.
        {"size": SIZE, "text": b64encode(WHOLE).decode()},
        {"size": SIZE, "text": encodebytes(WHOLE).decode()},
        # The size of the coded body in place of that of the body.
        {"size": 700, "text": TEXT},
        {"size": None, "text": TEXT, "encoding": None, "_file": None},
        # A byte order mark is counted, and left out of the text.
        {"size": SIZE + 3, "text": TEXT},
    ],
)
def test_a_body_is_read_however_it_is_recorded(content: dict[str, Any]) -> None:
    assert body_of(entry(WHOLE, content=content)) == WHOLE


@pytest.mark.parametrize(
    ("content", "headers", "aside"),
    [
        # Firefox keeps 1 MB of a body, and its whole size.
        ({"size": SIZE, "text": TEXT[:1000]}, {}, Aside.CUT),
        ({"size": SIZE, "text": b64encode(WHOLE).decode()[:1000]}, {}, Aside.CUT),
        ({**LABELLED, "text": b64encode(WHOLE).decode()[:1000]}, {}, Aside.CUT),
        ({**LABELLED, "text": b64encode(WHOLE).decode()[:1001]}, {}, Aside.CUT),
        ({"size": -1, "text": TEXT[:1000]}, {"content-length": str(SIZE)}, Aside.CUT),
        ({"size": SIZE, "text": ""}, {}, Aside.BODILESS),
        ({"size": 0, "text": ""}, {"content-length": str(SIZE)}, Aside.BODILESS),
        ({"size": SIZE}, {}, Aside.BODILESS),
        ({"size": -1}, {}, Aside.BODILESS),
        ({"size": None, "text": None}, {}, Aside.BODILESS),
        ({"size": SIZE, "_file": "gone.json"}, {}, Aside.DETACHED),
        ({"encoding": "base64", "text": "not base64!"}, {}, Aside.BROKEN),
        ({"size": SIZE, "text": 7}, {}, Aside.BROKEN),
        # What the server sent: less than it announced of a coded body, nothing, and base64.
        ({"size": -1, "text": TEXT[:9]}, {"content-length": "99", **GZIP}, WHOLE[:9]),
        ({"size": 0, "text": ""}, {"content-length": "0"}, b""),
        ({"size": 0}, {}, b""),
        ({"size": 8, "text": "aGFsbG8h"}, {}, b"aGFsbG8h"),
    ],
)
def test_a_body_that_a_recorder_cut_off_or_lost_is_set_aside(
    content: dict[str, Any], headers: dict[str, str], aside: Aside | bytes
) -> None:
    assert body_of(entry(WHOLE, content=content, response_headers=headers)) == aside


@pytest.mark.parametrize(
    ("recorded", "aside"),
    [
        (entry(_fromCache="disk"), Aside.CACHED),
        (entry(_fromCache=True), Aside.CACHED),
        (responding(_fetchedViaServiceWorker=True), Aside.CACHED),
        (responding(bodySize=0), Aside.CACHED),
        (responding(bodySize=0, _transferSize=0), Aside.CACHED),
        (responding(_transferSize=0), Aside.CACHED),
        # Playwright subtracts the size of the headers.
        (responding(bodySize=-49, _transferSize=0), Aside.CACHED),
        (entry(_fetchType="Disk Cache"), Aside.CACHED),
        (entry(_fetchType="Memory Cache"), Aside.CACHED),
        (entry(_fetchType="Service Worker"), Aside.CACHED),
        (entry(_fetchType="Inspector Override"), Aside.CACHED),
        (entry(cache={"afterRequest": None}), Aside.CACHED),
        (entry(cache={"beforeRequest": {"eTag": "", "hitCount": 0}}), Aside.CACHED),
        (entry(b"", status=304, content={"size": 0}), Aside.CACHED),
        (entry(WHOLE, status=304), Aside.CACHED),
        (entry(_wasFulfilled=True), Aside.MADE_UP),
    ],
)
def test_a_response_that_did_not_come_from_the_server_is_set_aside(
    recorded: Any, aside: Aside
) -> None:
    assert body_of(recorded) == aside


@pytest.mark.parametrize(
    "recorded",
    [
        responding(_fetchedViaServiceWorker=False, _error=None),
        responding(_fetchedViaServiceWorker=None, _error="", _failureText=""),
        responding(bodySize=0, _transferSize=SIZE),
        responding(bodySize=SIZE, _transferSize=0),
        entry(WHOLE, _fetchType="Network Load"),
        entry(WHOLE, _fromCache=False),
        entry(WHOLE, _fromCache=None),
        entry(WHOLE, _wasFulfilled=False),
        entry(WHOLE, cache={"beforeRequest": None, "afterRequest": None}),
        entry(WHOLE, cache={"afterRequest": {"eTag": "", "hitCount": 0}}),
    ],
)
def test_a_response_of_the_server_is_not_set_aside(recorded: Any) -> None:
    assert body_of(recorded) == WHOLE
