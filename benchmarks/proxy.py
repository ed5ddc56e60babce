"""Measure what the proxy adds to a call on loopback, beside the same call made directly.

    python benchmarks/proxy.py [--rounds 5] [--calls 300]

Stub, proxy and client are processes of their own. Calls go both ways in turns, each for another
page, so that what else the machine does strikes both; medians are compared. On a busy machine the
processor time of the proxy says more than they do.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Iterator

BUDGET = 2.0
"""Milliseconds that the proxy may add at the median."""
CONTRACT = load()
[OPERATION] = CONTRACT.operations
PATH = re.sub(r"\{\w+\}", "COURSE-TEN-MILLION", CONTRACT.base_path + OPERATION.path)
TOKEN = CONTRACT.example_token
SIZES = (1, 10, 100)


def main() -> int:
    """Measure, print a line for each page size, and tell whether all of them are in budget."""
    options = _options()
    with (
        _running("mock", "--port", "0", "--log", "off") as (direct, _),
        _running("proxy", direct, "--port", "0") as (proxied, process),
    ):
        added = {size: _measure(direct, proxied, size, options, process) for size in SIZES}
    print(  # noqa: T201 - how a script speaks
        f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    return 0 if max(added.values()) <= BUDGET else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=300, help="of each round, each way")
    return parser.parse_args()


@contextlib.contextmanager
def _running(*arguments: str) -> Iterator[tuple[str, int]]:
    """Run a command of the package; gives the URL that its first line begins with, and its id."""
    command = [sys.executable, "-m", "ruangkerja", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield line.split()[0], process.pid
        finally:
            process.terminate()
            process.communicate()


def _measure(
    direct: str, proxied: str, size: int, options: argparse.Namespace, process: int
) -> float:
    busy = _busy(process)
    times: dict[str, list[float]] = {direct: [], proxied: []}
    page = 0
    for _ in range(options.rounds):
        connections = {url: _connected(url) for url in times}
        for _ in range(options.calls):
            for url, connection in connections.items():
                page += 1
                times[url].append(_call(connection, page, size))
        for connection in connections.values():
            connection.close()
    alone, behind = (statistics.median(times[url]) for url in (direct, proxied))
    late = statistics.quantiles(times[proxied], n=20)[-1]
    own = (_busy(process) - busy) / len(times[proxied])
    print(  # noqa: T201
        f"pageSize {size:>3}: direct {alone:.2f} ms, proxied {behind:.2f} ms at the median "
        f"({behind - alone:+.2f} ms; one in twenty over {late:.2f} ms); the proxy works "
        f"{own:.2f} ms for each"
    )
    return behind - alone


def _connected(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.connect()
    for page in range(1, 20):
        _call(connection, page, 10)
    return connection


def _call(connection: http.client.HTTPConnection, page: int, size: int) -> float:
    path = f"{PATH}?page={page}&pageSize={size}"
    began = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": TOKEN, "Accept": "application/json"})
    answer = connection.getresponse()
    answer.read()
    taken = (time.perf_counter() - began) * 1000
    if answer.status != http.client.OK or answer.getheader("Contract-Violations"):
        raise SystemExit(f"page {page} at pageSize {size} was answered {answer.status}")
    return taken


def _busy(process: int) -> float:
    """Give the milliseconds of processor time that a process has had; 0 where that is not told."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
