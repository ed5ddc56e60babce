from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.run.waivers import (
    State,
    Waiver,
    Waivers,
    load,
    pattern_of,
    write_starting_file,
)
from ruangkerja.conformance.verdicts.verdict import Outcome, Verdict
from ruangkerja.spec.documents.problems import SourceError
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.running import conforming, outcomes, run

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract

URL = "https://staging.example.com/api"
TODAY = date(2026, 3, 31)


def floor(asked: Asked, answer: Answer) -> Answer:
    """PAGE-03: the number of pages is rounded down."""
    if answer.status == 200:
        answer.body["data"]["totalPage"] = answer.body["data"]["totalItems"] // asked.size
    return answer


def waiver(requirement: str = "PAGE-03", target: str = "*", **other: Any) -> Waiver:
    values = {"reason": "known", "expires": date(9999, 1, 1), "ticket": "", "place": "w.yaml:1"}
    return Waiver(requirement, target, **{**values, **other})


def checked(*waivers: Waiver, change: Any = floor, report_dir: Path | None = None) -> Run:
    return run(Backend(change=change), waivers=waivers, report_dir=report_dir)


def test_a_failure_that_is_waived_does_not_fail_the_run(tmp_path: Path) -> None:
    result = checked(waiver(ticket="RK-1"), report_dir=tmp_path)
    assert outcomes(result) == {"PAGE-03": "waived"}
    assert result.exit == 0
    assert result.conclusion().startswith("conforming: 1 waived")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["waivers"][0]["state"] == "used"
    told = next(rule for rule in report["rules"] if rule["id"] == "PAGE-03")
    assert told["reason"] == "waived until 9999-01-01 (RK-1): known"
    assert told["findings"]


def test_a_waiver_whose_failure_did_not_happen_fails_the_run(tmp_path: Path) -> None:
    result = checked(waiver("PAGE-06"), change=lambda _, answer: answer, report_dir=tmp_path)
    assert outcomes(result) == {}
    assert result.exit == 1
    assert result.conclusion().startswith("not conforming: the waiver of PAGE-06 is unused")
    junit = (tmp_path / "junit.xml").read_text()
    assert 'failures="1"' in junit
    assert "w.yaml:1: PAGE-06 passed, so its waiver is unused: remove the waiver" in junit


def test_an_expired_waiver_no_longer_counts_and_that_is_said() -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    result = checked(waiver(expires=yesterday))
    assert outcomes(result) == {"PAGE-03": "failed"}
    assert f"w.yaml:1: the waiver of PAGE-03 expired on {yesterday}" in result.notes[-1]


def verdict(contract: Contract, outcome: Outcome) -> Verdict:
    count = int(outcome in {Outcome.FAILED, Outcome.WARNED})
    return Verdict(contract.register["PAGE-03"], outcome, count=count)


@pytest.mark.parametrize(
    ("change", "outcome", "state"),
    [
        ({}, Outcome.FAILED, State.USED),
        ({}, Outcome.WARNED, State.USED),
        ({}, Outcome.PASSED, State.UNUSED),
        ({}, Outcome.INCONCLUSIVE, State.NOT_JUDGED),
        ({}, Outcome.SKIPPED, State.NOT_JUDGED),
        ({}, Outcome.ERROR, State.NOT_JUDGED),
        ({"expires": TODAY}, Outcome.FAILED, State.USED),
        ({"expires": TODAY - timedelta(days=1)}, Outcome.FAILED, State.EXPIRED),
        ({"expires": TODAY - timedelta(days=1)}, Outcome.PASSED, State.EXPIRED),
        ({"target": "https://*.example.com/*"}, Outcome.FAILED, State.USED),
        ({"target": "https://staging.example.com"}, Outcome.FAILED, State.OTHER_TARGET),
        ({"target": "HTTPS://STAGING.EXAMPLE.COM/API"}, Outcome.PASSED, State.OTHER_TARGET),
        ({"verdict": Outcome.INCONCLUSIVE}, Outcome.INCONCLUSIVE, State.USED),
        ({"verdict": Outcome.INCONCLUSIVE}, Outcome.PASSED, State.UNUSED),
        ({"verdict": Outcome.INCONCLUSIVE}, Outcome.FAILED, State.UNUSED),
        ({"verdict": Outcome.INCONCLUSIVE}, Outcome.SKIPPED, State.NOT_JUDGED),
        ({"verdict": Outcome.INCONCLUSIVE}, Outcome.ERROR, State.NOT_JUDGED),
        ({"finding": "*"}, Outcome.PASSED, State.UNUSED),
        ({"finding": "*"}, Outcome.FAILED, State.UNUSED),
        ({"finding": "*"}, Outcome.INCONCLUSIVE, State.NOT_JUDGED),
    ],
)
def test_what_becomes_of_a_waiver(
    contract: Contract, change: dict[str, Any], outcome: Outcome, state: State
) -> None:
    waivers = Waivers((waiver(**change),), URL, TODAY)
    found = verdict(contract, outcome)
    assert waivers.state(waivers.waivers[0], found) is state
    after = waivers.apply(found)
    assert (after.outcome is Outcome.WAIVED) == (state is State.USED)
    assert bool(after.unused_waiver) == (state is State.UNUSED)
    assert [s for _, s in waivers.states([after])] == [state]


