"""What the client makes of answers, as they come over a real socket."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest

from ruangkerja.conformance.client.client import Client
from ruangkerja.conformance.http.exchange import Exchange, FailureKind, Request, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.privacy.redaction import Redaction
from tests.helpers.wire_server import HOLD, READ, RESET, STALL, Drip, Script, WireServer, answer

GET = Request("GET", b"/")


def exchanged(*script: Any, request: Request = GET, **options: Any) -> Exchange:
    """Send one request to a server that reads it and plays the script."""
    with (
        WireServer([[READ, *script]]) as server,
        Client(Target.parse(server.url), **options) as client,
    ):
        return client.send(request)


def answered(*script: Any, request: Request = GET, **options: Any) -> Response:
    response = exchanged(*script, request=request, **options).response
    assert response is not None
    return response


def failed(*script: Any, request: Request = GET, **options: Any) -> tuple[FailureKind, str]:
    failure = exchanged(*script, request=request, **options).failure
    assert failure is not None
    assert failure.message.endswith(".")
    assert "\n" not in failure.message
    return failure.kind, failure.message


def test_an_answer_is_recorded_as_it_was_on_the_wire() -> None:
    response = answered(
        b"HTTP/1.1 299 Fine, \xfcber\r\nX-b: 1\r\nx-B:  2 \r\nA:\r\nCONTENT-length: 2\r\n\r\n[]"
    )

    assert response == Response(
        status=299,
        reason="Fine, über",
        http_version="HTTP/1.1",
        headers=(("X-b", "1"), ("x-B", "2"), ("A", ""), ("CONTENT-length", "2")),
        body=b"[]",
        raw_size=2,
    )


def test_the_request_is_recorded_as_it_was_sent() -> None:
    request = Request("PUT", b"/a/../%2f%/\xff?q=[%zz]", (("x-A", "1"), ("X-a", "2")), b"body")
    with (
        WireServer([[READ, answer()]]) as server,
        Client(Target.parse(server.url)) as client,
    ):
        before = time.time()
        exchange = client.send(request, note="because")

    assert server.requests == [
        b"PUT /a/../%2f%/\xff?q=[%zz] HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{server.port}\r\n".encode()
        + b"x-A: 1\r\nX-a: 2\r\nContent-Length: 4\r\n\r\nbody"
    ]
    assert exchange.request.target == request.target
    assert exchange.request.headers[1:3] == request.headers
    assert exchange.request.headers[0] == ("Host", f"127.0.0.1:{server.port}")
    assert (exchange.number, exchange.note, exchange.throttled) == (1, "because", False)
    assert before <= exchange.started <= time.time()
    assert 0 < exchange.duration < 5


def test_no_content_coding_is_asked_for() -> None:
    assert "Accept-Encoding" not in dict(exchanged(answer()).request.headers)


@pytest.mark.parametrize("method", ["GET", "head", "TRACE", "X-ODD", "OPTIONS"])
def test_any_method_but_head_and_connect_has_a_body(method: str) -> None:
    assert answered(answer(b"abc"), request=Request(method, b"*")).body == b"abc"


def test_an_answer_to_head_has_no_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Encoding: br\r\n\r\n"

    response = answered(head, HOLD, request=Request("HEAD", b"/"))

    assert (response.body, response.header("Content-Length")) == (b"", "99")


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_statuses_have_no_body(status: bytes) -> None:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n"

    assert answered(head, HOLD).body == b""


def test_an_agreed_connect_has_no_body() -> None:
    request = Request("CONNECT", b"h:1")

    assert answered(b"HTTP/1.1 200 OK\r\n\r\nxyz", HOLD, request=request).body == b""
    assert answered(answer(b"no", status=b"403 F"), HOLD, request=request).body == b"no"


def test_interim_answers_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"

    response = answered(interim, answer(b"end"), HOLD)

    assert (response.status, response.body) == (200, b"end")


def test_a_redirect_is_the_answer() -> None:
    redirect = answer(b"", b"Location: http://127.0.0.1:1/elsewhere", status=b"302 Found")

    assert answered(redirect, HOLD).header("location") == "http://127.0.0.1:1/elsewhere"


def test_a_body_may_end_with_the_connection() -> None:
    response = answered(b"HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\n", b"one ", b"two")

    assert (response.http_version, response.body, response.raw_size) == ("HTTP/1.0", b"one two", 7)


def test_a_chunked_body_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"3;x=y\r\nabc\r\n5\r\ndef\r\n\r\n0\r\nTrailer: 1\r\n\r\n"

    response = answered(head, *[bytes([byte]) for byte in chunks], HOLD)

    assert (response.body, response.raw_size) == (b"abcdef\r\n", 8)


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP"])
def test_a_compressed_body_is_decoded_and_its_headers_stay(coding: bytes) -> None:
    packed = gzip.compress(b"a" * 1000)

    response = answered(answer(packed, b"Content-Encoding: " + coding), HOLD)

    assert (response.body, response.raw_size) == (b"a" * 1000, len(packed))
    assert response.header("content-encoding") == coding.decode()


def test_two_headers_of_content_coding_are_one_list() -> None:
    headers = (b"Content-Encoding: gzip", b"Content-Encoding: br")

    assert "Content-Encoding 'gzip, br'" in failed(answer(b"x", *headers), HOLD)[1]


def test_a_file_may_be_gzip_without_a_coding() -> None:
    packed = gzip.compress(b"a")

    assert answered(answer(packed, b"Content-Type: application/gzip"), HOLD).body == packed


def test_an_answer_sent_before_the_request_is_read_counts() -> None:
    early = answer(b"", status=b"408 Request Timeout")
    with WireServer([[early, HOLD]]) as server, Client(Target.parse(server.url)) as client:
        exchange = client.send(GET)

    assert exchange.response is not None
    assert exchange.response.status == 408


@pytest.mark.parametrize(
    ("script", "kind", "says"),
    [
        ([], FailureKind.DROPPED, "closed the connection without a response"),
        ([RESET], FailureKind.DROPPED, "without a response"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"], FailureKind.DROPPED, "without a response"),
        ([b"H"], FailureKind.TRUNCATED, "in the headers"),
        ([b"HTTP/1.1 200 OK\r\nA: b\r\n"], FailureKind.TRUNCATED, "in the headers"),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\nabc"],
            FailureKind.TRUNCATED,
            "in the body of a 200, after 3 of 1,234 bytes",
        ),
        (
            [b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"],
            FailureKind.TRUNCATED,
            "in the body of a 500, after 3 bytes",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"],
            FailureKind.TRUNCATED,
            "after 3 bytes",
        ),
        ([b"SSH-2.0-OpenSSH_9.2\r\n", HOLD], FailureKind.MALFORMED, "starts with 'SSH-2.0-Ope"),
        ([b"HTTP/2.0 200 OK\r\n\r\n"], FailureKind.MALFORMED, "not HTTP/1.x"),
        ([b"HTTP/1.1 OK\r\n\r\n"], FailureKind.MALFORMED, "illegal status line 'HTTP/1.1 OK'"),
        ([b"\x15\x03\x01\x00\x02\x02\x16"], FailureKind.MALFORMED, "is TLS and not HTTP/1.x, so"),
        ([b"<html>"], FailureKind.MALFORMED, "starts with '<html>'"),
        ([b"HTTP/1.1 99 X\r\n\r\n"], FailureKind.MALFORMED, "illegal status line"),
        (
            [b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"],
            FailureKind.MALFORMED,
            "is not valid HTTP: illegal header line 'bad header'",
        ),
        ([b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"], FailureKind.MALFORMED, r"'A: \u0000'"),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
            FailureKind.MALFORMED,
            "bad Content-Length",
        ),
        (
            [
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"3\r\nabc\r\n0\r\n\r\n",
            ],
            FailureKind.MALFORMED,
            "both Content-Length and Transfer-Encoding",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
            FailureKind.MALFORMED,
            "conflicting Content-Length",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"],
            FailureKind.MALFORMED,
            "Only Transfer-Encoding: chunked is supported",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", HOLD],
            FailureKind.MALFORMED,
            "illegal chunk header",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", HOLD],
            FailureKind.MALFORMED,
            "malformed chunk footer 'bc'",
        ),
        (
            [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", HOLD],
            FailureKind.MALFORMED,
            "switches to another protocol",
        ),
        (
            [b"HTTP/1.1 102 Processing\r\n\r\n" * 30, HOLD],
            FailureKind.MALFORMED,
            "more than 20 interim responses",
        ),
        (
            [answer(b"plain", b"Content-Encoding: gzip"), HOLD],
            FailureKind.CODING,
            "not valid gzip: incorrect header check",
        ),
        (
            [answer(gzip.compress(b"a")[:-1], b"Content-Encoding: gzip"), HOLD],
            FailureKind.CODING,
            "not valid gzip: it ends too early",
        ),
        ([answer(b"x", b"Content-Encoding: br"), HOLD], FailureKind.UNDECODED, "-Encoding 'br'"),
        ([answer(b"{}", b"Content-Encoding: br"), HOLD], FailureKind.CODING, "not coded as its"),
        ([answer(b"x", b"Content-Encoding: zstd"), HOLD], FailureKind.CODING, "not coded as its"),
        ([answer(b"x", b"Content-Encoding: utf-8"), HOLD], FailureKind.CODING, "not a content cod"),
        (
            [answer(gzip.compress(b"{}"), b"Content-Type: application/json"), HOLD],
            FailureKind.CODING,
            "is gzip, but it has no Content-Encoding",
        ),
        (
            [
                answer(
                    gzip.compress(gzip.compress(b"{}")),
                    b"Content-Type: text/plain",
                    b"Content-Encoding: gzip",
                ),
                HOLD,
            ],
            FailureKind.CODING,
            "once more than Content-Encoding says",
        ),
    ],
)
def test_what_is_no_answer_is_told_apart(script: Script, kind: FailureKind, says: str) -> None:
    found, message = failed(*script)

    assert found is kind
    assert says in message


def test_a_reset_within_a_body_that_ends_with_the_connection_cuts_it() -> None:
    kind, message = failed(b"HTTP/1.0 200 OK\r\n\r\nabc", Drip(b"d", 0.05), RESET)

    assert (kind, "after" in message) == (FailureKind.TRUNCATED, True)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n"], "headers"),
        ([b"HTTP/1.1 200 OK\r\nA: " + b"b" * 2000 + b"\r\n\r\n"], "headers"),
        ([b"HTTP/1.1 200 OK\r\nA: " + b"b" * 200_000, HOLD], "headers"),
        ([b"HTTP/1.1 200 OK" + b" " * 200_000, HOLD], "headers"),
        ([answer(b"b" * 1001)], "body"),
        ([answer(gzip.compress(b"b" * 1001), b"Content-Encoding: gzip")], "body"),
        ([answer(gzip.compress(b"") * 100, b"Content-Encoding: gzip")], "body"),
        ([b"HTTP/1.1 200 OK\r\n\r\n" + b"b" * 5000, HOLD], "body"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"b" * 5000, HOLD],
            "chunked body",
        ),
    ],
)
def test_what_is_too_large_is_not_taken_in(script: Script, says: str) -> None:
    kind, message = failed(*script, max_body=1000, max_header=1000)

    assert kind is FailureKind.TOO_LARGE
    assert says in message
    assert "1,000 bytes" in message


def test_what_is_just_large_enough_is_taken_in() -> None:
    value = b"b" * 950
    script = [b"HTTP/1.1 200 OK\r\nA: %b\r\n\r\n" % value, b"c" * 1000]

    assert len(answered(*script, max_body=1000, max_header=1000).body) == 1000


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([HOLD], "There was no response within 0.2 s."),
        ([Drip(b"HTTP/1.1 200 OK" * 9, 0.01), HOLD], "not complete within 0.2 s"),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", Drip(b"x" * 99, 0.01), HOLD],
            "stopped in the body of a 200, after ",
        ),
        ([b"HTTP/1.1 102 Processing\r\n\r\n", HOLD], "it stopped in the headers"),
    ],
)
def test_no_trick_stretches_the_time_limit(script: Script, says: str) -> None:
    began = time.monotonic()
    kind, message = failed(*script, timeout=0.2)

    assert kind is FailureKind.TIMEOUT
    assert says in message
    assert time.monotonic() - began < 5


def test_a_request_that_the_server_does_not_read_is_bounded_in_time_too() -> None:
    with (
        WireServer([[STALL]]) as server,
        Client(Target.parse(server.url), timeout=0.2) as client,
    ):
        exchange = client.send(Request("POST", b"/", body=b"x" * 50_000_000))

    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize(
    "script",
    [
        [b"hush-hush says SSH\r\n"],
        [b"HTTP/1.1 200 OK\r\nhush-hush\r\n\r\n"],
        [b"HTTP/1.1 hush-hush\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"x" * 55 + b"hush-hush" + b"\r\n\r\n"],
        [b"x" * 55 + b"hush-hush"],
        [b"x" * 195 + b"hush-hush"],
        [b"hush-hu"],
        [answer(b"x", b"Content-Encoding: hush-hush"), HOLD],
    ],
)
def test_no_message_repeats_a_secret(script: Script) -> None:
    _, message = failed(*script, masker=Redaction(("hush-hush",)))

    assert "hush" not in message


def test_a_message_is_short_however_long_the_line_it_quotes() -> None:
    _, message = failed(b"HTTP/1.1 200 OK\r\n" + b"x" * 50_000 + b"\r\n\r\n")

    assert len(message) < 200
