"""The command of a finding reaches the server as the suite did."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.client.http_proxy import HttpProxy
from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.archive.curl import connecting, curl
from tests.helpers.gateway import Gateway, login, proxy
from tests.helpers.wire_server import READ, WireServer, answer

if TYPE_CHECKING:
    from tests.helpers.authority import Authority

REQUEST = Request("GET", b"/a/../b", (("Host", "x"), ("Authorization", "$RUANGKERJA_TOKEN")))
VARIABLES = {
    "RUANGKERJA_TOKEN": "Tk-1",
    "RUANGKERJA_BASIC_PASSWORD": 'it\'s "4711" $HOME',
    "RUANGKERJA_PROXY_PASSWORD": "proxy-0815",
    "RUANGKERJA_HEADER_X_GATE": "gate-4711",
    "PATH": "/usr/bin:/bin",
}
needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="it runs curl in bash"
)


def command_for(url: str, settings: ConnectionSettings) -> str:
    target = Target.parse(url)
    return curl(REQUEST, target, connecting(settings, target))


def carried_out(command: str, **more: str) -> str:
    ended = subprocess.run(
        [str(shutil.which("bash")), "-c", command],
        env={**VARIABLES, **more},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return ended.stdout


@needs_curl
def test_the_command_has_the_login_the_headers_and_the_token() -> None:
    password = VARIABLES["RUANGKERJA_BASIC_PASSWORD"]
    settings = ConnectionSettings(
        headers=(("X-Gate", "gate-4711"),), basic=("me & you", password), environment={}
    )
    with WireServer([[READ, answer()]]) as server:
        command = command_for(server.url, settings)
        carried_out(command)
    assert [secret for secret in VARIABLES.values() if secret in command] == []
    lines = server.requests[0].split(b"\r\n")
    assert lines[0] == b"GET /a/../b HTTP/1.1"
    wanted = [b"Authorization: " + login("me & you", password), b"X-Gate: gate-4711"]
    assert [line for line in lines if line.startswith((b"Auth", b"X-"))] == [
        *wanted,
        b"Authorization: Tk-1",
    ]


@needs_curl
@pytest.mark.parametrize(("token", "sent"), [("me:Tk-1", "me:Tk-1"), ("Tk-1", "Tk-1:")])
def test_the_command_encodes_a_token_as_basic_does(token: str, sent: str) -> None:
    request = Request("GET", b"/", (("Authorization", "Basic $RUANGKERJA_TOKEN"),))
    with WireServer([[READ, answer()]]) as server:
        command = curl(request, Target.parse(server.url))
        carried_out(command, RUANGKERJA_TOKEN=token)
    assert b"Authorization: " + login(*sent.split(":")) in server.requests[0].split(b"\r\n")


@needs_curl
def test_the_command_takes_the_proxy_and_the_certificates(authority: Authority) -> None:
    tls = authority.server(asks=True)
    with (
        WireServer([[READ, answer(b"there")]]) as server,
        Gateway(server.url, tls=tls) as far,
        proxy(far.url, "me", "proxy-0815") as way,
    ):
        settings = ConnectionSettings(
            ca_file=authority.ca,
            cert=authority.file("client.pem"),
            key=authority.file("client.key"),
            proxy=HttpProxy("proxy.test", way.port, "me", "proxy-0815"),
            resolve={("proxy.test", way.port): "127.0.0.1"},
            environment={"no": "far.test"},
        )
        command = command_for("https://far.test", settings)
        assert carried_out(command, NO_PROXY="far.test").endswith("there")
    assert "proxy-0815" not in command


@needs_curl
def test_the_command_leaves_out_a_proxy_that_the_suite_leaves_out() -> None:
    settings = ConnectionSettings(environment={"http": "http://127.0.0.1:1"})
    with WireServer([[READ, answer(b"there")]]) as server:
        command = command_for(server.url, settings)
        assert carried_out(command, http_proxy="http://127.0.0.1:1").endswith("there")


def test_the_command_is_the_same_as_ever_without_settings() -> None:
    target = Target.parse("http://127.0.0.1")
    assert curl(REQUEST, target) == command_for(target.url, ConnectionSettings(environment={}))


@needs_curl
@pytest.mark.parametrize("body", [b'{"a": "it\'s"}', "a=Ü&b".encode(), b"--x\r\n\0\xff\r\n"])
def test_a_body_arrives_as_it_was_sent(body: bytes) -> None:
    with WireServer([[READ, answer()]]) as server:
        target = Target.parse(server.url)
        headers = (("Host", target.authority), ("Content-Length", str(len(body))))
        carried_out(curl(Request("POST", b"/a", headers, body), target))
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    assert b"content-type" not in head.lower()
