"""A server that hangs costs a handful of time-outs, and no run takes longer than it may."""

from __future__ import annotations

import pytest

from ruangkerja.conformance.client.client import RequestLimit
from ruangkerja.conformance.http.exchange import (
    Exchange,
    Failure,
    FailureKind,
    Request,
    Response,
)
from ruangkerja.conformance.requests.sending.patience import FULL_TIMEOUTS, Patience


def exchange(duration: float, kind: FailureKind | None = None) -> Exchange:
    failure = Failure(kind, "nothing came") if kind else None
    response = None if kind else Response(200, "OK", "HTTP/1.1", (), b"", 0)
    return Exchange(1, Request("GET", b"/"), response, failure, started=0.0, duration=duration)


def test_after_five_time_outs_requests_get_less_time() -> None:
    patience = Patience(10.0)
    assert patience.take(exchange(0.4), 10.0)
    for _ in range(FULL_TIMEOUTS):
        assert patience.of_any == 10.0
        assert patience.take(exchange(10.0, FailureKind.TIMEOUT), 10.0)
    assert patience.of_any == 2.0, "five times as long as the slowest response"
    assert not patience.take(exchange(2.0, FailureKind.TIMEOUT), 2.0), "it cannot be judged"
    assert patience.take(exchange(0.1, FailureKind.DROPPED), 2.0), "time is not why it failed"
    (note,) = patience.notes()
    assert note.startswith("1 request was given up and cannot be judged: after 5 time-outs")


def test_no_request_takes_longer_than_the_run_may() -> None:
    now = [0.0]
    patience = Patience(10.0, until=60.0, clock=lambda: now[0])
    assert patience.until_end(10.0) == 10.0
    now[0] = 57.0
    assert patience.until_end(10.0) == 3.0
    assert not patience.has(3.0), "no pause is longer than the time that is left"
    now[0] = 60.0
    with pytest.raises(RequestLimit, match="--max-time"):
        patience.until_end(10.0)
