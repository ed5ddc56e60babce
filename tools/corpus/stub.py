"""The stub, asked in this process without a network, and `ruangkerja check` against it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
import tempfile
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from measuring import Answer, ask_all, described

from ruangkerja.cli import main
from ruangkerja.cli.check import check as _imported  # noqa: F401 - once for all processes
from ruangkerja.mock.app import create_app
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from client import Sent

_LOG = "ruangkerja.mock"
_PATIENCE = 20
_DROPPED = 599
_MOST_LINES, _LONGEST = 12, 600


def serve(file: Path, name: str, seconds: float) -> dict[str, Any]:
    """Start the stub for a description, and send a request to each operation."""
    found = described(file, name)
    began = time.process_time()
    try:
        contract = load(file)
        app = create_app(contract, Settings(spec=file, any_token=True))
    except Exception as error:  # noqa: BLE001 - a traceback is a row of the table, too
        found.message = _why(error)
        found.seconds = round(time.process_time() - began, 2)
        return asdict(found)
    found.seconds = round(time.process_time() - began, 2)
    log = _LastError()
    logging.getLogger(_LOG).addHandler(log)
    logging.getLogger(_LOG).propagate = False
    with asyncio.Runner() as runner:

        def send(sent: Sent) -> Answer:
            log.text = ""
            return runner.run(_answer(app, contract.base_path, sent, log))

        ask_all(file, found, send, seconds, time.process_time)
    found.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return asdict(found)


def check(file: Path) -> dict[str, Any]:
    """Run `ruangkerja check --stub` on a description; return its exit code and its last lines."""
    began = time.process_time()
    for name in ("CI", "GITHUB_ACTIONS"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
        code: int | None = None
        try:
            main(["check", "--stub", "--spec", str(file), "--report-dir", folder])
        except SystemExit as ended:
            code = int(ended.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        out.seek(0)
        said = out.read().strip().splitlines()[-_MOST_LINES:]
        report = Path(folder, "report.json")
        failed = _failed(json.loads(report.read_text())) if report.is_file() else []
    seconds = round(time.process_time() - began, 1)
    return {"exit": code, "said": said, "failures": failed, "seconds": seconds}


def _failed(report: dict[str, Any]) -> list[str]:
    """Return the failed requirements of a report, each with its first finding."""
    failed = [rule for rule in report["rules"] if rule["verdict"] in {"failed", "error"}]
    return [
        f"{rule['id']} {rule['title']}: {json.dumps(rule['findings'][:1])[:_LONGEST]}"
        for rule in failed
    ]


class _LastError(logging.Handler):
    """Keeps the error that the stub logged last, in place of a log."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the type, the message and the place of an exception."""
        if record.exc_info and isinstance(record.exc_info[1], Exception):
            self.text = _where(record.exc_info[1])


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, SourceError) else _where(error)


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} at {Path(last.filename).name}:{last.lineno}"


async def _answer(app: Any, base: str, sent: Sent, log: _LastError) -> Answer:
    """Send a request to an application as the server would."""
    path, _, query = sent.target.partition("?")
    messages: list[Any] = []
    parts = [sent.body]

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(), "more_body": False}

    async def keep(message: Any) -> None:
        messages.append(message)

    headers = [("host", "127.0.0.1"), *sent.headers]
    if sent.body:
        headers.append(("content-length", str(len(sent.body))))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": sent.method,
        "path": unquote(base + path),
        "raw_path": (base + path).encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode().strip()) for name, value in headers],
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    try:
        async with asyncio.timeout(_PATIENCE):
            await app(scope, receive, keep)
    except Exception as error:  # noqa: BLE001 - the server would drop the connection
        return Answer(_DROPPED, "", b"", _where(error))
    kinds = [v.decode() for n, v in messages[0]["headers"] if n == b"content-type"]
    body = b"".join(each.get("body", b"") for each in messages[1:])
    return Answer(messages[0]["status"], kinds[0] if kinds else "", body, log.text)
