"""How long it takes from a clone to the first page in a browser.

    python benchmarks/first_page.py                uvx --from . ruangkerja mock
    python benchmarks/first_page.py --pip          a new environment, with pip install

Needs Chromium, and uvx for the first one. Run it twice: the first run fills the package cache.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL, PIPE

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[1]
UVX = ["uvx --quiet --from . ruangkerja mock --port 0"]
PIP = [
    "python3 -m venv .venv",
    ".venv/bin/pip install --quiet -c requirements-dev.lock .",
    ".venv/bin/ruangkerja mock --port 0",
]
PATIENCE = 60.0


def main() -> None:
    """Print what has happened after how many seconds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pip", action="store_true")
    *before, serve = PIP if parser.parse_args().pip else UVX
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-gpu"):
        options.add_argument(flag)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with tempfile.TemporaryDirectory() as folder, webdriver.Chrome(options, service) as browser:
        start = time.perf_counter()

        def note(what: str) -> None:
            sys.stdout.write(f"{time.perf_counter() - start:6.1f} s  {what}\n")

        for command in (f"git clone --quiet {shlex.quote(str(ROOT))} .", *before):
            subprocess.run(shlex.split(command), cwd=folder, check=True)  # noqa: S603 - its own
            note(command)
        with subprocess.Popen(  # noqa: S603 - its own command
            shlex.split(serve), cwd=folder, stdout=PIPE, stderr=DEVNULL, text=True
        ) as stub:
            url = stub.stdout.readline().strip() if stub.stdout else ""
            note(serve)
            browser.get(url)
            WebDriverWait(browser, PATIENCE).until(lambda it: it.find_elements(By.TAG_NAME, "form"))
            note(f"{url} is shown")
            stub.terminate()


if __name__ == "__main__":
    main()
