from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ruangkerja.mock.responder import Responder
from ruangkerja.mock.scenarios.scenarios import FOLDER
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.documents.problems import SourceError

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from ..conftest import Caller, MakeCaller


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def mistakes(contract: Contract, path: Path) -> list[str]:
    with pytest.raises(SourceError) as caught:
        Responder(contract, Settings(fixtures=(path,)))
    return [str(problem) for problem in caught.value.problems]


def test_every_built_in_scenario_is_listed(contract: Contract) -> None:
    scenarios = Responder(contract, Settings()).scenarios
    listed = {entry.file for entry in scenarios.entries}
    assert set(FOLDER.glob("*.yaml")) <= listed
    assert all(entry.description.strip() for entry in scenarios.entries)


def test_every_list_of_a_scenario_keeps_the_contract(call: Caller, contract: Contract) -> None:
    success = contract.operations[0].success
    assert success is not None
    assert success.json is not None
    schema = success.json.schema
    assert schema is not None
    for entry in Responder(contract, Settings()).scenarios.entries:
        if not any(word in entry.name for word in ("SLOW", "MALFORMED", "DROPPED")):
            received = call.users(entry.name, 1, 100)
            request = {"page": 1, "pageSize": 100}
            assert received.status != 200 or schema.accepts(received.json, request), entry.name


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("COURSE-EMPTY", 0),
        ("COURSE-ONE-USER", 1),
        ("COURSE-HUNDRED", 100),
        ("COURSE-TEN-MILLION", 10_000_000),
    ],
)
def test_courses_of_a_known_size(call: Caller, name: str, total: int) -> None:
    data = call.users(name, 1, 100).json["data"]
    assert data["totalItems"] == total
    assert len(data["items"]) == min(total, 100)


@pytest.mark.parametrize("total", [0, 1, 25, 101, 134_217_728])
def test_a_course_can_have_as_many_users_as_its_serial_says(call: Caller, total: int) -> None:
    data = call.users(f"COURSE-{total}-USERS", 1, 100).json["data"]
    assert data["totalItems"] == total
    assert len(data["items"]) == min(total, 100)


@pytest.mark.parametrize("total", [134_217_729, 10**40])
def test_a_course_with_more_users_than_there_are_keys_is_not_found(
    call: Caller, total: int
) -> None:
    received = call.users(f"COURSE-{total}-USERS")
    assert received.status == 404
    assert "at most 134217728 users" in received.json["detail"]


def test_the_last_page_of_ten_million_is_there(call: Caller) -> None:
    data = call.users("COURSE-TEN-MILLION", 1_000_000, 10).json["data"]
    assert len(data["items"]) == 10
    first = call.users("COURSE-TEN-MILLION", 1, 10).json["data"]["items"]
    assert not {i["user"]["serial"] for i in first} & {i["user"]["serial"] for i in data["items"]}


def test_the_first_requests_of_a_flaky_course_fail(call: Caller) -> None:
    for course in ("COURSE-FLAKY-RATE-LIMITED", "COURSE-FLAKY-RATE-LIMITED-7"):
        received = [call.users(course, page) for page in (1, 1, 2)]
        assert [each.status for each in received] == [429, 429, 200]
        assert received[0].headers["retry-after"] == "1"
        assert received[0].json["detail"].endswith("; times=2; left=1")
    assert call.users("COURSE-FLAKY-RATE-LIMITED", Prefer="id=another-test").status == 429
    # A fault does not count a request more than once, though it sends several to the stub.
    header = "fault=errors-are-pages-of-html"
    received = [call.users("COURSE-FLAKY-UNAVAILABLE", Prefer=header) for _ in range(3)]
    assert [each.status for each in received] == [503, 503, 200]
    assert received[0].headers["preference-applied"] == f"{header}; touched=1"
    assert received[2].headers["preference-applied"] == f"{header}; touched=0"


def test_a_flaky_course_can_fail_until_the_token_is_another(caller: MakeCaller) -> None:
    call = caller(any_token=True)
    received = [call.users("COURSE-FLAKY-TOKEN", token=each) for each in ("old", "old", "new")]
    assert [each.status for each in received] == [401, 401, 200]


def test_several_workers_refuse_to_count(caller: MakeCaller) -> None:
    received = caller(workers=2).users("COURSE-FLAKY-TOKEN")
    assert received.status == 501
    assert "start the stub with --workers 1" in received.json["detail"]


