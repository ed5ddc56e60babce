"""Exchanges in HAR: what is written is read again without a loss."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.archive import har

TARGETS = [Target.parse(url) for url in ("http://h", "http://h:81/", "http://h/v1")]
TEXTS = st.text(st.characters(max_codepoint=255), max_size=12)
HEADERS = st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple)
REQUESTS = st.builds(
    Request, TEXTS, st.binary(max_size=20).map(b"/v1/".__add__), HEADERS, st.binary(max_size=9)
)
NUMBERS, SECONDS = st.integers(0, 999), st.floats(0, 2e9)
RESPONSES = st.builds(Response, NUMBERS, TEXTS, TEXTS, HEADERS, st.binary(max_size=9), NUMBERS)
FAILURES = st.builds(Failure, st.sampled_from(FailureKind), TEXTS)
MORE = {
    "number": NUMBERS,
    "request": REQUESTS,
    "started": SECONDS,
    "duration": SECONDS,
    "note": TEXTS,
    "throttled": st.booleans(),
    "connection": NUMBERS,
    "turn": NUMBERS,
    "overlapping": st.lists(NUMBERS, max_size=3).map(tuple),
    "reconnected": st.booleans(),
}
EXCHANGES = st.one_of(
    st.builds(Exchange, response=RESPONSES, failure=st.none(), **MORE),
    st.builds(Exchange, response=st.none(), failure=FAILURES, **MORE),
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.url)
@given(exchange=EXCHANGES)
def test_an_exchange_is_read_again_as_it_was_written(target: Target, exchange: Exchange) -> None:
    entry = json.loads(json.dumps(har.entry(exchange, target)))
    assert har.exchange_of(entry, target) == exchange
