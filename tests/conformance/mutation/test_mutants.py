"""Mutants: one change in one response, spread over the places of any contract."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.mutation import as_markdown, terminal
from ruangkerja.conformance.mutation.allowances import Allowances
from ruangkerja.conformance.mutation.catalogue import Class, catalogue
from ruangkerja.conformance.mutation.in_process import Sent
from ruangkerja.conformance.mutation.report import Fate, MutantResult, MutationReport
from ruangkerja.conformance.mutation.run import MutantRunner, run
from ruangkerja.conformance.suite.kill_matrix import NO_FAULT, FaultResult
from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.problems import SourceError
from tests.helpers.two_lists import only_the_second, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

OPERATORS = {operator.name: operator for operator in catalogue()}


@pytest.fixture(scope="module")
def runner(contract: Contract) -> Iterator[MutantRunner]:
    with MutantRunner(contract, 900) as started:
        yield started


def results_of(runner: MutantRunner, part: str, place: str, operator: str) -> list[MutantResult]:
    wanted = (part, place, operator)
    indices = [
        index
        for index, mutant in enumerate(runner.mutants)
        if (mutant.of.part, mutant.of.place, mutant.of.operator.name) == wanted
    ]
    assert indices
    return [*runner.results(indices)]


def test_the_stub_conforms_without_a_mutant(runner: MutantRunner) -> None:
    assert runner.clean.red == {}
    assert runner.clean.refused == ""
    assert runner.clean.open == ()


def test_mutants_are_spread_over_all_classes_and_over_responses(runner: MutantRunner) -> None:
    classes = {mutant.of for mutant in runner.mutants}
    assert len(classes) > 250
    assert {operator.name for operator in catalogue()} - {of.operator.name for of in classes} == {
        "opposite"  # the contract has no booleans
    }
    assert len({mutant.sent for mutant in runner.mutants}) > 100


@pytest.mark.long
def test_the_same_mutants_are_chosen_every_time_and_others_for_another_seed(
    contract: Contract, runner: MutantRunner
) -> None:
    def chosen(seed: int) -> list[tuple[Class, Sent]]:
        with MutantRunner(contract, 900, seed) as other:
            return [(mutant.of, mutant.sent) for mutant in other.mutants]

    first = [(mutant.of, mutant.sent) for mutant in runner.mutants]
    assert chosen(0) == first
    assert chosen(1) != first


@pytest.mark.parametrize(
    ("part", "place", "operator", "section"),
    [
        ("success", "/data/totalItems", "one-more", "PAGE"),
        ("success", "/data/items", "without-the-last", "PAGE"),
        ("success", "/data/items/*/status", "other-case", "ITEM"),
        ("success", "/data/items/*/user", "missing", "ITEM"),
        ("success", "Content-Type", "text-html", "ENV"),
        ("error", "/message", "missing", "ERR"),
        ("error", "status", "error-with-200", "ERR"),
    ],
)
def test_a_change_in_one_response_is_found_by_the_requirements_for_its_place(
    runner: MutantRunner, part: str, place: str, operator: str, section: str
) -> None:
    results = results_of(runner, part, place, operator)
    found = {id_.partition("-")[0] for result in results for id_ in result.red}
    # Another requirement is about error responses to hostile names.
    assert {section, "PATH"} & found


@pytest.mark.parametrize(
    ("part", "place", "operator"),
    [("success", "/data", "unknown-member"), ("error", "/errorCode", "one-more")],
)
def test_a_change_that_the_contract_allows_is_not_found(
    runner: MutantRunner, part: str, place: str, operator: str
) -> None:
    (result,) = results_of(runner, part, place, operator)
    assert result.fate is Fate.SURVIVED


def test_a_mutant_changes_one_response_and_no_other(runner: MutantRunner) -> None:
    server = runner._inside
    data = next(mutant.sent.data for mutant in runner.mutants)
    fault = next(m.fault for m in runner.mutants if m.of.operator.name == "unknown-header")
    server.begin(Sent(data, 2), fault)
    first, second, third = (server.respond(data).response for _ in range(3))
    assert first == third
    assert second != first
    assert second.body == first.body


def test_the_places_are_those_of_any_contract(tmp_path: Path) -> None:
    with MutantRunner(only_the_second(tmp_path / "openapi.yaml"), 400) as second:
        assert second.clean.red == {}
        results = results_of(second, "success", "/result/rows/*/role", "other-case")
        assert "ITEM-07" in {id_ for result in results for id_ in result.red}
        allowed = [m.of for m in second.mutants if m.of.operator.name == "unknown-member"]
    assert "/result/rows/*/contact" in {of.place for of in allowed}


def report(contract: Contract, *fates: Fate) -> MutationReport:
    of = Class(
        "listOnlineCourseUsers", "success", "/data/totalItems", OPERATORS["one-more"], "ENV-07"
    )
    results = [
        MutantResult(
            of,
            "GET /x",
            {"PAGE-03": "it differs"} if fate is Fate.FOUND else {},
            "refused" if fate is Fate.NOT_JUDGED else "",
        )
        for fate in fates
    ]
    return MutationReport(contract, FaultResult(NO_FAULT, requests=195), results, 3, 0)


def test_the_report_says_what_share_was_found_and_why_the_rest_was_not(contract: Contract) -> None:
    made = report(contract, Fate.FOUND, Fate.FOUND, Fate.SURVIVED, Fate.NOT_JUDGED)
    for text in (terminal.render(made), as_markdown.render(made, "2026-11-26")):
        assert "2 of 4 mutants were found (50.0%), 1 survived, 1 led to no judgement" in text
        assert "/data/totalItems" in text
        assert "D15: The value is valid" in text
        assert "3 of 195 responses are not changed" in text
    assert made.is_passed


def test_an_allowed_change_that_is_found_fails_the_self_test(contract: Contract) -> None:
    made = report(contract, Fate.FOUND)
    of = Class("listOnlineCourseUsers", "error", "/errorCode", OPERATORS["one-more"], "ERR-02")
    made = replace(made, results=[MutantResult(of, "GET /x", {"ERR-02": "wrong"})])
    assert not made.is_passed
    assert "although it conforms: error /errorCode" in terminal.render(made)
    assert "1 of 1 changes that the contract allows" in made.conclusion()


def test_mistakes_in_the_allowed_changes_are_named_with_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "openapi.yaml")
    built_in = load().register.path
    (tmp_path / "requirements.yaml").write_text(built_in.read_text(encoding="utf-8"), "utf-8")
    (tmp_path / "mutants.yaml").write_text(
        "allowed:\n"
        "  - at: [ITEM-99]\n"
        "    changes: [one-mor]\n"
        "    decision: D99\n"
        "    because: It is so.\n",
        encoding="utf-8",
    )
    with pytest.raises(SourceError) as error:
        Allowances(load(path))
    text = str(error.value)
    assert "mutants.yaml:2" in text
    assert "'ITEM-99' is no requirement, role or part" in text
    assert "there is no change 'one-mor'" in text
    assert "there is no decision D99" in text


@pytest.mark.long
def test_several_processes_test_the_mutants_in_their_order(tmp_path: Path) -> None:
    # With a register of its own, so that there is nothing that the contract allows.
    (tmp_path / "requirements.yaml").write_bytes(load().register.path.read_bytes())
    contract = only_the_second(tmp_path / "openapi.yaml")
    made = run(contract, 22, jobs=2)
    with MutantRunner(contract, 22) as runner:
        assert [result.of for result in made.results] == [m.of for m in runner.mutants]
    assert len(made.counted) == 22
