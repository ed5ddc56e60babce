"""Subjects: what of the evidence a rule judges."""

from __future__ import annotations

from dataclasses import replace

from ruangkerja.conformance.rules.registry import REGISTRY
from ruangkerja.conformance.rules.subjects import ODD
from tests.helpers import running
from tests.helpers.backend import Backend


def test_what_is_odd_is_no_success_of_a_correct_request() -> None:
    evidence = running.run(Backend()).evidence
    rules = [rule for rule in REGISTRY.values() if rule.subjects in ODD]
    found = {True: 0, False: 0}
    for record in evidence.records:
        alone = replace(evidence, exchanges=[record.exchange], records=[record])
        is_usual = record.reading.is_plain and record.is_success
        found[is_usual] += sum(1 for rule in rules for _ in rule.subjects(alone, rule.requirement))
    assert found[True] == 0
    assert found[False] > 0
