"""A finding names the policies that accept it; reports say what a requirement rests on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.formats import (
    as_html,
    as_json,
    as_junit,
    as_markdown,
    terminal,
)
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.mock.faults import find
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec.contract import load
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving
from tests.helpers.report_pages import Page

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.conformance.verdicts.verdict import Verdict
    from ruangkerja.spec.contract import Contract


def judged(contract: Contract, server: MockServer, *, show_data: bool = True) -> Run:
    courses = {"courseSerial": ("COURSE-EXAMPLE1",)}
    config = RunConfig(contract, contract.example_token, courses, mine=True)
    options = CheckOptions(show_data=show_data)
    return check(Target.parse(server.url), config, options, lambda _: None)


def of(run: Run, requirement: str) -> Verdict:
    return next(v for v in run.verdicts if v.requirement.id == requirement)


@pytest.fixture(scope="module")
def run() -> Run:
    """A server that clamps page sizes and sends null for two dates, by the default contract."""
    policies = ("oversize-clamp", "never-opened-null", "not-completed-null")
    with MockServer(policies=policies) as server:
        return judged(load(policies=["past-end-empty"]), server)


@pytest.mark.parametrize(
    ("requirement", "policy"),
    [
        ("PARAM-07", "oversize-clamp"),
        ("ITEM-05", "never-opened-null"),
        ("ITEM-06", "not-completed-null"),
    ],
)
def test_a_finding_names_the_policy_that_accepts_it(
    requirement: str, policy: str, run: Run
) -> None:
    assert {f.accepted_by for f in of(run, requirement).findings} == {(policy,)}


def test_a_policy_is_named_where_personal_data_is_hidden() -> None:
    with MockServer(policies=("never-opened-empty",)) as server:
        hidden = judged(load(), server, show_data=False)
    assert of(hidden, "ITEM-05").findings[0].accepted_by == ("never-opened-empty",)


def test_a_policy_that_does_not_accept_what_was_found_is_not_named(contract: Contract) -> None:
    with FaultyServer(contract) as server:
        server.faulty.fault = find("page-size-without-a-limit")
        found = of(judged(contract, server), "PARAM-07").findings
    by_rows = {(finding.actual, finding.accepted_by) for finding in found}
    accepted = ("oversize-clamp",)
    assert by_rows == {("200 with 100 users", accepted), ("200 with no users", accepted)}


@pytest.mark.parametrize(
    ("status", "accepted"), [("not_started", ("never-opened-null",)), ("completed", ())]
)
def test_a_policy_is_named_only_where_it_accepts_the_value(
    status: str, accepted: tuple[str, ...], contract: Contract
) -> None:
    def change(_asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for item in answer.body["data"]["items"]:
                if item["status"] == status:
                    item["lastAccessMission"] = None
        return answer

    with serving(Backend(change=change)) as url:
        config = RunConfig(contract, TOKEN, {"courseSerial": ("C-100",)}, mine=True)
        found = check(Target.parse(url), config, CheckOptions(), lambda _: None)
    assert {f.accepted_by for f in of(found, "ITEM-05").findings} == {accepted}


def test_a_contract_that_its_register_has_no_policies_for_is_judged_without(
    contract: Contract, tmp_path: Path
) -> None:
    register = contract.register.path.read_text(encoding="utf-8")
    (tmp_path / "requirements.yaml").write_text(register, encoding="utf-8")
    spec = tmp_path / "openapi.yaml"
    spec.write_text(contract.path.read_text(encoding="utf-8"), encoding="utf-8")
    with MockServer(policies=("oversize-clamp",)) as server:
        found = judged(load(spec), server)
    assert [finding.accepted_by for finding in of(found, "PARAM-07").findings[:1]] == [()]


def test_every_report_shows_ground_quote_decision_and_policy(run: Run) -> None:
    quote = "Query for limit result data from server. Maximum value 100"
    decision = "A larger pageSize is rejected. Policy: oversize-reject; instead: oversize-clamp."
    texts = (
        terminal.render(run),
        as_markdown.render(run).replace("\\", ""),
        " ".join(Page(as_html.render(run)).text.split()),
        as_junit.render(run),
        as_json.render(run),
    )
    for text in texts:
        assert "decided" in text
        assert quote in text
        assert decision in text
        assert "oversize-clamp" in text
        assert "past-end-empty" in text
        assert "a page after the last one is empty" in text
    for text in texts[:4]:
        assert "Accepted under --policy oversize-clamp" in text


def test_the_report_for_programs_has_them_as_members(run: Run) -> None:
    report = json.loads(as_json.render(run))
    assert [each["name"] for each in report["policies"]] == ["past-end-empty"]
    rule = next(each for each in report["rules"] if each["id"] == "PARAM-07")
    assert (rule["ground"], [each["id"] for each in rule["decisions"]]) == ("decided", ["D7"])
    assert rule["findings"][0]["accepted_by"] == ["oversize-clamp"]
