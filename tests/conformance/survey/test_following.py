"""What a server gets wrong in filters, searches, sorting and cursors is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.mutation.in_process import InProcess
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.requests.probes.probe import Probe
from ruangkerja.conformance.survey import following
from ruangkerja.conformance.survey.following import Follower
from ruangkerja.conformance.survey.survey import Survey
from ruangkerja.conformance.verdicts.deciding import judge_all
from ruangkerja.conformance.verdicts.verdict import Outcome, Verdict
from ruangkerja.mock.faults import GENERAL, Faulty, including
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts
from tests.helpers import family

if TYPE_CHECKING:
    from ruangkerja.mock.application import Application
    from ruangkerja.mock.faults import Fault
    from ruangkerja.spec.contract import Contract

TOKEN = "access_token"  # noqa: S105 - the example of the contract
ABOUT = {
    *("filter", "selected", "sort", "default", "ends", "continues"),
    *("unique", "complete", "sameSet", "repeatable"),
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return contracts.load(family.PATH)


@pytest.fixture(scope="module")
def served(contract: Contract) -> Application:
    return watched(contract, Settings())


def follow(
    contract: Contract, app: Application, fault: Fault | None = None
) -> tuple[dict[str, Verdict], list[str]]:
    """Send what follows cursors and selects; return the verdicts on it, and the requests."""
    server = Faulty(app, contract, fault, TOKEN)
    inside = InProcess(Faulty(server, contract, None, TOKEN), contract)
    config = RunConfig(contract, TOKEN)
    with inside.client(max_requests=300) as client:
        survey = Survey(config, client)
        follower = Follower(survey.evidence, survey.sender, Profile.GATE)
        for caller in config.callers(client.target):
            if caller.operation.cursors is not None:
                follower.read_chains(caller)
            elif caller.operation.selecting:
                pages = [Probe(caller.request(page=page, size=50), "") for page in (1, 2)]
                pages += [Probe(caller.request(query=each), "") for each in ({}, {"limit": None})]
                survey.sender.send_all(pages)
                follower.read_selections(caller)
    inside.close()
    survey.evidence.unread.clear()
    verdicts = {v.requirement.id: v for v in judge_all(survey.evidence)}
    about = {id_: v for id_, v in verdicts.items() if id_.rpartition(".")[2] in ABOUT}
    return about, [str(e.request.target) for e in survey.evidence.exchanges]


def test_the_stub_selects_sorts_and_continues(contract: Contract, served: Application) -> None:
    verdicts, sent = follow(contract, served)
    judged = {id_ for id_, verdict in verdicts.items() if verdict.judged}
    assert {
        "parameter.status.filter",
        "parameter.minScore.selected",
        "parameter.search.selected",
        "parameter.sort.sort",
        "pagination.activities.ends",
        "pagination.activities.sameSet",
        "pagination.activities.continues",
    } <= judged
    assert all(verdicts[id_].outcome is Outcome.PASSED for id_ in judged)
    assert any("status=" in target and "sort=" in target for target in sent)
    assert len(sent) < 120


@pytest.mark.parametrize(
    "name", [n for n, each in GENERAL.items() if not each.requirement.startswith("resource.")]
)
def test_a_fault_is_found_by_what_it_breaks(
    contract: Contract, served: Application, name: str
) -> None:
    fault = including((), contract)[name]
    verdicts, _ = follow(contract, served, fault)
    red = {id_ for id_, v in verdicts.items() if v.outcome in {Outcome.FAILED, Outcome.WARNED}}
    assert red & set(fault.firsts)
    assert red <= set(fault.requirements)


def test_a_finding_names_the_row_the_parameter_and_what_is_expected(
    contract: Contract, served: Application
) -> None:
    faults = including((), contract)
    verdicts, _ = follow(contract, served, faults["filters-ignored"])
    finding = verdicts["parameter.status.filter"].findings[0]
    assert finding.expected == 'status is "invited", by status=invited'
    assert finding.field is not None
    assert finding.field.endswith("/status")
    verdicts, _ = follow(contract, served, faults["cursor-leads-back"])
    finding = verdicts["pagination.activities.ends"].findings[0]
    assert "which leads to the page itself" in finding.actual


def test_general_faults_are_not_offered_where_nothing_can_break(built_in: Contract) -> None:
    offered = including((), built_in)
    assert "filters-ignored" not in offered
    assert "cursor-leads-back" not in offered


@pytest.fixture(scope="module")
def built_in() -> Contract:
    return contracts.load()


def test_a_list_that_never_ends_is_read_for_a_while(
    contract: Contract, served: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(following.MOST_IN_CHAIN, Profile.GATE, 5)
    _, sent = follow(contract, served)
    assert sum("/activities?limit=7" in target for target in sent) == 5
