"""The site: it is built without a complaint, and every link in it leads somewhere."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Load


@pytest.fixture(scope="module")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that the site is built from."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(root / "docs", folder / "docs")
    shutil.copy(root / "zensical.toml", folder)
    return folder


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec("zensical") is None:
        pytest.skip("Zensical is not installed; it is in the extra `docs`")
    return subprocess.run(
        [str(Path(sys.executable).parent / "zensical"), "build", "--strict"],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_site_is_built_and_no_link_in_it_is_broken(source: Path, tool: Load) -> None:
    done = build(source)
    assert done.returncode == 0, done.stdout
    site = source / "site"
    assert list(tool("links").problems(site)) == []
    assert (site / "reference" / "requirements.html").is_file()


def test_broken_links_fail_the_build(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("site", ".cache"))
    with (folder / "docs" / "index.md").open("a", encoding="utf-8") as file:
        file.write("\n[one](no-such-page.md) and [other](install.md#no-such-place)\n")
    done = build(folder)
    assert done.returncode != 0
    assert "page does not exist" in done.stdout
    assert "anchor does not exist" in done.stdout


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ('<a href="gone.html">x</a>', "leads to a file that does not exist"),
        ('<a href="#gone">x</a>', "leads to an anchor that does not exist in page.html"),
        ('<img src="https://cdn.example.test/a.png">', "is loaded from another host"),
        ('<link rel="stylesheet" href="//cdn.example.test/a.css">', "is loaded from another host"),
    ],
)
def test_links_outside_of_markdown_are_looked_at_too(
    tmp_path: Path, tool: Load, page: str, words: str
) -> None:
    (tmp_path / "page.html").write_text(f"<html>\n{page}\n</html>", encoding="utf-8")
    [problem] = tool("links").problems(tmp_path)
    assert problem.startswith("page.html:2: ")
    assert words in problem


def test_links_that_lead_somewhere_are_none(tmp_path: Path, tool: Load) -> None:
    text = (
        '<a id="a" href="#a">x</a> <a href="https://example.test/">y</a> <a href="page.html">z</a>'
    )
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    assert list(tool("links").problems(tmp_path)) == []


def test_every_page_is_in_the_navigation(root: Path, source: Path) -> None:
    project = tomllib.loads((root / "zensical.toml").read_text(encoding="utf-8"))["project"]
    there = {p.relative_to(source / "docs").as_posix() for p in (source / "docs").rglob("*.md")}
    assert set(_leaves(project["nav"])) == there


def _leaves(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    children = nav.values() if isinstance(nav, dict) else nav
    return [leaf for child in children for leaf in _leaves(child)]
