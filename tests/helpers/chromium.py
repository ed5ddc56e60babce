"""Chromium from the command line: opens a page, and returns it as its scripts left it."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATH = next(filter(None, map(shutil.which, _NAMES)), None)

needed = pytest.mark.skipif(_PATH is None, reason="there is no Chromium on this machine")


def opened(url: str, folder: Path, seconds: int = 5) -> tuple[str, str]:
    """Return the page at a URL, and what it wrote to its console."""
    more = ["--dump-dom", "--enable-logging=stderr", "--v=0"]
    done = _run(url, folder, *more, f"--virtual-time-budget={seconds * 1000}")
    return done.stdout, "\n".join(x for x in done.stderr.splitlines() if "CONSOLE" in x)


def pages(url: str, folder: Path) -> int:
    """Return on how many pages of paper the page at a URL is printed."""
    file = folder / "printed.pdf"
    _run(url, folder, f"--print-to-pdf={file}", "--no-pdf-header-footer")
    # The root of the tree of pages counts all of them.
    return max(int(count) for count in re.findall(rb"/Count (\d+)", file.read_bytes()))


def _run(url: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    assert _PATH is not None
    command = [_PATH, "--headless", "--no-sandbox", "--disable-gpu", *more]
    command += [f"--user-data-dir={folder / 'profile'}", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
