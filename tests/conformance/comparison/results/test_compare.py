from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from click.testing import CliRunner

from ruangkerja.cli import cli, main
from ruangkerja.conformance.comparison.results.compare import (
    ChangeDirection,
    Comparison,
    compare,
    render,
)
from ruangkerja.conformance.comparison.results.reports import ReportError, load
from ruangkerja.conformance.reporting.attestation.contract_files import ContractFiles
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.report_pages import FAULTY, faulty
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report(Backend(), tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report(FAULTY, tmp_path_factory.mktemp("bad"))


def report(backend: Backend, folder: Path, **options: Any) -> dict[str, Any]:
    run(backend, report_dir=folder, **options)
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    found["target"]["url"] = "http://127.0.0.1:1"  # the port is another one every time
    return found


def compared(before: dict[str, Any], after: dict[str, Any], folder: Path) -> Comparison:
    paths = []
    for name, found in (("before", before), ("after", after)):
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(found))
    return compare(*map(load, paths))


def rule(found: dict[str, Any], requirement: str) -> dict[str, Any]:
    return next(each for each in found["rules"] if each["id"] == requirement)


def test_a_report_is_the_same_as_itself(bad: dict[str, Any], tmp_path: Path) -> None:
    found = compared(bad, bad, tmp_path)
    assert (found.circumstances, found.changes, found.is_worse) == ((), (), False)
    assert render(found) == "no verdict changed"


def test_what_fails_now_is_worse_and_what_passes_now_is_better(
    good: dict[str, Any], bad: dict[str, Any], tmp_path: Path
) -> None:
    worse, better = compared(good, bad, tmp_path), compared(bad, good, tmp_path)
    ids = ["ITEM-07", "PAGE-03", "ERR-03", "ERR-06"]
    assert [change.id for change in worse.of(ChangeDirection.WORSE)] == ids
    assert [change.id for change in better.of(ChangeDirection.BETTER)] == ids
    assert (worse.is_worse, better.is_worse) == (True, False)
    text = render(worse)
    assert "worse   PAGE-03   passed, then failed: `totalPage` is the number of pages" in text
    assert text.endswith("4 requirements are worse, 0 better")
    assert "  new: C-100, page 1 at pageSize 100, row 38, field /data/items/37/status" in text


def outcome(found: dict[str, Any], requirement: str, verdict: str, unused: str = "") -> Any:
    found = copy.deepcopy(found)
    rule(found, requirement).update(verdict=verdict, unused_waiver=unused)
    return found


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("passed", "inconclusive", "worse"),
        ("inconclusive", "failed", "worse"),
        ("warned", "failed", "worse"),
        ("failed", "waived", "better"),
        ("passed", "waived", "worse"),
        ("skipped", "passed", "better"),
        ("failed", "error", "other"),
        ("skipped", "inconclusive", "other"),
    ],
)
def test_each_change_of_a_verdict_has_a_direction(
    good: dict[str, Any], tmp_path: Path, before: str, after: str, direction: str
) -> None:
    first, second = (outcome(good, "PAGE-01", verdict) for verdict in (before, after))
    (change,) = compared(first, second, tmp_path).changes
    assert (change.before, change.after, change.direction.value) == (before, after, direction)


def test_a_waiver_of_no_use_is_worse(good: dict[str, Any], tmp_path: Path) -> None:
    (change,) = compared(good, outcome(good, "PAGE-01", "passed", "w:1"), tmp_path).changes
    assert (change.after, change.direction) == ("passed, unused waiver", ChangeDirection.WORSE)


def archived_too(asked: Asked, answer: Answer) -> Answer:
    """The faulty one, and another row that is wrong."""
    answer = faulty(asked, answer)
    if answer.status == 200:
        for item in answer.body["data"]["items"]:
            if item["user"]["serial"].endswith("38"):
                item["status"] = "archived"
    return answer


def test_a_new_finding_of_what_failed_before_is_worse_and_a_lost_one_is_better(
    bad: dict[str, Any], tmp_path: Path
) -> None:
    more = report(Backend(change=archived_too), tmp_path)
    found = compared(bad, more, tmp_path)
    (change,) = found.changes
    assert (change.id, change.before, change.after) == ("ITEM-07", "failed", "failed")
    assert change.direction is ChangeDirection.WORSE
    assert change.gone == ()
    assert all("/status: " in message for message in change.new)
    (back,) = compared(more, bad, tmp_path).changes
    assert (back.direction, back.gone) == (ChangeDirection.BETTER, change.new)


def test_findings_are_the_same_whatever_stands_there(bad: dict[str, Any], tmp_path: Path) -> None:
    other = copy.deepcopy(bad)
    for finding in rule(other, "ITEM-07")["findings"]:
        finding.update(actual='"Kdqe"', message="somebody else")
    assert compared(bad, other, tmp_path).changes == ()


def test_of_more_findings_than_are_kept_the_number_counts(
    bad: dict[str, Any], tmp_path: Path
) -> None:
    other = copy.deepcopy(bad)
    found = rule(other, "PAGE-03")
    found["findings_total"] += 1
    found["findings"] = found["findings"][:5]
    (change,) = compared(bad, other, tmp_path).changes
    assert change.direction is ChangeDirection.WORSE
    assert change.new == (
        f"{found['findings_total']} findings, {found['findings_total'] - 1} before",
    )


