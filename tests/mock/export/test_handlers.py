"""The exported handlers respond in Node as the stub does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.export import FORMATS, Recorder
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts
from tests.helpers import filtered_list

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

    from ..conftest import MakeCaller

pytestmark = pytest.mark.node

TOKEN = {"Authorization": "access_token"}
BEARER = {"Authorization": "Bearer token"}
USERS = "/ruangkerja/dashboard/courses/{}/online/users?page={}&pageSize={}"
LIST = "listOnlineCourseUsers"
OUTCOMES = ["EMPTY", "ONE-USER", "HUNDRED", "NON-LATIN-NAMES", "NONE", "NONE-2", "RATE-LIMITED"]
OUTCOMES += ["UNAVAILABLE", "HTML-ERROR", "MALFORMED", "EXPIRED-TOKEN"]


def users(course: str = "COURSE-EXAMPLE1", page: object = 1, size: object = 10) -> dict[str, Any]:
    return {"target": USERS.format(course, page, size), "headers": TOKEN}


SENT = {
    "built_in": [
        *(users(page=page, size=size) for page, size in ((1, 10), (4, 33), (10, 10), (11, 10))),
        *(users(page=page) for page in (0, -1, "x", "1.0", "01", '%22"', "1&page=2")),
        *(users(size=size) for size in (0, 1, 100, 101, "ten", "")),
        {"target": USERS.format("COURSE-EXAMPLE1", 1, 10)},
        {"target": USERS.format("C", 1, 1).partition("?")[0], "headers": TOKEN},
        *(users(f"COURSE-{name}", size=100) for name in OUTCOMES),
    ],
    "other": [
        *(users(size=f"7&status={status}") for status in (*filtered_list.STATUSES, "other")),
        *(users(size=size) for size in (100, 101, 0)),
        *(users(page=page, size=50) for page in (2, 3)),
    ],
    "issue_tracker": [
        {"target": "/rest/repos/octo/hello/issues", "headers": BEARER},
        {"target": "/rest/repos/octo/hello/issues"},
        {
            "target": "/rest/repos/octo/hello/issues",
            "method": "POST",
            "headers": {**BEARER, "Content-Type": "application/json"},
            "body": '{"title": "Mine"}',
        },
    ],
}
USED = [
    {**users(), "use": [[LIST, 503]]},
    {**users(), "use": [[LIST, 429, {"times": 2}]], "times": 3},
    {**users("C-1"), "use": [[LIST, "COURSE-EMPTY"]]},
    {**users("COURSE-FLAKY-RATE-LIMITED-7"), "times": 3},
    {**users(), "use": [[LIST, "COURSE-FLAKY-UNAVAILABLE"]], "times": 3},
    {**users(), "target": f"/other{USERS.format('C-1', 1, 10)}"},
    users("COURSE-DROPPED"),
]


@pytest.fixture(scope="module")
def chosen(contract: Contract, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    policies = root / "spec" / "policies"
    return {
        "built_in": contract,
        "other": contracts.load(
            filtered_list.write(tmp_path_factory.mktemp("other")),
            [policies / "oversize-clamp.yaml", policies / "past-end-refuse.yaml"],
        ),
        "issue_tracker": contracts.load(root / "tests" / "data" / "issue_tracker.yaml"),
    }


@pytest.fixture(scope="module")
def received(
    chosen: dict[str, Contract], root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[list[dict[str, Any]]]]:
    """All responses by contract, of one process."""
    node = shutil.which("node")
    tools = root / "tools" / "contract" / "node_modules"
    if node is None or not (tools / "msw").is_dir():
        pytest.skip("msw is not installed; `python tools/contract_checks.py` does that")
    folder = tmp_path_factory.mktemp("handlers")
    (folder / "node_modules").symlink_to(tools)
    shutil.copy(Path(__file__).with_name("responses.mjs"), folder)
    requests = {}
    for name, contract in chosen.items():
        recorded = Recorder(contract, Settings(), rows=100).record()
        (folder / f"{name}.mjs").write_text(FORMATS["msw"](recorded), encoding="utf-8")
        requests[f"{name}.mjs"] = SENT[name] + (USED if name == "built_in" else [])
    done = subprocess.run(
        [node, "responses.mjs"],
        cwd=folder,
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.removesuffix(".mjs"): each for name, each in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", SENT)
def test_handlers_respond_as_the_stub(
    name: str, chosen: dict[str, Contract], received: Any, caller: MakeCaller
) -> None:
    call = caller(chosen[name])
    for request, (got,) in zip(SENT[name], received[name], strict=False):
        expected = call.raw(
            request["target"].encode(),
            request.get("method", "GET"),
            [(k.lower().encode(), v.encode()) for k, v in request.get("headers", {}).items()],
            request.get("body", "").encode(),
        )
        assert got["status"] == expected.status, request
        assert got["headers"]["content-type"] == expected.headers["content-type"]
        assert got["headers"].get("retry-after") == expected.headers.get("retry-after")
        if b"the last page is" in expected.body or name == "issue_tracker":
            continue  # handlers do not say which; they have the items of the example for all paths
        if "json" in expected.headers["content-type"] and "MALFORMED" not in request["target"]:
            assert json.loads(got["text"]) == expected.json, request
        else:
            assert got["text"] == expected.body.decode()


def test_a_test_can_choose_another_response(received: Any) -> None:
    down, flaky, empty, by_path, by_name, *_ = received["built_in"][-len(USED) :]
    assert [each["status"] for each in down] == [503]
    assert [each["status"] for each in flaky] == [429, 429, 200]
    assert [each["status"] for each in by_path] == [429, 429, 200]
    assert [each["status"] for each in by_name] == [503, 503, 200]
    assert json.loads(empty[0]["text"])["data"]["totalItems"] == 0


def test_a_dropped_connection_is_a_failed_request_and_another_path_is_nobodys(
    received: Any,
) -> None:
    (elsewhere,), (dropped,) = received["built_in"][-2:]
    assert "onUnhandledRequest" in elsewhere["error"]
    assert dropped == {"error": "TypeError: Failed to fetch"}
