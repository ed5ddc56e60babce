"""The commands people are told to paste, and those that machines run, are the same."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pasted(root: Path) -> list[str]:
    """The lines of the README that are there to be pasted into a shell."""
    text = (root / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_readme_runs_the_main_job_and_the_tests_with_one_line_each(
    pasted: list[str],
) -> None:
    set_up = "python3 -m venv .venv && .venv/bin/pip install -q -r "
    install = f"{set_up}requirements.lock && .venv/bin/pip install -q --no-deps ."
    assert pasted[0] == f"{install} && .venv/bin/ruangkerja check --stub"
    assert [line for line in pasted if "pytest" in line] == [
        f"{set_up}requirements-dev.lock -e . && .venv/bin/pytest -n 3"
    ]


def test_ci_runs_the_tests_as_the_readme_says(root: Path, pasted: list[str]) -> None:
    lines = (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    [tests] = [line for line in pasted if "pytest" in line]
    assert lines.count(tests) == 1
    assert [line for line in lines if "pytest" in line] == [tests]


def test_ci_is_a_script_that_ends_at_the_first_failure(root: Path) -> None:
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "\nset -euo pipefail\n" in script.read_text(encoding="utf-8")
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not on the PATH")
    subprocess.run([bash, "-n", str(script)], check=True)


def test_contributing_has_the_line_for_the_tests_as_well(root: Path, pasted: list[str]) -> None:
    [tests] = [line for line in pasted if "pytest" in line]
    assert tests in (root / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()


def test_tox_has_an_environment_for_every_python_that_is_promised(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(root / "tox.ini", encoding="utf-8")
    listed = [name.strip() for name in tox["tox"]["env_list"].split(",")]
    promised = re.findall(r"Python :: 3\.(\d+)", " ".join(project["project"]["classifiers"]))
    assert [f"py3{minor}" for minor in promised] == [n for n in listed if n.startswith("py3")]
    assert project["project"]["requires-python"] == f">=3.{promised[0]}"
    assert project["tool"]["ruff"]["target-version"] == f"py3{promised[0]}"
    assert project["tool"]["mypy"]["python_version"] == f"3.{promised[0]}"
    assert {"lint", "types", "self-check", "contract"} <= set(listed)
