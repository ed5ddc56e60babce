"""The contract in the hands of frontend developers' tools, where Node is at hand."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.node


@pytest.fixture
def checks(root: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the script; skips the test with its reason where it cannot run here."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        script = root / "tools" / "contract_checks.py"
        command = [sys.executable, str(script), "--no-install", *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        if result.stdout.startswith("skipped: "):
            pytest.skip(result.stdout.strip())
        return result

    return run


def test_linted_and_turned_into_types_the_contract_is_fine(
    checks: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    result = checks()
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "passed: spectral, typescript"


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("example: 873", "example: '873'", "spectral"),
        pytest.param(
            *("format: float\n          nullable: true", "format: float", "spectral, typescript"),
            marks=pytest.mark.long,
        ),
        pytest.param("failed, in_progress]", "failed]", "typescript", marks=pytest.mark.long),
    ],
    ids=["example", "nullable", "enum"],
)
def test_a_contract_that_is_not_fine_is_noticed(
    old: str,
    new: str,
    failed: str,
    built_in: str,
    tmp_path: Path,
    checks: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    assert old in built_in
    file = tmp_path / "openapi.yaml"
    file.write_text(built_in.replace(old, new, 1), encoding="utf-8")
    result = checks(file)
    assert result.returncode == 1, result.stdout
    assert result.stdout.splitlines()[-1] == f"failed: {failed}"


@pytest.mark.parametrize(
    "folder", ["tools/contract", "tools/contract/clients", "tools/contract/pages", "clients/node"]
)
def test_a_lock_names_no_place_to_download_from(folder: str, root: Path) -> None:
    lock = (root / folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
