"""Measure how much time the proxy adds to a call on loopback, and how many it judges in a second.

    python benchmarks/proxy.py [--rounds 5] [--calls 300] [--seconds 5]

Stub, proxy and client are separate processes. Direct and proxied calls alternate, each for another
page, so that other load on the machine affects both, and their medians are compared. Then wrk, if
it is installed, sends as many requests for ten rows as it can over 16 connections. On a busy
machine the processor time of the proxy is more reliable than medians and rates.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from stub import PATH, TOKEN, connected, get, running

BUDGET = 2.0
"""The maximum time that the proxy may add at the median, in milliseconds."""
SIZES = (1, 10, 100)
RATE = 500
"""The number of requests that the proxy has to judge in a second."""
CONNECTIONS = 16
VARY = Path(__file__).resolve().parent / "vary.lua"


def main() -> int:
    """Measure, print a line for each page size, and return 0 if all of them are in budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=300, help="of each round, each way")
    parser.add_argument("--seconds", type=int, default=5, help="of the load; 0 for none")
    options = parser.parse_args()
    with (
        running("mock", "--port", "0", "--log", "off") as (direct, _),
        running("proxy", direct, "--port", "0") as (proxied, process),
    ):
        added = {size: _measure(direct, proxied, size, options, process) for size in SIZES}
        wrk = shutil.which("wrk") if options.seconds else None
        rate = _rate(wrk, proxied, options.seconds, process) if wrk else float(RATE)
    print(  # noqa: T201 - how a script speaks
        f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    return 0 if max(added.values()) <= BUDGET and rate >= RATE else 1


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


def _rate(wrk: str, proxied: str, duration: int, process: int) -> float:
    busy = _busy(process)
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{duration}s", "--latency", "-s", str(VARY)]
    command += [proxied, "--", "10", PATH.format("{course}"), TOKEN]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    late = re.search(r"99%\s+(\S+)", text)
    if found is None or late is None or "Non-2xx" in text:
        raise SystemExit(text)
    rate = float(found[1])
    own = (_busy(process) - busy) / (rate * duration)
    print(  # noqa: T201
        f"{CONNECTIONS} connections: {rate:,.0f} requests are judged in a second, one in a hundred "
        f"takes over {late[1]}; the proxy works {own:.2f} ms for each"
    )
    return rate


def _connected(url: str) -> http.client.HTTPConnection:
    connection = connected(url)
    for page in range(1, 20):
        _call(connection, page, 10)
    return connection


def _call(connection: http.client.HTTPConnection, page: int, size: int) -> float:
    began = time.perf_counter()
    response, _ = get(connection, "COURSE-TEN-MILLION", page, size)
    taken = (time.perf_counter() - began) * 1000
    if response.status != http.client.OK or response.getheader("Contract-Violations"):
        raise SystemExit(f"page {page} at pageSize {size} was answered {response.status}")
    return taken


def _busy(process: int) -> float:
    """Return the processor time of a process in milliseconds, 0 if the system does not tell."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
