"""Servers with faults that only load shows, on loopback and fast, and users who read them.

They answer what a `Backend` answers, from one event loop in a thread; tokens may have backends of
their own, as the clients of several companies have.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from ruangkerja.conformance.http.exchange import (
    Exchange,
    Failure,
    FailureKind,
    Request,
    Response,
)

from .backend import TOKEN, Answer, Asked, Backend, error

BUSY = 0.002
"""Seconds that a response takes to make."""
MOST_RENDERED = 5_000
Fault = Callable[["UnderLoad", Asked, Answer], Answer]


@dataclass
class UnderLoad:
    """A server; `backends` by token, and a fault that may change what they answer.

    `under_way` counts the requests that have no response yet, `answered` those that have one. Every
    `enrols` seconds a course gets another user.
    """

    backends: dict[str, Backend]
    fault: Fault = lambda _server, _asked, answer: answer
    enrols: float = 0.0
    slow: Callable[[UnderLoad], float] = lambda _server: BUSY
    under_way: int = 0
    answered: int = 0
    at_fault: int = 0
    cache: dict[object, Answer] = field(default_factory=dict)
    known: dict[object, tuple[Answer, int, int]] = field(default_factory=dict)
    rendered: dict[int, tuple[Answer, bytes]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer:
        """Answer without a fault; the same again as long as nobody enrols."""
        token = asked.headers.get("authorization", "")
        backend = self.backends.get(token) or next(iter(self.backends.values()))
        key = (token, asked.method, asked.path, *asked.pairs, *backend.courses.values())
        known = self.known.get(key)
        if known is None:
            if len(self.known) >= MOST_RENDERED:
                self.known.clear()
            known = self.known[key] = (backend.answer(asked), asked.page, asked.size)
        answer, asked.page, asked.size = known
        return answer

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked = _asked(head)
                self.under_way += 1
                await asyncio.sleep(self.slow(self))
                answer = self.fault(self, asked, self.answer(asked))
                self.under_way -= 1
                self.answered += 1
                writer.write(self._rendered(answer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _rendered(self, answer: Answer) -> bytes:
        _, data = self.rendered.get(id(answer), (answer, b""))
        if not data:
            data = _bytes(answer)
            if len(self.rendered) < MOST_RENDERED:
                self.rendered[id(answer)] = (answer, data)
        return data

    async def _enrol(self) -> None:
        for number in itertools.count():
            await asyncio.sleep(self.enrols)
            for backend in self.backends.values():
                courses = sorted(backend.courses)
                backend.courses[courses[number % len(courses)]] += 1

    async def _serve(self, started: Callable[[str], None], stopped: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        enrolling = asyncio.ensure_future(self._enrol()) if self.enrols else None
        started(f"http://{host}:{port}")
        await stopped.wait()
        if enrolling is not None:
            enrolling.cancel()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def serving(server: UnderLoad) -> Iterator[str]:
    """Serve from a thread of its own, and yield the address."""
    urls: list[str] = []
    is_up = threading.Event()
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    def started(url: str) -> None:
        urls.append(url)
        is_up.set()

    thread = threading.Thread(
        target=lambda: loop.run_until_complete(server._serve(started, stopped))
    )
    thread.start()
    try:
        assert is_up.wait(10)
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()


def at_work(server: UnderLoad, _asked: Asked, answer: Answer) -> Answer:
    """No fault: users who have begun spend more time, so that few bodies are the same twice."""
    if answer.status != 200:
        return answer
    spent = server.answered // 200
    rows = [
        {**row, "timeSpent": row["timeSpent"] + spent * (len(row["user"]["name"]) % 3)}
        if row["timeSpent"]
        else row
        for row in answer.body["data"]["items"]
    ]
    return Answer(200, {**answer.body, "data": {**answer.body["data"], "items": rows}})


def race(every: int = 5_000) -> Fault:
    """Once in so many responses, a row has the name of the row after it."""

    def change(server: UnderLoad, _asked: Asked, answer: Answer) -> Answer:
        if answer.status != 200 or (server.answered + 1) % every:
            return answer
        changed = deepcopy(answer)
        rows = changed.body["data"]["items"]
        if len(rows) > 1:
            server.at_fault += 1
            rows[0]["user"]["name"] = rows[1]["user"]["name"]
        return changed

    return change


def mixing_cache(at_once: int = 50) -> Fault:
    """With so many requests at once, a cache forgets which course and token a page is of."""

    def change(server: UnderLoad, asked: Asked, answer: Answer) -> Answer:
        key = (asked.page, asked.size)
        if server.under_way >= at_once and key in server.cache and answer.status == 200:
            found = server.cache.pop(key)
            server.at_fault += found.body != answer.body
            return found
        server.cache[key] = answer
        return answer

    return change


def dry_pool(connections: int = 40) -> Fault:
    """With more requests at once than it has connections, the server fails."""

    def change(server: UnderLoad, _asked: Asked, answer: Answer) -> Answer:
        if server.under_way <= connections:
            return answer
        server.at_fault += 1
        return error(500, "remaining connection slots are reserved")

    return change


def leak(every: int = 200) -> Fault:
    """Once in a while, a user gets the same page as another user may see it."""

    def change(server: UnderLoad, asked: Asked, answer: Answer) -> Answer:
        token = asked.headers.get("authorization", "")
        other = next((name for name in server.backends if name != token), token)
        if (server.answered + 1) % every or answer.status != 200:
            return answer
        found = server.backends[other].answer(
            Asked(asked.method, asked.path, asked.query, {"authorization": other})
        )
        if found.status != 200 or found.body == answer.body:
            return answer
        server.at_fault += 1
        return found

    return change


def slow(at_once: int = 30, seconds: float = 0.6) -> Callable[[UnderLoad], float]:
    """Return how long responses take that are slow if there are many at once."""
    return lambda server: seconds if server.under_way > at_once else BUSY


def _asked(head: bytes) -> Asked:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    url = urlsplit(target)
    pairs = parse_qsl(url.query, keep_blank_values=True)
    split = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in split}
    return Asked(method, url.path, dict(pairs), headers, pairs=pairs)


def _bytes(answer: Answer) -> bytes:
    data = answer.data
    headers = {**answer.headers, "Content-Length": str(len(data))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} X\r\n{lines}\r\n".encode() + data


@dataclass
class Users:
    """So many users at once, each of whom reads pages of courses until enough were read.

    `take` gets each exchange, with the number of its user.
    """

    url: str
    courses: Sequence[str]
    take: Callable[[Exchange, int], object]
    count: int = 50
    tokens: Sequence[str] = (TOKEN,)
    sizes: Sequence[int] = (10, 10, 20)
    seed: int = 1
    rate: float = 0.0
    _left: int = 0
    _next: float = 0.0

    def read(self, requests: int) -> None:
        """Send so many requests in all, and return when all have their response."""
        self._left, self._next = requests, time.monotonic()
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._user(number) for number in range(self.count)))

    async def _user(self, number: int) -> None:
        draw = random.Random(f"{self.seed} {number}")  # noqa: S311 - the same in every run
        url = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        try:
            await self._reads(draw, reader, writer, number)
        finally:
            writer.close()

    async def _reads(
        self,
        draw: random.Random,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
    ) -> None:
        token = self.tokens[number % len(self.tokens)]
        while self._left > 0:
            course, size = draw.choice(self.courses), draw.choice(self.sizes)
            page = last = 1
            while page <= last and self._left > 0:
                self._left -= 1
                exchange = await self._send(reader, writer, course, page, size, token)
                self.take(exchange, number)
                last = _last_page(exchange) if page == 1 else last
                page += 1
                await self._wait()

    async def _wait(self) -> None:
        """Wait so that all users together send so many requests in a second; 0 is no limit."""
        self._next += 1 / self.rate if self.rate else 0.0
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))

    async def _send(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        course: str,
        page: int,
        size: int,
        token: str,
    ) -> Exchange:
        path = f"/ruangkerja/dashboard/courses/{course}/online/users"
        target = f"{path}?page={page}&pageSize={size}"
        headers = (
            ("Host", urlsplit(self.url).netloc),
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("Authorization", token),
        )
        request = Request("GET", target.encode(), headers)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        started, clock = time.time(), time.perf_counter()
        writer.write(f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *rest = head.rstrip().split("\r\n")
            found = tuple((n, v.strip()) for n, _, v in (line.partition(":") for line in rest))
            length = next(int(v) for n, v in found if n.lower() == "content-length")
            body = await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            failure = Failure(FailureKind.DROPPED, "The connection was closed.")
            return Exchange(0, request, None, failure, started, time.perf_counter() - clock)
        duration = time.perf_counter() - clock
        response = Response(int(first.split(" ")[1]), "", "HTTP/1.1", found, body, length)
        return Exchange(0, request, response, None, started, duration)


def _last_page(exchange: Exchange) -> int:
    response = exchange.response
    if response is None or response.status != 200:
        return 1
    return int(json.loads(response.body)["data"]["totalPage"])
