"""The proxy passes everything on as it came, and says of each answer what is wrong with it."""

from __future__ import annotations

import gzip
import json
import re
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.verdicts.verdict import Exit
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.register import Level
from ruangkerja.traffic.proxy import forwarder, live, operations
from ruangkerja.traffic.proxy.operations import Policy
from ruangkerja.traffic.proxy.serve import Proxy, ProxyConfig
from tests.helpers import running
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error, serving
from tests.helpers.recordings import course_page
from tests.helpers.wire_server import HOLD, READ, RESET, STALL, Script, WireServer, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run

CONTRACT = contracts.load()
PATH = b"/ruangkerja/dashboard/courses/C-1/online/users?page=1&pageSize=10"
GET = b"GET " + PATH + b" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Tk-12345678\r\n\r\n"
JSON = b"Content-Type: application/json"


@contextmanager
def proxying(
    url: str,
    *,
    token: str | None = None,
    connection: ConnectionSettings | None = None,
    **policy: Any,
) -> Iterator[Proxy]:
    told: list[str] = []
    config = ProxyConfig(
        CONTRACT,
        Target.parse(url),
        token=token,
        connection=connection or ConnectionSettings(),
        policy=Policy(**policy),
    )
    with Proxy(config, JudgeOptions(passive=True), tell=told.append) as proxy:
        proxy.told = told  # type: ignore[attr-defined]
        yield proxy


def told(proxy: Proxy) -> list[str]:
    return proxy.told  # type: ignore[attr-defined, no-any-return]


def connected(proxy: Proxy, *, buffer: int | None = None) -> socket.socket:
    """Connect; `buffer` is how many bytes the system takes before the client reads them."""
    target = Target.parse(proxy.url)
    connection = socket.socket()
    connection.settimeout(10)
    if buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect((target.host, target.port))
    return connection


def ask(proxy: Proxy, sent: bytes = GET) -> bytes:
    """Send bytes, and give all that comes back; the proxy is told to close after the first."""
    with connected(proxy) as connection:
        connection.sendall(sent.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        return rest(connection)


def rest(connection: socket.socket) -> bytes:
    got = b""
    while data := connection.recv(65_536):
        got += data
    return got


def page(**changes: Any) -> bytes:
    body = course_page()
    body["data"]["items"][3].update(changes)
    return json.dumps(body).encode()


def headers(got: bytes) -> dict[str, str]:
    lines = got.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


def body(got: bytes) -> Any:
    return json.loads(got.partition(b"\r\n\r\n")[2])


def outcomes(run: Run) -> dict[str, str]:
    return {v.requirement.id: v.outcome.value for v in run.verdicts}


def test_what_is_not_of_the_contract_passes_untouched() -> None:
    reply = b"HTTP/1.1 299 Odd\r\nX-One: 1\r\nx-TWO: 2\r\nX-One: 3\r\nContent-Length: 2\r\n\r\n{}"
    with WireServer([[READ, reply]]) as upstream, proxying(f"{upstream.url}/base") as proxy:
        got = ask(
            proxy,
            b"POST /any%2Fthing?a=1;b&&c HTTP/1.1\r\nHost: localhost\r\nX-b: 1\r\nX-A: 2\r\n"
            b"X-b: 3\r\nTE: trailers\r\nContent-Length: 5\r\n\r\nhello",
        )
    [passed] = upstream.requests
    assert re.sub(rb"ruangkerja-[0-9a-f]{8}", b"ruangkerja", passed) == (
        b"POST /base/any%2Fthing?a=1;b&&c HTTP/1.1\r\nHost: 127.0.0.1:"
        + str(upstream.port).encode()
        + b"\r\nX-b: 1\r\nX-A: 2\r\nX-b: 3\r\nContent-Length: 5\r\nVia: 1.1 ruangkerja\r\n\r\nhello"
    )
    assert got.startswith(b"HTTP/1.1 299 Odd\r\nX-One: 1\r\nx-TWO: 2\r\nX-One: 3\r\n")
    assert got.endswith(b"\r\n\r\n{}")


def test_a_conforming_answer_passes_untouched_and_is_judged() -> None:
    reply = answer(page(), JSON, b"X-Any: thing")
    with WireServer([[READ, reply]]) as upstream, proxying(upstream.url) as proxy:
        got = ask(proxy)
    got = re.sub(rb"\r\nDate: [^\r]+", b"", got)
    assert got == reply.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    assert told(proxy) == []
    run = proxy.conclude()
    assert run.exit == 0
    assert outcomes(run)["ITEM-07"] == "passed"


def test_a_violation_is_told_once_and_named_in_a_header() -> None:
    wrong = answer(page(status="done"), JSON, b"Access-Control-Allow-Origin: *")
    script: Script = [READ, wrong, READ, wrong, HOLD]
    with WireServer([script]) as upstream, proxying(upstream.url) as proxy:
        with connected(proxy) as connection:
            connection.sendall(GET)
            first = connection.recv(65_536)
            connection.sendall(GET.replace(b"C-1", b"C-2"))
            connection.recv(65_536)
        assert headers(first)["Contract-Violations"] == (
            'ITEM-07;level=must;count=1;field="/data/items/3/status"'
        )
        assert headers(first)["Access-Control-Expose-Headers"] == "Contract-Violations"
        assert body(first) == json.loads(page(status="done"))
        [line] = told(proxy)
        assert line.startswith("#1 ITEM-07 MUST C-1, page 1 at pageSize 10, row 4, field /data/")
    run = proxy.conclude()
    assert run.exit == 1
    assert {v.requirement.id: v.count for v in run.verdicts}["ITEM-07"] == 2


def test_what_only_several_answers_show_is_told_as_it_gathers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "_SOON", 0)
    twice = course_page(page=2)
    twice["data"]["items"][0] = course_page()["data"]["items"][0]
    script: Script = [
        READ,
        answer(page(), JSON),
        READ,
        answer(json.dumps(twice).encode(), JSON),
        HOLD,
    ]
    with (
        WireServer([script]) as upstream,
        proxying(upstream.url) as proxy,
        connected(proxy) as connection,
    ):
        connection.sendall(GET)
        connection.recv(65_536)
        connection.sendall(GET.replace(b"page=1", b"page=2"))
        assert "Contract-Violations" not in headers(connection.recv(65_536))
    assert any(" PAGE-06 MUST " in line for line in told(proxy))
    assert outcomes(proxy.conclude())["PAGE-06"] == "failed"


