"""Rules as items of pytest: one for each requirement, so that its options and plugins work."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ...spec.register import Level
from ..rules import rules_for
from ..rules.verdict import Outcome, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence
    from ..rules.verdict import Verdict

ITEMS = Path(__file__).with_name("test_requirements.py")


class Verdicts:
    """A plugin that judges the evidence of one run, an item at a time.

    `gather` gives the evidence when the first item needs it, `finish` makes of each verdict what is
    reported, `redact` takes secrets out of a text; `verdicts` has what was judged by requirement,
    `broken` what went wrong in pytest itself.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        contract: Contract,
        gather: Callable[[], Evidence],
        *,
        fail_on: Level = Level.MUST,
        finish: Callable[[Verdict], Verdict] = lambda verdict: verdict,
        redact: Callable[[str], str] = str,
        passive: bool = False,
    ) -> None:
        self._register = contract.register
        self._gather = gather
        self._redact = redact
        self.fail_on = fail_on
        self.passive = passive
        self._finish = finish
        self.verdicts: dict[str, Verdict] = {}
        self.broken: list[str] = []
        self._rules = rules_for(contract.register)

    @cached_property
    def evidence(self) -> Evidence:
        """What was exchanged; gathered once."""
        return self._gather()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make an item of every requirement of the register."""
        if "verdict" in metafunc.fixturenames:
            ids = [requirement.id for requirement in self._register]
            metafunc.parametrize("verdict", ids, indirect=True)

    @pytest.fixture
    def verdict(self, request: pytest.FixtureRequest) -> Verdict:
        """Judge the requirement of this item."""
        requirement = self._register[request.param]
        judged = judge(self.evidence, requirement, self._rules.get(requirement.id))
        found = self._finish(judged)
        self.verdicts[requirement.id] = found
        return found

    @pytest.fixture
    def settle(self, request: pytest.FixtureRequest) -> Callable[[Verdict], None]:
        """Give the function that turns a verdict into the outcome of its item."""

        def settle(verdict: Verdict) -> None:
            requirement = verdict.requirement
            # Not by `record_property`, which warns of the default form of junit.xml.
            request.node.user_properties += [
                ("requirement", requirement.id),
                ("level", requirement.level.value),
                ("title", requirement.title),
                ("document", requirement.document),
                ("verdict", verdict.outcome.value),
            ]
            outcome_of(verdict, self.fail_on, self._redact, passive=self.passive)

        return settle

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what went wrong in pytest itself: the run is then not judged."""
        self.broken.append(str(excrepr))


def outcome_of(
    verdict: Verdict,
    fail_on: Level,
    redact: Callable[[str], str] = str,
    *,
    passive: bool = False,
) -> None:
    """End an item as its verdict is: a MUST that could not be judged is not green either.

    Where requests were only `overheard`, nobody could have sent what was missing.
    """
    requirement = verdict.requirement
    findings = "\n".join(f"{requirement.id}: {finding.message}" for finding in verdict.findings)
    text = redact(f"{requirement.id} {requirement.level.value} {requirement.title}\n{findings}")
    if verdict.unused_waiver:
        pytest.fail(f"{requirement.id}: {verdict.unused_waiver}", pytrace=False)
    match verdict.outcome:
        case Outcome.FAILED:
            pytest.fail(text, pytrace=False)
        case Outcome.WARNED if fail_on is Level.SHOULD:
            pytest.fail(text, pytrace=False)
        case Outcome.WARNED:
            pytest.xfail(text)
        case Outcome.ERROR:
            pytest.fail(f"{requirement.id}: {verdict.reason}", pytrace=False)
        case Outcome.INCONCLUSIVE if requirement.level is Level.MUST and not passive:
            pytest.fail(f"{requirement.id} is not judged: {verdict.reason}", pytrace=False)
        case Outcome.INCONCLUSIVE | Outcome.SKIPPED | Outcome.WAIVED:
            pytest.skip(verdict.reason or verdict.outcome.value)
        case Outcome.PASSED | Outcome.OBSERVED:
            pass
