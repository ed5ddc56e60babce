"""Chromium from the command line: opens a page, and returns it as its scripts left it."""

from __future__ import annotations

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
    assert _PATH is not None
    command = [_PATH, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--enable-logging=stderr", "--v=0", f"--virtual-time-budget={seconds * 1000}"]
    command += [f"--user-data-dir={folder / 'profile'}", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    return done.stdout, "\n".join(x for x in done.stderr.splitlines() if "CONSOLE" in x)
