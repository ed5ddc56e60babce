"""Every page of the documentation, and the README, is carried out as it stands."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from ruangkerja.mock.faults import CATALOGUE

from .reader import Reader

ROOT = Path(__file__).resolve().parent.parent.parent
# Generated or measured; they contain no steps to follow.
MADE = {"kill-matrix.md", "numbers.md", "public-descriptions.md"}
# tests/clients carries these out, with packages for Node.
OF_NODE = {"test-a-page.md", "use-from-node.md"}
DOCS = (path for path in (ROOT / "docs").rglob("*.md") if path.name not in MADE | OF_NODE)
WRITTEN = (path for path in DOCS if "reference" not in path.parts)
PAGES = [ROOT / "README.md", *sorted(WRITTEN)]
ALL = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
@pytest.mark.timeout(300)
def test_a_page_says_what_is_so(page: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("there is no curl or no bash here")
    tools = ROOT / "tools" / "contract" / "node_modules"
    if not tools.is_dir() and "npx " in page.read_text(encoding="utf-8"):
        pytest.skip("its tools are not installed; `python tools/contract_checks.py` does that")
    if tools.is_dir():
        # What the pages call by npx is found there, and not fetched.
        (tmp_path / "node_modules").symlink_to(tools)
    # What a folder above has for pytest is not the reader's.
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    with Reader(tmp_path) as reader:
        reader.read(page)
    if reader.passed_over:
        pytest.skip(f"carried out but for {'; '.join(reader.passed_over)}")


def test_the_kill_matrix_is_of_the_faults_there_are() -> None:
    text = (ROOT / "docs" / "kill-matrix.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w-]+)` \|", text, flags=re.MULTILINE)
    made_by = "`ruangkerja selftest --markdown docs/kill-matrix.md` makes it again"
    assert sorted(listed) == sorted(CATALOGUE), made_by


@pytest.mark.parametrize("page", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_work_in_a_clone(page: Path) -> None:
    """Code hosts show the files as they are; nothing is built there."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _without_blocks(page)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if "://" in link or (target.exists() and (not anchor or anchor in _anchors(target))):
            continue
        broken.append(link)
    assert broken == []


def _without_blocks(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


@cache
def _anchors(page: Path) -> set[str]:
    """The ids that are written down, and those that code hosts make of headings."""
    text = _without_blocks(page)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([\w-]+)">', text))


def test_pictures_are_small_enough_to_be_looked_at() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 300_000] == []
