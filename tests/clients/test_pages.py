"""The page of the documentation about tools for pages, with these tools."""

from __future__ import annotations

import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.docs.reader import Reader

from .conftest import linked

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "test-a-page.md"

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_page_about_tools_says_what_is_so(root: Path, client: Path, tmp_path: Path) -> None:
    tools = root / "tools" / "contract" / "pages" / "node_modules"
    if not tools.is_dir():
        pytest.skip("the tools are not installed; `tox run -e long` does that")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    linked(tmp_path / "node_modules", tools, client)
    # Its ports are taken where somebody works with the stub or with Vite.
    text = (root / "docs" / "how-to" / PAGE).read_text(encoding="utf-8")
    for documented in ("5173", "8080"):
        text = text.replace(documented, str(free_port()))
    page = tmp_path / PAGE
    page.write_text(text, encoding="utf-8")
    with Reader(tmp_path) as reader:
        reader.read(page)
    if reader.passed_over:
        pytest.skip(f"carried out but for {'; '.join(reader.passed_over)}")


def test_the_packed_client_is_complete(client: Path, tmp_path: Path) -> None:
    """With the settings of `clients/node`, npm runs no script that it is not told to."""
    npm = shutil.which("npm")
    assert npm is not None

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    shutil.rmtree(client / "dist")
    run(npm, "--prefix", str(client), "run", "build")
    run(npm, "pack", str(client))
    (packed,) = tmp_path.glob("ruangkerja-stub-*.tgz")
    run(npm, "install", "--offline", "--prefix", str(tmp_path), str(packed))
    program = "import('ruangkerja-stub').then(({ startStub }) => startStub.call)"
    run(str(shutil.which("node")), "-e", program)
