"""Measure the stub beside other mock servers and a bare server, in one run on one machine.

    python benchmarks/run.py [--rounds 3] [--seconds 4] [--markdown FILE] [--without-node]

Needs wrk. If Node is installed, Prism and Mockoon are installed from npm into the user's cache.
The servers are measured in turn in several rounds, so that other load on the machine affects all of
them, and the medians are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stub import COMMAND, PATH, TOKEN, connected, get, memory, show

from ruangkerja.spec.contract import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ruangkerja-benchmarks"
NODE = {"@stoplight/prism-cli": "5.16.0", "@mockoon/cli": "9.9.0"}
VARY = HERE / "vary.lua"
CONNECTIONS = 16
MORE_CONNECTIONS = (16, 256, 1000)
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Case:
    """One line of the table: a server under one kind of load, and its results."""

    name: str
    command: Sequence[str]
    size: int
    rates: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of the rounds, in requests per second."""
        return statistics.median(self.rates) if self.rates else 0.0


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long one load lasts")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--without-node", action="store_true", help="leave Prism and Mockoon out")
    options = parser.parse_args()
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.stderr.write("wrk is missing: apt-get install wrk, or brew install wrk\n")
        return 2
    load_ = Load(wrk, options.seconds)
    cases = _cases(options, load_)
    for number in range(1, options.rounds + 1):
        for case in cases:
            case.rates.append(load_.measure(case, warm_up=3.0))
            print(f"round {number}: {case.name}: {case.rates[-1]:,.0f}/s", flush=True)  # noqa: T201
    show(_report(cases, load_, options), options.markdown)
    return 0


def _cases(options: argparse.Namespace, load_: Load) -> list[Case]:
    stub = [*COMMAND, "mock", "--port", "{port}", "--log", "off"]
    cases = [
        Case("stub, pageSize 10", stub, 10),
        Case("stub, pageSize 100", stub, 100),
    ]
    for size in (10, 100):
        body = CACHE / f"page-{size}.json"
        body.parent.mkdir(parents=True, exist_ok=True)
        body.write_bytes(load_.body(stub, size))
        for server in ("granian", "uvicorn"):
            bare = [sys.executable, str(HERE / "bare.py"), server, str(body), "{port}"]
            cases.append(Case(f"bare {server}, fixed bytes of pageSize {size}", bare, size))
    if not options.without_node and _node():
        prism = [str(CACHE / "node_modules/.bin/prism"), "mock", "-v", "error", "-p", "{port}"]
        mockoon = [str(CACHE / "node_modules/.bin/mockoon-cli"), "start", "--disable-log-to-file"]
        cases += [
            Case("Prism, static", [*prism, str(DEFAULT)], 10),
            Case("Prism, static, pageSize 100", [*prism, str(DEFAULT)], 100),
            Case("Prism, dynamic", [*prism, "-d", str(DEFAULT)], 10),
            Case("Mockoon", [*mockoon, "--data", str(DEFAULT), "--port", "{port}"], 10),
        ]
    return cases


def _node() -> bool:
    if shutil.which("npm") is None:
        print("Node is not installed: Prism and Mockoon are left out")  # noqa: T201
        return False
    if not all((CACHE / "node_modules" / name).is_dir() for name in NODE):
        wanted = [f"{name}@{version}" for name, version in NODE.items()]
        _run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(CACHE), *wanted])
    return True


def _run(command: Sequence[str]) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603


@dataclass
class Loaded:
    """What wrk measured: requests per second, the 99th percentile in ms, and its socket errors."""

    rate: float
    slow: float
    errors: str


