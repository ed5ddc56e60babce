"""Faults of a team: read from a folder of fixtures, and refused where they cannot be applied."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.faults import CATALOGUE, GENERAL, including
from ruangkerja.mock.faults.catalogue import BUILT_IN, read
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.register import ASPECTS

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

TOKEN = "Tk-of-the-tests-1"  # noqa: S105 - it opens the stub of a test
PATH = "/ruangkerja/dashboard/courses/COURSE-EXAMPLE1/online/users?page=1&pageSize=10"

GOOD = """\
status-archived-in-every-third-row:
  does: Returns a status that is not listed in every third row.
  breaks: [ITEM-07]
  when: row 1 of every 3
  change: {set: archived}
"""


def ask(server: MockServer, fault: str) -> Any:
    headers = {"Authorization": TOKEN, "Prefer": f"fault={fault}"}
    request = urllib.request.Request(server.url + PATH, headers=headers)  # noqa: S310 - of the test
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return json.load(response)


def test_the_built_in_catalogue_names_requirements_that_exist(contract: Contract) -> None:
    known = {requirement.id for requirement in contract.register} | ASPECTS
    assert set(read(BUILT_IN, known)) == {*CATALOGUE, *GENERAL}


def test_a_contract_has_no_faults_of_what_it_does_not_have(contract: Contract) -> None:
    assert including((), contract).keys() == CATALOGUE.keys()


@pytest.mark.parametrize("name", ["faults.yaml", "faults/ours.yaml"])
def test_a_fault_of_a_team_is_served_and_listed(
    contract: Contract, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(GOOD, encoding="utf-8")
    with MockServer(contract, tokens=(TOKEN,), fixtures=(tmp_path,)) as server:
        body = ask(server, "status-archived-in-every-third-row")
        with pytest.raises(urllib.error.HTTPError) as raised:
            ask(server, "status-archived-in-every-third-rwo")
        with urllib.request.urlopen(f"{server.url}/-/console.json") as response:  # noqa: S310
            told = json.load(response)
    statuses = [item["status"] for item in body["data"]["items"]]
    assert [n for n, status in enumerate(statuses) if status == "archived"] == [1, 4, 7]
    assert "are status-archived-in-every-third-row" in raised.value.read().decode()
    assert "status-archived-in-every-third-row" in {fault["name"] for fault in told["faults"]}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a-fault:\n  breaks: [ITEM-07]\n  change: {set: 1}\n", 1, "does"),
        ("a-fault: {does: Does., breaks: [ITEM-07]}\n", 1, "a-fault does nothing"),
        (GOOD.replace("change", "chagne"), 5, "Did you mean change"),
        (GOOD.replace("ITEM-07", "ITEM-77"), 3, "there is no requirement 'ITEM-77'"),
        (GOOD.replace("row 1 of", "row one of"), 4, "unknown condition 'row one of every 3'"),
        (GOOD.replace("row 1 of every 3", "pages is missing"), 4, "no requirement 'pages'"),
        (GOOD.replace("row 1 of every 3", "path matches ("), 4, "is not a regular expression"),
        (GOOD.replace("row 1 of every 3", "one request in 0"), 4, "one request in {every}"),
        (GOOD.replace("{set: archived}", "{at: second strng of ITEM-01, set: 1}"), 5, "strng"),
        (GOOD.replace("{set: archived}", "{set: 1, as: text}"), 5, "a change with one of set, to"),
        (GOOD.replace("{set: archived}", "{at: totl, set: 1}"), 5, "Did you mean total"),
        (GOOD.replace("{set: archived}", "{to: valu + 1}"), 5, "unknown name 'valu'"),
        (GOOD.replace("{set: archived}", "{to: value +}"), 5, "is not an expression"),
        (GOOD.replace("{set: archived}", "{replace: ['(', '']}"), 5, "is not a regular expression"),
        (GOOD.replace("{set: archived}", r"{replace: [a, '\1']}"), 5, "is not a replacement"),
        (GOOD.replace("change: {set: archived}", "total: total + 1"), 4, "about rows"),
        (GOOD + GOOD, 6, "stands twice"),
        (
            GOOD.replace("status-archived-in-every-third-row", "status-archived"),
            1,
            "already exists",
        ),
    ],
)
def test_a_mistake_is_reported_with_file_and_line(
    contract: Contract, tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as raised:
        MockServer(contract, fixtures=(tmp_path,)).application()
    problem = raised.value.problems[0]
    assert (problem.file, problem.line) == (str(path), line), str(problem)
    assert said in str(problem)


def test_a_name_in_two_files_is_refused(contract: Contract, tmp_path: Path) -> None:
    (tmp_path / "faults").mkdir()
    for name in ("one", "two"):
        (tmp_path / "faults" / f"{name}.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(SourceError, match=r"two\.yaml:1: .* already exists in another file"):
        MockServer(contract, fixtures=(tmp_path,)).application()
