"""`ruangkerja diff` shows what changed between two contracts, and exits with 1 if it breaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ruangkerja.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = """openapi: 3.0.3
info: {title: Small, version: '1'}
paths:
  /things:
    get:
      parameters:
        - {name: size, in: query, schema: {type: integer, minimum: 1, maximum: 9}}
      responses:
        '200':
          description: A thing
          content:
            application/json:
              schema: {type: string}
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "old.yaml"
    file.write_text(_TEXT, encoding="utf-8")
    return file


def changed(tmp_path: Path, before: str, after: str) -> Path:
    file = tmp_path / "new.yaml"
    file.write_text(_TEXT.replace(before, after), encoding="utf-8")
    return file


def test_a_breaking_change_has_its_lines_and_a_witness(tmp_path: Path, old: Path) -> None:
    new = changed(tmp_path, "maximum: 9", "maximum: 8")

    result = CliRunner().invoke(cli, ["diff", str(old), str(new)])

    assert result.exit_code == 1
    first, lines, witness, curl, last = result.stdout.splitlines()
    assert first == "breaking  GET /things, query parameter size: maximum was lowered from 9 to 8"
    assert lines == f"  maximum.lowered: {old}:7, then {new}:7"
    assert "the old contract admits it, and the new one does not" in witness
    assert curl.startswith("  curl ")
    assert last == "1 change is breaking, 0 unknown, 0 safe"


def test_a_safe_change_is_exit_code_0(tmp_path: Path, old: Path) -> None:
    new = changed(tmp_path, "maximum: 9", "maximum: 10")

    result = CliRunner().invoke(cli, ["diff", "--format", "json", str(old), str(new)])

    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["summary"] == {
        "conclusion": "0 changes are breaking, 0 unknown, 1 safe",
        "breaking": 0,
        "unknown": 0,
        "safe": 1,
        "allowed": 0,
    }
    assert found["changes"][0]["new"]["line"] == 7


def test_a_file_that_cannot_be_used_is_exit_code_2(tmp_path: Path, old: Path) -> None:
    result = CliRunner().invoke(cli, ["diff", str(old), str(tmp_path / "missing.yaml")])

    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_with_complete_an_unknown_change_is_exit_code_3(tmp_path: Path, old: Path) -> None:
    new = changed(tmp_path, "maximum: 9", "maximum: 9, default: 2")

    result = CliRunner().invoke(cli, ["diff", str(old), str(new)])
    complete = CliRunner().invoke(cli, ["diff", "--complete", str(old), str(new)])

    assert (result.exit_code, complete.exit_code) == (0, 3)
    assert result.stdout.startswith("unknown   GET /things, query parameter size: default 2 is new")
