"""The register: which requirements there are, and how a wrong register is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec import register as registers
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.register import CheckedBy, Ground, Level

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

# What the document asks for, by section: id and level. One id more is the project's own.
EXPECTED = {
    "AUTH": "01 MUST 02 MUST 03 MUST 04 MUST 05 MUST 06 MUST 07 SHOULD 08 SHOULD 09 MUST",
    "HDR": "01 MUST 02 INFO 03 INFO 04 INFO 05 MUST",
    "PARAM": (
        "01 MUST 02 MUST 03 MUST 04 MUST 05 MUST 06 MUST 07 MUST 08 MUST 09 MUST 10 MUST 11 MUST"
        " 12 INFO 13 SHOULD"
    ),
    "PATH": "01 MUST 02 MUST 03 SHOULD 04 MUST 05 SHOULD 06 MUST",
    "ENV": "01 MUST 02 MUST 03 MUST 04 SHOULD 05 MUST 06 MUST 07 MUST 08 SHOULD",
    "ITEM": (
        "01 MUST 02 MUST 03 MUST 04 MUST 05 MUST 06 MUST 07 MUST 08 MUST 09 SHOULD 10 MUST 11 MUST"
        " 12 SHOULD 13 SHOULD 14 SHOULD 15 SHOULD 16 SHOULD"
    ),
    "PAGE": (
        "01 MUST 02 MUST 03 MUST 04 MUST 05 MUST 06 MUST 07 MUST 08 MUST 09 MUST 10 MUST 11 SHOULD"
        " 12 MUST 13 SHOULD"
    ),
    "ERR": "01 MUST 02 MUST 03 SHOULD 04 SHOULD 05 MUST 06 SHOULD 07 MUST",
    "HTTP": "01 MUST 02 SHOULD 03 MUST 04 SHOULD 05 MUST 06 MUST",
    "SCHEMA": "01 MUST",
}


def test_the_register_has_the_requirements_of_the_document_in_their_order(
    contract: Contract,
) -> None:
    expected = [
        (f"{section}-{number}", level)
        for section, words in EXPECTED.items()
        for number, level in re.findall(r"(\d\d) (\w+)", words)
    ]
    assert [(each.id, str(each.level)) for each in contract.register] == expected


def test_each_requirement_stands_in_the_section_its_id_names(contract: Contract) -> None:
    assert all(each.id.rsplit("-", 1)[0] == each.section for each in contract.register)
    assert list(contract.register.sections) == list(EXPECTED)


def test_each_requirement_says_where_it_comes_from_and_how_it_is_checked_or_why_not(
    contract: Contract,
) -> None:
    for each in contract.register:
        assert each.document, each.id
        assert each.statement.endswith("."), each.id
        if each.checked_by is None:
            assert each.not_checked.endswith("."), each.id
        else:
            assert each.how.endswith("."), each.id


def test_each_must_has_a_ground_and_a_quote(contract: Contract) -> None:
    for each in contract.register:
        if each.level is Level.MUST:
            assert each.ground is not None, each.id
            assert each.quote, each.id


def test_what_is_decided_names_its_decision(contract: Contract) -> None:
    for each in contract.register:
        if each.ground is Ground.DECIDED:
            assert contract.register.decisions_of(each), each.id


def test_a_register_needs_neither_grounds_nor_quotes(tmp_path: Path) -> None:
    file = tmp_path / "requirements.yaml"
    file.write_text(GOOD, encoding="utf-8")
    requirement = registers.load(file)["A-01"]
    assert (requirement.ground, requirement.quote) == (None, "")
    assert [each.decision for each in registers.load(file).decisions_of(requirement)] == ["Ours."]


def test_what_is_only_observed_is_never_judged_by_a_schema_or_a_law(contract: Contract) -> None:
    observed = [each for each in contract.register if each.level is Level.INFO]
    assert {each.checked_by for each in observed} == {CheckedBy.RULE}


def test_a_requirement_is_found_by_its_id(contract: Contract) -> None:
    register = contract.register
    assert "PAGE-03" in register
    assert "PAGE-99" not in register
    assert register["PAGE-03"].decisions == ("D10",)
    assert len(register) == len(list(register))


GOOD = """\
decisions:
  - {id: D1, document: Silent., decision: Ours.}
