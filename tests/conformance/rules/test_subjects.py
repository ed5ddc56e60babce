"""Subjects: what of the evidence a rule judges."""

from __future__ import annotations

from dataclasses import replace

from ruangkerja.conformance.rules import rules_for
from ruangkerja.conformance.rules.subjects import INVALID
from tests.helpers import running


def test_what_is_invalid_is_no_success_response_to_a_valid_request() -> None:
    evidence = running.conforming().evidence
    every = rules_for(evidence.contract).values()
    rules = [rule for rules in every for rule in rules if rule.of in INVALID]
    found = {True: 0, False: 0}
    for record in evidence.records:
        alone = replace(evidence, exchanges=[record.exchange], records=[record])
        is_success = record.reading.is_valid and record.is_success
        found[is_success] += sum(1 for rule in rules for _ in rule.subjects(alone))
    assert found[True] == 0
    assert found[False] > 0
