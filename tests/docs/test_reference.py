"""The generated reference pages: they are current and complete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from ruangkerja.cli import cli
from ruangkerja.mock.faults import CATALOGUE
from ruangkerja.spec.documents.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
# The requirement for elements that are linked to no other requirement.
CATCH_ALL = "SCHEMA-01"
COMMANDS = sorted(cli.commands)


def test_committed_pages_are_current(root: Path, pages: dict[str, str]) -> None:
    folder = root / "docs" / "reference"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    outdated = {name for name in {*pages, *committed} if pages.get(name) != committed.get(name)}
    assert outdated == set(), "run `python tools/docs.py`, and commit docs/reference/"


def test_every_requirement_and_decision_can_be_linked_to(
    pages: dict[str, str], contract: Contract
) -> None:
    anchors = ANCHOR.findall(pages["requirements.md"])
    decisions = Source.read(contract.register.path).value["decisions"]
    assert set(contract.register.requirements) <= set(anchors)
    assert {each["id"] for each in decisions} <= set(anchors)
    assert len(set(anchors)) == len(anchors)


def test_every_requirement_says_how_it_is_checked_or_why_not(
    pages: dict[str, str], contract: Contract
) -> None:
    parts = re.split(r"^### ([\w-]+): ", pages["requirements.md"], flags=re.MULTILINE)[1:]
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    for requirement in contract.register:
        text = said[requirement.id]
        assert f"**{requirement.level}**" in text
        if requirement.checked_by is None:
            assert "Not checked, because" in text
        else:
            assert "| Check |" in text


def test_every_requirement_that_binds_has_faults_that_prove_it(
    pages: dict[str, str], contract: Contract
) -> None:
    text = pages["requirements.md"]
    for requirement in contract.register:
        if requirement.level != "INFO" and requirement.id != CATCH_ALL:
            part = text.split(f'<a id="{requirement.id}"></a>\n\n### ')[1].split("\n### ")[0]
            assert "faults.md#" in part, requirement.id


def test_every_fault_can_be_linked_to(pages: dict[str, str]) -> None:
    anchors = ANCHOR.findall(pages["faults.md"])
    assert {name for name in anchors if name.islower()} == set(CATALOGUE)


def test_every_member_parameter_and_status_of_the_contract_is_there(
    pages: dict[str, str], contract: Contract
) -> None:
    text = pages["contract.md"]
    for operation in contract.operations:
        assert f"`{operation.method} {operation.path}`" in text
        assert all(f"| `{parameter.name}` |" in text for parameter in operation.parameters)
        assert all(f"| `{status}` |" in text for status in operation.responses)
    for schema in contract.document["components"]["schemas"].values():
        assert all(f"| `{member}` |" in text for member in schema.get("properties", {}))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_there_with_its_meaning(
    pages: dict[str, str], name: str
) -> None:
    part = pages["commands.md"].split(f'<a id="{name}"></a>\n\n## ')[1].split("\n## ")[0]
    for option in cli.commands[name].params:
        if isinstance(option, click.Option):
            assert f"`{option.opts[0]}" in part
            assert option.help, f"{option.opts[0]} of {name} says nothing about itself"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_shown_without_stray_marks(name: str) -> None:
    command = cli.commands[name]
    shown = command.get_help(click.Context(command, info_name=name))
    assert "\\" not in shown
    assert "\b" not in shown


def test_the_exit_codes_are_there(pages: dict[str, str]) -> None:
    part = pages["commands.md"].split("## Exit codes")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\d+)` \|", part, flags=re.MULTILINE) == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "130",
    ]
