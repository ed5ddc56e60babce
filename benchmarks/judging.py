"""Measure how many responses of ten rows the judge of a load test judges in a second of one core.

    python benchmarks/judging.py [--responses 3000] [--minutes 0] [--rate 300]

Responses of the stub are judged twice: with the bytes that users read again and again, and with
bytes that are new each time, as numbers in the rows change. With --minutes, users then read a
conforming server at a rate while people enrol and work: nobody may be blamed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stub import CONTRACT, PATH, TOKEN, connected, get, running

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.verdicts.verdict import fails
from ruangkerja.traffic.load.judging import Judge, Results

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.helpers.backend import TOKEN as ITS_TOKEN
from tests.helpers.backend import Backend
from tests.helpers.under_load import UnderLoad, Users, at_work, serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

BUDGET = 1_500
"""Responses of ten rows that one core has to judge in a second."""
_PART = 1_000
"""Responses after which a worker hands in a part."""
_COURSES = {"C-100": 100, "C-101": 57, "C-102": 133, "C-103": 400}
_USERS = 30


def main() -> int:
    """Measure, print what was found, and return 0 if it is in budget and nobody was blamed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, default=3_000)
    parser.add_argument("--minutes", type=float, default=0.0, help="of the server that changes")
    parser.add_argument("--rate", type=int, default=300)
    options = parser.parse_args()
    pages = list(_pages(100))
    known = _rate(_again(pages, options.responses))
    new = _rate(_changed(pages, options.responses))
    _say(f"{known:,.0f} responses a second with known bytes, {new:,.0f} with new bytes")
    _say(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    blamed = _blamed(options.minutes * 60, options.rate) if options.minutes else 0
    return 0 if new >= BUDGET and not blamed else 1


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - how a script speaks


def _pages(count: int) -> Iterator[Exchange]:
    """Yield exchanges with different pages of ten rows of the stub."""
    with running("mock", "--port", "0", "--log", "off") as (url, _):
        connection, course = connected(url), 0
        while count > 0:
            course += 1
            for page in range(1, 5):
                response, body = get(connection, f"COURSE-{course}", page, 10)
                rows = json.loads(body)["data"]["items"]
                if len(rows) == 10:  # noqa: PLR2004 - the rows of the measurement
                    target = f"{PATH.format(f'COURSE-{course}')}?page={page}&pageSize=10"
                    count -= 1
                    yield _exchange(target, tuple(response.getheaders()), body)


def _exchange(target: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Exchange:
    kind = "application/json"
    sent = (("Accept", kind), ("Content-Type", kind), ("Authorization", TOKEN))
    response = Response(200, "OK", "HTTP/1.1", headers, body, len(body))
    return Exchange(0, Request("GET", target.encode(), sent), response, None, 0.0, 0.001)


def _again(pages: list[Exchange], count: int) -> Iterator[Exchange]:
    for number in range(count):
        yield replace(pages[number % len(pages)], started=1_700_000_000 + number / BUDGET)


def _changed(pages: list[Exchange], count: int) -> Iterator[Exchange]:
    for number, exchange in enumerate(_again(pages, count)):
        body = json.loads(exchange.response.body) if exchange.response else {}
        for row in body["data"]["items"]:
            row["timeSpent"] += number if row["timeSpent"] else 0
        data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        yield replace(exchange, response=replace(exchange.response, body=data))


def _rate(exchanges: Iterable[Exchange]) -> float:
    """Return how many responses are judged in a second of processor time, after the first ones."""
    judge = Judge(CONTRACT, Target.parse(f"http://127.0.0.1{CONTRACT.base_path}"), tokens=(TOKEN,))
    first = 0.0
    for exchange in exchanges:
        judge.add(exchange)
        if judge.count == 100:  # noqa: PLR2004 - each page once
            first = judge.seconds
        if judge.count % _PART == 0:
            judge.part()
    return (judge.count - 100) / (judge.seconds - first)


def _serve(urls: Queue[str], stopped: Event) -> None:
    backend = Backend(dict(_COURSES), shared=True)
    with serving(UnderLoad({ITS_TOKEN: backend}, at_work, enrols=0.5)) as url:
        urls.put(url)
        stopped.wait()


def _blamed(seconds: float, rate: int) -> int:
    """Read a server that changes; print what came of it, and return how much it was blamed for."""
    context = multiprocessing.get_context("spawn")
    urls, stopped = context.Queue(), context.Event()
    process = context.Process(target=_serve, args=(urls, stopped), daemon=True)
    process.start()
    url = urls.get()
    known, target = frozenset(_COURSES), Target.parse(url)
    judge = Judge(CONTRACT, target, tokens=(ITS_TOKEN,), known=known)
    results = Results(CONTRACT, target, JudgeOptions(passive=True), known=known)
    told: dict[str, Any] = {}

    def take(exchange: Exchange, user: int) -> None:
        if failed := judge.add(exchange, user=user):
            told[failed] = told.get(failed, 0) + 1
        if judge.count % _PART == 0:
            results.merge("", judge.part())

    began = time.time()
    users = Users(url, sorted(_COURSES), take, count=_USERS, rate=rate)
    users.read(int(seconds * rate))
    duration = time.time() - began
    results.merge("", judge.part())
    run = results.conclude(started=began, duration=duration)
    stopped.set()
    process.join(10)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    blamed = [verdict for verdict in run.verdicts if fails(verdict)]
    _say(
        f"{results.count:,} responses in {duration:.0f} s ({results.count / duration:.0f} a "
        f"second) while people enrolled: {len(blamed)} requirements failed, "
        f"{sum(verdict.judged > 0 for verdict in run.verdicts)} were judged; judging took "
        f"{100 * results.seconds / duration:.0f}% of a core, {memory:.0f} MB in all"
    )
    for verdict in blamed:
        _say(f"{verdict.requirement.id}: {verdict.findings[0].message}")
    return len(blamed) + len(told)


if __name__ == "__main__":
    raise SystemExit(main())
