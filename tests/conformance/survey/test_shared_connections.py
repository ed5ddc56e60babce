"""What takes a connection to show: a token that is remembered, and a connection that is closed."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.rules import rules_for
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.conformance.verdicts.deciding import judge
from ruangkerja.conformance.verdicts.verdict import Outcome
from ruangkerja.mock.faults import find
from tests.helpers.backend import TOKEN, Answer, Asked, Backend
from tests.helpers.running import conforming, outcomes, run

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract


def test_a_token_remembered_by_the_connection_is_shown_by_a_command_of_one_connection(
    contract: Contract,
) -> None:
    with FaultyServer(contract, tokens=(TOKEN,)) as server:
        server.faulty.fault = find("token-remembered-by-the-connection")
        config = RunConfig(contract, TOKEN, mine=True)
        result = check(Target.parse(server.url), config, CheckOptions(), lambda _: None)
        assert outcomes(result)["AUTH-09"] == "failed"
        assert list(outcomes(result).values()).count("failed") == 1
        findings = next(v for v in result.verdicts if v.requirement.id == "AUTH-09").findings
        commands = [result.command(finding) or "" for finding in findings]
        server.faulty.reset()
        shown = [
            subprocess.run(
                ["/bin/sh", "-c", command],
                env={**os.environ, "RUANGKERJA_TOKEN": TOKEN},
                capture_output=True,
                check=True,
            ).stdout
            for command in commands
        ]
    assert [(" --next " in c, TOKEN in c) for c in commands] == [(True, False)] * 2
    assert [output.count(b"HTTP/1.1 200") for output in shown] == [2, 2]
    assert "on the connection that carried a valid token in request" in findings[0].actual
    assert findings[0].expected.endswith("as on a connection of its own")


def test_a_server_that_ends_every_connection_remembers_nothing_by_it() -> None:
    def closing(_: Asked, answer: Answer) -> Answer:
        answer.headers["Connection"] = "close"
        return answer

    result = run(Backend(change=closing))
    verdict = next(v for v in result.verdicts if v.requirement.id == "AUTH-09")
    assert (verdict.outcome, result.exit) == (Outcome.PASSED, 0)


@pytest.mark.parametrize("reconnected", [True, False])
def test_a_connection_closed_while_in_use_is_a_warning(
    contract: Contract, reconnected: bool
) -> None:
    whole = conforming().evidence
    evidence = Evidence(contract, whole.reader)
    for exchange in whole.exchanges[:9]:
        evidence.add(replace(exchange, reconnected=reconnected and exchange.number == 7))
    requirement = contract.register["HTTP-04"]
    verdict = judge(evidence, requirement, rules_for(contract)["HTTP-04"])
    assert verdict.outcome is (Outcome.WARNED if reconnected else Outcome.PASSED)
    assert [finding.exchange for finding in verdict.findings] == [7] * reconnected
