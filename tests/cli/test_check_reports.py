"""The options of `check` that are about its reports, as people use them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from ruangkerja.cli import main
from tests.helpers.backend import TOKEN, Backend, serving
from tests.helpers.report_pages import FAULTY

if TYPE_CHECKING:
    from pathlib import Path

Check = Callable[..., tuple[int, str, str]]
WAIVED = ("ITEM-07", "PAGE-03")


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run check against a server; gives its exit code, stdout and stderr."""
    monkeypatch.setenv("RUANGKERJA_TOKEN", TOKEN)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def run(url: str, *arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check", url, "--course", "C-100", *map(str, arguments)])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    with serving(FAULTY) as url:
        yield url


@pytest.fixture(scope="module")
def good() -> Iterator[str]:
    with serving(Backend()) as url:
        yield url


def test_what_fails_is_waived_once_somebody_says_why(
    check: Check, faulty: str, good: str, tmp_path: Path
) -> None:
    file = tmp_path / "waivers.yaml"
    code, _, err = check(faulty, "--update-waivers", file)
    assert (code, err) == (1, f"{file}: 2 waivers written; add a reason to each\n")
    code, out, err = check(faulty, "--waivers", file)
    assert (code, out) == (2, "")
    assert "expected text that is not empty. Say why this failure is accepted for now" in err
    assert "invalid waivers; see above" in err
    file.write_text(file.read_text().replace("reason: ''", "reason: mended soon"))
    code, out, _ = check(faulty, "--waivers", file)
    assert code == 0
    assert all(f"waived       {each}" in out for each in WAIVED)
    assert "waived until" in out
    code, out, _ = check(good, "--waivers", file)
    assert code == 1
    assert f"{file}:" in out
    assert "its waiver is unused: remove the waiver" in out


def test_a_file_of_waivers_is_never_replaced(check: Check, good: str, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("mine")
    code, out, err = check(good, "--update-waivers", file)
    assert (code, out) == (2, "")
    assert "already exists" in err
    assert file.read_text() == "mine"


def test_what_a_run_saw_is_expected_of_the_next(check: Check, good: str, tmp_path: Path) -> None:
    file = tmp_path / "expect.yaml"
    code, _, err = check(good, "--write-expectations", file)
    assert (code, err) == (0, f"{file}: 1 list written; compare with your own data\n")
    code, out, _ = check(good, "--expect", file, "--report-dir", tmp_path)
    assert code == 0
    assert "  passed       PATH-06 " in out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["configuration"]["expect"] == str(file)
    file.write_text(file.read_text().replace("100\n", "101\n"))
    code, out, _ = check(good, "--expect", file)
    assert code == 1
    assert "field /data/totalItems: expected a total of 101 users" in out


def test_an_expectation_file_is_never_replaced(check: Check, good: str, tmp_path: Path) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text("mine")
    code, out, err = check(good, "--write-expectations", file)
    assert (code, out) == (2, "")
    assert "already exists" in err
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- list: {course: C-100}\n  total: 1\n", [":1: ", "{courseSerial}", "see above"]),
        ("- list: {courseSerial: C-100}\n  visible_to: NOT_SET_HERE\n", [":2: ", "is not set"]),
    ],
)
def test_a_wrong_expectation_file_exits_2(
    check: Check, good: str, tmp_path: Path, text: str, words: list[str]
) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text(text)
    code, out, err = check(good, "--expect", file)
    assert (code, out) == (2, "")
    assert all(word in err for word in words), err


def test_an_unknown_requirement_in_a_file_of_waivers_exits_2(
    check: Check, good: str, tmp_path: Path
) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("- requirement: PAGE-3\n  target: '*'\n  reason: x\n  expires: 2099-01-01\n")
    code, out, err = check(good, "--waivers", file)
    assert (code, out) == (2, "")
    assert err.startswith(f"{file}:1: 'PAGE-3' is not in the register. Its ids are PAGE-01, ")


def test_people_are_hidden_and_shown_as_asked(check: Check, good: str, tmp_path: Path) -> None:
    for option, shown in (("--hide-data", False), ("--show-data", True), (None, False)):
        folder = tmp_path / str(option)
        options = ("--max-requests", "9", *([option] if option else []))
        _, out, _ = check(good, "--report-dir", folder, *options)
        assert f"; personal data {'shown' if shown else 'replaced'})" in out.splitlines()[0]
        assert ("Siti Rahma" in (folder / "exchanges.har").read_text()) == shown
        report = json.loads((folder / "report.json").read_text())
        assert report["configuration"]["show_data"] is shown


def test_coverage_is_required_where_that_is_asked_for(check: Check, good: str) -> None:
    assert check(good, "--require-coverage", "95")[0] == 0
    code, out, _ = check(good, "--require-coverage", "100")
    assert code == 1
    assert "not conforming: coverage is 95 %, required is 100 %" in out
    assert "coverage 95 %: 19 of 20 points were covered; not covered: a list without rows" in out
    assert check(good, "--require-coverage", "101")[0] == 2
