"""What `verify` prints, and how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.reporting.attestation import statement
from tests.helpers.backend import TOKEN, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """The reports of a check that conforms."""
    folder = tmp_path / "reports"
    how = ("--token", TOKEN, "--course", "C-100", "--profile", "smoke", "--hide-data")
    with serving(Backend()) as url:
        assert run("check", url, *how, "--report-dir", folder)[0] == 0
    return folder


def test_reports_that_hold_end_with_0(run: Run, folder: Path) -> None:
    code, out, err = run("verify", folder)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    digest = statement.digest_of((folder / "statement.json").read_bytes())
    assert lines[-3] == f"statement.json: SHA-256 {digest}"
    assert lines[-2].startswith("the run: conforming: ")
    assert re.fullmatch(r"verified: 1\d exchanges, .* \d+ verdicts and \d+ findings", lines[-1])


def test_reports_without_a_statement_have_no_digest(run: Run, folder: Path) -> None:
    (folder / "statement.json").unlink()
    code, out, _ = run("verify", folder)
    assert (code, out) == (1, "statement.json is missing\nchanged: 1 difference\n")


def test_what_pseudonyms_do_not_show_is_listed(run: Run, folder: Path) -> None:
    path = folder / "evidence.json"
    document = json.loads(path.read_bytes())
    document["kept"]["taken"]["tried"] = {"none\n::error::": []}
    path.write_text(json.dumps(document), encoding="utf-8")
    stated = json.loads((folder / "statement.json").read_bytes())
    for subject in stated["subject"]:
        if subject["name"] == "evidence.json":
            subject["digest"]["sha256"] = statement.digest_of(path.read_bytes())
    (folder / "statement.json").write_text(json.dumps(stated), encoding="utf-8")
    code, out, _ = run("verify", folder)
    assert code == 1
    listed = out.splitlines()
    at = next(n for n, each in enumerate(listed) if each.endswith("judged anew with pseudonyms:"))
    assert re.match(r"\d+ other results depend on personal data, and cannot be ", listed[at])
    assert r"  parameters sent to none\n\u003a:error::" in listed[at:]
    assert not re.search("^::error", out, re.MULTILINE)


def test_a_folder_without_reports_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    code, out, err = run("verify", tmp_path)
    assert (code, out) == (2, "")
    assert err.endswith(f"{tmp_path} has no reports; name the folder of --report-dir\n")


def test_reports_without_evidence_are_not_verified(run: Run, folder: Path) -> None:
    for name in ("evidence.json", "statement.json"):
        (folder / name).unlink()
    code, out, err = run("verify", folder)
    assert (code, out) == (3, "")
    assert err.startswith("not verified: ")
