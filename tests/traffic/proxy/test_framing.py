"""No message passes whose end two servers could see at different places (request smuggling)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.wire_server import HOLD, READ, Script, WireServer, answer

from .test_proxy import ask, connected, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.traffic.proxy.serve import Proxy

HOST = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODY = b"0\r\n\r\n"
EVIL = b"GET /evil HTTP/1.1\r\n" + HOST + b"\r\n"
OK = answer(b"ok")


@pytest.fixture(scope="module")
def upstream() -> Iterator[WireServer]:
    with WireServer([[READ, OK]]) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(upstream: WireServer) -> Iterator[Proxy]:
    with proxying(upstream.url) as running:
        yield running


def status(got: bytes) -> int:
    return int(got.split(b" ", 2)[1])


def post(*lines: bytes, rest: bytes = BODY, version: bytes = b"1.1") -> bytes:
    head = b"\r\n".join(lines)
    return b"POST /x HTTP/" + version + b"\r\n" + HOST + head + b"\r\n\r\n" + rest


REFUSED = {
    "CL.TE": (400, post(b"Content-Length: 4", b"Transfer-Encoding: chunked", rest=BODY + EVIL)),
    "TE.CL": (400, post(b"Transfer-Encoding: chunked", b"Content-Length: 4", rest=BODY + EVIL)),
    "empty TE and CL": (400, post(b"Transfer-Encoding:", b"Content-Length: 3", rest=b"abc")),
    "TE of HTTP/1.0": (400, post(b"Transfer-Encoding: chunked", version=b"1.0")),
    "unknown coding": (400, post(b"Transfer-Encoding: xchunked")),
    "another coding": (501, post(b"Transfer-Encoding: gzip, chunked")),
    "chunked first": (400, post(b"Transfer-Encoding: chunked, gzip")),
    "chunked twice": (400, post(b"Transfer-Encoding: chunked, chunked")),
    "two TE": (400, post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity")),
    "quoted TE": (400, post(b'Transfer-Encoding: "chunked"')),
    "space before colon": (400, post(b"Transfer-Encoding : chunked")),
    "vertical tab": (400, post(b"Transfer-Encoding: \x0bchunked")),
    "folded TE": (400, post(b"Transfer-Encoding:\r\n chunked")),
    "folded into a value": (400, post(b"X: a\r\n Transfer-Encoding: chunked")),
    "two CL": (400, post(b"Content-Length: 3", b"Content-Length: 5", rest=b"abcde")),
    "a list of CL": (400, post(b"Content-Length: 3, 3", rest=b"abc")),
    "CL with a sign": (400, post(b"Content-Length: +3", rest=b"abc")),
    "CL with _": (400, post(b"Content-Length: 1_0", rest=b"abcdefghij")),
    "hexadecimal CL": (400, post(b"Content-Length: 0x3", rest=b"abc")),
    "empty CL": (400, post(b"Content-Length:", rest=b"abc")),
    "CL too large": (400, post(b"Content-Length: 99999999999999999999999", rest=b"abc")),
    "bare LF": (400, b"GET /x HTTP/1.1\nHost: localhost\n\n"),
    "bare LF in a value": (400, post(b"X: a\nTransfer-Encoding: chunked")),
    "bare CR in a value": (400, post(b"X: a\rTransfer-Encoding: chunked")),
    "bare LF at the end": (400, b"GET /x HTTP/1.1\r\n" + HOST + b"\n"),
    "NUL": (400, post(b"X: a\0b")),
    "space in a name": (400, post(b"X Y: a")),
    "chunks with LF": (400, post(CHUNKED[:-2], rest=b"3\nabc\n0\n\n")),
    "chunk extension with LF": (400, post(CHUNKED[:-2], rest=b"3;a\nxx\r\nabc\r\n0\r\n\r\n")),
    "chunk extension with CR": (400, post(CHUNKED[:-2], rest=b"3;a\rxx\r\nabc\r\n0\r\n\r\n")),
    "chunk size with 0x": (400, post(CHUNKED[:-2], rest=b"0x3\r\nabc\r\n0\r\n\r\n")),
    "chunk size with a sign": (400, post(CHUNKED[:-2], rest=b"-3\r\nabc\r\n0\r\n\r\n")),
    "chunk size too large": (400, post(CHUNKED[:-2], rest=b"10000000000000003\r\nabc\r\n")),
    "chunk that goes on": (400, post(CHUNKED[:-2], rest=b"3\r\nabcXX0\r\n\r\n")),
    "no Host": (400, b"GET /x HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, post(b"Host: other", b"Content-Length: 0", rest=b"")),
    "HTTP/0.9": (505, b"GET /x\r\n\r\n"),
    "HTTP/2.0": (505, b"GET /x HTTP/2.0\r\n" + HOST + b"\r\n"),
    "fragment": (400, b"GET /x#y HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no path": (400, b"GET x HTTP/1.1\r\n" + HOST + b"\r\n"),
    "headers too large": (431, post(*[b"X: %b" % (b"a" * 8000)] * 9, rest=b"")),
    "a header too large": (400, post(b"X: %b" % (b"a" * 17_000), rest=b"")),
    "too many headers": (400, post(*[b"X: a"] * 200, rest=b"")),
    "CONNECT": (501, b"CONNECT far.test:443 HTTP/1.1\r\nHost: far.test\r\n\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_could_be_read_in_two_ways_is_refused(
    upstream: WireServer, proxy: Proxy, name: str
) -> None:
    upstream.requests.clear()
    expected, sent = REFUSED[name]
    with connected(proxy) as connection:
        connection.sendall(sent)
        got = b""
        while data := connection.recv(65_536):  # the proxy closes the connection
            got += data
    assert status(got) == expected
    # A request whose body is wrong can be under way already, and is never finished.
    assert not any(each.endswith(BODY) or b"evil" in each for each in upstream.requests)


PASSED = {
    "zeros": [b"Content-Length: 0003"],
    "underscores": [b"Content_Length: 4", b"Transfer_Encoding: chunked", b"Content-Length: 3"],
    "Connection names the length": [b"Connection: content-length", b"Content-Length: 3"],
    "Connection names others": [
        *(b"Connection: X-A", b"Connection: x_b, keep-alive", b"X-A: 1", b"X-B: 2"),
        b"Content-Length: 3",
    ],
    "headers for this connection": [
        *(b"TE: trailers", b"Trailer: X", b"Keep-Alive: 5", b"Proxy-Connection: close"),
        *(b"Proxy-Authorization: Basic eA==", b"Content-Length: 3"),
    ],
    "upgrade": [
        *(b"Connection: upgrade, http2-settings", b"Upgrade: h2c", b"HTTP2-Settings: AA"),
        b"Content-Length: 3",
    ],
}


@pytest.mark.parametrize("name", PASSED)
def test_a_request_is_framed_anew(upstream: WireServer, proxy: Proxy, name: str) -> None:
    upstream.requests.clear()
    assert status(ask(proxy, post(*PASSED[name], rest=b"abc"))) == 200
    [passed] = upstream.requests
    line, host, length, via, empty, body = passed.split(b"\r\n")
    assert (line, length, empty, body) == (b"POST /x HTTP/1.1", b"Content-Length: 3", b"", b"abc")
    assert host == b"Host: " + upstream.url[7:].encode()
    assert via.startswith(b"Via: 1.1 ruangkerja-")


@pytest.mark.parametrize("coding", [b"chunked", b"\tChunked"])
def test_chunks_are_made_anew(upstream: WireServer, proxy: Proxy, coding: bytes) -> None:
    upstream.requests.clear()
    sent = post(b"Transfer-Encoding:" + coding, rest=b'3;a="b"\r\nabc\r\n0\r\n\r\n')
    assert status(ask(proxy, sent)) == 200
    head = upstream.requests[0].partition(b"\r\n\r\n")[0]
    assert head.endswith(b"\r\nTransfer-Encoding: chunked")


def test_trailers_are_not_passed_on(upstream: WireServer, proxy: Proxy) -> None:
    upstream.requests.clear()
    sent = post(CHUNKED[:-2], rest=b"3\r\nabc\r\n0\r\nX-T: 1\r\nContent-Length: 9\r\n\r\n")
    got = ask(proxy, sent)
    assert status(got) in {200, 400}
    assert b"X-T" not in b"".join(upstream.requests)


def via(name: bytes) -> bytes:
    return b"GET /x HTTP/1.1\r\n" + HOST + b"Via: 1.0 fred, 1.1 " + name + b"\r\n\r\n"


def test_a_request_that_comes_back_is_refused(upstream: WireServer, proxy: Proxy) -> None:
    upstream.requests.clear()
    assert status(ask(proxy, via(b"other"))) == 200
    names = re.findall(rb"\r\nVia: ([^\r]+)", upstream.requests[0])
    assert names[0] == b"1.0 fred, 1.1 other"
    version, own = names[1].split(b" ")
    assert version == b"1.1"
    assert status(ask(proxy, via(own))) == 508


@pytest.mark.parametrize(
    ("method", "left", "passed"),
    [
        (b"TRACE", b"0", None),
        (b"OPTIONS", b"0", None),
        (b"TRACE", b"3", b"2"),
        (b"OPTIONS", b"1", b"0"),
        (b"GET", b"0", b"0"),
        (b"TRACE", b"x", b"x"),
    ],
)
def test_max_forwards_counts_this_proxy(
    upstream: WireServer, proxy: Proxy, method: bytes, left: bytes, passed: bytes | None
) -> None:
    upstream.requests.clear()
    sent = method + b" /x HTTP/1.1\r\n" + HOST + b"Max-Forwards: " + left + b"\r\n\r\n"
    got = status(ask(proxy, sent))
    if passed is None:
        assert got == {b"TRACE": 501, b"OPTIONS": 204}[method]
        assert upstream.requests == []
    else:
        assert got == 200
        assert b"\r\nMax-Forwards: " + passed + b"\r\n" in upstream.requests[0]


HEAD = b"HTTP/1.1 200 OK\r\n"
UNCLEAR = {
    "TE and CL": HEAD + CHUNKED + b"Content-Length: 30\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "CL and TE": HEAD + b"Content-Length: 3\r\n" + CHUNKED + b"\r\n2\r\nok\r\n0\r\n\r\n",
    "empty TE and CL": HEAD + b"Transfer-Encoding:\r\nContent-Length: 2\r\n\r\nok",
    "TE of HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + CHUNKED + b"\r\n2\r\nok\r\n0\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "coding without chunks": HEAD + b"Transfer-Encoding: gzip\r\n\r\nok",
    "chunked twice": HEAD + CHUNKED + CHUNKED + b"\r\n2\r\nok\r\n0\r\n\r\n",
    "two CL": HEAD + b"Content-Length: 2\r\nContent-Length: 4\r\n\r\nokok",
    "a list of CL": HEAD + b"Content-Length: 2, 2\r\n\r\nok",
    "CL with a sign": HEAD + b"Content-Length: +2\r\n\r\nok",
    "bare CR": HEAD + b"X: a\rY: b\r\nContent-Length: 2\r\n\r\nok",
    "NUL": HEAD + b"X: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "chunks with LF": HEAD + CHUNKED + b"\r\n2\nok\n0\n\n",
    "odd chunk size": HEAD + CHUNKED + b"\r\nzz\r\nok\r\n0\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/0.9": b"hello\r\n\r\n",
    "a status that is none": b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok",
    "101 unasked": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nok",
    "interim for ever": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 21 + OK,
    "headers too large": HEAD + b"X: %b\r\n" % (b"a" * 8000) * 9 + b"\r\n",
    "a header too large": HEAD + b"X: %b\r\n\r\n" % (b"a" * 17_000),
    "too many headers": HEAD + b"X: a\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_response_that_could_be_read_in_two_ways_is_replaced(
    upstream: WireServer, proxy: Proxy, name: str
) -> None:
    upstream.scripts = [[READ, UNCLEAR[name]]]
    got = ask(proxy, b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n")
    final = got[got.rindex(b"HTTP/1.1 ") :]  # behind interim responses
    assert status(final) == 502
    upstream.scripts = [[READ, OK]]


def test_interim_responses_are_passed_on(upstream: WireServer, proxy: Proxy) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: X\r\nX: 1\r\n\r\n"
    script: Script = [READ, b"HTTP/1.1 100 Continue\r\n\r\n", hints, OK]
    upstream.scripts = [script]
    got = ask(proxy, b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n")
    assert got.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n")
    old = ask(proxy, b"GET /x HTTP/1.0\r\n" + HOST + b"\r\n")
    assert old.startswith(b"HTTP/1.0 200 OK\r\n")
    upstream.scripts = [[READ, OK]]


def test_headers_of_one_connection_are_left_out_of_responses(
    upstream: WireServer, proxy: Proxy
) -> None:
    lines = b"Keep-Alive: 1\r\nProxy-Authenticate: Basic\r\nProxy-Authentication-Info: x\r\n"
    lines += b"Upgrade: h2c\r\nTrailer: X\r\nProxy-Connection: close\r\nConnection: X-A\r\n"
    upstream.scripts = [[READ, HEAD + lines + b"X-A: 1\r\nX-B: 2\r\nContent-Length: 02\r\n\r\nok"]]
    got = ask(proxy, b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n")
    head = re.sub(rb"Date: [^\r]+\r\n", b"", got)
    assert head == HEAD + b"X-B: 2\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    upstream.scripts = [[READ, OK]]


def test_a_reason_with_control_characters_is_passed_on_without_them(
    upstream: WireServer, proxy: Proxy
) -> None:
    upstream.scripts = [[READ, b"HTTP/1.1 200 O\x1b[2JK\r\nContent-Length: 2\r\n\r\nok", HOLD]]
    got = ask(proxy, b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n")
    assert got.startswith(b"HTTP/1.1 200 O [2JK\r\n")
    upstream.scripts = [[READ, OK]]
