"""Make the pictures of the documentation: docs/images/, with a real Chromium.

    python tools/screenshots.py

Needs Chromium or Chrome on the PATH. A picture is made again only by this command; no test compares
them, for every version of a browser paints a little differently.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from ruangkerja.conformance.selftest import FaultyServer
from ruangkerja.mock.faults import find
from ruangkerja.mock.server import MockServer
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
LARGEST = 300_000
# The fault of the tutorial, so that the picture shows what its reader sees.
FAULT = "token-checked-on-first-page-only"
COURSES = ("COURSE-HUNDRED", "COURSE-EMPTY", "COURSE-ONE-USER")
DESKTOP, PHONE = (1200, 900), (500, 1000)


def main() -> int:
    """Make every picture; say which is too large."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("there is no Chromium here; install Debian's package chromium")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with report() as page:
        shoot(browser, page, "report.png", DESKTOP)
        shoot(browser, page, "report-phone.png", PHONE)
    with MockServer() as server:
        visit(server.url)
        shoot(browser, f"{server.url}/", "console.png", DESKTOP)
        shoot(browser, f"{server.url}/", "console-phone.png", PHONE)
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    print(f"too large: {', '.join(large)}" if large else f"made the pictures in {FOLDER}")
    return 1 if large else 0


@contextlib.contextmanager
def report() -> Iterator[str]:
    """Judge a server that has a fault, and give the address of the report."""
    with tempfile.TemporaryDirectory() as name, FaultyServer(load()) as server:
        server.faulty.fault = find(FAULT)
        command = [sys.executable, "-m", "ruangkerja", "check", server.url, "--token"]
        command += [load().example_token, "--report-dir", name, "--hide-data"]
        command += [f"--course={course}" for course in COURSES]
        subprocess.run(command, cwd=name, stdout=subprocess.DEVNULL, check=False)
        yield (Path(name) / "report.html").as_uri()


def visit(url: str) -> None:
    """Ask for some pages, so that the list of requests has something to show."""
    [operation] = load().operations
    path = operation.path.replace("{courseSerial}", "{}")
    for course, size in (("C-1", 10), ("COURSE-EXAMPLE1", 100), ("COURSE-EXAMPLE1", 101)):
        ask(f"{url}{path.format(course)}?page=1&pageSize={size}")
    ask(f"{url}{path.format('COURSE-RATE-LIMITED')}?page=1&pageSize=10")


def ask(address: str) -> None:
    """Send a request; what comes of it does not matter."""
    request = urllib.request.Request(address, headers={"Authorization": load().example_token})
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request):
        pass


def shoot(browser: str, address: str, name: str, size: tuple[int, int]) -> None:
    """Take a picture of a page, as large as a window of that size shows of it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        flags += [f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"]
        # Not by virtual time: a page that listens to its server would never be done.
        flags += ["--timeout=4000", f"--screenshot={FOLDER / name}"]
        subprocess.run([browser, *flags, address], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
