from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.reporting.formats.as_junit import Status, status_of
from ruangkerja.conformance.verdicts.verdict import Exit, Outcome, Verdict, exit_code
from ruangkerja.spec.register import Level

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract


def first(contract: Contract, level: Level, outcome: Outcome) -> Verdict:
    return Verdict(next(each for each in contract.register if each.level is level), outcome)


@pytest.mark.parametrize(
    ("level", "fail_on", "passive", "code"),
    [
        (Level.MUST, Level.MUST, False, Exit.NOT_JUDGED),
        (Level.MUST, Level.SHOULD, False, Exit.NOT_JUDGED),
        (Level.SHOULD, Level.MUST, False, Exit.CONFORMING),
        (Level.SHOULD, Level.SHOULD, False, Exit.NOT_JUDGED),
        (Level.INFO, Level.SHOULD, False, Exit.CONFORMING),
        (Level.MUST, Level.MUST, True, Exit.CONFORMING),
        (Level.SHOULD, Level.SHOULD, True, Exit.CONFORMING),
    ],
)
def test_what_was_not_covered_leaves_a_run_not_judged_from_the_level_that_fails_it(
    contract: Contract, level: Level, fail_on: Level, passive: bool, code: Exit
) -> None:
    verdict = first(contract, level, Outcome.INCONCLUSIVE)
    assert exit_code([verdict], fail_on=fail_on, passive=passive) is code
    is_error = status_of(verdict, fail_on, passive=passive) is Status.ERROR
    assert is_error == (code is Exit.NOT_JUDGED)


def test_a_failure_outweighs_what_was_not_covered(contract: Contract) -> None:
    verdicts = [
        first(contract, Level.MUST, Outcome.FAILED),
        first(contract, Level.SHOULD, Outcome.INCONCLUSIVE),
    ]
    assert exit_code(verdicts, fail_on=Level.SHOULD) is Exit.NOT_CONFORMING


def test_a_rule_that_fails_is_an_error_of_the_tool_unless_the_server_failed_anyway(
    contract: Contract,
) -> None:
    broken = first(contract, Level.INFO, Outcome.ERROR)
    assert exit_code([broken, first(contract, Level.MUST, Outcome.INCONCLUSIVE)]) is Exit.TOOL_ERROR
    assert exit_code([broken, first(contract, Level.MUST, Outcome.FAILED)]) is Exit.NOT_CONFORMING
