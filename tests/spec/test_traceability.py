"""Every requirement is tied to what checks it, and whatever checks names a requirement.

The register says of each requirement what checks it; here that is held against what is there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.spec.register import CheckedBy, Link
from ruangkerja.spec.source import get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ruangkerja.spec.contract import Contract

# What no element of the contract is tied to: it stands for all elements that are tied to nothing.
CATCH_ALL = "SCHEMA-01"


@pytest.fixture(scope="module")
def ties(contract: Contract) -> dict[CheckedBy, set[str]]:
    """The ids that the contract names, by what its elements are checked by."""
    found: dict[CheckedBy, set[str]] = {kind: set() for kind in CheckedBy}
    for link in Link.under((), contract.document):
        if isinstance(link.ids, dict):
            found[CheckedBy.RULE].update(link.ids.values())
        elif "x-validations" in link.place:
            found[CheckedBy.LAW].add(link.ids)
        else:
            found[CheckedBy.SCHEMA].add(link.ids)
    return found


@pytest.fixture(scope="module")
def rules() -> Mapping[str, Any]:
    """The rules by the id of their requirement."""
    registry: Mapping[str, Any] = importlib.import_module("ruangkerja.conformance.rules").REGISTRY
    return registry


def test_the_ids_of_the_contract_are_in_the_register(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    assert set().union(*ties.values()) <= set(contract.register.requirements)


def test_what_a_schema_checks_is_tied_to_an_element_of_one(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    expected = _checked_by(contract, CheckedBy.SCHEMA) - {CATCH_ALL}
    assert ties[CheckedBy.SCHEMA] == expected


def test_what_a_law_checks_is_tied_to_a_law(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    assert ties[CheckedBy.LAW] == _checked_by(contract, CheckedBy.LAW)


def test_what_a_rule_checks_is_a_condition_of_the_contract_or_a_rule_of_its_own(
    contract: Contract, ties: dict[CheckedBy, set[str]], rules: Mapping[str, Any]
) -> None:
    checked = _checked_by(contract, CheckedBy.RULE)
    assert ties[CheckedBy.RULE] <= checked
    assert checked <= ties[CheckedBy.RULE] | set(rules)


def test_every_rule_has_a_requirement(contract: Contract, rules: Mapping[str, Any]) -> None:
    assert set(rules) <= set(contract.register.requirements)


def test_a_tie_to_a_schema_stands_on_one_that_a_body_reaches(contract: Contract) -> None:
    """Otherwise the requirement would be tied and never judged."""
    reached = {
        node.requirement
        for operation in contract.operations
        for answer in operation.answers.values()
        for media in answer.media.values()
        for example in media.examples.values()
        if media.schema is not None
        for _, node, _ in media.schema.walk(example)
    }
    assert _checked_by(contract, CheckedBy.SCHEMA) - {CATCH_ALL} <= reached


def test_the_ties_are_read_from_the_elements_they_stand_on(contract: Contract) -> None:
    """Nothing in the contract that looks like a tie is overlooked."""
    read = {link.place for link in Link.under((), contract.document)}
    written = set(_written((), contract.document))
    assert read == written
    for place in read:
        assert get(contract.document, place)


def _written(place: tuple[str, ...], element: Any) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    children = (
        element.items()
        if isinstance(element, dict)
        else enumerate(element)
        if isinstance(element, list)
        else ()
    )
    for name, child in children:
        at = (*place, str(name))
        if name == "x-requirement" or (name == "requirement" and "x-validations" in place):
            found.add(at)
        found |= _written(at, child)
    return found


def _checked_by(contract: Contract, kind: CheckedBy) -> set[str]:
    return {each.id for each in contract.register if each.checked_by is kind}