def test_other_circumstances_are_said_first(good: dict[str, Any], tmp_path: Path) -> None:
    other = copy.deepcopy(good)
    other["contract"]["sha256"] = "0" * 64
    other["target"]["url"] = "https://staging.example.com"
    other["configuration"]["fail_on"] = "should"
    lines = render(compared(good, other, tmp_path)).splitlines()
    assert lines[0].startswith("note: different contract: SHA-256 ")
    assert lines[1].startswith("note: different target: http://127.0.0.1:1, then https://")
    assert lines[2] == 'note: different fail on: null, then "should"'
    assert lines[-1] == "no verdict changed"


def test_coverage_that_changed_is_said(good: dict[str, Any], tmp_path: Path) -> None:
    other = copy.deepcopy(good)
    other["coverage"]["percent"] = 90
    point = next(p for p in other["coverage"]["points"] if p["value"] == 'is "failed"')
    point["count"] = 0
    found = compared(good, other, tmp_path)
    assert found.coverage.no_longer_seen == ('/data/items/*/status is "failed"',)
    assert "coverage 95 %, then 90 %" in render(found)
    assert not found.is_worse
    assert compared(other, good, tmp_path).coverage.newly_seen == found.coverage.no_longer_seen


def test_a_requirement_that_only_one_report_has_is_neither(
    good: dict[str, Any], tmp_path: Path
) -> None:
    other = copy.deepcopy(good)
    del other["rules"][0]
    found = compared(good, other, tmp_path)
    assert [(c.after, c.direction) for c in found.changes] == [(None, ChangeDirection.OTHER)]
    assert "passed, then not in the report" in render(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["is not JSON", "line 1, column 1"]),
        ('{"schema_version": 1, "tool": {"na', ["is incomplete"]),
        ("[]", ["is not a report", "Expected `object`"]),
        ("{}", ["missing required field `schema_version`"]),
        ('{"schema_version": 1, "tool": {"name": "other"}}', ["other", "$.tool.name"]),
        (
            '{"schema_version": 99, "tool": {"name": "ruangkerja", "version": "9"}}',
            ["schema_version is 99"],
        ),
        ('{"log": {"version": "1.2", "entries": []}}', ["missing required field `schema_version`"]),
        ("[" * 100_000, ["nested too deeply"]),
        ("\udcff", ["is not a report"]),
        ('{"schema_version": ' + "9" * 5000 + "}", ["is not a report"]),
    ],
)
def test_a_file_that_is_no_report_is_one_clear_line(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ReportError) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "ruangkerja check --report-dir" in message
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_report_without_results_cannot_be_compared(bad: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="AFTER: the run ended before anything was judged"):
        compared(bad, {**bad, "rules": []}, tmp_path)


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_report_that_was_half_written_is_no_report(
    bad: dict[str, Any], tmp_path: Path, cut: int
) -> None:
    text = json.dumps(bad)
    file = tmp_path / "a.json"
    file.write_text(text[: len(text) * cut // 20])
    with pytest.raises(ReportError, match="is incomplete"):
        load(file)


def test_any_member_that_is_missing_or_odd_is_one_clear_line(
    bad: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    for name in ("contract", "target", "coverage", "rules", "configuration", "tool"):
        for odd in (None, 5, "text", [5], {"x": 1}):
            file.write_text(json.dumps({**bad, name: odd}))
            if (name, odd) != ("configuration", {"x": 1}):
                with pytest.raises(ReportError, match="is not a report"):
                    load(file)


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["compare", *map(str, arguments)])
    code = ended.value.code
    assert isinstance(code, int)
    return code, *capsys.readouterr()


def test_the_command_tells_same_worse_and_unreadable_apart(
    good: dict[str, Any],
    bad: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    a, b, none = (tmp_path / name for name in ("a.json", "b.json", "none.json"))
    a.write_text(json.dumps(good))
    b.write_text(json.dumps(bad))
    assert command(capsys, a, a) == (0, "no verdict changed\n", "")
    assert command(capsys, a, b)[0] == 1
    assert command(capsys, b, a)[0] == 0
    code, out, err = command(capsys, a, none)
    assert (code, out) == (2, "")
    assert err == (f"{none}: cannot be read: No such file or directory\n")
    found = json.loads(command(capsys, a, b, "--json")[1])
    assert found["worse"] is True
    assert found["changes"][0]["id"] == "ITEM-07"


def test_reports_of_two_contracts_say_what_changed_between_these(
    contract: Contract, tmp_path: Path
) -> None:
    report_ = report(Backend(), tmp_path / "run")
    evidence = json.loads((tmp_path / "run" / "evidence.json").read_text(encoding="utf-8"))
    paths = []
    for name, each in (("before", contract), ("after", contract.under(["oversize-clamp"]))):
        folder = tmp_path / name
        folder.mkdir()
        files = msgspec.to_builtins(ContractFiles.of(each))
        (folder / "evidence.json").write_text(json.dumps({**evidence, "contract": files}))
        of = {**report_, "contract": {**report_["contract"], "sha256": each.digest}}
        paths.append(folder / "report.json")
        paths[-1].write_text(json.dumps(of))

    result = CliRunner().invoke(cli, ["compare", *map(str, paths)])

    expected = "oversize of x-pagination changed from reject to clamp"
    assert re.search(rf"^contract: safe: GET .*: {expected}$", result.stdout, re.MULTILINE)

    (tmp_path / "after" / "evidence.json").write_text("{}")
    result = CliRunner().invoke(cli, ["compare", *map(str, paths)])

    assert "note: name both contracts with --contract" in result.stdout
