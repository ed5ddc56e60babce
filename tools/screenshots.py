"""Make the pictures of the documentation: docs/images/, with a real Chromium.

    python tools/screenshots.py

Needs Chromium with its driver (Debian's packages chromium and chromium-driver), and selenium, which
is in the extra `test`. No test compares pictures: every version of a browser paints a little
differently.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from ruangkerja.conformance.selftest import FaultyServer
from ruangkerja.mock.faults import find
from ruangkerja.mock.server import MockServer
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
LARGEST = 300_000
PATIENCE = 30.0
# The fault of the tutorial, so that the picture shows what its reader sees.
FAULT = "token-checked-on-first-page-only"
COURSES = ("COURSE-HUNDRED", "COURSE-EMPTY", "COURSE-ONE-USER")
SIZES = {"": (1200, 900), "-phone": (390, 844)}
# Requests that the console is to show, by course and page size: two of them are refused.
VISITS = (("C-1", 10), ("COURSE-EXAMPLE1", 100), ("C-1", 101), ("COURSE-RATE-LIMITED", 10))


def main() -> int:
    """Make every picture; say which is too large."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        print("there is no Chromium here, or no chromedriver")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with browser(chromium, driver) as window, report() as page, MockServer() as server:
        for name, size in SIZES.items():
            look(window, page, size, "document.readyState === 'complete'")
            window.save_screenshot(str(FOLDER / f"report{name}.png"))
            look(window, f"{server.url}/", size, "document.body.innerText.includes('Live')")
            for course, rows in VISITS:
                visit(server.url, course, rows)
            await_script(window, "document.body.innerText.includes('429')")
            window.save_screenshot(str(FOLDER / f"console{name}.png"))
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    print(f"too large: {', '.join(large)}" if large else f"made the pictures in {FOLDER}")
    return 1 if large else 0


@contextlib.contextmanager
def browser(chromium: str, driver: str) -> Iterator[webdriver.Chrome]:
    """Start a Chromium without a window, with a profile of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in ("headless", "no-sandbox", "disable-gpu", "hide-scrollbars"):
            options.add_argument(f"--{flag}")
        options.add_argument(f"--user-data-dir={profile}")
        window = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            yield window
        finally:
            window.quit()


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


def visit(url: str, course: str, size: int) -> None:
    """Ask the stub for a page; what comes of it does not matter."""
    [operation] = load().operations
    path = operation.path.replace("{courseSerial}", course)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    token = {"Authorization": load().example_token}
    connection.request("GET", f"{path}?page=1&pageSize={size}", headers=token)
    connection.getresponse().read()
    connection.close()


def look(window: webdriver.Chrome, address: str, size: tuple[int, int], there: str) -> None:
    """Open a page in a window of that size, and wait until a script says that it is there."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < height}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    window.get(address)
    await_script(window, there)


def await_script(window: webdriver.Chrome, condition: str) -> None:
    """Wait until a condition in JavaScript is true."""
    WebDriverWait(window, PATIENCE).until(lambda _: window.execute_script(f"return {condition}"))


if __name__ == "__main__":
    sys.exit(main())
