"""A register of one's own, with other ids: rules find their requirements by aspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from tests.helpers.two_lists import write

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract

IDS = {
    "PAGE-06": "rows.unique",
    "PARAM-07": "bounds",
    "PARAM-08": "bounds",
    "PARAM-09": "bounds",
    "PAGE-03": "pages",
    "ITEM-01": "items",
}
REGISTER = """\
sections: [{id: mine, title: Mine, document: Mine}]
requirements:
  - id: rows.unique
    level: MUST
    title: no {row} of a {list} is listed twice
    section: mine
    document: Mine
    statement: No {row} is.
    aspects: [pagination.unique]
    how: By walking.
  - id: bounds
    level: SHOULD
    title: '{size.name} is at most {size.maximum}'
    section: mine
    document: Mine
    statement: All parameters have bounds.
    aspects: [parameter.aboveMaximum, parameter.belowMinimum]
    how: By sending others.
  - {id: pages, level: MUST, title: Pages, section: mine, document: Mine, statement: They count.,
     checked_by: law, how: By counting.}
  - {id: items, level: MUST, title: Items, section: mine, document: Mine, statement: They are.,
     checked_by: schema, how: By looking.}
  - {id: rest, level: MUST, title: The rest, section: mine, document: Mine, statement: It is.,
     checked_by: schema, aspects: [contract.untied], how: By looking.}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lists, linked to a small register that lies beside them."""
    file = write(tmp_path_factory.mktemp("mine") / "mine.yaml")
    document = _renamed(yaml.safe_load(file.read_text(encoding="utf-8")))
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    file.with_name("requirements.yaml").write_text(REGISTER, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def contract(file: Path) -> Contract:
    return contracts.load(file)


def _renamed(element: Any) -> Any:
    """The same contract, but with the ids above and no other links."""
    if isinstance(element, list):
        return [_renamed(each) for each in element]
    if not isinstance(element, dict):
        return element
    found = {}
    for name, value in element.items():
        if name == "x-requirement" or (name == "requirement" and "rule" in element):
            table = value if isinstance(value, dict) else {"": value}
            kept = {key: IDS[id_] for key, id_ in table.items() if id_ in IDS}
            if kept:
                found[name] = kept if isinstance(value, dict) else kept[""]
        else:
            found[name] = _renamed(value)
    return found


def judged(contract: Contract, served: Any) -> Run:
    with MockServer(served) as server:
        config = RunConfig(contract, contract.example_token, mine=True)
        return check(Target.parse(server.url), config, CheckOptions(), lambda _: None)


def test_a_server_that_conforms_passes_each_of_its_requirements(contract: Contract) -> None:
    run = judged(contract, contract)
    assert [(each.requirement.id, each.outcome.value) for each in run.verdicts] == [
        ("rows.unique", "passed"),
        ("bounds", "passed"),
        ("pages", "passed"),
        ("items", "passed"),
        ("rest", "passed"),
    ]
    assert all(verdict.judged for verdict in run.verdicts)
    assert run.exit == 0


def test_a_requirement_with_two_aspects_is_judged_by_both_rules_once_each(
    contract: Contract, file: Path
) -> None:
    text = file.read_text(encoding="utf-8")
    wider = file.with_name("wider.yaml")
    wider.write_text(text.replace("maximum: 50", "maximum: 60"), encoding="utf-8")
    run = judged(contract, wider)
    [bounds] = [verdict for verdict in run.verdicts if verdict.requirement.id == "bounds"]
    assert bounds.outcome.value == "warned"
    assert {finding.where.partition("(")[2] for finding in bounds.findings} == {
        "query parameter limit above its maximum)"
    }
    aspects = ("parameter.aboveMaximum", "parameter.belowMinimum")
    sent = [r.reading.only(*aspects) for r in run.evidence.answered]
    assert {each.aspect for each in sent if each} == set(aspects)
    assert bounds.judged == sum(each is not None for each in sent)


def test_its_words_are_general_where_the_lists_differ(contract: Contract) -> None:
    register = contract.register
    assert register["rows.unique"].title == "no row of a list is listed twice"
    assert register["bounds"].title == "page size is at most the maximum"
