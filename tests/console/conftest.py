"""A real Chromium, for the tests that look at pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from .browsing import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests."""
    found = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        pytest.skip(f"there is no {' and no '.join(missing)} on this machine")
    with Browser(str(found["chromium"]), str(found["chromedriver"]), tmp_path_factory) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser as it comes: a desktop's size, light, nothing said on its console."""
    chromium.size(1280, 900)
    chromium.look()
    yield chromium
    assert chromium.complaints() == []
    chromium.leave()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core, which judges accessibility."""
    file = root / "tools" / "contract" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("axe-core is not installed; `python tools/contract_checks.py` does that")
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def other_contracts(root: Path) -> Path:
    return root / "tests" / "data"