def test_a_scenario_may_fail_first_and_then_have_a_list(caller: MakeCaller, tmp_path: Path) -> None:
    text = "description: a\nwhen: {courseSerial: C-X}\n{}\nfailure: {status: 500}\ntotal: 7\n"
    call = caller(fixtures=(folder(tmp_path, a=text.replace("{}", "times: 1")),))
    assert call.users("C-X").status == 500
    assert call.users("C-X").json["data"]["totalItems"] == 7


@pytest.mark.parametrize("status", ["not_started", "completed", "expired", "failed", "in_progress"])
def test_courses_of_one_status(call: Caller, status: str) -> None:
    name = f"COURSE-ALL-{status.upper().replace('_', '-')}"
    items = call.users(name, 1, 100).json["data"]["items"]
    assert {item["status"] for item in items} == {status}


def test_scores_can_all_be_null(call: Caller) -> None:
    items = call.users("COURSE-NO-SCORES", 1, 100).json["data"]["items"]
    assert {(item["preTest"], item["postTest"]) for item in items} == {(None, None)}
    assert len({item["status"] for item in items}) > 2


def test_names_can_be_long_foreign_or_hostile(call: Caller) -> None:
    def names(course: str) -> set[str]:
        return {i["user"]["name"] for i in call.users(course, 1, 100).json["data"]["items"]}

    assert min(map(len, names("COURSE-LONG-NAMES"))) > 70
    assert not any(name.isascii() for name in names("COURSE-RIGHT-TO-LEFT"))
    assert "王小明" in names("COURSE-NON-LATIN-NAMES")
    assert any("<img" in name for name in names("COURSE-HOSTILE-NAMES"))


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("COURSE-BAD-TOKEN", 403, "PermissionDenied"),
        ("COURSE-EXPIRED-TOKEN", 401, "Unauthenticated"),
        ("COURSE-NOT-FOUND", 404, "NotFound"),
        ("COURSE-NONE", 404, "NotFound"),
        ("COURSE-RATE-LIMITED", 429, "ResourceExhausted"),
        ("COURSE-INTERNAL-ERROR", 500, "Internal"),
        ("COURSE-UNAVAILABLE", 503, "Unavailable"),
    ],
)
def test_courses_that_fail(call: Caller, name: str, status: int, code: str) -> None:
    received = call.users(name)
    assert received.status == status
    assert f"code = {code} desc" in received.json["message"]


def test_the_refused_token_is_answered_as_the_documentation_prints_it(call: Caller) -> None:
    assert call.users("COURSE-BAD-TOKEN").json == {
        "errorCode": 123,
        "message": "rpc error: code = PermissionDenied desc = Token is not valid",
        "detail": "rpc error: code = PermissionDenied desc = Token is not valid",
    }


def test_rate_limits_say_when_to_come_back(call: Caller) -> None:
    assert call.users("COURSE-RATE-LIMITED").headers["retry-after"] == "1"


def test_a_scenario_does_not_hide_a_wrong_request(call: Caller) -> None:
    assert call.users("COURSE-INTERNAL-ERROR", token=None).status == 401
    assert call.users("COURSE-INTERNAL-ERROR", size=101).status == 400


