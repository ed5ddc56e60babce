"""Take the screenshots in docs/images/ with Chromium.

    python tools/screenshots.py

Needs Chromium and its driver on the PATH (Debian: chromium, chromium-driver). No test
compares the screenshots, since each version of a browser renders them a little differently.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from selenium import webdriver

from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.mock.faults import find
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
LARGEST = 300_000
# The fault from the tutorial, so that the screenshot matches it.
FAULT = "token-checked-on-first-page-only"
COURSES = ("COURSE-HUNDRED", "COURSE-EMPTY", "COURSE-ONE-USER")
WIDTHS = {"": 1280, "-phone": 390}
HEIGHTS = {"report": 960, "console": 880}
PHONE_HEIGHT = 844
SCHEMES = {"": "light", "-dark": "dark"}
# The port in the documentation, shown instead of the actual one.
DOCUMENTED = "127.0.0.1:8080"
PATIENCE = 20

# Sends the requests in the screenshot of the console: two of them are rejected, one has a fault.
ACTIONS = """
const [documented, done] = arguments;
const shown = (selector) => new Promise((there) => {
  const look = () => document.querySelector(selector) ? there() : setTimeout(look, 20);
  look();
});
const moment = () => new Promise((there) => setTimeout(there, 50));
(async () => {
  await shown(".entry");
  for (const [asked, tone] of [
    ["courseSerial=COURSE-RATE-LIMITED&pageSize=10", "warn"],
    ["courseSerial=COURSE-EXAMPLE1&pageSize=10&prefer=fault%3Dpre-test-as-text", "good"],
    ["courseSerial=COURSE-EXAMPLE1&pageSize=101&prefer=", "warn"],
    ["courseSerial=COURSE-EXAMPLE1&pageSize=10", "good"],
  ]) {
    location.hash = asked;
    await moment();
    document.querySelector("button.primary").click();
    await shown(`.response .status.${tone}`);
  }
  await shown(".requests li:nth-child(4)");
  document.activeElement.blur();
  scrollTo(0, 0);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replaceAll(location.host, documented);
  }
  done();
})();
"""


def main() -> int:
    """Take all screenshots, and print which are too large."""
    found = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if None in found.values():
        print("Chromium is missing; install Debian's chromium and chromium-driver")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with browser(str(found["chromium"]), str(found["chromedriver"])) as driver:
        with report() as address:
            picture(driver, address, "report")
        with MockServer() as server:
            picture(driver, f"{server.url}/", "console", ACTIONS)
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    print(f"too large: {', '.join(large)}" if large else f"wrote the screenshots to {FOLDER}")
    return 1 if large else 0


@contextmanager
def browser(chromium: str, driver: str) -> Iterator[webdriver.Chrome]:
    """Start a browser with a new profile."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        flags += ["--disable-background-networking", "--disable-component-update"]
        flags += ["--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile}"]
        for flag in flags:
            options.add_argument(flag)
        opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        opened.set_script_timeout(PATIENCE)
        try:
            yield opened
        finally:
            opened.quit()


@contextmanager
def report() -> Iterator[str]:
    """Check a server with a fault, and return the URL of the report."""
    with tempfile.TemporaryDirectory() as name, FaultyServer(load()) as server:
        server.faulty.fault = find(FAULT)
        command = [sys.executable, "-m", "ruangkerja", "check", server.url, "--token"]
        command += [load().example_token, "--report-dir", name, "--hide-data"]
        command += [f"--course={course}" for course in COURSES]
        subprocess.run(command, cwd=name, stdout=subprocess.DEVNULL, check=False)
        yield (Path(name) / "report.html").as_uri()


def picture(driver: webdriver.Chrome, address: str, name: str, actions: str = "") -> None:
    """Take screenshots of the top of a page, in each size, light and dark."""
    for size, width in WIDTHS.items():
        height = PHONE_HEIGHT if size else HEIGHTS[name]
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": bool(size)},
        )
        for suffix, scheme in SCHEMES.items():
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            driver.get("about:blank")  # a fragment alone would be no new page
            driver.get(address)
            if actions:
                driver.execute_async_script(actions, DOCUMENTED)
            taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
            (FOLDER / f"{name}{size}{suffix}.png").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    sys.exit(main())
