from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def linked(packages: Path, tools: Path, client: Path) -> None:
    """Make a folder of packages for Node: those that are installed, and the client."""
    packages.mkdir()
    for package in (*tools.iterdir(), client):
        name = "ruangkerja-stub" if package == client else package.name
        (packages / name).symlink_to(package)


@pytest.fixture(scope="session")
def tools(root: Path) -> Path:
    """The packages for Node that `python tools/contract_checks.py` installs."""
    found = root / "tools" / "contract" / "node_modules"
    needed = (found / name for name in ("typescript", "msw"))
    if shutil.which("node") is None or not all(each.is_dir() for each in needed):
        pytest.skip("tsc or msw is not installed; `python tools/contract_checks.py` does that")
    return found


@pytest.fixture(scope="session")
def client(root: Path, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the client for Node, compiled."""
    folder = tmp_path_factory.mktemp("node") / "client"
    left_out = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(root / "clients" / "node", folder, ignore=left_out)
    (folder / "node_modules").symlink_to(tools)
    command = [str(tools / ".bin" / "tsc"), "-p", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout
    return folder
