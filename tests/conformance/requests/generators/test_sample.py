"""A sample of rows shows all that the contract distinguishes, in each format."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ruangkerja.cli import cli
from ruangkerja.conformance.evidence.coverage import Group
from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.conformance.requests.generators.sample import sample
from ruangkerja.conformance.requests.generators.tables import as_csv, as_json, as_sql
from ruangkerja.spec.contract import load
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.running import run
from tests.helpers.two_lists import write

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.requests.generators.sample import Sample
    from ruangkerja.spec.contract import Contract


@pytest.fixture(scope="module")
def rows(contract: Contract) -> Sample:
    return sample(contract, contract.operations[0])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with two lists."""
    return load(write(tmp_path_factory.mktemp("both") / "two.yaml"))


def test_a_few_rows_show_everything(contract: Contract, rows: Sample) -> None:
    assert rows.missing == ()
    assert len(rows.rows) <= 8
    assert {row["status"] for row in rows.rows} == {
        "not_started",
        "completed",
        "expired",
        "failed",
        "in_progress",
    }
    assert sample(contract, contract.operations[0]) == rows


def test_a_server_with_the_sample_covers_all_points_of_rows(rows: Sample) -> None:
    def change(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            start = (asked.page - 1) * asked.size
            answer.body["data"]["items"] = list(rows.rows[start : start + asked.size])
        return answer

    result = run(Backend(courses={"C-100": len(rows.rows)}, change=change))
    missing = [point.label for point in result.coverage.missing if point.group is Group.MEMBER]
    assert missing == []
    assert {v.outcome.value for v in result.verdicts if v.requirement.section == "ITEM"} == {
        "passed"
    }


def test_a_sample_can_have_more_rows(contract: Contract, rows: Sample) -> None:
    more = sample(contract, contract.operations[0], 250)
    assert len(more.rows) == 250
    assert more.rows[: len(rows.rows)] == rows.rows
    assert len({row["user"]["serial"] for row in more.rows}) == 250


def test_json_is_the_rows(rows: Sample) -> None:
    assert json.loads(as_json(rows)) == list(rows.rows)


def test_csv_tells_null_from_an_empty_text(rows: Sample) -> None:
    text = as_csv(rows)
    found = list(csv.DictReader(io.StringIO(text)))
    assert list(found[0])[:3] == ["user_serial", "user_name", "user_employeeID"]
    assert [each["user_name"] for each in found] == [row["user"]["name"] for row in rows.rows]
    for line, row in zip(text.splitlines()[1:], rows.rows, strict=True):
        assert (',"",' in line) == (row["completedAt"] == "")
        assert (",," in line) == (row["postTest"] is None or row["preTest"] is None)


def test_sql_fills_a_table_that_is_named_after_the_rows(rows: Sample) -> None:
    database = sqlite3.connect(":memory:")
    database.executescript(as_sql(rows))
    query = "SELECT user_serial, user_name, postTest, completedAt, status FROM users"
    found = database.execute(query).fetchall()
    assert found == [
        (
            row["user"]["serial"],
            row["user"]["name"],
            row["postTest"],
            row["completedAt"],
            row["status"],
        )
        for row in rows.rows
    ]


@pytest.mark.parametrize(("place", "form"), [(0, "json"), (1, "json"), (1, "csv"), (1, "sql")])
def test_each_list_of_a_contract_has_a_sample(place: int, form: str, both: Contract) -> None:
    operation = both.operations[place]
    arguments = ["sample", "--spec", str(both.path), "--operation", operation.id]
    result = CliRunner().invoke(cli, [*arguments, "--format", form])
    assert result.exit_code == 0, result.output
    assert len(result.stdout) > 100


def test_of_several_lists_one_has_to_be_named(both: Contract) -> None:
    without = CliRunner().invoke(cli, ["sample", "--spec", str(both.path)])
    assert without.exit_code == 2
    assert all(each.id in without.output for each in both.operations)


def test_a_contract_without_lists_is_refused_with_what_describes_one(tmp_path: Path) -> None:
    spec = tmp_path / "none.yaml"
    spec.write_text("{openapi: 3.0.3, info: {title: None, version: '1'}, paths: {}}")
    result = CliRunner().invoke(cli, ["sample", "--spec", str(spec)])
    assert result.exit_code == 2
    assert "the contract has no list with pages: describe one with x-pagination" in result.output


def test_a_list_that_does_not_exist_is_refused_with_those_that_do() -> None:
    result = CliRunner().invoke(cli, ["sample", "--operation", "nothing"])
    assert result.exit_code == 2
    assert "the contract has listOnlineCourseUsers" in result.output


def test_the_dates_of_a_sample_end_on_a_day() -> None:
    result = CliRunner().invoke(cli, ["sample", "--today", "2024-03-01"])
    found = {item["lastAccessMission"][:10] for item in json.loads(result.stdout)}
    assert min(found) >= "2023-03-02"
    assert max(found) < "2024-03-01"


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("now", "'now' is no day; expected YYYY-MM-DD or today"),
        ("20240301", "is no day"),
        ("2024-W09-5", "is no day"),
        ("0001-01-01", "is too early; expected 1970-01-01 or later"),
    ],
)
def test_a_day_that_is_none_is_refused(day: str, told: str) -> None:
    refused = CliRunner().invoke(cli, ["sample", "--today", day])
    assert refused.exit_code == 2
    assert told in refused.output


def test_data_that_is_missing_to_judge_a_requirement_is_named_once() -> None:
    def change(_asked: Asked, answer: Answer) -> Answer:
        for item in answer.body["data"]["items"] if answer.status == 200 else ():
            if item["status"] == "completed":
                item.update(status="in_progress", completedAt="", postTest=None)
        return answer

    result = run(Backend(change=change))
    assert result.exit == 3
    assert result.conclusion().startswith(
        "not judged: ITEM-10 could not be judged because "
        "no user with status completed was returned;"
    )
    told = terminal.render(result)
    assert told.count("no user with status completed") == 2  # in the conclusion and its detail
    assert told.count("ruangkerja sample prints users that show everything") == 1
