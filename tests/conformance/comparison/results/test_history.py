"""The history of a folder of reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.cli import main
from ruangkerja.conformance.comparison.results import history
from ruangkerja.conformance.comparison.results.history import Row, read, text
from ruangkerja.conformance.reporting.formats import folder as reports
from ruangkerja.conformance.verdicts.verdict import Exit, Outcome
from tests.helpers.report_pages import Page

if TYPE_CHECKING:
    from pathlib import Path

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED


def report(started: str, verdicts: dict[str, str], **more: Any) -> dict[str, Any]:
    """A report.json with these verdicts, without the parts that are not read."""
    rules = [
        {
            "id": id_,
            "title": f"title of `{id_}` <b>",
            "verdict": verdict,
            "unused_waiver": "",
            "findings_total": 0,
            "findings": [],
        }
        for id_, verdict in verdicts.items()
    ]
    failed = "failed" in verdicts.values()
    return {
        "schema_version": 1,
        "tool": {"name": "ruangkerja", "version": "0.1.0"},
        "contract": {"sha256": "0"},
        "target": {"url": "http://a.test"},
        "started": started,
        "summary": {"exit_code": int(failed), "conclusion": "not conforming" if failed else "ok"},
        "configuration": {},
        "coverage": {"percent": 1, "points": []},
        "rules": rules,
        **more,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three runs, whose folders are not in the order of time, and files that are no reports."""
    runs = {
        "c": report("2026-11-01T08:00:00.000+00:00", {"A-1": "passed", "A-2": "passed"}),
        "b": report("2026-11-02T08:00:00.000+00:00", {"A-1": "failed", "A-2": "passed"}),
        "deep/er": report(
            "2026-11-03T08:00:00.000+00:00",
            {"A-1": "failed", "A-2": "passed", "A-3": "skipped"},
            labels={"build": "41"},
            contract={"sha256": "1"},
        ),
    }
    for name, content in runs.items():
        path = tmp_path / name / "report.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))
    (tmp_path / "b" / "report.html").write_text("")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "report.json").write_text("{")
    return tmp_path


def test_runs_stand_in_the_order_of_time_with_what_changed(folder: Path) -> None:
    assert (
        text(read(folder))
        == """\
1  2026-11-01 08:00  http://a.test: ok
2  2026-11-02 08:00  http://a.test: not conforming
3  2026-11-03 08:00  http://a.test (build=41): not conforming (another contract than before)

    1  2  3
A-1 .  F* F   title of `A-1` <b>
2 other requirements have the same verdict in all runs, and nothing is wrong with them
. passed, F failed, W warned, ? inconclusive, - skipped, o observed, a waived, E error, * changed"""
    )


def test_the_last_runs_can_be_shown_alone(folder: Path) -> None:
    found = read(folder, last=2)
    assert [run.path.parent.name for run in found.runs] == ["b", "er"]
    assert [row.id for row in found.shown] == ["A-1"]


def test_a_run_without_verdicts_is_no_change(folder: Path) -> None:
    reports.begin(folder / "z")
    reports.end(folder / "z", "the token stopped being accepted", Exit.NOT_JUDGED)
    found = read(folder)
    assert found.runs[-1].report.summary.conclusion.startswith("not judged: the token stopped")
    assert [any(row.changed[3:]) for row in found.rows] == [False, False, False]
    assert Row("A", "", (PASSED, None, PASSED)).changed == (False, False, False)
    assert Row("A", "", (PASSED, None, FAILED)).changed == (False, False, True)


def test_a_page_shows_it_and_links_to_the_reports(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["history", str(folder), "--html", str(folder / "pages" / "history.html")])
    assert ended.value.code == 0
    captured = capsys.readouterr()
    assert captured.err.startswith(f"skipped: {folder / 'broken' / 'report.json'}: is not JSON")
    assert "A-1 .  F* F" in captured.out
    page = Page((folder / "pages" / "history.html").read_text())
    assert page.links == ["../b/report.html"]
    assert "title of A-1 <b>" in page.text
    assert [cell.get("class") for cell in page.of("td")].count("changed") == 1
    assert all(header.get("scope") for header in page.of("th"))
    assert "default-src 'none'" in page.of("meta")[1]["content"]


def test_a_folder_without_reports_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SystemExit) as ended:
            main(["history", str(folder)])
        assert ended.value.code == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "no report.json in this folder or below it can be read; write one folder" in first
    assert second == f"{tmp_path / 'none'}: there is no such folder"


def test_every_outcome_has_a_letter_of_its_own() -> None:
    assert set(history.MARKS) == set(Outcome)
    assert len(set(history.MARKS.values())) == len(Outcome)
