"""Odd requests for the stub, over raw sockets, and what has to be true of every answer.

    python tests/hostile/fuzz.py [--requests 100000] [--seed 1] [--only NUMBER]

Request NUMBER of a seed is the same on every machine and in every run, whatever was sent before it.
What is wrong is printed with the seed and the number; `--only` sends that one again and shows it.
"""
# ruff: noqa: T201 - print is how a script speaks

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from ruangkerja.spec import contract as contracts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ruangkerja.spec.contract import Contract

TOKEN = "access_token"  # noqa: S105 - the contract's example
PATH = "/ruangkerja/dashboard/courses/{}/online/users"
GOOD = PATH.format("COURSE-EXAMPLE1") + "?page=1&pageSize=10"
PATIENCE = 10.0
SILENCE = 0.1
WARM_UP = 1000
# granian answers by itself, without a body, where what came is no HTTP or has too long a head.
NOT_OURS = {400, 414, 431}
BLANK = b"\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """One connection: the bytes sent, piece by piece, and how many answers it may get at most."""

    name: str
    pieces: tuple[bytes, ...]
    most: int = 1
    half_close: bool = False

    def __str__(self) -> str:
        text = repr(b" | ".join(self.pieces))
        return f"{self.name}: {text if len(text) < 400 else text[:400] + '...'}"


def case(seed: int, number: int) -> Case:
    """Make the case of a number."""
    draw = random.Random(f"{seed}/{number}")  # noqa: S311 - it has to be repeatable
    kind = draw.choices([structured, mutated, shaped], [70, 20, 10])[0]
    return kind(draw)


# Requests that are requests, with odd parts

DIGITS = ("0", "1", "2", "10", "100", "101", "999999", "-1", "+1", "01", "1_0", "1.0", "1e2", " 1")
DIGITS += (
    "\u0663",
    "\uff11",
    "9" * 19,
    "9" * 40,
    "9" * 10_000,
    "0" * 10_000 + "1",
    "0x1",
    "NaN",
    "null",
)
TEXTS = ("", "a", "'", '"', "%", "%00", "%0d%0aX: 1", "%ff", "%2e%2e", "..", ".", "%2f", "{}", "*")
TEXTS += ("<script>", "A" * 3000, "%F0%9F%98%80", "\xff", "\x7f", "$(id)", "%25s%n", "COURSE-NONE")
NAMES = ("page", "pageSize", "Page", "page[]", "page%00", "pagesize", "q", "", "page;pageSize")
METHODS = ("GET",) * 12 + ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT")
METHODS += ("get", "BREW", "G" * 300, "GET\t", "PROPFIND", "QUERY", "M-SEARCH")
HEADERS = (
    ("Authorization", (TOKEN, "", "x", f"Bearer {TOKEN}", TOKEN + " ", "\xe9", "t" * 9000)),
    ("Accept", ("application/json", "text/html", "*/*;q=0", ",,,", "a/b;q=2", "\xff/\xfe", "*")),
    ("Content-Type", ("application/json", "text/plain", "", "\xff", "a" * 5000, "x/y;z=\x80")),
    ("Host", ("127.0.0.1", "", "evil.test", "[::1", "a" * 300, "x:99999", "\xe9")),
    ("Origin", ("http://localhost:3000", "null", "", "\xff")),
    ("Cookie", ("a=b", "a" * 8000)),
    ("X-Forwarded-For", ("127.0.0.1", "::::")),
    ("Accept-Encoding", ("gzip", "br;q=x", "")),
    ("If-None-Match", ("*", '"x"', "W/")),
    ("Range", ("bytes=0-", "bytes=9-1", "lines=1")),
    ("Expect", ("100-continue", "200-ok")),
    ("Upgrade", ("websocket", "h2c")),
    ("Connection", ("close", "keep-alive", "upgrade", "Authorization, close")),
    (
        "Prefer",
        (
            "",
            "code=",
            "code=999",
            "code=abc",
            "delay=x",
            "example=none",
            "x=\xff",
            "a;b;c",
            "code=500; times=1; id=\xff",
        ),
    ),
    ("Access-Control-Request-Method", ("GET", "X\xff")),
    ("X-Odd", ("", "a\tb", "\x80", "v" * 64_000)),
)


def structured(draw: random.Random) -> Case:
    method = draw.choice(METHODS)
    serial = draw.choice(TEXTS) if draw.random() < 0.5 else "COURSE-EXAMPLE1"
    path = PATH.format(serial)
    if draw.random() < 0.15:
        path = draw.choice(
            ("/", "//", "*", "/openapi.json", "/ui", "/x" * 900, path + "/", "http://evil.test/")
        )
    pairs = [("page", "1"), ("pageSize", "10")]
    for _ in range(draw.choice((0, 1, 1, 2))):
        change = draw.randrange(4)
        if change == 0 and pairs:
            pairs.pop(draw.randrange(len(pairs)))
        elif change == 1 and pairs:
            index = draw.randrange(len(pairs))
            pairs[index] = (pairs[index][0], escaped(draw, draw.choice(DIGITS)))
        else:
            pairs.append((draw.choice(NAMES), escaped(draw, draw.choice(DIGITS + TEXTS))))
    draw.shuffle(pairs)
    separator = "&" if draw.random() < 0.95 else draw.choice((";", "&&", "&amp;", "?"))
    query = separator.join(f"{name}={value}" for name, value in pairs)
    lines = [f"{method} {path}?{query} HTTP/1.1", "Host: 127.0.0.1"]
    if draw.random() < 0.8:
        lines.append(f"Authorization: {TOKEN}")
    for _ in range(draw.choice((0, 0, 1, 1, 2, 5))):
        name, values = draw.choice(HEADERS)
        lines.append(f"{draw.choice((name, name.lower(), name.upper()))}: {draw.choice(values)}")
    body = b""
    if draw.random() < 0.15:
        body = draw.choice((b"{}", b"{", b"x" * 100_000, b"\xff" * 50, b"null"))
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).encode("utf-8" if draw.random() < 0.1 else "latin-1", "replace")
    return Case("structured", (head + BLANK + body,), most=2)


def escaped(draw: random.Random, text: str) -> str:
    if draw.random() < 0.3:
        return quote(text, safe="")
    return text.encode().decode("latin-1") if not text.isascii() and "\u0663" in text else text


# Bytes that were a request once


def mutated(draw: random.Random) -> Case:
    data = bytearray(
        f"GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {TOKEN}\r\n"
        "Accept: application/json\r\nContent-Type: application/json\r\n\r\n".encode()
    )
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(5):
            case 0:
                data[at:at] = bytes(draw.randrange(256) for _ in range(draw.choice((1, 1, 8, 200))))
            case 1:
                del data[at : at + draw.choice((1, 1, 5, 40))]
            case 2 if at < len(data):
                data[at] = draw.randrange(256)
            case 3:
                end = at + draw.choice((1, 10, 60))
                data[at:at] = data[at:end] * draw.choice((1, 2, 100))
            case _:
                data[at:at] = draw.choice(
                    (b"\r", b"\n", b"\x00", b"\r\n\r\n", b" ", b":", b"%", b"?")
                )
    whole = bytes(data)
    cut = draw.randrange(1, len(whole)) if len(whole) > 1 else 1
    return Case("mutated", (whole[:cut], whole[cut:]), most=1 + whole.count(b"HTTP/"))


# Shapes that have made servers stumble

_HEAD = f"GET {GOOD} HTTP/1.1\r\nHost: a\r\nAuthorization: {TOKEN}\r\n".encode()
_POST = f"POST {GOOD} HTTP/1.1\r\nHost: a\r\nAuthorization: {TOKEN}\r\n".encode()
_INNER = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
SHAPES: dict[str, Case] = {
    each.name: each
    for each in (
        Case("CL.TE", (_POST + b"Content-Length: 5\r\n" + _CHUNKED + b"\r\n0\r\n\r\n" + _INNER,)),
        Case("TE.CL", (_POST + _CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + _INNER,)),
        Case("TE.TE", (_POST + _CHUNKED + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n" + _INNER,)),
        Case(
            "TE with a blank", (_POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + _INNER,)
        ),
        Case("TE xchunked", (_POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _INNER,)),
        Case("two lengths", (_POST + b"Content-Length: 0\r\nContent-Length: 35\r\n\r\n" + _INNER,)),
        Case("length +0", (_POST + b"Content-Length: +0\r\n\r\n" + _INNER,)),
        Case("length 0, 35", (_POST + b"Content-Length: 0, 35\r\n\r\n" + _INNER,)),
        Case("length of 10,000 digits", (_POST + b"Content-Length: " + b"9" * 10_000 + BLANK,)),
        Case("folded header", (_HEAD + b"X: a\r\n b\r\n\r\n",)),
        Case("bare line feeds", (_HEAD.replace(b"\r\n", b"\n") + b"\n",)),
        Case("bare carriage returns", (_HEAD.replace(b"\r\n", b"\r") + b"\r",)),
        Case("NUL in a header", (_HEAD + b"X: a\x00b\r\n\r\n",)),
        Case("no name", (_HEAD + b": a\r\n\r\n",)),
        Case("no colon", (_HEAD + b"abc\r\n\r\n",)),
        Case("64 kB header", (_HEAD + b"X: " + b"a" * 65_536 + BLANK,)),
        Case("1,000 headers", (_HEAD + b"X: a\r\n" * 1000 + b"\r\n",)),
        Case("64 kB line", (b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: a\r\n\r\n",)),
        Case("64 kB query", (_HEAD.replace(b"page=1", b"page=" + b"1" * 65_536) + b"\r\n",)),
        Case("5,000 parameters", (_HEAD.replace(b"page=1", b"page=1&" * 5000) + b"\r\n",)),
        Case("HTTP/0.9", (b"GET /\r\n",)),
        Case("HTTP/1.0", (_HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n",)),
        Case("HTTP/2", (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 30,)),
        Case("HTTP/9.9", (_HEAD.replace(b"HTTP/1.1", b"HTTP/9.9") + b"\r\n",)),
        Case("TLS", (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 500,)),
        Case(
            "absolute form",
            (b"GET http://evil.test" + GOOD.encode() + b" HTTP/1.1\r\nHost: a" + BLANK,),
        ),
        Case("authority form", (b"CONNECT evil.test:443 HTTP/1.1\r\nHost: a\r\n\r\n",)),
        Case("asterisk form", (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",)),
        Case("two hosts", (_HEAD + b"Host: b\r\n\r\n",)),
        Case("two tokens", (_HEAD + b"Authorization: other\r\n\r\n",)),
        Case("two types", (_HEAD + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n",)),
        Case("20 at once", ((_HEAD + b"\r\n") * 20,), most=20),
        Case("good and bad at once", (_HEAD + b"\r\n" + b"\x00\xff" + BLANK,), most=2),
        Case("half a head", (_HEAD[:40],), half_close=True),
        Case("half a body", (_POST + b"Content-Length: 100\r\n\r\nabc",), half_close=True),
        Case("half a chunk", (_POST + _CHUNKED + b"\r\nff\r\nabc",), half_close=True),
        Case("a broken chunk", (_POST + _CHUNKED + b"\r\nxyz\r\nabc\r\n0\r\n\r\n",)),
        Case("a long chunk", (_POST + _CHUNKED + b"\r\n" + b"f" * 40 + b"\r\nabc",)),
        Case("an endless chunk line", (_POST + _CHUNKED + b"\r\n1;" + b"x" * 60_000,)),
        Case("trailers", (_POST + _CHUNKED + b"\r\n0\r\nX: " + b"a" * 9000 + BLANK,)),
        Case(
            "100-continue",
            (_POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"{}"),
            most=2,
        ),
        Case(
            "upgrade",
            (_HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",),
            # The upgrade is declined; what comes after it is no request.
            most=2,
        ),
        Case("said and closed at once", (_HEAD + b"\r\n",), half_close=True),
        Case("byte by byte", tuple(bytes([byte]) for byte in _HEAD + b"\r\n")),
        Case("nothing", (b"",), half_close=True),
        Case("blank lines", (b"\r\n" * 50 + _HEAD + b"\r\n",)),
    )
}


def shaped(draw: random.Random) -> Case:
    return SHAPES[draw.choice(list(SHAPES))]


# What comes back


@dataclass(frozen=True)
class Reply:
    """An answer: its status, its headers in lower case, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchanged(port: int, odd: Case) -> list[Reply]:
    """Send a case on a connection of its own, and give the answers that came."""
    data = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A server may close before it has read all.
        with contextlib.suppress(ConnectionError):
            for piece in odd.pieces:
                connection.sendall(piece)
            if odd.half_close:
                connection.shutdown(socket.SHUT_WR)
        connection.settimeout(PATIENCE if odd.half_close else SILENCE)
        ended = odd.half_close
        with contextlib.suppress(ConnectionError):
            while True:
                try:
                    more = connection.recv(65_536)
                except TimeoutError:
                    if ended:
                        raise AssertionError("the connection stays open") from None
                    more = None
                if more == b"":
                    break
                data += more or b""
                replies, rest = parsed(data, odd)
                if replies and not rest and len(replies) >= odd.most:
                    break
                if not ended and (more is None or (replies and not rest)):
                    # What is incomplete, and whatever else is to come, is waited for no longer.
                    ended = True
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(PATIENCE)
    return parsed(data, odd)[0]


