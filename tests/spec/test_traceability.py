"""Every requirement is tied to what checks it, and whatever checks names a requirement.

The register says what checks each requirement; here that is compared with what exists.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.spec.derivation import derived
from ruangkerja.spec.documents.pointers import get
from ruangkerja.spec.links import Link
from ruangkerja.spec.register import ASPECTS, UNTIED, CheckedBy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ruangkerja.spec.contract import Contract


@pytest.fixture(scope="module")
def ties(contract: Contract) -> dict[CheckedBy, set[str]]:
    """The ids that the contract names, by what its elements are checked by."""
    found: dict[CheckedBy, set[str]] = {kind: set() for kind in CheckedBy}
    for link in Link.under((), contract.document):
        if link.kind == "schema" and isinstance(link.ids, dict):
            found[CheckedBy.SCHEMA].add(link.ids["value"])
            found[CheckedBy.LAW].add(link.ids["bounds"])
        elif isinstance(link.ids, dict):
            found[CheckedBy.RULE].update(link.ids.values())
        elif "x-validations" in link.place:
            found[CheckedBy.LAW].add(link.ids)
        else:
            found[CheckedBy.SCHEMA].add(link.ids)
    return found


@pytest.fixture(scope="module")
def rules() -> Mapping[str, Any]:
    """The rules by their aspect."""
    registry: Mapping[str, Any] = importlib.import_module("ruangkerja.conformance.rules").REGISTRY
    return registry


def test_the_ids_of_the_contract_are_in_the_register(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    assert set().union(*ties.values()) <= set(contract.register.requirements)


def test_what_a_schema_checks_is_tied_to_an_element_of_one(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    expected = _checked_by(contract, CheckedBy.SCHEMA) - _untied(contract)
    assert ties[CheckedBy.SCHEMA] == expected


def test_what_a_law_checks_is_tied_to_a_law(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    # A law may complete what a schema says, as a date of the calendar completes a pattern.
    assert ties[CheckedBy.LAW] - ties[CheckedBy.SCHEMA] == _checked_by(contract, CheckedBy.LAW)


def test_what_the_contract_ties_to_a_condition_is_checked_by_a_rule(
    contract: Contract, ties: dict[CheckedBy, set[str]]
) -> None:
    beside = {each.id for each in contract.register if set(each.aspects) - {UNTIED}}
    assert ties[CheckedBy.RULE] == _checked_by(contract, CheckedBy.RULE) | beside


def test_every_aspect_has_a_rule_and_a_requirement(
    contract: Contract, rules: Mapping[str, Any]
) -> None:
    assert set(rules) == ASPECTS - {UNTIED}
    own = {aspect for each in contract.register for aspect in each.aspects}
    assert own | derived.aspects() == ASPECTS


def test_a_tie_to_a_schema_stands_on_one_that_a_body_reaches(contract: Contract) -> None:
    """Otherwise the requirement would be tied and never judged."""
    reached = {
        node.requirement
        for operation in contract.operations
        for response in operation.responses.values()
        for media in response.media.values()
        for example in media.examples.values()
        if media.schema is not None
        for _, node, _ in media.schema.walk(example)
    }
    assert _checked_by(contract, CheckedBy.SCHEMA) - _untied(contract) <= reached


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


def _untied(contract: Contract) -> set[str]:
    return {each.id for each in contract.register if UNTIED in each.aspects}


def _checked_by(contract: Contract, kind: CheckedBy) -> set[str]:
    return {each.id for each in contract.register if each.checked_by is kind}
