from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.http.request_writer import asks_to_close, completed, encoded

TARGETS = st.binary(min_size=1).map(lambda raw: raw.translate(None, b"\r\n \0")).filter(bool)


@given(TARGETS)
def test_a_target_is_put_on_the_wire_untouched(target: bytes) -> None:
    assert encoded(Request("GET", target)) == b"GET " + target + b" HTTP/1.1\r\n\r\n"


def test_headers_keep_their_case_order_and_repeats() -> None:
    headers = (("x-B", "1"), ("A", ""), ("X-b", "caf\xe9\t"))

    written = encoded(Request("M-SEARCH", b"*", headers, b"\r\nbody"))

    assert written == b"M-SEARCH * HTTP/1.1\r\nx-B: 1\r\nA: \r\nX-b: caf\xe9\t\r\n\r\n\r\nbody"


@pytest.mark.parametrize("target", [b"", b"/a b", b"/\r\nX: y", b"/\n", b"/\r", b"/\0"])
def test_a_target_that_would_end_early_is_refused(target: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be a target"):
        encoded(Request("GET", target))


@pytest.mark.parametrize("method", ["", "GET /", "G\nET", "G\tET", "G\xcbT"])
def test_a_method_that_is_no_word_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="cannot be a method"):
        encoded(Request(method, b"/"))


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "a\n", "a\0", " a"])
def test_the_name_of_a_header_is_one_word(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a header"):
        encoded(Request("GET", b"/", ((name, "x"),)))


@pytest.mark.parametrize("value", ["hush\r\nX: y", "hush\n", "hush\r", "hush\0", "hush\u0100"])
def test_a_header_cannot_become_two_and_its_value_is_not_told(value: str) -> None:
    with pytest.raises(ValueError, match="Authorization") as raised:
        encoded(Request("GET", b"/", (("Authorization", value),)))

    assert "hush" not in str(raised.value)


def test_host_comes_first_where_it_is_missing() -> None:
    request = completed(Request("GET", b"/", (("A", "b"),)), "h:1")

    assert request == Request("GET", b"/", (("Host", "h:1"), ("A", "b")))


def test_what_a_probe_says_itself_is_left_alone() -> None:
    headers = (("hOST", "other"), ("cONTENT-lENGTH", "7"), ("cONNECTION", "x"))
    request = Request("POST", b"/", headers, b"1")

    assert completed(request, "h") == request


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("GET", b"", None), ("POST", b"", "0"), ("GET", b"ab", "2"), ("DELETE", b"", None)],
)
def test_a_body_is_announced(method: str, body: bytes, length: str | None) -> None:
    headers = dict(completed(Request(method, b"/", body=body), "h").headers)

    assert headers.get("Content-Length") == length


def test_a_chunked_body_is_announced_by_whoever_chunked_it() -> None:
    chunked = Request("POST", b"/", (("Transfer-Encoding", "chunked"),), b"0\r\n\r\n")

    assert "Content-Length" not in dict(completed(chunked, "h").headers)


def test_a_request_can_ask_the_server_to_close() -> None:
    assert asks_to_close((("connection", "a, CLOSE"),))
    assert not asks_to_close((("X", "close"), ("Connection", "keep-alive")))
