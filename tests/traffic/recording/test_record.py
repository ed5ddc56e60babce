"""A course is recorded as the stub can serve it, without personal data."""

from __future__ import annotations

import http.client
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.config.run_config import RunConfig as CheckOrder
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.recording.course_walk import WalkError
from ruangkerja.traffic.recording.record import RecordConfig, record
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTRACT = contracts.load()
NAMES = ("Budi Hartono", "Siti Nurhaliza", "Ķārlis Šmits", "王小明", "O'Brien-Smythe")


def recorded(
    folder: Path,
    change: Callable[[Asked, Answer], Answer] = lambda _, answer: answer,
    *,
    total: int = 123,
    **config: Any,
) -> tuple[list[Path], list[str]]:
    """Record the course C-1 of a backend; gives the files, and what was said."""
    said: list[str] = []
    with serving(Backend({"C-1": total}, change)) as url:
        made = RecordConfig(
            CONTRACT,
            Target.parse(url),
            TOKEN,
            {"courseSerial": ("C-1",)},
            folder,
            rate=None,
            **config,
        )
        return record(made, said.append), said


def read(url: str, page: int = 1, size: int = 100, course: str = "C-1") -> Any:
    path = f"/ruangkerja/dashboard/courses/{course}/online/users?page={page}&pageSize={size}"
    target = Target.parse(url)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": TOKEN})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_the_stub_answers_as_the_server_did_but_for_the_people(tmp_path: Path) -> None:
    with serving(Backend({"C-1": 123})) as url:
        original = [read(url, page) for page in (1, 2)]
    [file], said = recorded(tmp_path)
    assert (file.name, said) == ("c-1.yaml", [])
    with MockServer(CONTRACT, fixtures=(tmp_path,), tokens=(TOKEN,)) as server:
        served = [read(server.url, page) for page in (1, 2)]
    for before, after in zip(original, served, strict=True):
        assert len(after["data"]["items"]) == len(before["data"]["items"])
        for one, other in zip(before["data"]["items"], after["data"]["items"], strict=True):
            for member in ("serial", "name", "employeeID"):
                was, is_ = one["user"].pop(member), other["user"].pop(member)
                assert is_ != was
                assert re.sub(r"\w", "x", is_) == re.sub(r"\w", "x", was)
        assert after == before


def test_what_is_recorded_passes_the_suite(tmp_path: Path) -> None:
    recorded(tmp_path)
    with MockServer(CONTRACT, fixtures=(tmp_path,), tokens=(TOKEN,)) as server:
        config = CheckOrder(CONTRACT, TOKEN, {"courseSerial": ("C-1",)}, mine=True)
        run = check(Target.parse(server.url), config, CheckOptions(), lambda _: None)
    assert run.exit == 0


def planted(asked: Asked, answer: Answer) -> Answer:
    """Name people everywhere, also where the contract knows no member."""
    if answer.status == 200:
        for row, item in enumerate(answer.body["data"]["items"]):
            name = NAMES[row % len(NAMES)]
            item["user"]["name"] = f"{name} {asked.page}-{row}"
            item["manager"] = {"name": name, "phone": "+62 811 555 123", name: True}
            item["notes"] = [f"call {name} at home", {"deep": [[name, 17_08_1945]]}]
            item["user"]["email"] = "budi.hartono@example.co.id"
            item["user"][f"of {name}"] = item["user"]["serial"]
        answer.body["message"] = f"Success, {NAMES[0]}"
        answer.body["requestedBy"] = NAMES[1]
        answer.headers["X-User"] = NAMES[1].replace(" ", "")
    return answer


def test_nothing_personal_of_the_server_is_in_the_file(tmp_path: Path) -> None:
    [file], said = recorded(tmp_path, planted)
    text = file.read_text(encoding="utf-8")
    for name in NAMES:
        for part in name.split():
            assert part not in text
    for trace in ("example.co.id", "811 555", "17081945", "USER0000", "EMP00", TOKEN):
        assert trace not in text
    assert "manager" not in text
    # manager, notes, email and one named after somebody, of 123 rows
    assert said == ["C-1: 492 members that the contract does not describe are left out"]


