"""The suite as plain pytest, without the command."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec.contract import load
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    def archive(_: Asked, answer: Answer) -> Answer:
        for item in (answer.body.get("data") or {}).get("items", ()):
            if item["user"]["serial"] == "USER00000037":
                item["status"] = "archived\x1b[1m\n::error::x ##[error]y"
        return answer

    with serving(Backend(change=archive)) as url:
        yield url


def of_suite(**options: str) -> list[str]:
    """Return options of the suite."""
    return [f"--ruangkerja-{name}={value}" for name, value in options.items()]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder of its own, with the packages that are installed here."""
    (folder / "pytest.ini").write_text("[pytest]\n")  # no other, from a folder further up
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment["PYTHONPATH"] = str(folder)
    for name in ("CI", "RUANGKERJA_TOKEN"):
        environment.pop(name, None)
    # Plugins of other packages, which take longer to import than most of these runs take.
    others = ("anyio", "cacheprovider", "faker", "hypothesispytest", "locust", "schemathesis")
    without = [f"-pno:{name}" for name in others]
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", *without, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_requirement_is_an_item_and_a_finding_is_its_failure(
    tmp_path: Path, url: str
) -> None:
    options = (*of_suite(url=url, token=TOKEN, course="C-100"), "-q")
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", *options)
    assert ended.returncode == 1
    # A second course and an expectation file are what two requirements take.
    assert f"1 failed, {len(load().register) - 3} passed, 2 skipped" in ended.stdout
    assert "test_requirement[ITEM-07]" in ended.stdout
    assert "row 38, field /data/items/37/status" in ended.stdout
    assert TOKEN not in ended.stdout
    for mark in ("\x1b", "\n::", "##["):  # of commands in the logs of CI systems
        assert mark not in ended.stdout


def test_requirements_are_selected_as_tests_are(tmp_path: Path) -> None:
    options = ("--ruangkerja-stub", "-k", "PAGE", "-q")
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", *options)
    assert ended.returncode == 0
    assert "ruangkerja: checked the built-in stub" in ended.stdout
    pages = sum(each.section == "PAGE" for each in load().register)
    assert f"{pages} passed, {len(load().register) - pages} deselected" in ended.stdout


def test_lists_are_compared_with_an_expectation_file(tmp_path: Path, url: str) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text("- list: {courseSerial: C-100}\n  total: 101\n")
    options = (*of_suite(url=url, token=TOKEN, expect=str(file)), "-k", "PATH-06", "-q")
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", *options)
    assert ended.returncode == 1
    assert "expected a total of 101 users" in ended.stdout
    file.write_text("- list: {courseSerial: C-100}\n")
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", *options)
    assert ended.returncode == 4
    assert f"{file}:1: " in ended.stderr


def test_what_cannot_be_judged_ends_the_run_with_3(tmp_path: Path, url: str) -> None:
    options = [*of_suite(url=url, course="C-100"), "--ruangkerja-token=wrong"]
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", *options)
    assert ended.returncode == 3
    assert "not judged: the token was rejected" in ended.stdout


def test_wrong_options_end_the_run_as_pytest_has_it(tmp_path: Path) -> None:
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", "--ruangkerja-url", "ftp://x")
    assert ended.returncode == 4
    assert "the scheme is ftp" in ended.stderr


def test_a_configuration_file_that_could_have_the_url_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ruangkerja.toml").write_text('url = "http://127.0.0.1:1"\n')
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance")
    assert ended.returncode == 4
    assert "ruangkerja.toml is for the commands of ruangkerja, and pytest does not" in ended.stderr


def test_an_option_of_another_plugin_does_not_collide(tmp_path: Path) -> None:
    (tmp_path / "other_plugin.py").write_text(
        "def pytest_addoption(parser):\n"
        "    for name in ('--base-url', '--token', '--path', '--profile'):\n"
        "        parser.addoption(name)\n"
    )
    options = ("-p", "other_plugin", "--base-url", "http://other", "--ruangkerja-stub")
    ended = run(tmp_path, "--pyargs", "ruangkerja.conformance", *options, "-q", "--collect-only")
    assert ended.returncode == 0, ended.stderr


def test_a_run_of_other_tests_has_no_option_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    assert run(tmp_path, "test_own.py").returncode == 0
    ended = run(tmp_path, "test_own.py", "--ruangkerja-url", "http://127.0.0.1:1")
    assert ended.returncode == 4
    assert "unrecognized arguments: --ruangkerja-url" in ended.stderr