def misspelt(asked: Asked, answer: Answer) -> Answer:
    """ITEM-01: no name is text. ENV-06: neither is the message."""
    if answer.status == 200:
        answer.body["message"] = None
        for row in answer.body["data"]["items"]:
            row["user"]["name"] = 7
            if asked.page == 3:
                row["user"]["employeeID"] = 7
    return answer


@pytest.fixture(scope="module")
def unwaived() -> Run:
    """The run of a server that fails PAGE-03, without waivers."""
    return checked()


NAMES = "field /data/items/*/user/name"
EMPLOYEES = "page 3 *field /data/items/*/employeeID"


@pytest.fixture(scope="module")
def before() -> Verdict:
    """The verdict of ITEM-01 without waivers."""
    every = run(Backend(change=misspelt))
    return next(v for v in every.verdicts if v.requirement.id == "ITEM-01")


@pytest.mark.parametrize("show_data", [True, False])
def test_a_waiver_that_names_a_finding_waives_no_other_finding(
    before: Verdict, show_data: bool, tmp_path: Path
) -> None:
    named = waiver("ITEM-01", finding=NAMES)
    some = run(Backend(change=misspelt), waivers=(named,), show_data=show_data, report_dir=tmp_path)
    left = next(v for v in some.verdicts if v.requirement.id == "ITEM-01")
    assert left.outcome is Outcome.FAILED
    assert 0 < left.count < before.count
    assert all("/user/employeeID" in finding.message for finding in left.findings)
    assert left.reason == (
        f"{before.count - left.count} more findings are waived until 9999-01-01: known"
    )
    [told] = json.loads((tmp_path / "report.json").read_text())["waivers"]
    assert (told["finding"], told["verdict"], told["state"]) == (NAMES, "failed", "used")
    both = run(
        Backend(change=misspelt),
        waivers=(named, waiver("ITEM-01", finding=EMPLOYEES), waiver("ENV-06")),
        show_data=show_data,
    )
    assert outcomes(both) == {"ENV-06": "waived", "ITEM-01": "waived"}
    assert both.exit == 0
    waived = next(v for v in both.verdicts if v.requirement.id == "ITEM-01")
    assert waived.count == before.count
    assert waived.findings


