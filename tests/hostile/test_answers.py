"""Whatever a server answers, `ruangkerja check` ends in a verdict or says that there is none.

The command runs as people run it, in a process of its own: in bounded time and memory, without a
traceback, and with its reports written whole or not at all.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.helpers.backend import TOKEN
from tests.helpers.forking import Command, Ended
from tests.helpers.wire_server import READ, WireServer, answer

from .answering import OK, HostileServer, gzipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = b"Content-Type: application/json"
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
BOMB = gzipped(1000)
# What a run with a server that behaves needs is about 90 MB.
MOST_MEMORY = 400
MOST_SECONDS = 100
BRIEFLY = ("--profile", "smoke", "--max-requests", "8", "--timeout", "0.2")


def forever(start: bytes, piece: bytes) -> Callable[[], Iterator[bytes]]:
    def attack() -> Iterator[bytes]:
        yield start
        while True:
            yield piece

    return attack


def once(*pieces: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(pieces)


def slowly(start: bytes, piece: bytes) -> Callable[[], Iterator[bytes]]:
    def attack() -> Iterator[bytes]:
        yield start
        for _ in range(1000):
            time.sleep(0.02)
            yield piece

    return attack


ATTACKS = {
    "drips the headers": slowly(b"HTTP/1.1 200 OK\r\nX: ", b"a"),
    "drips the body": slowly(OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "drips interim answers": slowly(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "never ends the headers": forever(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n" * 5000),
    "never ends a line": forever(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65_536),
    "never ends the body": forever(OK + b"\r\n", b" " * 65_536),
    "never ends the chunks": forever(OK + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "never ends a chunk's line": forever(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65_536),
    "sends a gigabyte": forever(OK + b"Content-Length: 1073741824\r\n\r\n", b"1" * 65_536),
    "sends a gigabyte in a megabyte": once(answer(BOMB, JSON, b"Content-Encoding: gzip")),
    "sends deep JSON": once(answer(b"[" * 200_000 + b"]" * 200_000, JSON)),
    "sends deep JSON of objects": once(answer(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON)),
    "sends much JSON": once(answer(b"[" + b"0," * 5_000_000 + b"0]", JSON)),
    "sends many members": once(
        answer(b"{" + b",".join(b'"m%d":[]' % n for n in range(300_000)) + b"}", JSON)
    ),
    "sends a long number": once(answer(b'{"status":' + b"9" * 1_000_000 + b"}", JSON)),
    "sends a long text": once(answer(b'{"message":"' + b"\\u0041" * 1_000_000 + b'"}', JSON)),
    "sends broken gzip": once(answer(b"\x1f\x8b\x08" + b"x" * 50, JSON, b"Content-Encoding: gzip")),
    "sends an unknown coding": once(answer(b"{}", JSON, b"Content-Encoding: " + b"br, " * 900)),
    "sends less than it says": once(OK + b"Content-Length: 5000\r\n\r\n{}"),
    "sends more than it says": once(OK + b"Content-Length: 2\r\n\r\n{}" + b"HTTP/1.1 200 OK" * 99),
    "says two lengths": once(OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
    "says a length below 0": once(OK + b"Content-Length: -2\r\n\r\n{}"),
    "says a length of 5000 digits": once(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "sends a chunk of 2^64": once(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n"),
    "redirects for ever": once(answer(b"", b"Location: /again", status=b"302 Found")),
    "redirects to a long place": once(
        answer(b"", b"Location: " + b"a" * 60_000, status=b"302 Found")
    ),
    "sends 5000 headers": once(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 5000 + b"\r\n"),
    "sends odd headers": once(b"HTTP/1.1 200 OK\r\n\xff\xfe: \x00\x01\r\n : \r\n\r\n"),
    "sends HTTP/0.9": once(b"<html>hello</html>"),
    "sends HTTP/2": once(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18),
    "sends noise": once(bytes(range(256)) * 100),
    "sends an odd status": once(answer(b"{}", JSON, status=b"999 ?")),
    "sends text that is not UTF-8": once(answer(b'{"message":"\xff\xfe\xed\xa0\x80"}', JSON)),
    "sends nothing": once(b""),
    "says 429 for ever": once(
        answer(b"", b"Retry-After: 0", status=b"429 Too Many Requests"),
    ),
    "says to come back in 300 years": once(
        answer(b"", b"Retry-After: 9999999999", status=b"503 Service Unavailable"),
    ),
}

# What the first requests are judged by differs from what later ones are; what reads the answers is
# the same.
AT_FIRST = {
    "drips the body",
    "sends many members",
    "sends less than it says",
    "redirects for ever",
    "sends nothing",
    "says 429 for ever",
    "says to come back in 300 years",
}
# One of each kind: what limits the others is the same.
LATER = {
    "drips the headers",
    "drips interim answers",
    "never ends a line",
    "never ends the chunks",
    "sends a gigabyte",
    "sends a gigabyte in a megabyte",
    "sends deep JSON",
    "sends much JSON",
    "sends a long text",
    "sends an unknown coding",
    "sends more than it says",
    "says two lengths",
    "redirects to a long place",
    "sends odd headers",
    "sends HTTP/2",
    "sends noise",
    "sends text that is not UTF-8",
}


Check = Callable[..., Ended]


@pytest.fixture(scope="module")
def command() -> Iterator[Command]:
    with Command() as ready:
        yield ready


@pytest.fixture
def check(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Check:
    output = tmp_path_factory.mktemp("printed") / "output"
    always = ("--token", TOKEN, "--course", "C-100")
    return lambda url, *options: command.run(output, "check", url, *always, *options)


def _all_but_long(names: set[str]) -> list[Any]:
    """Return every attack; those of other names are in the environment of long tests."""
    return [
        each if each in names else pytest.param(each, marks=pytest.mark.long) for each in ATTACKS
    ]


def assert_reports_are_whole(folder: Path) -> None:
    for path in folder.iterdir():
        assert not path.name.startswith("."), path.name
        if path.suffix in {".json", ".har"}:
            json.loads(path.read_text(encoding="utf-8"))
        assert TOKEN not in path.read_text(encoding="utf-8"), path.name


def assert_it_ended_well(ended: Ended, folder: Path) -> None:
    assert "Traceback" not in ended.output, ended.output[-3000:]
    assert ended.code in {1, 3}, ended.output[-3000:]
    assert 20 < ended.memory < MOST_MEMORY, f"{ended.memory:.0f} MB"
    assert ended.seconds < MOST_SECONDS, f"{ended.seconds:.0f} s"
    assert "\x1b" not in ended.output
    assert_reports_are_whole(folder)


@pytest.mark.parametrize("attack", _all_but_long(AT_FIRST))
def test_a_run_ends_whatever_the_first_answers_are(
    attack: str, check: Check, tmp_path: Path
) -> None:
    with HostileServer(ATTACKS[attack]) as server:
        ended = check(server.url, *BRIEFLY, "--report-dir", str(tmp_path))
    assert_it_ended_well(ended, tmp_path)
    assert ended.code == 1 or "not judged: " in ended.output or (tmp_path / "report.json").is_file()


@pytest.mark.parametrize("attack", _all_but_long(LATER))
def test_a_run_ends_whatever_comes_after_good_answers(
    attack: str, check: Check, tmp_path: Path
) -> None:
    with HostileServer(ATTACKS[attack], honest=4) as server:
        ended = check(server.url, *BRIEFLY, "--report-dir", str(tmp_path))
    assert_it_ended_well(ended, tmp_path)
    assert (tmp_path / "report.json").is_file()


@pytest.mark.long
@pytest.mark.parametrize(
    "attack", ["sends much JSON", "sends many members", "sends a gigabyte", "sends deep JSON"]
)
def test_memory_is_bounded_in_a_long_run_too(attack: str, check: Check, tmp_path: Path) -> None:
    with HostileServer(ATTACKS[attack], honest=20) as server:
        ended = check(server.url, "--timeout", "2", "--report-dir", str(tmp_path))
    assert_it_ended_well(ended, tmp_path)


def test_a_server_that_falls_silent_is_left(check: Check, tmp_path: Path) -> None:
    with HostileServer(ATTACKS["drips the body"], honest=20) as server:
        ended = check(server.url, "--timeout", "0.2", "--report-dir", str(tmp_path))
    assert_it_ended_well(ended, tmp_path)
    assert server.answered < 35
    assert "the server was not reached from request" in ended.output


@pytest.mark.parametrize("honest", [0, 4])
def test_a_connection_may_be_reset_at_any_time(honest: int, check: Check, tmp_path: Path) -> None:
    with HostileServer(once(OK), honest=honest, reset=True) as server:
        ended = check(server.url, *BRIEFLY, "--report-dir", str(tmp_path))
    assert_it_ended_well(ended, tmp_path)


def test_a_wrong_certificate_is_said_and_nothing_is_sent(check: Check) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("elsewhere.test").configure_cert(context)
    with WireServer([(READ, answer(b"{}", JSON))], tls=context) as server:
        ended = check(server.url)
    assert ended.code == 3
    assert "certificate" in ended.output
    assert server.requests == []
