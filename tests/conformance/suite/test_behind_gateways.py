"""A check gets through what stands in front of a server, or says what is missing."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.client.http_proxy import HttpProxy
from ruangkerja.conformance.reporting.run.model import NotJudgedError
from ruangkerja.conformance.requests.probes.plan import Profile
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving
from tests.helpers.gateway import Gateway, Refused, login, proxy, requiring
from tests.helpers.running import run_at

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from tests.helpers.authority import Authority

SECRET = "gate-4711-0815"  # noqa: S105 - it opens a gate of these tests
HEADER = ConnectionSettings(headers=(("X-Gate", SECRET),), environment={})
BASIC = ConnectionSettings(basic=("tester", SECRET), environment={})
BLOCKED = Refused("403 Forbidden", "Server: big-firewall")
UNAUTHORIZED = Refused("401 Unauthorized", 'WWW-Authenticate: Basic realm="staging"')


def check(url: str, connection: ConnectionSettings, **options: Any) -> Run:
    options = {"profile": Profile.SMOKE, "courses": ("C-100",), **options}
    return run_at(url, connection=connection, **options)


def sent(gateway: Gateway) -> list[bytes]:
    """What reached the backend, whatever the name of the gateway was."""
    return [re.sub(rb"\r\nHost: [^\r]+", b"\r\nHost: here", each) for each in gateway.passed]


def directly(backend: str) -> list[bytes]:
    """What a check without anything in between sends."""
    with Gateway(backend) as gateway:
        assert check(gateway.url, ConnectionSettings(environment={})).exit == 0
    return sent(gateway)


@pytest.mark.parametrize(
    ("connection", "line", "refusal"),
    [
        (HEADER, f"X-Gate: {SECRET}".encode(), BLOCKED),
        (BASIC, b"Authorization: " + login("tester", SECRET), UNAUTHORIZED),
    ],
    ids=["header", "basic"],
)
def test_a_gate_lets_the_same_bytes_through_with_its_line(
    connection: ConnectionSettings, line: bytes, refusal: Refused
) -> None:
    with serving(Backend()) as url, Gateway(url, requiring(line, refusal)) as gateway:
        assert check(gateway.url, connection).exit == 0
        assert sent(gateway) == directly(url)


@pytest.mark.parametrize(
    ("connection", "refusal", "words"),
    [
        (ConnectionSettings(), BLOCKED, ["firewall or gateway blocks", "403", "--header"]),
        (HEADER, BLOCKED, ["firewall or gateway blocks", "403", "although --header gave it X-Ga"]),
        (ConnectionSettings(), UNAUTHORIZED, ["asks for Basic", "401", "--basic"]),
        (BASIC, UNAUTHORIZED, ["rejects the user and the password of --basic", "401"]),
    ],
)
def test_a_closed_gate_is_no_refused_token(
    connection: ConnectionSettings, refusal: Refused, words: list[str]
) -> None:
    def closed(_: bytes) -> bytes:
        raise refusal

    with serving(Backend()) as url, Gateway(url, closed) as gateway:
        with pytest.raises(NotJudgedError) as raised:
            check(gateway.url, connection)
        assert gateway.passed == []
    assert all(word in str(raised.value) for word in words), raised.value
    assert "token" not in str(raised.value)


def test_a_login_page_in_place_of_the_api_is_not_judged() -> None:
    page = Answer(200, None, {"Content-Type": "text/html"}, b"<input type=password>")
    with (
        serving(Backend(change=lambda _asked, _answer: page)) as url,
        pytest.raises(NotJudgedError, match="a login page answers"),
    ):
        check(url, ConnectionSettings())


def test_a_server_behind_an_authority_and_a_client_certificate_is_checked(
    authority: Authority,
) -> None:
    files = {"cert": authority.file("client.pem"), "key": authority.file("client.key")}
    connection = ConnectionSettings(ca_file=authority.ca, **files)
    with serving(Backend()) as url, Gateway(url, tls=authority.server(asks=True)) as gateway:
        assert check(gateway.url, connection).exit == 0
        assert sent(gateway) == directly(url)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (ssl.TLSVersion.TLSv1_2, "alert handshake failure"),
        (ssl.TLSVersion.TLSv1_3, "alert certificate required"),
    ],
)
def test_a_missing_client_certificate_is_told_apart(
    authority: Authority, version: ssl.TLSVersion, says: str
) -> None:
    connection = ConnectionSettings(ca_file=authority.ca)
    tls = authority.server(asks=True)
    tls.maximum_version = version
    with (
        serving(Backend()) as url,
        Gateway(url, tls=tls) as gateway,
        pytest.raises(NotJudgedError, match=says) as raised,
    ):
        check(gateway.url, connection)
    assert "--cert" in str(raised.value)


def test_a_client_certificate_of_another_authority_is_told_apart(
    authority: Authority, certificate: Path
) -> None:
    connection = ConnectionSettings(ca_file=authority.ca, cert=certificate)
    with (
        serving(Backend()) as url,
        Gateway(url, tls=authority.server(asks=True)) as gateway,
        pytest.raises(NotJudgedError, match="alert unknown ca") as raised,
    ):
        check(gateway.url, connection)
    assert "--cert" in str(raised.value)


def test_an_unknown_authority_is_told_apart(authority: Authority) -> None:
    with (
        serving(Backend()) as url,
        Gateway(url, tls=authority.server()) as gateway,
        pytest.raises(NotJudgedError, match="is not accepted") as raised,
    ):
        check(gateway.url, ConnectionSettings())
    assert "--ca-file" in str(raised.value)


@pytest.mark.parametrize("user", ["", "me"])
def test_a_proxy_is_told_the_origin_of_the_same_bytes(user: str) -> None:
    with serving(Backend()) as url, Gateway(url) as far, proxy(far.url, user, SECRET) as way:
        server = HttpProxy("127.0.0.1", way.port, user, SECRET)
        connection = ConnectionSettings(proxy=server, environment={})
        assert check(f"http://far.test:{far.port}", connection).exit == 0
        assert sent(far) == directly(url)


def test_tls_passes_a_proxy_in_a_tunnel(authority: Authority) -> None:
    with (
        serving(Backend()) as url,
        Gateway(url, tls=authority.server()) as far,
        proxy(far.url, "me", SECRET) as way,
    ):
        server = HttpProxy("127.0.0.1", way.port, "me", SECRET)
        connection = ConnectionSettings(ca_file=authority.ca, proxy=server, environment={})
        assert check(f"https://far.test:{far.port}", connection).exit == 0
        assert {each.split(b"\r\n")[0] for each in way.passed} == {
            b"CONNECT far.test:%d HTTP/1.1" % far.port
        }
        assert b"Proxy-Authorization" not in b"".join(far.passed)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("user", "says"), [("", "asks for a user"), ("other", "rejects the user and the password")]
)
def test_a_proxy_that_wants_a_login_is_no_refused_token(scheme: str, user: str, says: str) -> None:
    with serving(Backend()) as url, proxy(url, "me", SECRET) as way:
        server = HttpProxy("127.0.0.1", way.port, user, "password-99")
        connection = ConnectionSettings(proxy=server, environment={})
        with pytest.raises(NotJudgedError, match=says) as raised:
            check(f"{scheme}://far.test", connection)
        assert way.passed == []
    assert "407" in str(raised.value)
    assert "password-99" not in str(raised.value)


def test_a_proxy_that_is_not_there_is_told_apart() -> None:
    connection = ConnectionSettings(proxy=HttpProxy("127.0.0.1", 1), environment={})
    with pytest.raises(NotJudgedError, match="cannot be reached: connection refused"):
        check("http://far.test", connection)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("is_silent", [True, False])
def test_a_proxy_that_does_not_reach_the_server_is_named(scheme: str, is_silent: bool) -> None:
    def unreachable(_: bytes) -> bytes:
        raise Refused("502 Bad Gateway")

    with (
        serving(Backend()) as url,
        Gateway("http://127.0.0.1:1" if is_silent else url, unreachable) as way,
    ):
        connection = ConnectionSettings(proxy=HttpProxy("127.0.0.1", way.port), environment={})
        with pytest.raises(NotJudgedError, match=f"proxy 127.0.0.1:{way.port}") as raised:
            check(f"{scheme}://far.test", connection)
    assert "The server closed" not in str(raised.value)


def test_an_address_may_be_given_for_a_name() -> None:
    with serving(Backend()) as url, Gateway(url) as gateway:
        connection = ConnectionSettings(
            resolve={("far.test", gateway.port): "127.0.0.1"}, environment={}
        )
        assert check(f"http://far.test:{gateway.port}", connection).exit == 0
        assert all(b"\r\nHost: far.test:" in each for each in gateway.passed)


def test_no_report_has_a_secret_of_the_connection(tmp_path: Path) -> None:
    """Not even if a response repeats it."""

    def echoing(asked: Asked, answer: Answer) -> Answer:
        heard = [*asked.headers.values(), SECRET]
        if isinstance(answer.body, dict) and answer.status == 200:
            answer.body["debug"] = heard
            answer.body["data"]["totalPage"] += 1
        answer.headers["X-Heard"] = heard[0]
        return answer

    connection = ConnectionSettings(
        headers=(("X-Gate", SECRET),), basic=("tester", "basic-5150"), environment={}
    )
    with serving(Backend(change=echoing)) as url:
        result = check(url, connection, report_dir=tmp_path)
    assert result.exit == 1
    written = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert written
    encoded = login("tester", "basic-5150").removeprefix(b"Basic ").decode()
    for path, text in written.items():
        for secret in (SECRET, "basic-5150", encoded, TOKEN):
            assert secret not in text, path.name
    assert "***" in written[tmp_path / "exchanges.har"]
    for name in ("report.html", "junit.xml", "summary.md"):
        assert "$RUANGKERJA_HEADER_X_GATE" in written[tmp_path / name], name
