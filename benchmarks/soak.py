"""Load the stub at a steady rate for minutes, and compare the last minute with the first.

    python benchmarks/soak.py [--minutes 10] [--rate 500] [--workers 1] [--markdown FILE]

The load is mixed: pages of all sizes, near and far, errors of every kind, other courses and other
methods, on kept and on new connections, at a fixed rate on the loopback interface. Beside it, there
are clients that send a request slowly, that are gone before the response, and that never read one.
Then all pages of a course are read, each on a new connection, and have to be in order. Exits with 1
if a response was wrong, the memory grew, or the last minute was much slower than the first.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import itertools
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stub import OPERATION, PATH, TOKEN, connected, get, memory, running, show

from ruangkerja.spec.documents.pointers import lookup

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Awaitable, Callable, Iterator

COURSE = "SOAK-1"
REQUEST = (
    f"GET {PATH.format(COURSE)}?page=1&pageSize=100 HTTP/1.1\r\n"
    f"Host: 127.0.0.1\r\nAuthorization: {TOKEN}\r\n\r\n"
).encode()
CONNECTIONS = 8
SLOW, GONE, UNREAD = 50, 2, 10
# A larger difference between the minutes is not noise: in MB, and as a factor of the median.
MOST_GROWTH, MOST_SLOWER = 15, 3.0


@dataclass
class Sample:
    """A response: seconds from the start to its request, its duration, whether it was right."""

    at: float
    took: float
    right: bool


def requests(draw: random.Random) -> Iterator[tuple[str, str, dict[str, str], int]]:
    """Yield requests without end, each with the status it has to get."""
    valid = {"Authorization": TOKEN}
    while True:
        page, size = draw.choice((1, 2, 10, 99_999)), draw.choice((1, 10, 25, 100))
        query = f"?page={page}&pageSize={size}"
        yield from draw.choices(
            [
                [("GET", PATH.format(COURSE) + query, valid, 200)],
                [("GET", PATH.format(f"SOAK-{draw.randrange(1000)}") + query, valid, 200)],
                [("HEAD", PATH.format(COURSE) + query, valid, 200)],
                [("GET", PATH.format(COURSE) + "?page=1&pageSize=101", valid, 400)],
                [("GET", PATH.format(COURSE) + "?page=x&pageSize=1", valid, 400)],
                [("GET", PATH.format(COURSE) + query, {}, 401)],
                [("GET", PATH.format(COURSE) + query, {"Authorization": "other"}, 403)],
                [("GET", PATH.format("COURSE-NONE") + query, valid, 404)],
                [("POST", PATH.format(COURSE) + query, valid, 405)],
            ],
            [60, 12, 2, 6, 4, 4, 4, 4, 4],
        )[0]


@dataclass
class Load:
    """One connection's share of the load."""

    url: str
    rate: float
    until: float
    start: float
    seed: int
    samples: list[Sample] = field(default_factory=list)

    def run(self) -> None:
        """Send requests at the rate until the time is over."""
        connection = connected(self.url)
        draw = random.Random(self.seed)  # noqa: S311 - the same load every time
        due = time.monotonic()
        for number, (method, target, headers, status) in enumerate(requests(draw)):
            due += 1 / self.rate
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            if began > self.until:
                break
            try:
                if number % 50 == 0:
                    connection.close()
                connection.request(method, target, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                right = answer.status == status and (method == "HEAD" or json.loads(body) != {})
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
                right = False
            now = time.monotonic()
            self.samples.append(Sample(began - self.start, now - began, right))
        connection.close()


@dataclass
class BadClients:
    """Clients that waste connections until a time; `counts` is of connections, by their kind."""

    url: str
    until: float
    counts: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Open connections of each kind until the time is over."""
        asyncio.run(self._all())

    async def _all(self) -> None:
        kinds = [self._slow] * SLOW + [self._gone] * GONE + [self._never_reads] * UNREAD
        await asyncio.gather(*(self._repeat(kind) for kind in kinds))

    async def _repeat(self, kind: Callable[[StreamReader, StreamWriter], Awaitable[None]]) -> None:
        parts = urlsplit(self.url)
        while time.monotonic() < self.until:
            try:
                # The limit keeps what is not read in the sockets.
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1)
                self.counts[kind.__name__] += 1
                await kind(reader, writer)
                writer.transport.abort()
            except OSError:
                await asyncio.sleep(0.05)

    async def _slow(self, _: StreamReader, writer: StreamWriter) -> None:
        for byte in REQUEST:
            if time.monotonic() > self.until:
                break
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.5)

    async def _gone(self, _: StreamReader, writer: StreamWriter) -> None:
        writer.write(REQUEST)
        await writer.drain()
        await asyncio.sleep(0.02)

    async def _never_reads(self, _: StreamReader, writer: StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(30, max(0.1, self.until - time.monotonic()))):
                while True:
                    writer.write(REQUEST)
                    await writer.drain()
                    await asyncio.sleep(0.01)


def walk(url: str, course: str, size: int) -> tuple[int, list[str]]:
    """Read a course, each page on a new connection; return its total and its keys."""
    paging = OPERATION.pagination
    if paging is None:
        raise SystemExit("the operation has no pages")
    found: list[str] = []
    for page in itertools.count(1):
        with contextlib.closing(connected(url)) as connection:
            value: Any = json.loads(get(connection, course, page, size)[1])
        rows = paging.items_of(value)
        if not rows:
            return lookup(value, paging.total_items), found
        found += [str(paging.key_of(row)) for row in rows]
    raise AssertionError("there is always a next page")


def percentiles(samples: list[Sample]) -> tuple[float, float, float]:
    """Return the median, the 95th and the 99th percentile, in milliseconds."""
    cuts = statistics.quantiles([sample.took * 1000 for sample in samples], n=100)
    return cuts[49], cuts[94], cuts[98]


def main() -> int:
    """Run, print, and return 0 if all is well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=500, help="requests a second, together")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    workers = str(options.workers)
    with running("mock", "--port", "0", "--log", "off", "--workers", workers) as (url, pid):
        return soak(pid, url, options)


