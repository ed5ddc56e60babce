from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.comparison.changes.change import Change, Location, Where
from ruangkerja.conformance.comparison.changes.compare import changes
from ruangkerja.conformance.comparison.changes.kinds import Effect
from ruangkerja.conformance.comparison.diff import allowed, as_annotations, as_markdown, as_text
from ruangkerja.conformance.comparison.diff.comparison import Comparison
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

TODAY = date(2026, 1, 1)
ENTRY = """
- change: minimum.*
  where: GET /a*
  reason: nobody asks for less
  expires: '2026-01-01'
  ticket: T-1
"""


@pytest.fixture
def change(contract: Contract) -> Change:
    where = Where(contract.operations[0], part="parameter", name="query page")
    place = Location("old.yaml", 3, "/paths")
    return Change(
        "minimum.raised", Effect.BREAKING, "request", where, "it is\u202e ::new", place, place
    )


def allowing(tmp_path: Path, text: str) -> tuple[allowed.Allowed, ...]:
    file = tmp_path / "allowed.yaml"
    file.write_text(text, encoding="utf-8")
    return allowed.load(file)


def test_an_allowed_change_is_counted_as_such_until_it_expires(
    tmp_path: Path, contract: Contract, change: Change
) -> None:
    entries = allowing(tmp_path, ENTRY.replace("GET /a*", "GET /*"))

    found, notes = allowed.apply(entries, [change], TODAY)
    comparison = Comparison(contract, contract, tuple(found))

    assert notes == []
    assert comparison.conclusion == "0 changes are breaking, 0 unknown, 0 safe, 1 allowed"
    assert "allowed until 2026-01-01 (T-1): nobody asks for less" in as_text.render(comparison)

    found, notes = allowed.apply(entries, [change], date(2026, 1, 2))
    assert found == [change]
    assert notes[0].endswith(
        "allowed.yaml:2: this entry expired on 2026-01-01 and no longer counts"
    )


def test_an_entry_that_nothing_needs_is_noted(tmp_path: Path, change: Change) -> None:
    entries = allowing(tmp_path, ENTRY)

    safe = replace(change, effect=Effect.SAFE)
    assert allowed.apply(entries, [safe], TODAY)[1] == [
        f"{tmp_path}/allowed.yaml:2: no change fits this entry: remove it"
    ]


def test_a_kind_of_change_that_does_not_exist_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"allowed.yaml:2: .*'minimum.rised'.*minimum.raised"):
        allowing(tmp_path, ENTRY.replace("minimum.*", "minimum.rised"))


def test_texts_of_a_contract_are_shown_harmlessly(contract: Contract, change: Change) -> None:
    comparison = Comparison(contract, contract, (change,))

    for text in (as_text.render(comparison), as_markdown.render(comparison)):
        assert "\\u202e" in text
        assert "\u202e" not in text


def test_markdown_has_a_row_for_each_change(contract: Contract, change: Change) -> None:
    text = as_markdown.render(Comparison(contract, contract, (change,)))

    assert text.startswith("## ❌ 1 change is breaking, 0 unknown, 0 safe")
    assert "| ❌ breaking | `GET /" in text
    assert "`old.yaml:3`" in text


def test_annotations_are_on_the_line_of_the_new_contract(
    tmp_path: Path, contract: Contract, change: Change
) -> None:
    new = Location(str(tmp_path / "new.yaml"), 4, "/paths")
    unknown = replace(change, effect=Effect.UNKNOWN, new=new)
    accepted = replace(change, allowed="for a reason")
    comparison = Comparison(contract, contract, (change, unknown, accepted))

    error, warning = as_annotations.commands(comparison, tmp_path)

    assert error.startswith("::error title=breaking%3A GET /")
    assert warning.startswith("::warning file=new.yaml,line=4,title=unknown%3A GET /")


def test_a_job_gets_annotations_and_a_summary(
    tmp_path: Path, contract: Contract, change: Change
) -> None:
    lines: list[str] = []
    summary = tmp_path / "summary.md"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}

    as_annotations.publish(Comparison(contract, contract, (change,)), environment, lines.append)

    assert len(lines) == 1
    assert summary.read_text(encoding="utf-8").startswith("## ❌")


def test_the_result_is_json(contract: Contract) -> None:
    other = contract.under(["oversize-clamp"])
    comparison = Comparison(contract, other, tuple(changes(contract, other)))

    found = json.loads(json.dumps(comparison.to_json()))

    assert found["new"]["policies"] == ["oversize-clamp"]
    assert found["changes"][0]["kind"] == "x-pagination.widened"
    assert found["changes"][0]["new"]["pointer"].endswith("/x-pagination/oversize")


def test_nothing_changed_is_said(contract: Contract) -> None:
    assert "nothing changed" in as_text.render(Comparison(contract, contract, ()))
