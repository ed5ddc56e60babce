"""A server that answers no more, or too much, is not borne with for ever."""

from __future__ import annotations

import json
import time

import pytest

from ruangkerja.conformance.client.client import Client, RequestLimit
from ruangkerja.conformance.client.limits import Limits
from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.records import strict_json
from ruangkerja.conformance.requests.probes.plan import Profile
from tests.helpers.backend import Answer, Asked, Backend, error
from tests.helpers.running import outcomes, run
from tests.helpers.wire_server import HOLD, READ, WireServer, answer

GOOD, ODD = Request("GET", b"/good"), Request("GET", b"/odd")
ANSWERED = (READ, answer())
SILENT = (READ, HOLD)


def sent(client: Client, request: Request, most: int) -> tuple[int, str]:
    """Send a request until it is refused; how often it was, and why."""
    for count in range(most):
        try:
            client.send(request, alone=True)
        except RequestLimit as limit:
            return count, str(limit)
    return most, ""


def test_a_server_that_is_silent_is_asked_up_to_a_bound() -> None:
    with (
        WireServer([ANSWERED, *[SILENT] * 6]) as server,
        Client(Target.parse(server.url), timeout=0.05, bounds=Limits(silent=5)) as client,
    ):
        client.send(GOOD, alone=True)
        count, why = sent(client, ODD, 20)
    assert count == 6
    assert why == "6 requests had no response in time"


def test_what_is_kept_of_answers_is_bounded() -> None:
    with (
        WireServer([(READ, answer(b" " * 1000))]) as server,
        Client(Target.parse(server.url), bounds=Limits(kept=4500)) as client,
    ):
        count, why = sent(client, GOOD, 20)
        assert count == 5
        assert "larger than 4" in why
        client.forget()
        client.send(GOOD, alone=True)


@pytest.mark.parametrize(
    "text",
    [
        "[" + "0," * 60_000 + "0]",
        "[" + "{}," * 60_000 + "0]",
        '["' + '\\"' * 200_000 + "," * 60_000,
    ],
)
def test_more_values_than_anybody_reads_are_not_read(text: str) -> None:
    began = time.monotonic()
    document = strict_json.read(text.encode())
    assert not document.readable
    assert document.problem is not None
    assert time.monotonic() - began < 10


def test_commas_within_texts_are_no_values() -> None:
    value = {"message": "a, [b], {c}; " * 20_000}
    assert strict_json.read(json.dumps(value).encode()).value == value


@pytest.mark.parametrize("text", ["SELECT ", "at a() in ", "/a", "at a.", 'File "x", '])
def test_errors_made_to_keep_a_search_busy_do_not(text: str) -> None:
    def busy(_: Asked, given: Answer) -> Answer:
        return error(400, text * 20_000) if given.status >= 400 else given

    began = time.monotonic()
    result = run(Backend(change=busy), profile=Profile.SMOKE)
    assert time.monotonic() - began < 60
    assert result.exit in {0, 1}, outcomes(result)


def test_what_a_smoke_run_sent_and_nobody_could_read_is_not_left_out() -> None:
    def unreadable(asked: Asked, given: Answer) -> Answer:
        if "page" not in asked.query:
            given.headers["Content-Length"] = "-2"
        return given

    result = run(Backend(change=unreadable), profile=Profile.SMOKE)
    assert outcomes(result)["PARAM-01"] == "inconclusive"
    assert result.exit == 3