def test_a_connection_can_be_dropped_halfway() -> None:
    with MockServer() as server:
        parts = urlsplit(server.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
        target = f"{USERS.format('COURSE-DROPPED')}?page=1&pageSize=100"
        connection.request("GET", target, headers={"Authorization": TOKEN})
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
        connection.close()


def test_own_scenarios_come_beside_the_built_in_ones(tmp_path: Path, caller: MakeCaller) -> None:
    path = folder(
        tmp_path,
        big="description: Big\nwhen: {courseSerial: [BIG, BIG-*]}\ntotal: 3000\n",
        mine="description: Mine\nwhen: {courseSerial: COURSE-EMPTY}\ntotal: 5\n",
    )
    call = caller(fixtures=(path,))
    scenarios = call.app.responder.scenarios
    (entry,) = [each for each in scenarios.entries if each.name == "COURSE-EMPTY"]
    assert entry.description == "Mine. Replaces the built-in scenario."
    (note,) = scenarios.replacements
    assert note == f"scenario: {path}/mine.yaml replaces the built-in scenario COURSE-EMPTY"
    assert call.users("BIG").json["data"]["totalItems"] == 3000
    assert call.users("BIG-2").json["data"]["totalItems"] == 3000
    assert call.users("BIG-2").body != call.users("BIG-3").body
    assert call.users("COURSE-EMPTY").json["data"]["totalItems"] == 5
    assert call.users("COURSE-ONE-USER").json["data"]["totalItems"] == 1


HEAD = "description: x\nwhen: {courseSerial: X}\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            HEAD + "totl: 3\n",
            3,
            ["unknown member 'totl'", "Did you mean total?", "Required: description and when"],
        ),
        (HEAD + "total: -1\n", 3, ["total is -1", "whole number from 0"]),
        (HEAD + "total: 99999999999\n", 3, ["only 134217728 items"]),
        (HEAD + "delay: soon\n", 3, ['delay is "soon"', "seconds"]),
        (HEAD + "drop: 1\n", 3, ["drop is 1", "from 0 to below 1"]),
        (HEAD + "failure:\n  status: 99\n", 4, ["status is 99", "200 to 599"]),
        (HEAD + "failure:\n  staus: 400\n", 4, ["unknown member 'staus'", "Did you mean status?"]),
        (HEAD + "total: 2\nitems:\n  2: {}\n", 5, ["row 2 is after the last one"]),
        (
            HEAD + "cases: {/status: archived}\n",
            3,
            ["no case", "archived", '/status "expired"'],
        ),
        (HEAD + "faker: {/user/nme: name}\n", 3, ["no such member", "/user/name"]),
        (HEAD + "faker: {/user/name: nmae}\n", 3, ["no method 'nmae'"]),
        (HEAD + "total: 1\nfailure: {status: 500}\n", 4, ["replaces the list"]),
        (HEAD + "times: 0\ndelay: 1\n", 3, ["times is 0", "1 to 1000"]),
        (HEAD + "until: noon\ndelay: 1\n", 3, ['until is "noon"', "another-token"]),
        (HEAD + "times: 2\ntotal: 1\n", 3, ["times limits nothing", "failure, response, delay"]),
        (HEAD + "times: 2\nuntil: another-token\ndelay: 1\n", 4, ["Remove one of them"]),
        ("description: x\nwhen: {courseSerial: 'X-{total}'}\ntotal: 1\n", 2, ["is the number of"]),
        ("description: x\nwhen: {courseSerial: 'X-{n}'}\n", 2, ["{total} for a number"]),
        ("when: {courseSerial: X}\n", 1, ["description is missing"]),
        ("description: x\nwhen: {course: X}\n", 2, ["'course'", "courseSerial"]),
        ("description: x\nwhen: {courseSerial: 'A*B'}\n", 2, ["at the end"]),
        ("description: [\n", 2, ["is not YAML"]),
        ("description: x\ndescription: y\n", 2, ["stands twice"]),
    ],
)
def test_a_mistake_is_shown_with_its_line_and_what_is_allowed(
    contract: Contract, tmp_path: Path, text: str, line: int, said: list[str]
) -> None:
    found = mistakes(contract, folder(tmp_path, wrong=text))
    assert any(f"wrong.yaml:{line}: " in problem for problem in found), found
    for part in said:
        assert any(part in problem for problem in found), (part, found)


def test_an_item_that_breaks_the_contract_is_shown_where_it_stands(
    contract: Contract, tmp_path: Path
) -> None:
    item = (
        "  0:\n    user: {serial: A, name: B, employeeID: C}\n    postTest: null\n"
        "    preTest: null\n    timeSpent: 5\n    lastAccessMission: '2022-07-22T01:00:00Z'\n"
        "    completedAt: ''\n    status: not_started\n"
    )
    (found,) = mistakes(contract, folder(tmp_path, wrong=f"{HEAD}total: 1\nitems:\n{item}"))
    assert "wrong.yaml:9: /timeSpent" in found


def test_two_files_cannot_have_the_same_name(contract: Contract, tmp_path: Path) -> None:
    (found,) = mistakes(contract, folder(tmp_path, a=f"{HEAD}total: 1\n", b=f"{HEAD}total: 2\n"))
    assert "b.yaml:2: a.yaml already has X" in found