def parsed(data: bytes, odd: Case) -> tuple[list[Reply], bytes]:
    replies = []
    head_only = odd.pieces[0].startswith(b"HEAD ")
    while data:
        head, blank, rest = data.partition(BLANK)
        if not blank:
            break
        line, *fields = head.decode("latin-1").split("\r\n")
        found = re.fullmatch(r"HTTP/1\.[01] (\d{3}) .*", line)
        if found is None:
            raise AssertionError(f"this is no answer: {data[:200]!r}")
        headers = {}
        for one in fields:
            name, _, value = one.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        status = int(found[1])
        if head_only or status in {204, 304} or status < 200:
            length = 0
        if len(rest) < length:
            break
        replies.append(Reply(status, headers, rest[:length]))
        data = rest[length:]
    return replies, data


class Judge:
    """Says what is wrong with an answer."""

    def __init__(self, contract: Contract) -> None:
        [self.operation] = contract.operations

    def fault(self, odd: Case, reply: Reply) -> str | None:
        """Say what is wrong with an answer, None if nothing is."""
        if reply.status >= 500 and reply.status != 501:
            return f"status {reply.status}"
        if reply.status < 200 or (reply.status in NOT_OURS and not reply.body):
            return None
        if odd.pieces[0].startswith(b"HEAD ") or reply.status in {204, 304}:
            return None
        about = odd.pieces[0].split(b" ", 2)[1] if odd.pieces[0].count(b" ") > 1 else b""
        if reply.status < 400 and not about.startswith(PATH.partition("{")[0].encode()):
            return None  # the pages around the operation
        return self._beside_the_contract(reply, about)

    def _beside_the_contract(self, reply: Reply, about: bytes) -> str | None:
        declared = self.operation.response_for(reply.status)
        if declared is None:
            return f"status {reply.status} is not in the contract"
        if declared.json is None or declared.json.schema is None:
            return None
        if reply.headers.get("content-type", "").split(";")[0] != "application/json":
            return f"content type {reply.headers.get('content-type')!r}"
        try:
            value = json.loads(reply.body)
        except ValueError:
            return f"no JSON: {reply.body[:200]!r}"
        # A response may repeat an integer that is longer than the format of its own allows.
        numbers = {str(at): int(n) for at, n in enumerate(re.findall(rb"\d{1,99}", about))}
        found = declared.json.schema.violations(value, numbers)
        return str(found[0]) if found else None