@dataclass
class Load:
    """How requests are made: the path of wrk, and for how many seconds."""

    wrk: str
    seconds: float

    def measure(self, case: Case, warm_up: float) -> float:
        """Return how many requests per second a server answers."""
        with self.serving(case.command) as (port, _):
            self.load(port, case, warm_up)
            return self.load(port, case, self.seconds).rate

    def load(self, port: int, case: Case, seconds: float, connections: int = CONNECTIONS) -> Loaded:
        """Load a server that is running."""
        size, path = str(case.size), PATH.format("{course}")
        command = [self.wrk, "-t1", "--latency", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", str(VARY), f"http://127.0.0.1:{port}", "--", size, path, TOKEN]
        text = _run(command).decode()
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        if failed is not None:
            raise SystemExit(f"{case.name}: {failed[1]} responses were not a success\n{text}")
        rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
        slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
        errors = re.search(r"Socket errors: (.+)", text)
        return Loaded(
            float(rate[1]) if rate else 0.0,
            float(slow[1]) * _UNITS[slow[2]] if slow else 0.0,
            errors[1] if errors else "none",
        )

    @contextlib.contextmanager
    def serving(self, command: Sequence[str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        """Run a server; yield its port and process after its first success response."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        filled = [part.replace("{port}", str(port)) for part in command]
        process = subprocess.Popen(  # noqa: S603
            filled, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self.first_answer(port, process)
            yield port, process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def first_answer(self, port: int, process: subprocess.Popen[bytes]) -> None:
        """Wait until a request of the contract gets status 200."""
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            with (
                contextlib.suppress(OSError, http.client.HTTPException),
                contextlib.closing(_connected(port)) as connection,
            ):
                if get(connection, "C-1", 1, 10)[0].status == http.client.OK:
                    return
            time.sleep(0.005)
        raise SystemExit(f"no response from {process.args!r}")

    def body(self, command: Sequence[str], size: int) -> bytes:
        """Return the bytes of a full page."""
        with (
            self.serving(command) as (port, _),
            contextlib.closing(_connected(port)) as connection,
        ):
            return get(connection, "COURSE-EXAMPLE1", 1, size)[1]


def _connected(port: int) -> http.client.HTTPConnection:
    return connected(f"http://127.0.0.1:{port}")


def _report(cases: list[Case], load_: Load, options: argparse.Namespace) -> Iterator[str]:
    by_name = {case.name: case for case in cases}
    stub = cases[0].command
    yield f"Medians of {options.rounds} rounds of {options.seconds:g} s, one worker, "
    yield f"{CONNECTIONS} connections of wrk on the same machine: {_machine()}. Every request"
    yield "differs in its course and page. The cold and the warm line are of one connection of a"
    yield "client in Python, hence slower."
    yield ""
    yield "| Server | requests/s | the stub does |"
    yield "|---|---:|---:|"
    for case in cases:
        ours = by_name[f"stub, pageSize {case.size}"]
        versus = f"{ours.median / case.median:,.2f}x" if case is not ours and case.median else ""
        yield f"| {case.name} | {case.median:,.0f} | {versus} |"
    yield ""
    yield from _connections(cases, load_, options.seconds)
    yield ""
    cold, warm = _cold(load_, stub)
    first, far = _pages(load_, stub)
    few, many = _memory(load_, stub)
    started = _start(load_, stub)
    yield "| | |"
    yield "|---|---:|"
    yield f"| First 1,000 requests after the start | {cold:,.0f}/s ({cold / warm:.2f}x) |"
    yield f"| 1,000 requests after 20,000 | {warm:,.0f}/s |"
    yield f"| Page 1 of ten million, median | {first * 1000:.3f} ms |"
    yield f"| Page 1,000,000 of ten million, median | {far * 1000:.3f} ms ({far / first:.2f}x) |"
    yield f"| Memory after 2,000 requests | {few:.1f} MB |"
    yield f"| Memory after 200,000 requests | {many:.1f} MB ({many / few:.2f}x) |"
    yield f"| First answer after the command, median of 5 | {started:.2f} s |"


def _connections(cases: Sequence[Case], load_: Load, seconds: float) -> Iterator[str]:
    """Yield a table of the servers, each under load from few and from many connections."""
    yield "| Server | Connections | Requests/s | 99 % | Socket errors |"
    yield "|---|---:|---:|---:|---|"
    for case in cases:
        if case.size != cases[0].size:
            continue
        with load_.serving(case.command) as (port, _):
            load_.load(port, case, seconds)
            for connections in MORE_CONNECTIONS:
                found = load_.load(port, case, seconds, connections)
                measured = f"{found.rate:,.0f} | {found.slow:,.1f} ms | {found.errors}"
                yield f"| {case.name} | {connections:,} | {measured} |"


def _machine() -> str:
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        model = found[1] if found else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def _cold(load_: Load, stub: Sequence[str]) -> tuple[float, float]:
    """Return the requests per second of the first 1,000 and of later ones, medians of 5 starts."""
    cold, warm = [], []
    for _ in range(5):
        with (
            load_.serving(stub) as (port, _process),
            socket.create_connection(("127.0.0.1", port), 10) as connection,
        ):
            rates = [_thousand(connection, 1000 * turn) for turn in range(21)]
        cold.append(rates[0])
        warm.append(rates[-1])
    return statistics.median(cold), statistics.median(warm)


def _thousand(connection: socket.socket, start: int) -> float:
    """Send 1,000 different requests in sequence, and return how many were answered per second."""
    began = time.perf_counter()
    for count in range(start, start + 1000):
        target = f"{PATH.format(f'T-{count}')}?page={count % 3 + 1}&pageSize=10"
        head = f"GET {target} HTTP/1.1\r\nHost: bench\r\nAuthorization: {TOKEN}\r\n\r\n"
        connection.sendall(head.encode())
        data = b""
        while not _is_whole(data):
            data += connection.recv(65_536)
    return 1000 / (time.perf_counter() - began)


def _is_whole(data: bytes) -> bool:
    head, blank, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(blank and length and len(body) >= int(length[1]))


def _pages(load_: Load, stub: Sequence[str]) -> tuple[float, float]:
    """Time page 1 and page 1,000,000 in turn, without repeating a request."""
    times: dict[int, list[float]] = {1: [], 1_000_000: []}
    with load_.serving(stub) as (port, _), contextlib.closing(_connected(port)) as connection:
        for turn in range(4000):
            for page, kept in times.items():
                at = page - turn if page > 1 else page + turn
                began = time.perf_counter()
                json.loads(get(connection, "COURSE-TEN-MILLION", at, 10)[1])
                kept.append(time.perf_counter() - began)
    return statistics.median(times[1][1000:]), statistics.median(times[1_000_000][1000:])


def _memory(load_: Load, stub: Sequence[str]) -> tuple[float, float]:
    """Return the memory of the stub after 2,000 and after 200,000 different requests, in MB."""
    found = []
    with (
        load_.serving(stub) as (port, process),
        contextlib.closing(_connected(port)) as connection,
    ):
        for count in range(1, 200_001):
            get(connection, f"M-{count}", count % 3 + 1, 10)
            if count in {2_000, 200_000}:
                found.append(memory(process.pid))
    few, many = found
    return few, many


def _start(load_: Load, stub: Sequence[str]) -> float:
    times = []
    for _ in range(5):
        began = time.monotonic()
        with load_.serving(stub):
            times.append(time.monotonic() - began)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