def test_the_same_server_gives_the_same_file(tmp_path: Path) -> None:
    [one], _ = recorded(tmp_path / "one")
    other = tmp_path / "two"
    with serving(Backend({"C-1": 123})) as url:
        made = RecordConfig(
            CONTRACT, Target.parse(url), TOKEN, {"courseSerial": ("C-1",)}, other, rate=None
        )
        record(made, lambda _: None)
        first = (other / "c-1.yaml").read_text()
        (other / "c-1.yaml").unlink()
        record(made, lambda _: None)
        assert (other / "c-1.yaml").read_text() == first
    assert len(one.read_text()) == len(first)


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "c-1.yaml").write_text("mine")
    with pytest.raises(FileExistsError, match=r"c-1\.yaml"):
        recorded(tmp_path)
    assert (tmp_path / "c-1.yaml").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["c-1.yaml"]


def test_a_course_may_get_another_name(tmp_path: Path) -> None:
    [file], _ = recorded(tmp_path, name="COURSE-STAGING")
    assert file.name == "course-staging.yaml"
    assert 'courseSerial: "COURSE-STAGING"' in file.read_text()


def test_of_a_long_course_the_stub_makes_up_the_rest(tmp_path: Path) -> None:
    [_], said = recorded(tmp_path, total=1234, most_rows=250)
    assert said == [
        "C-1 has 1234 rows; the first 300 are recorded, and the stub generates the others"
    ]
    with MockServer(CONTRACT, fixtures=(tmp_path,), tokens=(TOKEN,)) as server:
        assert read(server.url, 13)["data"]["totalItems"] == 1234
        assert len(read(server.url, 13)["data"]["items"]) == 34


def test_an_empty_course_is_recorded_as_one(tmp_path: Path) -> None:
    recorded(tmp_path, total=0)
    with MockServer(CONTRACT, fixtures=(tmp_path,), tokens=(TOKEN,)) as server:
        assert read(server.url)["data"]["totalItems"] == 0


def test_a_row_that_breaks_the_contract_is_left_to_the_stub(tmp_path: Path) -> None:
    def broken(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200 and answer.body["data"]["items"]:
            answer.body["data"]["items"][1]["status"] = "paused"
            answer.body["data"]["items"][2] = "nobody"
            answer.body["data"]["items"][3]["lastAccessMission"] = "2199-07-22T01:00:00Z"
        return answer

    _, said = recorded(tmp_path, broken)
    [line] = said
    assert line == (
        "C-1: rows that violate the contract are not recorded, and the stub generates them: "
        "2 for ITEM-01, 2 for ITEM-07, 2 for ITEM-16"
    )
    with MockServer(CONTRACT, fixtures=(tmp_path,), tokens=(TOKEN,)) as server:
        assert len(read(server.url)["data"]["items"]) == 100


def test_odd_characters_survive_the_file(tmp_path: Path) -> None:
    odd = "\x7f\x85\u2028\ufeff\U0001f600 \"'\\ #: é"

    def oddly(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for row, item in enumerate(answer.body["data"]["items"]):
                item["user"]["name"] = f"{row} {odd}"
        return answer

    recorded(tmp_path, oddly)
    with MockServer(CONTRACT, fixtures=(tmp_path,), tokens=(TOKEN,)) as server:
        name = read(server.url)["data"]["items"][0]["user"]["name"]
    assert re.sub(r"\w", "", name) == re.sub(r"\w", "", f"0 {odd}")


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_course_that_cannot_be_read_is_not_recorded(tmp_path: Path, status: int) -> None:
    def refused(_: Asked, answer: Answer) -> Answer:
        return Answer(status, {"errorCode": 1, "message": "no", "detail": ""}, answer.headers)

    with pytest.raises(WalkError, match=f"page 1 of C-1 cannot be recorded.*{status}"):
        recorded(tmp_path, refused)
    assert list(tmp_path.iterdir()) == []


def test_a_course_that_changes_all_the_time_is_not_recorded(tmp_path: Path) -> None:
    def growing(asked: Asked, answer: Answer) -> Answer:
        answer.body["data"]["totalItems"] += asked.count
        return answer

    with pytest.raises(WalkError, match="changed during each of 3 attempts to read it"):
        recorded(tmp_path, growing)
