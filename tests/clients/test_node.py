"""The client for Node: compiled, and tested by the test runner of Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.node


@pytest.fixture
def client(root: Path, tmp_path: Path) -> Path:
    """A copy of the client, with the compiler."""
    tools = root / "tools" / "contract" / "node_modules"
    if shutil.which("node") is None or not (tools / "typescript").is_dir():
        pytest.skip("tsc is not installed; `python tools/contract_checks.py` does that")
    folder = tmp_path / "client"
    left_out = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(root / "clients" / "node", folder, ignore=left_out)
    (folder / "node_modules").symlink_to(tools)
    return folder


def test_the_client_compiles_and_passes_its_own_tests(client: Path) -> None:
    binaries = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command in (["node_modules/.bin/tsc"], ["node", "--test", "dist/"]):
        done = subprocess.run(
            command,
            cwd=client,
            env={**os.environ, "PATH": binaries},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_client_depends_on_nothing_and_its_lock_names_no_place(root: Path) -> None:
    folder = root / "clients" / "node"
    assert '"dependencies"' not in (folder / "package.json").read_text(encoding="utf-8")
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
