"""Whatever a client sends, the stub answers as the contract has it, or refuses, and stays small."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

import pytest

from . import fuzz

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = int(os.environ.get("RUANGKERJA_SEED", "20221122"))
REQUESTS = int(os.environ.get("RUANGKERJA_FUZZ", "3000"))
MEGABYTES = 40
# A machine under load may let any request wait; a stalled stub would for as long as it is fed.
STALLED = 4.0

HEAD, POST, CHUNKED = fuzz._HEAD, fuzz._POST, fuzz._CHUNKED
FLOODS = {
    "headers": (HEAD, b"X-More: 1234567890\r\n" * 3000),
    "a request line": (b"GET /", b"a" * 65_536),
    "a header": (HEAD + b"X: ", b"a" * 65_536),
    "a body": (POST + b"Content-Length: 9999999999\r\n\r\n", b"a" * 65_536),
    "chunks": (POST + CHUNKED + b"\r\n", b"10000\r\n" + b"a" * 65_536 + b"\r\n"),
    "the line of a chunk": (POST + CHUNKED + b"\r\n1;", b"a" * 65_536),
    "trailers": (POST + CHUNKED + b"\r\n0\r\n", b"X-More: 1234567890\r\n" * 3000),
    "requests": (b"", (HEAD + b"\r\n") * 300),
    "requests with bodies": (b"", (POST + b"Content-Length: 2\r\n\r\n{}") * 300),
    "blank lines": (b"", b"\r\n" * 30_000),
}


def test_odd_requests_are_answered_by_the_contract_or_refused() -> None:
    """Repeat one with `python tests/hostile/fuzz.py --seed SEED --only NUMBER`."""
    outcome = fuzz.run(REQUESTS, SEED, print)
    found = [
        f"{count} times {fault}: --seed {SEED} --only {outcome.first[fault]}"
        for fault, count in outcome.faults.items()
    ]
    assert found == []
    assert {200, 400, 401, 403, 404, 405} <= outcome.statuses.keys()
    assert outcome.growth < 20_000, f"the memory grew by {outcome.growth} kB"
    assert outcome.slowest < STALLED


@pytest.fixture(scope="module")
def stub() -> Iterator[fuzz.Stub]:
    with fuzz.Stub() as started:
        fuzz.good(started.port)
        yield started


@pytest.mark.parametrize("flood", FLOODS)
def test_a_client_that_never_ends_fills_no_memory_and_stalls_nobody(
    flood: str, stub: fuzz.Stub
) -> None:
    start, piece = FLOODS[flood]
    before = stub.memory()
    with (
        fuzz.Watch(stub.port) as watch,
        socket.create_connection(("127.0.0.1", stub.port), 0.5) as connection,
        contextlib.suppress(OSError),
    ):
        connection.sendall(start)
        for _ in range(MEGABYTES * 1_000_000 // len(piece)):
            connection.sendall(piece)
    assert watch.wrong == []
    assert watch.slowest < STALLED
    assert stub.memory() - before < 15_000, f"{stub.memory() - before} kB more"


def test_a_request_is_the_same_whatever_was_sent_before_it() -> None:
    assert [fuzz.case(SEED, number) for number in (7, 3)] == [
        fuzz.case(SEED, number) for number in (7, 3)
    ]
    assert len({fuzz.case(SEED, number).pieces for number in range(200)}) > 150
