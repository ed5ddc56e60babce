"""The suite under test: every fault is found by what it breaks, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ruangkerja.cli import cli
from ruangkerja.conformance.suite import kill_matrix as matrix
from ruangkerja.conformance.suite.kill_matrix import FaultResult, KillMatrix
from ruangkerja.conformance.suite.selftest import FaultRunner, run
from ruangkerja.mock.faults import CATALOGUE, find
from ruangkerja.mock.faults.fault import EVERYTHING
from ruangkerja.spec.register import Level
from tests.helpers.two_lists import only_the_second

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ruangkerja.spec.contract import Contract


# Every part of an answer of the built-in contract is tied to another requirement than this one.
UNBREAKABLE = {"SCHEMA-01"}
# One of most sections, rare ones among them; CI tries all of them with `ruangkerja selftest`.
SOME = (
    "token-compared-without-case",
    "page-size-read-like-parseint",
    "line-break-in-one-name-in-50",
    "second-list-lacks-a-row",
    "cache-ignores-the-path",
    "one-request-in-20-is-503",
)


def test_every_requirement_that_is_judged_has_a_fault(contract: Contract) -> None:
    about = {fault.requirement for fault in CATALOGUE.values()}
    judged = {r.id for r in contract.register if r.level is not Level.INFO}
    assert judged - about == UNBREAKABLE


def test_faults_break_and_hide_requirements_that_exist(contract: Contract) -> None:
    known = {requirement.id for requirement in contract.register}
    for fault in CATALOGUE.values():
        hidden = () if fault.hides == EVERYTHING else fault.hides
        assert known >= {*fault.requirements, *hidden}, fault.name
        assert len(set(fault.requirements)) == len(fault.requirements), fault.name


def test_there_are_rare_faults_and_enough_of_them() -> None:
    assert len(CATALOGUE) >= 120
    for rare in ("one-row-in-200", "in-20", "on-the-last-page", "large", "from-page-3", "odd"):
        assert any(rare in name for name in CATALOGUE), rare


def test_a_fault_that_does_not_exist_is_answered_with_those_that_are_near() -> None:
    assert find("status-archived").requirement == "ITEM-07"
    with pytest.raises(LookupError, match="the most similar are status-archived"):
        find("status-archive")


def test_faults_are_found_by_what_they_break_and_by_nothing_else(contract: Contract) -> None:
    with FaultRunner(contract) as session:
        clean = session.attempt(None)
        trials = [session.attempt(CATALOGUE[name]) for name in SOME]
    result = KillMatrix(contract, clean, trials)
    assert result.problems == {}
    assert all(trial.requests <= 260 for trial in trials)


def test_the_same_fault_is_found_in_the_same_words_every_time(contract: Contract) -> None:
    with FaultRunner(contract) as session:
        first, second = (session.attempt(CATALOGUE["row-twice-on-a-page"]) for _ in range(2))
    assert first.red == second.red
    assert first.red


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultRunner]:
    """Runs of the second list alone: what is found is not found in the built-in one."""
    contract = only_the_second(tmp_path_factory.mktemp("second") / "openapi.yaml")
    with FaultRunner(contract) as session:
        assert session.attempt(None).red == {}
        yield session


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("status-archived", "field /result/rows/37/role"),
        ("page-size-101-accepted", "limit=51"),
        ("total-page-rounded-down", "field /result/pages"),
        ("row-twice-on-a-page", "field /result/rows/41/memberId"),
    ],
)
def test_faults_find_their_fields_in_any_contract(
    second: FaultRunner, name: str, said: str
) -> None:
    trial = second.attempt(CATALOGUE[name])
    assert trial.is_found
    text = trial.red[CATALOGUE[name].requirement]
    assert said in text, text


def trial(fault: str, *red: str, **more: object) -> FaultResult:
    texts = {requirement: f"{requirement} is broken" for requirement in red}
    return FaultResult(fault, texts, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (trial("status-archived"), "ITEM-07 did not find the fault"),
        (
            trial("status-archived", "ITEM-07", "ITEM-08"),
            "ITEM-08 failed, but the fault does not break it",
        ),
        (trial("status-archived", "ITEM-07", open=("ITEM-10",)), "ITEM-10 is inconclusive"),
        (
            trial("status-archived", "ITEM-07", broken=("PAGE-01",)),
            "the rule of PAGE-01 raised an error",
        ),
        (trial("status-archived", refused="it does not answer"), "the run was not judged"),
    ],
)
def test_what_comes_out_wrong_is_said(contract: Contract, wrong: FaultResult, said: str) -> None:
    result = KillMatrix(contract, FaultResult(""), [wrong])
    assert not result.is_passed
    assert said in matrix.terminal(result)
    assert "wrong" in matrix.progress(wrong)


def test_a_stub_that_is_not_clean_fails_the_self_test(contract: Contract) -> None:
    result = KillMatrix(contract, trial("", "ITEM-07"), [trial("status-archived", "ITEM-07")])
    assert not result.is_passed
    assert "does not conform" in result.conclusion()


def test_the_matrix_is_written_for_the_documentation(contract: Contract) -> None:
    found = trial("errors-are-200", "ERR-05", "HTTP-01")
    page = matrix.markdown(KillMatrix(contract, FaultResult(""), [found]))
    assert "## Errors" in page
    assert "| `errors-are-200` |" in page
    assert "| **ERR-05**, HTTP-01 |" in page
    assert "| ERR-05 | MUST | 1 | 1 |" in page


@pytest.mark.long
def test_work_is_shared_among_processes(contract: Contract) -> None:
    names = [name for name in CATALOGUE if name.startswith(("status-", "pre-test-"))][:9]
    noted: list[str] = []
    result = run(contract, names, jobs=2, note=lambda trial: noted.append(trial.fault))
    assert result.is_passed, result.problems
    assert noted == ["", *names]


def test_the_command_tries_what_is_named(tmp_path: Path) -> None:
    page = tmp_path / "matrix.md"
    arguments = ["selftest", "--only", "status-archived", "--markdown", str(page), "--texts"]
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 0, ended.output
    assert "row 38, field /data/items/37/status" in ended.output
    assert "1 of 1 faults were found" in ended.output
    assert "`status-archived`" in page.read_text()


def test_the_command_lists_the_faults() -> None:
    ended = CliRunner().invoke(cli, ["selftest", "--list"])
    assert ended.exit_code == 0
    assert all(name in ended.output for name in CATALOGUE)


def test_the_command_tries_faults_of_a_team(tmp_path: Path) -> None:
    entry = "{does: Returns 201., breaks: [ENV-01], when: success, response: {status: 201}}"
    (tmp_path / "faults.yaml").write_text(f"ours: {entry}\n", encoding="utf-8")
    command = ["selftest", "--fixtures", str(tmp_path)]
    listed = CliRunner().invoke(cli, [*command, "--list"])
    assert "Returns 201." in listed.output
    ended = CliRunner().invoke(cli, [*command, "--only", "ours"])
    assert ended.exit_code == 0, ended.output
    assert "1 of 1 faults were found" in ended.output


def test_a_mistake_in_the_faults_of_a_team_is_reported(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("ours: {does: It., breaks: [ENV-1]}\n", encoding="utf-8")
    ended = CliRunner().invoke(cli, ["selftest", "--fixtures", str(tmp_path), "--list"])
    assert ended.exit_code == 2
    assert "faults.yaml:1: there is no requirement 'ENV-1'" in ended.output


def test_the_command_says_which_fault_does_not_exist() -> None:
    ended = CliRunner().invoke(cli, ["selftest", "--only", "status-archive"])
    assert ended.exit_code == 2
    assert "the most similar are status-archived" in ended.output
