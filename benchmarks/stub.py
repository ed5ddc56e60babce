"""The stub in a process of its own, and requests to it: what the measurements share."""

from __future__ import annotations

import contextlib
import http.client
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ruangkerja.spec.contract import load
from ruangkerja.spec.path_templates import nameless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMAND = (sys.executable, "-m", "ruangkerja")
CONTRACT = load()
[OPERATION] = CONTRACT.operations
PATH = nameless(CONTRACT.base_path + OPERATION.path)
TOKEN = CONTRACT.example_token


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[tuple[str, int]]:
    """Run a command of the package; yield the URL that it prints and its process id."""
    command = [*COMMAND, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            lines = process.stdout or ()
            url = next(found[0] for line in lines if (found := re.search(r"http://[^\s/]+", line)))
            yield url, process.pid
        finally:
            process.terminate()
            process.communicate()


def connected(url: str) -> http.client.HTTPConnection:
    """Return a connection to a server; it is opened by the first request."""
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)


def get(
    connection: http.client.HTTPConnection, course: str, page: int, size: int
) -> tuple[http.client.HTTPResponse, bytes]:
    """Request a page of a course; return the response and its body."""
    target = f"{PATH.format(course)}?page={page}&pageSize={size}"
    headers = {"Authorization": TOKEN, "Accept": "application/json"}
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    return response, response.read()


def memory(pid: int) -> float:
    """Return the memory of a process and its children, in MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    own = int(found[1]) / 1000 if found else 0.0
    return own + sum(memory(int(child)) for child in children)


def show(lines: Iterable[str], markdown: Path | None) -> None:
    """Print lines, and write them to a file if one is given."""
    text = "\n".join(lines)
    print(text)  # noqa: T201 - print is how a script speaks
    if markdown:
        markdown.write_text(f"{text}\n", encoding="utf-8")