def test_a_finding_after_many_that_are_waived_still_fails() -> None:
    def late(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for row in answer.body["data"]["items"]:
                row["user"]["name"] = 7
                if row["user"]["serial"] == "USER00000098":
                    row["user"]["employeeID"] = 7
        return answer

    result = run(Backend(change=late), waivers=(waiver("ITEM-01", finding=NAMES),))
    [left] = [v for v in result.verdicts if v.requirement.id == "ITEM-01"]
    assert left.outcome is Outcome.FAILED
    assert result.exit == 1
    assert all("/user/employeeID" in finding.message for finding in left.findings)


def test_a_waiver_that_matches_none_of_the_findings_is_unused_and_both_are_said(
    tmp_path: Path,
) -> None:
    result = checked(waiver(finding="page 77"), report_dir=tmp_path)
    assert outcomes(result) == {"PAGE-03": "failed"}
    unused = 'w.yaml:1: no finding of PAGE-03 matches "page 77", so its waiver is unused'
    junit = (tmp_path / "junit.xml").read_text()
    assert unused.replace('"', "&quot;") in junit or unused in junit
    assert "field /data/totalPage" in junit


def test_a_requirement_that_the_data_does_not_cover_can_be_waived() -> None:
    def finished(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for row in answer.body["data"]["items"]:
                if row["status"] == "not_started":
                    row["status"] = "expired"
        return answer

    should = {"ITEM-14": "inconclusive"}
    result = run(Backend(change=finished))
    assert (outcomes(result), result.exit) == ({"ITEM-11": "inconclusive", **should}, 3)
    accepted = waiver("ITEM-11", verdict=Outcome.INCONCLUSIVE)
    result = run(Backend(change=finished), waivers=(accepted,))
    assert (outcomes(result), result.exit) == ({"ITEM-11": "waived", **should}, 0)
    covered = run(Backend(), waivers=(accepted,))
    assert covered.exit == 1
    unused = next(v.unused_waiver for v in covered.verdicts if v.unused_waiver)
    assert unused.startswith("w.yaml:1: ITEM-11 was judged, so its waiver is unused")


GOOD = """\
- requirement: PAGE-03
  target: https://*.example.com/*
  reason: rounds down,
    mended in March
  expires: 2026-03-31
  ticket: RK-1
"""


def test_a_file_is_read_with_its_lines(tmp_path: Path, contract: Contract) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(f"# known\n{GOOD}{GOOD.replace('  ticket: RK-1', '')}")
    first, second = load(file, contract.register)
    assert first == Waiver(
        "PAGE-03",
        "https://*.example.com/*",
        "rounds down, mended in March",
        TODAY,
        "RK-1",
        f"{file}:2",
    )
    assert (second.ticket, second.place) == ("", f"{file}:8")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("PAGE-03", "PAGE-99", 1, ["'PAGE-99' is not in the register", "PAGE-01", "PAGE-11"]),
        ("PAGE-03", "HDR-02", 1, ["HDR-02", "never fails"]),
        (
            "  reason: rounds down,\n    mended in March\n",
            "",
            1,
            ["the member reason is missing", "finding, verdict and ticket"],
        ),
        (" rounds down,\n    mended in March", " ''", 3, ['reason is ""', "Say why"]),
        ("  expires: 2026-03-31\n", "", 1, ["the member expires is missing"]),
        ("2026-03-31", "2026-02-30", 5, ["2026-02-30", "expected a date", "2026-12-31"]),
        ("2026-03-31", "20260331", 5, ["20260331", "expected a date of the calendar as text"]),
        ("2026-03-31", "tomorrow", 5, ["tomorrow"]),
        (
            "ticket",
            "tiket",
            6,
            ["unknown member 'tiket'", "Did you mean ticket?", "requirement, target"],
        ),
        ("  target: https://*.example.com/*\n", "", 1, ["the member target is missing"]),
        ("target: https", "target: [https", 3, ["not YAML"]),
        (GOOD, "waivers: []", 1, ["expected a list of waivers", "Begin each with"]),
        ("  ticket: RK-1\n", "  finding: ''\n", 6, ['finding is ""', "text that is not empty"]),
        ("ticket: RK-1", "verdict: passed", 6, ["verdict is", "inconclusive"]),
        (
            "  ticket: RK-1\n",
            "  verdict: inconclusive\n  finding: page 1\n",
            7,
            ["a requirement that was not covered has no findings", "Remove"],
        ),
        (GOOD, "- PAGE-03", 1, ["PAGE-03", "expected a waiver", "It has requirement"]),
        (GOOD, "", 1, ["is empty"]),
    ],
)
def test_a_mistake_in_a_file_is_said_with_its_line(
    tmp_path: Path, contract: Contract, old: str, new: str, line: int, words: list[str]
) -> None:
    assert old in GOOD
    file = tmp_path / "waivers.yaml"
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(SourceError) as caught:
        load(file, contract.register)
    message = str(caught.value)
    assert f"{file}:{line}: " in message
    assert all(word in message for word in words), message


def test_a_missing_file_is_said(tmp_path: Path, contract: Contract) -> None:
    with pytest.raises(SourceError, match="No such file"):
        load(tmp_path / "none.yaml", contract.register)


def test_a_starting_file_waives_what_fails_once_it_has_reasons(
    tmp_path: Path, contract: Contract, unwaived: Run
) -> None:
    file = tmp_path / "waivers.yaml"
    written = write_starting_file(file, unwaived)
    assert [each.requirement.id for each in written] == ["PAGE-03"]
    with pytest.raises(SourceError, match='reason is ""'):
        load(file, contract.register)
    text = file.read_text()
    assert "# C-100, page " in text
    file.write_text(text.replace("reason: ''", "reason: known"))
    assert checked(*load(file, contract.register)).exit == 0


def test_a_starting_file_never_replaces_another(tmp_path: Path, unwaived: Run) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("mine")
    with pytest.raises(FileExistsError):
        write_starting_file(file, unwaived)
    assert file.read_text() == "mine"


def test_a_starting_file_of_a_run_that_passed_is_an_empty_list(
    tmp_path: Path, contract: Contract
) -> None:
    write_starting_file(tmp_path / "w.yaml", conforming())
    assert load(tmp_path / "w.yaml", contract.register) == ()


@pytest.mark.parametrize(
    ("url", "pattern", "also"),
    [
        ("http://127.0.0.1:8080/a/b", "http://127.0.0.1:*/a/b", "http://127.0.0.1:9/a/b"),
        ("http://[::1]:8080", "http://[[]::1]:*", "http://[::1]:1"),
        ("https://a.example/x", "https://a.example/x", "https://a.example/x"),
    ],
)
def test_the_pattern_of_a_target_matches_it(url: str, pattern: str, also: str) -> None:
    assert pattern_of(Target.parse(url)) == pattern
    for each in (url, also):
        state = Waivers((waiver(target=pattern),), each, TODAY)
        assert state.waivers[0].target == pattern
        assert list(state.notes()) == []
