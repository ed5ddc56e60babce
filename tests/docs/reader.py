"""Who carries a page out: a folder, a shell, a browser, and ports that are free."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Self

import yaml

from .walkthrough import RUN, PageError, agrees, steps

if TYPE_CHECKING:
    from .walkthrough import Block, Step

PATIENCE = 60.0
PORT = "8080"
"""The port of `ruangkerja mock` where none is named."""

_PORT = re.compile(r" --port (\d+)")
# Carries over what was exported and where we are, as one terminal would.
_SHELL = """\
set -e
if [ -f "$STATE" ]; then . "$STATE"; fi
trap '{{ export -p; printf "cd %q\\n" "$PWD"; }} > "$STATE"' EXIT
{text}"""


class Reader:
    """Carries out the steps of a page in `folder`, and stops what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passed_over: list[str] = []
        self._state = Path(tempfile.mkstemp(prefix="shell-")[1])
        self._state.unlink()
        self._servers: dict[str, subprocess.Popen[str]] = {}
        self._ports: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for port in tuple(self._servers):
            self._stop(port)
        self._state.unlink(missing_ok=True)

    def read(self, page: Path) -> None:
        """Carry out a page; raise PageError where something is not as it says."""
        for step in steps(page):
            needed = step.block.marks.get("needs")
            if needed and shutil.which(needed) is None:
                self.passed_over.append(f"{step.block.place}: there is no {needed} here")
            else:
                self._carry_out(step)

    def _carry_out(self, step: Step) -> None:
        block = step.block
        if "shown by" in block.marks:
            self._look(block)
        elif block.title:
            file = self.folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._here(block.text), encoding="utf-8")
        elif "background" in block.marks:
            self._compare(step, self._start(block))
        elif block.language in RUN:
            self._compare(step, self._run(block))
        elif block.language in {"json", "yaml"}:
            _readable(block)

    def _run(self, block: Block) -> str:
        text = self._here(block.text)
        if block.language == "python":
            command = [sys.executable, "-c", text]
        else:
            command = [_bash(), "-c", _SHELL.format(text=text)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        wanted = int(block.marks.get("exits", "0"))
        if done.returncode != wanted:
            ended = f"it ended with {done.returncode}, not {wanted}, and printed"
            raise PageError(f"{block.place}: {ended}\n{done.stdout}")
        return self._documented(done.stdout)

    def _start(self, block: Block) -> str:
        """Start a server on a free port, and give the line with which it says that it is there.

        One that was started with the same port before is stopped, as a reader would, and its port
        is used again.
        """
        command = " ".join(self._here(block.text).replace("\\\n", " ").split())
        found = _PORT.search(command)
        port = found[1] if found else PORT
        self._stop(port)
        free = self._ports.get(port, "0")
        server = subprocess.Popen(
            [_bash(), "-c", f"exec {_PORT.sub('', command)} --port {free}"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._servers[port] = server
        assert server.stdout is not None
        line = server.stdout.readline()
        real = re.search(r"https?://127\.0\.0\.1:(\d+)", line)
        if real is None:
            raise PageError(f"{block.place}: it did not say where it listens, but {line!r}")
        self._ports[port] = real[1]
        return self._documented(line)

    def _stop(self, port: str) -> None:
        server = self._servers.pop(port, None)
        if server is not None:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGTERM)
            server.communicate(timeout=PATIENCE)

    def _look(self, block: Block) -> None:
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            self.passed_over.append(f"{block.place}: there is no Chromium here")
            return
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            name, _, query = block.marks["shown by"].partition("?")
            page = f"{(self.folder / name).as_uri()}?{query}"
            flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
            done = subprocess.run(
                [browser, *flags, "--virtual-time-budget=10000", "--dump-dom", page],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        shown = self._documented(_text(done.stdout))
        if not agrees(block.text, shown):
            raise PageError(f"{block.place}: the page shows\n{shown}\nand not\n{block.text}")

    def _compare(self, step: Step, printed: str) -> None:
        if step.output is not None and not agrees(step.output.text, printed):
            where = f"{step.output.place}: the block before it printed"
            raise PageError(f"{where}\n{printed}\nand not\n{step.output.text}")

    def _here(self, text: str) -> str:
        """Put the real ports into what the page says."""
        for documented, real in self._ports.items():
            text = text.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{real}")
        return text

    def _documented(self, text: str) -> str:
        """Put the ports of the page into what was really printed."""
        for documented, real in self._ports.items():
            text = text.replace(f"127.0.0.1:{real}", f"127.0.0.1:{documented}")
        return text.replace(str(self.folder), ".")

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        here = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {**kept, "PATH": here, "STATE": str(self._state)}


def _bash() -> str:
    bash = shutil.which("bash")
    if bash is None:
        raise PageError("there is no bash here, in which to run what the pages say")
    return bash


def _readable(block: Block) -> None:
    try:
        if block.language == "json":
            json.loads(block.text)
        else:
            yaml.safe_load(block.text)
    except (ValueError, yaml.YAMLError) as error:
        raise PageError(f"{block.place}: this is no {block.language}: {error}") from None


class _Text(HTMLParser):
    """Gathers the text of a page, each element of a list or table in a line of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in {"head", "script", "style"}
        if tag in {"br", "div", "h1", "h2", "li", "p", "tr"}:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"head", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.lines[-1] += data


def _text(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    lines = (" ".join(line.split()) for line in parser.lines)
    return "".join(f"{line}\n" for line in lines if line)
