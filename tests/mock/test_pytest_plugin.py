from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
import urllib.request

def fetch(server, course):
    request = urllib.request.Request(
        f"{server.url}/ruangkerja/dashboard/courses/{course}/online/users?page=1&pageSize=2",
        headers={"Authorization": "secret"},
    )
    with urllib.request.urlopen(request) as answer:
        return answer.read()

def test_one(ruangkerja_mock):
    assert b"totalItems" in fetch(ruangkerja_mock, "A")
    assert [r.status for r in ruangkerja_mock.requests] == [200]

def test_two(ruangkerja_mock):
    assert len(ruangkerja_mock.requests) == 0
    fetch(ruangkerja_mock, "B")
    assert ruangkerja_mock.requests[-1].path.split("/")[4] == "B"
"""
SETTINGS = """
import pytest

@pytest.fixture(scope="session")
def ruangkerja_mock_settings():
    return {"tokens": ["secret"]}
"""


def test_a_client_can_be_tested_in_three_lines(tmp_path: Path) -> None:
    (tmp_path / "test_client.py").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(SETTINGS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--assert=plain"]
    # Plugins that happen to be installed here take half a second.
    without = ("cacheprovider", "schemathesis", "hypothesispytest", "locust", "xdist", "anyio")
    run = subprocess.run(
        [*command, *(f"-pno:{name}" for name in without), "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr
