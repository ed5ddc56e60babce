"""Prism, the mock server to compare with: installed by npm, and asked over HTTP."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descriptions import HERE
from measuring import Answer, ask_all, described

if TYPE_CHECKING:
    from client import Sent

FOLDER = HERE / "prism"
_READY = "ready "
_PATIENCE, _RESTART = 20, 60
_DROPPED = 599


def version() -> str:
    """Return the version of Prism that is installed."""
    declared = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    return str(declared["dependencies"]["@stoplight/prism-cli"])


class Prism:
    """A process that serves one description after another with Prism."""

    def __init__(self, cache: Path) -> None:
        self._arguments = ("node", str(FOLDER / "serve.js"), str(cache / FOLDER.name), _READY)
        self._process: subprocess.Popen[str] | None = None
        self._port, self._file = 0, Path()

    def serve(self, file: Path, name: str, seconds: float) -> dict[str, Any]:
        """Serve a description, and send a request to each operation.

        The process is started again when a request ends it.
        """
        found = described(file, name)
        began = time.monotonic()
        found.message = self._start(file, seconds)
        found.seconds = round(time.monotonic() - began, 2)
        if self._port:
            ask_all(file, found, self._answer, seconds)
        return asdict(found)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self, file: Path, seconds: float) -> str:
        """Serve a file, and return the reason if that is not possible, '' if it is."""
        if self._process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self._process = subprocess.Popen(
                self._arguments, stderr=subprocess.DEVNULL, text=True, **pipes
            )
        self._port, self._file = 0, file
        watch = threading.Timer(seconds, self._process.kill)
        watch.start()
        try:
            print(file, file=self._process.stdin, flush=True)
            lines = iter(self._process.stdout.readline, "")
            said = next((each for each in lines if each.startswith(_READY)), "")
        except OSError:
            said = ""
        finally:
            watch.cancel()
        answer = said.removeprefix(_READY).strip()
        if answer.isdigit():
            self._port = int(answer)
            return ""
        if not said:
            self.close()
        return answer or f"did not start within {seconds:g} s"

    def _answer(self, sent: Sent) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        try:
            headers = {name: value.encode() for name, value in sent.headers}
            connection.request(sent.method, sent.target, sent.body or None, headers)
            response = connection.getresponse()
            kind = response.getheader("Content-Type") or ""
            return Answer(response.status, kind, response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            self._start(self._file, _RESTART)
            return Answer(_DROPPED, "", b"", f"{type(error).__name__}: {error}")
        finally:
            connection.close()
