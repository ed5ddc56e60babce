"""An edit of spec/openapi.yaml alone changes what the stub serves and what the suite expects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving
from tests.helpers.running import outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract

SIZE = "        format: int32\n        minimum: 1\n        maximum: "
COMPLETED_AT = "        completedAt:\n          type: string\n"


def edited(tmp_path: Path, old: str, new: str) -> Contract:
    text = contracts.DEFAULT.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = tmp_path / "edited.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return contracts.load(file)


@pytest.fixture(scope="module")
def nullable(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract, but that completedAt may be null."""
    return edited(
        tmp_path_factory.mktemp("nullable"),
        COMPLETED_AT,
        f"{COMPLETED_AT}          nullable: true\n",
    )


def judged(contract: Contract, url: str, token: str, course: str) -> Run:
    config = RunConfig(contract, token, {"courseSerial": (course,)}, mine=True)
    return check(Target.parse(url), config, CheckOptions(), lambda _: None)


def of_stub(contract: Contract) -> Run:
    with MockServer(contract) as server:
        return judged(contract, server.url, contract.example_token, "COURSE-EXAMPLE1")


def of_backend(contract: Contract, completed_at: Any, *statuses: str) -> Run:
    """The run against a backend that has a value in completedAt of users with some statuses."""

    def change(_asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for item in answer.body["data"]["items"]:
                if item["status"] in statuses:
                    item["completedAt"] = completed_at
        return answer

    with serving(Backend(change=change)) as url:
        return judged(contract, url, TOKEN, "C-100")


def test_the_stub_conforms_where_completed_at_may_be_null(nullable: Contract) -> None:
    assert outcomes(of_stub(nullable)) == {}


UNFINISHED = ("not_started", "expired", "failed", "in_progress")


def test_null_is_as_good_as_empty_where_the_contract_allows_it(
    nullable: Contract, contract: Contract
) -> None:
    assert outcomes(of_backend(nullable, None, *UNFINISHED)) == {}
    strict = outcomes(of_backend(contract, None, *UNFINISHED))
    assert [id_ for id_, outcome in strict.items() if outcome == "failed"] == ["ITEM-06"]


def test_a_user_who_completed_the_course_has_a_date_and_not_null(nullable: Contract) -> None:
    run = of_backend(nullable, None, "completed")
    assert outcomes(run) == {"ITEM-10": "failed"}
    [verdict] = [each for each in run.verdicts if each.requirement.id == "ITEM-10"]
    assert verdict.findings[0].message.endswith(
        "a user who completed the course has a date in completedAt, "
        "but status is completed and completedAt is null"
    )


def test_null_is_never_told_to_be_both_expected_and_wrong(nullable: Contract) -> None:
    run = of_backend(nullable, 5, "failed")
    assert outcomes(run) == {"ITEM-06": "failed"}
    [verdict] = [each for each in run.verdicts if each.requirement.id == "ITEM-06"]
    assert "or null; got 5" in verdict.findings[0].message


def test_another_maximum_of_the_page_size_is_served_probed_and_judged(tmp_path: Path) -> None:
    wider = edited(tmp_path, f"{SIZE}100\n", f"{SIZE}200\n")
    run = of_stub(wider)
    assert outcomes(run) == {}
    asked = {
        record.exchange.request.target.partition(b"pageSize=")[2] for record in run.evidence.records
    }
    assert {b"200", b"201"} <= asked
    with serving(Backend()) as url:
        failed = outcomes(judged(wider, url, TOKEN, "C-100"))
    assert failed["PARAM-05"] == "failed"


def test_a_lower_maximum_is_the_one_that_register_table_and_findings_name(tmp_path: Path) -> None:
    contract = edited(tmp_path, f"{SIZE}100\n", f"{SIZE}50\n")
    assert contract.register["PARAM-05"].title.startswith("`pageSize` 50 is accepted")
    with MockServer() as server:  # it accepts up to 100
        run = judged(contract, server.url, contract.example_token, "COURSE-HUNDRED")
    assert outcomes(run) == {"PARAM-07": "failed"}
    table = terminal.render(run)
    assert "`pageSize` above 50 is rejected" in table
    assert "expected a 4xx error response without users; got 200 with 51 users" in table
    texts = [
        text
        for each in contract.register
        if each.id != "ITEM-13"  # a score, which a law limits
        for text in (each.title, each.statement, each.how)
    ]
    assert [text for text in texts if re.search(r"\b100\b", text)] == []
    assert not re.search(r"pageSize`? 100", table)