# The run


@dataclass
class Stub:
    """The command, in a process of its own."""

    process: subprocess.Popen[str] = field(init=False)
    port: int = field(init=False)

    def __enter__(self) -> Self:
        run = "from ruangkerja.cli import main; main()"
        command = [sys.executable, "-c", run, "mock", "--port", "0", "--log", "off"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return self
        raise AssertionError("the stub does not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def memory(self) -> int:
        """Return the memory in use, in kB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        assert found is not None
        return int(found[1])


@dataclass
class Watch:
    """Asks a correct request all the time, and notes the slowest answer, in seconds."""

    port: int
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE * 2)

    def _ask(self) -> None:
        expected = good(self.port)
        while not self._stopping.wait(0.02):
            began = time.monotonic()
            try:
                if good(self.port) != expected:
                    self.wrong.append("a correct request was answered otherwise than before")
            except OSError as error:
                self.wrong.append(f"a correct request was not answered: {error!r}")
            self.slowest = max(self.slowest, time.monotonic() - began)


def good(port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", GOOD, headers={"Authorization": TOKEN})
        answer = connection.getresponse()
        return str(answer.status).encode() + answer.read()


@contextlib.contextmanager
def idling(port: int, count: int) -> Iterator[None]:
    """Keep connections open that say little or nothing."""
    with contextlib.ExitStack() as opened:
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
            opened.enter_context(connection)
            connection.sendall(_HEAD[: number % len(_HEAD)])
        yield


@dataclass
class Outcome:
    """What a run found: faults by what they are, the first case of each, and what it cost."""

    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    growth: int = 0
    slowest: float = 0.0

    def note(self, fault: str, number: int) -> None:
        self.faults[fault] += 1
        self.first.setdefault(fault, number)


def run(requests: int, seed: int, tell: Callable[[str], None]) -> Outcome:
    """Send so many odd requests to a stub, and judge every answer."""
    judge, outcome = Judge(contracts.load()), Outcome()
    with Stub() as stub, idling(stub.port, 50), Watch(stub.port) as watch:
        before = stub.memory()
        for number in range(requests):
            if number == min(WARM_UP, requests // 5):
                before = stub.memory()
            if number % 10_000 == 0:
                tell(f"{number:,} requests, {stub.memory() // 1024} MB")
            odd = case(seed, number)
            try:
                replies = exchanged(stub.port, odd)
            except (AssertionError, OSError) as error:
                outcome.note(f"{odd.name}: {error!r}"[:200], number)
                continue
            if len(replies) > odd.most:
                outcome.note(f"{odd.name}: {len(replies)} answers", number)
            for reply in replies:
                outcome.statuses[reply.status] += 1
                if fault := judge.fault(odd, reply):
                    outcome.note(fault, number)
        outcome.growth = stub.memory() - before
    outcome.slowest = watch.slowest
    for wrong in watch.wrong:
        outcome.note(wrong, -1)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    if options.only is not None:
        odd = case(options.seed, options.only)
        print(odd)
        with Stub() as stub:
            for reply in exchanged(stub.port, odd):
                print(reply.status, reply.headers, reply.body[:2000])
        return 0
    outcome = run(options.requests, options.seed, lambda text: print(text, flush=True))
    print(f"statuses: {dict(sorted(outcome.statuses.items()))}")
    print(f"memory grew by {outcome.growth / 1024:.1f} MB")
    print(f"slowest good answer {outcome.slowest:.3f} s")
    for fault, count in outcome.faults.items():
        number = outcome.first[fault]
        print(f"{count} times {fault}: --seed {options.seed} --only {number}")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