def test_with_enforce_a_violation_is_replaced_by_the_contracts_error() -> None:
    wrong = answer(page(status="done"), JSON)
    with WireServer([[READ, wrong]]) as upstream, proxying(upstream.url, enforce=True) as proxy:
        got = ask(proxy)
    assert got.startswith(b"HTTP/1.1 502 ")
    assert CONTRACT.error is not None
    assert CONTRACT.error.schema.accepts(body(got))
    assert "ITEM-07: C-1, page 1" in body(got)["detail"]
    assert headers(got)["Contract-Violations"].startswith("ITEM-07")


def test_with_enforce_a_should_is_let_through_unless_it_counts() -> None:
    early = answer(page(preTest=101), JSON)
    with WireServer([[READ, early]]) as upstream, proxying(upstream.url, enforce=True) as proxy:
        assert ask(proxy).startswith(b"HTTP/1.1 200 ")
    strict: dict[str, Any] = {"enforce": True, "fail_on": Level.SHOULD}
    with WireServer([[READ, early]]) as upstream, proxying(upstream.url, **strict) as proxy:
        assert ask(proxy).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([READ, answer(b"<html>", status=b"404 Not Found")], "404"),
        ([READ, answer(b"", status=b"501 Not Implemented")], "501"),
        ([READ, answer(b"{}", status=b"500 Oops")], "500"),
        ([READ], "dropped"),
        ([READ, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"], "truncated"),
        ([READ, b"SSH-2.0-OpenSSH\r\n"], "malformed"),
        ([READ, b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", HOLD], "malformed"),
        ([READ, RESET], "dropped"),
    ],
)
def test_with_fallback_the_stub_answers_what_the_upstream_does_not(
    script: Script, reason: str
) -> None:
    with WireServer([script]) as upstream, proxying(upstream.url, fallback=True) as proxy:
        got = ask(proxy)
    assert got.startswith(b"HTTP/1.1 200 ")
    assert headers(got)["Contract-Fallback"] == reason
    assert len(body(got)["data"]["items"]) == 10


def test_with_fallback_an_error_in_the_contracts_form_is_the_upstreams() -> None:
    rejected = answer(json.dumps(error(404, "gone").body).encode(), JSON, status=b"404 Not Found")
    with WireServer([[READ, rejected]]) as upstream, proxying(upstream.url, fallback=True) as proxy:
        assert ask(proxy).startswith(b"HTTP/1.1 404 ")


def test_with_fallback_a_browser_may_ask_first() -> None:
    preflight = (
        b"OPTIONS " + PATH + b" HTTP/1.1\r\nHost: localhost\r\nOrigin: http://app\r\n"
        b"Access-Control-Request-Method: GET\r\n\r\n"
    )
    with nobody() as url, proxying(url, fallback=True) as proxy:
        got = ask(proxy, preflight)
    assert got.startswith(b"HTTP/1.1 204 ")
    assert headers(got)["Contract-Fallback"] == "refused"


@contextmanager
def nobody() -> Iterator[str]:
    """A port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_an_upstream_that_does_not_answer_is_said_in_the_contracts_form() -> None:
    with nobody() as url, proxying(url) as proxy:
        got = ask(proxy)
        other = ask(proxy, b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert f"{url} does not respond: Nothing listens at" in body(got)["detail"]
    assert other.startswith(b"HTTP/1.1 502 ")
    assert b"Content-Type: text/plain" in other
    assert outcomes(proxy.conclude())["HTTP-04"] == "warned"


def test_an_upstream_that_is_too_slow_is_given_up() -> None:
    with WireServer([[READ, STALL]]) as upstream, proxying(upstream.url, timeout=0.2) as proxy:
        got = ask(proxy)
    assert got.startswith(b"HTTP/1.1 504 ")
    assert outcomes(proxy.conclude())["HTTP-05"] == "failed"


def test_a_client_that_leaves_is_not_held_against_the_upstream() -> None:
    with WireServer([[READ, HOLD]]) as upstream, proxying(upstream.url) as proxy:
        with connected(proxy) as connection:
            connection.sendall(GET)
            while not upstream.requests:
                pass
        while not proxy.live.given_up:
            pass
    assert proxy.live.given_up == 1


def test_a_connection_that_the_upstream_closed_meanwhile_is_replaced() -> None:
    closed: Script = [READ, answer(page(), JSON)]
    with WireServer([closed, closed]) as upstream, proxying(upstream.url) as proxy:
        assert ask(proxy).startswith(b"HTTP/1.1 200 ")
        assert ask(proxy).startswith(b"HTTP/1.1 200 ")
        assert upstream.connections == 2
    assert proxy.conclude().exit == 0


def test_connections_are_kept_on_both_sides() -> None:
    script: Script = [*(READ, answer(page(), JSON)) * 3, HOLD]
    with WireServer([script]) as upstream, proxying(upstream.url) as proxy:
        with connected(proxy) as connection:
            for _ in range(3):
                connection.sendall(GET)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        assert upstream.connections == 1


def test_bodies_stream_both_ways() -> None:
    lines: list[bytes] = []

    def read_rest() -> None:
        lines.append(b"began")

    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"
    script: Script = [READ, chunks, read_rest, STALL]
    with (
        WireServer([script]) as upstream,
        proxying(upstream.url) as proxy,
        connected(proxy) as connection,
    ):
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while b"one" not in got:
            got += connection.recv(65_536)
    assert got.endswith(b"3\r\none\r\n")
    assert lines == [b"began"]


def test_an_answer_that_ends_in_the_middle_ends_there_for_the_client_too() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    with WireServer([[READ, half]]) as upstream, proxying(upstream.url) as proxy:
        got = ask(proxy, b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert got.endswith(b"\r\n\r\nhalf")


def test_an_answer_that_is_too_large_is_passed_on_unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_BODY", 1000)
    with WireServer([[READ, answer(page(), JSON)]]) as upstream, proxying(upstream.url) as proxy:
        got = ask(proxy)
    assert body(got) == json.loads(page())
    run = proxy.conclude()
    assert run.exit == 3
    assert "1 response was too large to be judged, and passed on" in run.notes


def test_a_request_that_is_too_large_is_passed_on_unjudged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarder, "MOST_SENT", 3)
    sent = GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nhello")
    with WireServer([[READ, answer(page(), JSON)]]) as upstream, proxying(upstream.url) as proxy:
        assert body(ask(proxy, sent)) == json.loads(page())
    assert upstream.requests[0].endswith(b"\r\n\r\nhello")


def test_compressed_answers_are_judged_and_passed_as_they_are() -> None:
    packed = gzip.compress(page(status="done"))
    sent = GET.replace(b"\r\n\r\n", b"\r\nAccept-Encoding: br, gzip;q=0.9, zstd\r\n\r\n")
    script: Script = [READ, answer(packed, JSON, b"Content-Encoding: gzip")]
    with WireServer([script]) as upstream, proxying(upstream.url) as proxy:
        got = ask(proxy, sent)
    assert b"Accept-Encoding: gzip;q=0.9\r\n" in upstream.requests[0]
    assert got.partition(b"\r\n\r\n")[2] == packed
    assert headers(got)["Contract-Violations"].startswith("ITEM-07")


def test_another_protocol_than_websocket_is_not_passed_on() -> None:
    asked = b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with WireServer([[READ, answer(b"plain")]]) as upstream, proxying(upstream.url) as proxy:
        got = ask(proxy, asked)
    assert got.endswith(b"plain")
    assert b"pgrade" not in upstream.requests[0]


def test_what_is_no_request_for_a_server_is_refused() -> None:
    with nobody() as url, proxying(url) as proxy:
        assert ask(proxy, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 501 ")
        assert ask(proxy, b"no http at all\r\n\r\n").startswith(b"HTTP/1.0 400 ")
        assert ask(proxy, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 400 ")
        twice = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
        assert ask(proxy, twice).startswith(b"HTTP/1.0 400 ")
        with connected(proxy) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 66_000)
            assert rest(connection).startswith(b"HTTP/1.0 400 ")


def test_a_client_that_takes_it_for_a_forward_proxy_is_served_for_the_upstream() -> None:
    with WireServer([[READ, answer(page(), JSON)]]) as upstream, proxying(upstream.url) as proxy:
        to_upstream = GET.replace(b"GET /", b"GET " + upstream.url.encode() + b"/", 1)
        assert ask(proxy, to_upstream).startswith(b"HTTP/1.1 200 ")
        assert upstream.requests[0].startswith(b"GET " + PATH + b" ")
        elsewhere = GET.replace(b"GET /", b"GET http://elsewhere.example.com/", 1)
        assert ask(proxy, elsewhere).startswith(b"HTTP/1.1 421 ")
        # The headers are those of a request that was passed on.
        assert ask(proxy, GET.replace(b" HTTP", b"#a HTTP", 1)).startswith(b"HTTP/1.1 400 ")
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("known", [None, "Tk-12345678", "Tk-99887766"])
def test_a_token_that_an_error_repeats_is_found_whether_it_is_the_valid_one_or_not(
    known: str | None,
) -> None:
    echo = json.dumps(error(403, "Tk-12345678 is not valid").body).encode()
    with (
        WireServer([[READ, answer(echo, JSON, status=b"403 Forbidden")]]) as upstream,
        proxying(upstream.url, token=known) as proxy,
    ):
        ask(proxy, GET)
    assert outcomes(proxy.conclude())["AUTH-08"] == "warned"


def test_no_token_is_told_or_reported(tmp_path: Path) -> None:
    token = "Tk-4f3e2d1c0b9a8877"  # noqa: S105 - it opens nothing
    echo = json.dumps(error(403, f"no such token {token}").body).encode()
    lines: list[str] = []
    with WireServer([[READ, answer(echo, JSON, status=b"403 Forbidden")]]) as upstream:
        config = ProxyConfig(CONTRACT, Target.parse(upstream.url))
        judge_options = JudgeOptions(passive=True, report_dir=tmp_path)
        with Proxy(config, judge_options, tell=lines.append) as proxy:
            got = ask(proxy, GET.replace(b"Tk-12345678", token.encode()))
    assert token in str(body(got))
    run = proxy.conclude()
    assert outcomes(run)["AUTH-08"] == "warned"
    written = "".join(p.read_text(errors="replace") for p in tmp_path.iterdir())
    assert "AUTH-08" in written
    assert token not in written + "".join(lines)


def every_size_is_ten(_: Asked, reply: Answer) -> Answer:
    if reply.status == 200:
        reply.body["data"]["items"] = reply.body["data"]["items"][:10]
    return reply


def nobody_is_refused(asked: Asked, reply: Answer) -> Answer:
    if reply.status in {401, 403}:
        return Answer(200, course_page())
    del asked
    return reply


# The check knows which courses exist, which requests shared a connection, and which were under way
# at once. The proxy does not.
LEFT_OPEN = {"PATH-04", "PATH-05", "AUTH-09", "HTTP-06"}
# They also judge the tokens that were sent on a connection with a valid one.
TOKENS = {"AUTH-02", "AUTH-03"}


@pytest.mark.parametrize("change", [lambda _, reply: reply, every_size_is_ten, nobody_is_refused])
def test_a_check_through_the_proxy_is_judged_as_the_check_was(
    change: Callable[[Asked, Answer], Answer],
) -> None:
    backend = Backend(change=change)
    with serving(backend) as url, proxying(url, token=TOKEN) as proxy:
        checked = running.run_at(proxy.url, courses=("C-100",))
    passed = proxy.conclude()
    expected = {v.requirement.id: (v.outcome.value, v.count) for v in checked.verdicts}
    found = {v.requirement.id: (v.outcome.value, v.count) for v in passed.verdicts}
    assert {found[each] for each in LEFT_OPEN} == {("skipped", 0)}
    for id_ in TOKENS:
        assert found[id_][0] == expected[id_][0]
        assert found[id_][1] >= expected[id_][1]
    rest = expected.keys() - LEFT_OPEN - TOKENS
    assert {id_: found[id_] for id_ in rest} == {id_: expected[id_] for id_ in rest}
    assert passed.exit is checked.exit


def test_the_stub_is_found_conforming_through_the_proxy() -> None:
    with MockServer(CONTRACT, tokens=(TOKEN,)) as server:
        with proxying(server.url, token=TOKEN) as proxy:
            run = running.run_at(proxy.url, courses=("COURSE-EXAMPLE1",))
        assert (run.exit, proxy.conclude().exit) == (0, 0)
    assert told(proxy) == []


def test_a_request_is_read_below_the_path_of_the_upstream() -> None:
    with nobody() as url, proxying(f"{url}/api/v1") as proxy:
        assert proxy.live.is_judged(Request("GET", b"/api/v1" + PATH))
        assert not proxy.live.is_judged(Request("GET", PATH))


def test_an_exchange_that_cannot_be_kept_leaves_the_run_an_error_and_not_a_verdict() -> None:
    def is_full(_: object) -> None:
        raise OSError(28, "No space left on device", "exchanges.ndjson.part")

    with WireServer([(READ, answer(page(), JSON))]) as server, proxying(server.url) as proxy:
        proxy.live.keep = is_full
        assert b" 200 OK" in ask(proxy)
        ask(proxy)
    run = proxy.conclude()
    assert run.exit is Exit.TOOL_ERROR
    assert run.conclusion().startswith("error: exchanges.ndjson.part: No space left on device at ")
    assert len([line for line in told(proxy) if "a response could not be recorded: " in line]) == 1


def test_what_was_not_recorded_is_counted() -> None:
    with WireServer([(READ, answer(page(), JSON))]) as server, proxying(server.url) as proxy:
        ask(proxy)
        proxy.live.note_unrecorded(0)
        proxy.live.note_unrecorded(7)
    notes = [note for note in proxy.conclude().notes if "recorded" in note]
    assert notes == ["7 exchanges were checked, but not recorded, as the recording was full"]


def test_a_header_with_control_characters_is_passed_on_without_them() -> None:
    sent = answer(page(), JSON, b"X-Name: a\x1b[2Jb\x7f\tc")
    with WireServer([(READ, sent)]) as server, proxying(server.url) as proxy:
        assert b"X-Name: a [2Jb \tc\r\n" in ask(proxy)