sections:
  - {id: A, title: A, document: A}
requirements:
  - id: A-01
    level: MUST
    title: It is
    section: A
    document: A
    statement: It is.
    decisions: [D1]
    aspects: [pagination.unique]
    how: By looking.
  - id: A-02
    level: MUST
    title: The rest
    section: A
    document: A
    statement: All else is.
    checked_by: schema
    aspects: [contract.untied]
    how: By looking.
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (
            "level: MUST",
            "level: MAY",
            7,
            'level is "MAY"; expected one of "MUST", "SHOULD", "INFO"',
        ),
        (
            "level: MUST",
            "level: MUST\n    ground: guessed",
            8,
            'ground is "guessed"; expected one of "stated", "shown", "derived", "decided"',
        ),
        ("section: A", "section: B", 9, "section 'B', which is not listed. Listed are A"),
        (
            "title: It is",
            "title: 5",
            8,
            "title is 5; expected text that is not empty. Put it in quotes",
        ),
        ("    statement: It is.\n", "", 6, "the member statement is missing. Required: id, level"),
        (
            "checked_by: schema",
            "checked_by: hope",
            21,
            'checked_by is "hope"; expected one of "schema", "law"',
        ),
        ("[D1]", "[D2]", 12, "A-01 names D2, which is not under decisions"),
        ("[D1]", "D1", 12, "expected a list of ids that are listed under decisions"),
        ("[D1]", "5", 12, "expected a list of ids that are listed under decisions"),
        (
            "requirements:\n",
            "requirements:\n  - A-00\n",
            6,
            'entry 0 is "A-00"; expected a requirement',
        ),
        (
            "aspects: [pagination.unique]",
            "aspects: [pagination.uniqe]",
            13,
            "the aspect pagination.uniqe does not exist. Use contract.untied, error.agreement",
        ),
        (
            "    aspects: [contract.untied]\n",
            "",
            5,
            "no requirement has the aspect contract.untied",
        ),
        (
            "title: It is",
            "title: A {size.maximun}",
            8,
            "title has the name {size.maximun}, which does not exist. Use token, page.name",
        ),
        ("sections:\n", "other:\n", 1, "the member sections is missing"),
        ("  - {id: D1, document: Silent., decision: Ours.}\n", "  - D1\n", 2, "expected an object"),
    ],
)
def test_a_mistake_is_refused_with_its_line(
    old: str, new: str, line: int, says: str, tmp_path: Path
) -> None:
    assert old in GOOD
    file = tmp_path / "requirements.yaml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        registers.load(file)
    message = str(caught.value)
    assert f"{file}:{line}: " in message, message
    assert says in message


def test_a_requirement_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "requirements.yaml"
    file.write_text(GOOD + GOOD.split("requirements:\n")[1], encoding="utf-8")
    with pytest.raises(SourceError, match=r"requirements\.yaml:24: A-01 stands twice"):
        registers.load(file)


def test_a_requirement_may_have_a_reason_instead_of_a_check(tmp_path: Path) -> None:
    file = tmp_path / "requirements.yaml"
    reason = "not_checked: Nobody can see it."
    file.write_text(
        GOOD.replace("aspects: [pagination.unique]\n    how: By looking.", reason), encoding="utf-8"
    )
    requirement = registers.load(file)["A-01"]
    assert requirement.checked_by is None
    assert requirement.not_checked == "Nobody can see it."


@pytest.mark.parametrize("text", ["", "- a\n", "5\n"])
def test_a_file_that_is_no_register_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"requirements\.yaml:1: "):
        registers.load(file)
