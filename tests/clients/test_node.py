"""The client for Node: its own tests, and the page of the documentation about it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.reader import Reader

from .conftest import linked

pytestmark = pytest.mark.node


def test_the_client_passes_its_own_tests(client: Path) -> None:
    binaries = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [str(shutil.which("node")), "--test", "dist/"],
        cwd=client,
        env={**os.environ, "PATH": binaries},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_about_node_says_what_is_so(
    root: Path, client: Path, tools: Path, tmp_path: Path
) -> None:
    linked(tmp_path / "node_modules", tools, client)
    with Reader(tmp_path) as reader:
        reader.read(root / "docs" / "how-to" / "use-from-node.md")


def test_the_client_depends_on_nothing(root: Path) -> None:
    package = json.loads((root / "clients" / "node" / "package.json").read_text(encoding="utf-8"))
    assert {name for name in package if name.lower().endswith("dependencies")} == {
        "devDependencies"
    }
