"""How the client makes connections, keeps them, and gives them up."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.client import connector as dialling
from ruangkerja.conformance.client.client import Client, RequestLimit
from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.http.exchange import Exchange, FailureKind, Request
from ruangkerja.conformance.http.target import Target
from tests.helpers.wire_server import HOLD, READ, RESET, Script, WireServer, answer

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

GET = Request("GET", b"/")
TWICE: Script = [READ, answer(b"1"), READ, answer(b"2"), HOLD]


def bodies(exchanges: list[Exchange]) -> list[bytes | FailureKind]:
    return [
        e.response.body if e.response else e.failure.kind  # type: ignore[union-attr]
        for e in exchanges
    ]


def sent(server: WireServer, *requests: Request) -> list[bytes | FailureKind]:
    with Client(Target.parse(server.url)) as client:
        for request in requests:
            client.send(request)
        return bodies(client.exchanges)


def test_a_connection_is_used_again() -> None:
    with WireServer([TWICE]) as server:
        assert sent(server, GET, GET) == [b"1", b"2"]
        assert server.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        answer(b"1", b"Connection: close"),
        answer(b"1", b"CONNECTION: Keep-Alive, Close"),
        answer(b"1").replace(b"1.1", b"1.0"),
        answer(b"1") + b"HTTP/1.1 200 OK\r\n",
        answer(b"1") + b"\r\n",
    ],
)
def test_an_answer_can_end_its_connection(first: bytes) -> None:
    with WireServer([[READ, first, HOLD], TWICE]) as server:
        assert sent(server, GET, GET) == [b"1", b"1"]
        assert server.connections == 2


def test_a_request_can_end_its_connection() -> None:
    last = Request("GET", b"/", (("Connection", "close"),))
    with WireServer([TWICE]) as server:
        assert sent(server, last, GET) == [b"1", b"1"]
        assert server.connections == 2


def test_a_request_can_have_a_connection_to_itself() -> None:
    with (
        WireServer([TWICE]) as server,
        Client(Target.parse(server.url)) as client,
    ):
        client.send(GET)
        client.send(GET, alone=True)
        client.send(GET)

    assert bodies(client.exchanges) == [b"1", b"1", b"1"]
    assert server.connections == 3


@pytest.mark.parametrize(
    "first",
    [
        [READ, answer(b"1")],
        [READ, answer(b"1"), RESET],
        [READ, answer(b"1"), READ],
        [READ, answer(b"1"), READ, RESET],
    ],
)
def test_a_connection_that_went_stale_is_replaced_unseen(first: Script) -> None:
    with WireServer([first, TWICE]) as server:
        assert sent(server, GET, GET) == [b"1", b"1"]
        assert server.connections == 2


def test_requests_sent_together_are_under_way_at_once_and_released_in_order() -> None:
    both = threading.Barrier(2)
    read: list[bytes] = []

    def script(name: bytes) -> Script:
        return [READ, lambda: read.append(name), both.wait, answer(name)]

    with (
        WireServer([[READ, answer(b"0"), HOLD], script(b"1"), script(b"2")]) as server,
        Client(Target.parse(server.url)) as client,
    ):
        client.send(GET)
        exchanges = client.send_together([(GET, "first"), (GET, "second")])

    assert bodies(exchanges) == [b"1", b"2"]
    assert client.exchanges[1:] == exchanges
    assert [(e.number, e.overlapping, e.connection, e.note) for e in exchanges] == [
        (2, (3,), 2, "first"),
        (3, (2,), 3, "second"),
    ]
    assert sorted(read) == [b"1", b"2"]


def test_of_requests_sent_together_each_has_its_own_failure() -> None:
    with (
        WireServer([[READ], [READ, answer(b"2")], [READ, b"HTTP/1.1 200 OK\r\n"]]) as server,
        Client(Target.parse(server.url), max_requests=3) as client,
    ):
        exchanges = client.send_together([(GET, ""), (GET, ""), (GET, "")])
        with pytest.raises(RequestLimit):
            client.send_together([(GET, ""), (GET, "")])

    assert bodies(exchanges) == [FailureKind.DROPPED, b"2", FailureKind.TRUNCATED]


def test_requests_sent_together_share_one_time_limit() -> None:
    with (
        WireServer([[READ, HOLD]]) as server,
        Client(Target.parse(server.url), timeout=0.3) as client,
    ):
        exchanges = client.send_together([(GET, ""), (GET, "")])

    assert bodies(exchanges) == [FailureKind.TIMEOUT] * 2
    assert max(exchange.duration for exchange in exchanges) < 5


def test_exchanges_have_the_number_of_their_connection() -> None:
    with WireServer([TWICE]) as server, Client(Target.parse(server.url)) as client:
        for alone in (False, True, False, True):
            client.send(GET, alone=alone)

    assert [exchange.connection for exchange in client.exchanges] == [1, 2, 3, 4]
    assert not any("Connection" in dict(e.request.headers) for e in client.exchanges)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ([READ, answer(b"1")], True),
        ([READ, answer(b"1"), RESET], True),
        ([READ, answer(b"1"), READ, RESET], True),
        ([READ, answer(b"1", status=b"404 Not Found")], False),
        ([READ, answer(b"1", b"Keep-Alive: timeout=5")], False),
        ([READ, answer(b"1", b"Connection: close")], False),
        ([READ, answer(b"1"), HOLD], False),
    ],
)
def test_a_connection_in_use_that_is_closed_without_notice_is_told(
    first: Script, told: bool
) -> None:
    with WireServer([first, TWICE]) as server, Client(Target.parse(server.url)) as client:
        if HOLD in first:
            client.send(GET)
            client.close()
        else:
            client.send(GET)
        again = client.send(GET)

    assert (again.reconnected, again.connection) == (told, 2)


def test_a_connection_may_be_closed_after_an_error_that_follows_a_success() -> None:
    first = [READ, answer(b"1"), READ, answer(b"2", status=b"405 Method Not Allowed")]
    with WireServer([first, TWICE]) as server, Client(Target.parse(server.url)) as client:
        exchanges = [client.send(GET) for _ in range(3)]

    assert [(each.reconnected, each.connection) for each in exchanges] == [
        (False, 1),
        (False, 1),
        (False, 2),
    ]


def test_a_connection_that_was_idle_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        WireServer([[READ, answer(b"1")], TWICE]) as server,
        Client(Target.parse(server.url)) as client,
    ):
        monkeypatch.setattr("ruangkerja.conformance.client.connection._IN_USE", 0.0)
        client.send(GET)
        again = client.send(GET)

    assert (again.reconnected, again.connection) == (False, 2)


def test_on_a_new_connection_to_hang_up_is_to_drop_the_request() -> None:
    with WireServer([[READ, answer(b"1"), READ], [READ]]) as server:
        assert sent(server, GET, GET) == [b"1", FailureKind.DROPPED]
        assert server.connections == 2


def test_an_answer_cut_off_on_a_used_connection_is_not_asked_for_again() -> None:
    with WireServer([[READ, answer(b"1"), READ, b"HTTP"], TWICE]) as server:
        assert sent(server, GET, GET, GET) == [b"1", FailureKind.TRUNCATED, b"1"]


def test_bytes_that_come_late_do_not_become_the_next_answer() -> None:
    read, late = threading.Event(), threading.Event()
    first: Script = [READ, answer(b"1"), read.wait, b"HTTP/1.1 500 Late\r\n\r\n", late.set, HOLD]
    with WireServer([first, TWICE]) as server, Client(Target.parse(server.url)) as client:
        client.send(GET)
        read.set()
        late.wait(10)
        client.send(GET)

    assert bodies(client.exchanges) == [b"1", b"1"]


def test_after_a_failure_the_next_request_has_a_new_connection() -> None:
    with WireServer([[READ, b"garbage", HOLD], TWICE]) as server:
        assert sent(server, GET, GET) == [FailureKind.MALFORMED, b"1"]


def test_a_closed_client_can_be_used_again() -> None:
    with WireServer([TWICE]) as server:
        client = Client(Target.parse(server.url))
        client.send(GET)
        client.close()
        client.close()
        client.send(GET)
        client.close()

        assert bodies(client.exchanges) == [b"1", b"1"]


def failure(url: str, **options: float) -> tuple[FailureKind, str]:
    with Client(Target.parse(url), **options) as client:  # type: ignore[arg-type]
        exchange = client.send(GET)
    assert exchange.failure is not None
    return exchange.failure.kind, exchange.failure.message


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_closed_port_refuses() -> None:
    port = closed_port()

    assert failure(f"http://127.0.0.1:{port}") == (
        FailureKind.REFUSED,
        f"Nothing accepts connections at 127.0.0.1:{port}.",
    )


def test_an_unknown_name_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert failure("http://staging.example") == (
        FailureKind.UNREACHABLE,
        "The host name staging.example cannot be resolved (Name or service not known).",
    )


def test_a_host_without_a_route_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_route(*_: object) -> None:
        raise OSError(113, "No route to host")

    monkeypatch.setattr(dialling, "_connected", no_route)

    assert failure("http://127.0.0.1:9") == (
        FailureKind.UNREACHABLE,
        "127.0.0.1:9 cannot be reached: No route to host.",
    )


def test_a_look_up_is_not_waited_for_beyond_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = threading.Event()

    def slow(*_: object, flags: int, **__: object) -> list[object]:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        end.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    kind, message = failure("http://staging.example", timeout=0.1)
    end.set()

    assert kind is FailureKind.TIMEOUT
    assert message == "Resolving staging.example took longer than 0.1 s."


def test_a_host_that_swallows_connections_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    def swallowed(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(dialling, "_connected", swallowed)

    assert failure("http://127.0.0.1:9", timeout=5) == (
        FailureKind.TIMEOUT,
        "Connecting to 127.0.0.1:9 took longer than 5 s.",
    )


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with WireServer([TWICE]) as server:
        look_up = socket.getaddrinfo
        asked: list[object] = []

        def two(host: str, port: int, **options: int) -> list[object]:
            if options["flags"]:
                raise socket.gaierror(socket.EAI_NONAME, "not a number")
            asked.append(host)
            return [
                *look_up("127.0.0.1", closed_port(), type=socket.SOCK_STREAM),
                *look_up("127.0.0.1", port, type=socket.SOCK_STREAM),
            ]

        monkeypatch.setattr(socket, "getaddrinfo", two)
        with Client(Target.parse(f"http://two.example:{server.port}")) as client:
            client.send(GET, alone=True)
            client.send(GET, alone=True)

    assert bodies(client.exchanges) == [b"1", b"1"]
    assert asked == ["two.example"]


def test_ipv6_is_spoken() -> None:
    try:
        server = WireServer([TWICE], address="::1")
        server.__enter__()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        with Client(Target.parse(f"http://[::1]:{server.port}")) as client:
            client.send(GET)
    finally:
        server.__exit__()

    assert bodies(client.exchanges) == [b"1"]
    assert b"Host: [::1]:" in server.requests[0]


def test_tls_is_spoken_and_connections_kept(certificate: Path, tls: ssl.SSLContext) -> None:
    trusting = ConnectionSettings(ca_file=certificate)
    with (
        WireServer([TWICE], tls=tls) as server,
        Client(Target.parse(server.url), connection=trusting) as client,
    ):
        client.send(Request("POST", b"/", body=b"x" * 100_000))
        client.send(GET)

    assert bodies(client.exchanges) == [b"1", b"2"]
    assert server.connections == 1


def test_a_stale_tls_connection_is_replaced(certificate: Path, tls: ssl.SSLContext) -> None:
    trusting = ConnectionSettings(ca_file=certificate)
    with (
        WireServer([[READ, answer(b"1"), READ], TWICE], tls=tls) as server,
        Client(Target.parse(server.url), connection=trusting) as client,
    ):
        client.send(GET)
        client.send(GET)

    assert bodies(client.exchanges) == [b"1", b"1"]


def test_a_certificate_of_nobody_known_is_not_accepted(tls: ssl.SSLContext) -> None:
    with WireServer([TWICE], tls=tls) as server:
        kind, message = failure(server.url)

    assert kind is FailureKind.TLS
    assert message == (
        f"The certificate of localhost:{server.port} is not accepted: "
        "self-signed certificate in certificate chain."
    )


def test_a_certificate_of_another_host_is_not_accepted(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    trusting = ConnectionSettings(ca_file=certificate)
    with (
        WireServer([TWICE], tls=tls) as server,
        Client(Target.parse(f"https://127.0.0.1:{server.port}"), connection=trusting) as client,
    ):
        exchange = client.send(GET)

    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TLS
    assert "127.0.0.1" in exchange.failure.message


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n", HOLD], "start with http://"),
        ([b""], "TLS with "),
        ([RESET], "TLS with "),
    ],
)
def test_a_server_without_tls_is_told_apart(script: Script, says: str) -> None:
    with WireServer([script]) as server:
        kind, message = failure(f"https://127.0.0.1:{server.port}")

    assert kind is FailureKind.TLS
    assert says in message


def test_a_handshake_is_bounded_in_time() -> None:
    with WireServer([[HOLD]]) as server:
        kind, message = failure(f"https://127.0.0.1:{server.port}", timeout=0.2)

    assert kind is FailureKind.TIMEOUT
    assert "took longer than 0.2 s" in message


def test_plain_http_at_a_tls_port_is_told_apart(tls: ssl.SSLContext) -> None:
    with WireServer([TWICE], tls=tls) as server:
        kind, _ = failure(f"http://localhost:{server.port}")

    assert kind in {FailureKind.MALFORMED, FailureKind.DROPPED}
