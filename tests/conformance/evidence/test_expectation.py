from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.evidence.expectation import Kind, load, write_first_file
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.problems import SourceError
from tests.helpers import two_lists
from tests.helpers.backend import Backend
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

GOOD = """\
- list: {courseSerial: C-1}
  total: 130
- list: {courseSerial: C-2}
  keys: [S1, 2]
  visible_to: OTHER
- list: {courseSerial: C-3}
  hidden_from: OTHER
"""


def test_a_file_is_read_as_one_expectation_for_each_statement(
    tmp_path: Path, contract: Contract
) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text(GOOD)
    found = load(file, contract)
    assert [(each.name, each.kind, each.value) for each in found] == [
        ("C-1", Kind.TOTAL, 130),
        ("C-2", Kind.KEYS, ("S1", 2)),
        ("C-2", Kind.VISIBLE_TO, "OTHER"),
        ("C-3", Kind.HIDDEN_FROM, "OTHER"),
    ]
    assert [each.place.removeprefix(f"{file}:") for each in found] == ["2", "4", "5", "7"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "courseSerial: C-1",
            "course: C-1",
            1,
            ["no such list", "{courseSerial} of list"],
        ),
        ("courseSerial: C-1", "courseSerial: 7", 1, ["courseSerial is 7", "in quotes"]),
        ("  total: 130", "  operation: nothing\n  total: 130", 2, ["has no such list"]),
        ("  total: 130", "  total: -1", 2, ["total is -1", "expected a number of rows"]),
        ("  total: 130", "  totals: 130", 2, ["unknown member 'totals'", "Did you mean total?"]),
        ("  total: 130\n", "", 1, ["expected an expectation"]),
        ("[S1, 2]", "[S1, S1]", 4, ["keys", "each once"]),
        ("visible_to: OTHER", "visible_to: Tk-123", 5, ["the name of an environment variable"]),
        ("  visible_to: OTHER\n", "", 6, ["no list is visible_to OTHER", "Add `visible_to"]),
        ("{courseSerial: C-2}", "{courseSerial: C-1}\n  total: 5", 4, ["stated twice, first in"]),
        (GOOD, "lists: []", 1, ["expected a list of expectations", "Begin each with"]),
    ],
)
def test_a_mistake_in_a_file_is_said_with_its_line(
    tmp_path: Path, contract: Contract, old: str, new: str, line: int, words: list[str]
) -> None:
    assert old in GOOD
    file = tmp_path / "expect.yaml"
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(SourceError) as caught:
        load(file, contract)
    message = str(caught.value)
    assert f"{file}:{line}: " in message, message
    assert all(word in message for word in words), message


def test_lists_of_several_operations_are_named_by_their_own_parameters(tmp_path: Path) -> None:
    both = contracts.load(two_lists.write(tmp_path / "two.yaml"))
    file = tmp_path / "expect.yaml"
    file.write_text("- list: {courseSerial: x}\n  total: 1\n- list: {teamCode: y}\n  total: 2\n")
    assert [(each.operation, each.path) for each in load(file, both)] == [
        (both.operations[0].id, (("courseSerial", "x"),)),
        (both.operations[1].id, (("teamCode", "y"),)),
    ]


def test_an_operation_is_named_if_another_one_has_the_same_parameters(tmp_path: Path) -> None:
    spec = two_lists.write(tmp_path / "two.yaml")
    spec.write_text(spec.read_text().replace("teamCode", "courseSerial"))
    both = contracts.load(spec)
    file = tmp_path / "expect.yaml"
    text = "- list: {courseSerial: x}\n  total: 1\n"
    file.write_text(text)
    with pytest.raises(SourceError, match="have lists with these names"):
        load(file, both)
    second = both.operations[1].id
    file.write_text(f"{text}  operation: {second}\n")
    assert [each.operation for each in load(file, both)] == [second]


def test_a_first_file_has_what_a_run_saw_and_is_met_by_the_same_server(
    tmp_path: Path, contract: Contract
) -> None:
    seen = run(Backend({"C-1": 120, "C-2": 2, "C-0": 0}))
    file = tmp_path / "expect.yaml"
    assert write_first_file(file, seen.evidence, with_keys=True) == 3
    assert "- list: {courseSerial: C-1}\n  total: 120\n" in file.read_text()
    stated = [(each.name, each.kind, each.value) for each in load(file, contract)]
    assert sorted(stated) == [
        ("C-0", Kind.TOTAL, 0),
        ("C-1", Kind.TOTAL, 120),
        ("C-2", Kind.KEYS, ("USER00100000", "USER00100001")),
        ("C-2", Kind.TOTAL, 2),
    ]
    with pytest.raises(FileExistsError):
        write_first_file(file, seen.evidence, with_keys=True)


def test_a_first_file_has_no_keys_if_personal_data_is_hidden(tmp_path: Path) -> None:
    seen = run(Backend({"C-2": 2}), show_data=False)
    write_first_file(tmp_path / "expect.yaml", seen.evidence, with_keys=False)
    assert "keys" not in (tmp_path / "expect.yaml").read_text()