def soak(pid: int, url: str, options: argparse.Namespace) -> int:
    """Load the stub at a URL, print the result, and return 0 if all is well."""
    seconds = options.minutes * 60
    minute = min(60.0, seconds / 3)
    start = time.monotonic()
    loads = [
        Load(url, options.rate / CONNECTIONS, start + seconds, start, seed)
        for seed in range(CONNECTIONS)
    ]
    bad = BadClients(url, start + seconds)
    threads = [threading.Thread(target=each.run) for each in (*loads, bad)]
    for thread in threads:
        thread.start()
    time.sleep(minute)
    before = memory(pid)
    for thread in threads:
        thread.join()
    after = memory(pid)
    samples = [sample for load in loads for sample in load.samples]
    first = percentiles([s for s in samples if s.at < minute])
    last = percentiles([s for s in samples if s.at >= seconds - minute])
    wrong = sum(not sample.right for sample in samples)
    total, people = walk(url, COURSE, 7)
    in_order = len(set(people)) == total and all(
        (total, people) == walk(url, COURSE, size) for size in (7, 1)
    )
    summary = (
        f"{len(samples):,} requests in {options.minutes:g} minutes, {options.workers} worker(s), "
        f"{wrong} wrong; {bad.counts['_slow']:,} connections sent a request slowly, "
        f"{bad.counts['_gone']:,} were gone before the response, "
        f"{bad.counts['_never_reads']:,} never read one; memory {before:.0f} MB after the first "
        f"minute, {after:.0f} MB at the end; "
        f"a walk of {total} people is {'in order' if in_order else 'OUT OF ORDER'}"
    )
    rows = [
        summary,
        "",
        "| | median | 95 % | 99 % |",
        "|---|---|---|---|",
        *(
            f"| {name} minute | " + " | ".join(f"{value:.2f} ms" for value in found) + " |"
            for name, found in (("first", first), ("last", last))
        ),
    ]
    show(rows, options.markdown)
    grew, slower = after - before, last[0] > first[0] * MOST_SLOWER
    return 1 if wrong or slower or grew > MOST_GROWTH or not in_order else 0


if __name__ == "__main__":
    sys.exit(main())
