"""`ruangkerja lint` prints a line for each mistake, and its exit code says whether there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from ruangkerja.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = """openapi: 3.0.3
info: {title: Small, version: '1'}
paths:
  /things:
    get:
      responses:
        '200':
          description: A thing
          content:
            application/json:
              schema: {type: integer, minimum: 3, maximum: 2}
"""


def test_the_built_in_contract_has_no_mistakes() -> None:
    result = CliRunner().invoke(cli, ["lint"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 mistakes" in result.stderr


def test_mistakes_and_operations_that_cannot_be_served_are_printed(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(_TEXT, encoding="utf-8")
    result = CliRunner().invoke(cli, ["lint", str(file)])
    assert result.exit_code == 1
    assert f"{file}:11: /paths/~1things/get/" in result.stdout
    assert "minimum 3 is above maximum 2" in result.stdout
    assert "not served: GET /things: " in result.stdout
    assert "0 of 1 operations" in result.stderr


def test_a_file_that_is_no_contract_is_refused_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text("swagger: '2.0'\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["lint", str(file)])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
