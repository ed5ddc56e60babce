"""A second list, added to the contract in YAML alone, is judged like the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from tests.helpers.running import outcomes
from tests.helpers.two_lists import write

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with two lists."""
    return contracts.load(write(tmp_path_factory.mktemp("both") / "two.yaml"))


def judged(contract: Contract, url: str) -> Run:
    config = RunConfig(contract, contract.example_token, mine=True)
    return check(Target.parse(url), config, CheckOptions(), lambda _: None)


def test_both_lists_are_probed_walked_and_judged(both: Contract) -> None:
    with MockServer(both) as server:
        run = judged(both, server.url)
    assert run.exit == 0
    assert outcomes(run) == {}
    second = next(op for op in both.operations if "teams" in op.path)
    probed = {
        condition.requirement
        for record in run.evidence.records
        if record.operation is second
        for condition in record.reading.conditions
    }
    assert probed >= {
        "PARAM-02",
        "PARAM-04",
        "PARAM-07",
        "PARAM-11",
        "AUTH-05",
        "PATH-01",
        "HTTP-01",
    }
    walked = [x for x in run.evidence.walks if x.operation is second and x.is_complete]
    assert len({walk.size for walk in walked}) > 1


def test_a_server_without_the_second_list_is_not_judged_conforming(both: Contract) -> None:
    with MockServer() as server:
        run = judged(both, server.url)
    assert run.exit == 3
    assert run.conclusion().startswith("not judged: the team has no members")
    assert "TEAM-7 got 404" in run.conclusion()


def test_a_finding_about_the_second_list_speaks_of_its_own_parameters(
    both: Contract, tmp_path: Path
) -> None:
    text = both.path.read_text()
    assert "maximum: 50" in text
    wider = tmp_path / "wider.yaml"
    wider.write_text(text.replace("maximum: 50", "maximum: 60"))
    with MockServer(wider) as server:
        run = judged(both, server.url)
    failed = [verdict for verdict in run.verdicts if verdict.outcome.value == "failed"]
    assert [verdict.requirement.id for verdict in failed] == ["PARAM-07"]
    message = failed[0].findings[0].message
    assert "TEAM-7, request ?offsetPage=1&limit=51" in message
    assert "expected a 4xx error response without members; got 200 with 51 members" in message
