"""With --enforce, no response to an operation passes that could not be judged."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ruangkerja.traffic.proxy import forwarder, held, operations
from tests.helpers.wire_server import READ, WireServer, answer

from .test_proxy import CONTRACT, GET, JSON, PATH, ask, body, page, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.traffic.proxy.serve import Proxy

GOOD = answer(page(), JSON)


@pytest.fixture(scope="module")
def upstream() -> Iterator[WireServer]:
    with WireServer([[READ, GOOD]]) as server:
        yield server


@pytest.fixture
def proxy(upstream: WireServer) -> Iterator[Proxy]:
    upstream.requests.clear()
    upstream.scripts = [[READ, GOOD]]
    with proxying(upstream.url, enforce=True) as running:
        yield running


def assert_replaced(got: bytes, why: str) -> None:
    assert got.startswith(b"HTTP/1.1 502 ")
    assert CONTRACT.error is not None
    assert CONTRACT.error.schema.accepts(body(got))
    assert why in body(got)["detail"]


def test_a_response_that_conforms_passes(proxy: Proxy) -> None:
    assert ask(proxy).startswith(b"HTTP/1.1 200 ")


def test_a_full_disk_lets_nothing_pass_that_violates_and_holds_up_nothing_else(
    proxy: Proxy, upstream: WireServer
) -> None:
    def is_full(_: object) -> None:
        raise OSError(28, "No space left on device", "exchanges.ndjson.part")

    proxy.live.keep = is_full
    for _ in range(2):
        assert ask(proxy).startswith(b"HTTP/1.1 200 ")
    upstream.scripts = [[READ, answer(page(status="done"), JSON)]]
    assert_replaced(ask(proxy), "ITEM-07")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (answer(page(), JSON, status=b"206 Partial Content"), "the status is 206"),
        (answer(b"", status=b"304 Not Modified"), "the status is 304"),
        (answer(page(), JSON, b"Content-Encoding: br"), "br"),
        (answer(gzip.compress(page())[:-9], JSON, b"Content-Encoding: gzip"), "gzip"),
        # A browser shows it as a page, since the last one counts.
        (answer(page(), JSON, b"Content-Type: text/html"), "got application/json, text/html"),
    ],
)
def test_a_response_that_cannot_be_read_is_replaced(
    upstream: WireServer, proxy: Proxy, sent: bytes, why: str
) -> None:
    upstream.scripts = [[READ, sent]]
    assert_replaced(ask(proxy), why)


def test_a_response_that_is_too_large_is_replaced(
    monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    monkeypatch.setattr(operations, "MOST_BODY", 1024)
    assert_replaced(ask(proxy), "it is larger than 1 KiB")
    assert "1 response was too large to be judged, and replaced" in proxy.conclude().notes


def test_bodies_are_bounded_together_until_their_responses_are_sent(
    monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    monkeypatch.setattr(held, "MOST_HELD", len(page()) + 10)
    assert [ask(proxy)[:12] for _ in range(3)] == [b"HTTP/1.1 200"] * 3
    monkeypatch.setattr(held, "MOST_HELD", len(page()) - 10)
    assert_replaced(ask(proxy), "too many bodies are read at once")


def test_a_request_that_is_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, upstream: WireServer, proxy: Proxy
) -> None:
    monkeypatch.setattr(forwarder, "MOST_SENT", 3)
    sent = GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nhello")
    assert ask(proxy, sent).startswith(b"HTTP/1.1 413 ")
    assert upstream.requests == []


def test_a_response_whose_judge_fails_is_replaced(
    monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(proxy.live, "take", fail)
    assert_replaced(ask(proxy), "this tool failed")


def test_a_response_is_replaced_if_one_of_its_rules_fails(
    monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    applicable = proxy.live._judge._applicable
    broken = [(each, [replace(rules[0], of=fail)]) for each, rules in applicable.all[:1]]
    monkeypatch.setattr(applicable, "to", lambda _: (broken, None))
    assert_replaced(ask(proxy), "the rule failed: RuntimeError: out of order")


def test_a_whole_response_is_asked_for(upstream: WireServer, proxy: Proxy) -> None:
    wishes = b'Range: bytes=0-9\r\nIf-Range: "a"\r\nIf-None-Match: "a"\r\nIf-Modified-Since: x'
    sent = GET.replace(b"\r\n\r\n", b"\r\n" + wishes + b"\r\n\r\n")
    assert ask(proxy, sent).startswith(b"HTTP/1.1 200 ")
    assert not any(word in upstream.requests[0] for word in (b"Range", b"If-"))


@pytest.mark.parametrize(
    "change",
    [
        lambda path: b"/" + path,
        lambda path: b"/x/.." + path,
        lambda path: b"/%2e" + path,
        lambda path: path.replace(b"/dash", b"/%64ash"),
        lambda path: path.replace(b"/dash", b"/%2564ash"),
        lambda path: path.replace(b"/dash", b"%2Fdash"),
        lambda path: path.replace(b"/dash", b"\\dash"),
        lambda path: path.replace(b"/dash", b"/Dash"),
        lambda path: path.replace(b"/users", b"/users/"),
        lambda path: path.replace(b"/users", b"/users;v=1"),
    ],
)
def test_another_spelling_of_an_operation_is_refused(
    upstream: WireServer, proxy: Proxy, change: object
) -> None:
    assert callable(change)
    got = ask(proxy, GET.replace(PATH, change(PATH)))
    assert got.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/1.1 502 ")), got
    assert all(PATH in each for each in upstream.requests)


def test_what_is_not_of_the_contract_passes(proxy: Proxy) -> None:
    got = ask(proxy, b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200 ")
