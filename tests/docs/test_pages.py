"""Every page of the documentation, and the README, is carried out as it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .reader import Reader

ROOT = Path(__file__).resolve().parent.parent.parent
# Made from its sources, or by measuring; there is nothing to follow.
MADE = {"kill-matrix.md", "numbers.md"}
PAGES = sorted(
    path
    for path in (ROOT / "docs").rglob("*.md")
    if "reference" not in path.parts and path.name not in MADE
)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
@pytest.mark.timeout(300)
def test_a_page_says_what_is_so(page: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("there is no curl or no bash here")
    tools = ROOT / "tools" / "contract" / "node_modules"
    if tools.is_dir():
        # What the pages call by npx is found there, and not fetched.
        (tmp_path / "node_modules").symlink_to(tools)
    # What a folder above has for pytest is not the reader's.
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    with Reader(tmp_path) as reader:
        reader.read(page)
    if reader.passed_over:
        pytest.skip(f"carried out but for {'; '.join(reader.passed_over)}")
