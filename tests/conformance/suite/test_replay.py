from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ruangkerja.cli import cli
from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging import saved_cases
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.suite import replay
from ruangkerja.conformance.suite.check import CheckOptions, check
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, page_of, serving, user
from tests.helpers.gateway import Gateway, Refused, requiring

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from ruangkerja.spec.contract import Contract

NEAR = f"{TOKEN}x"


def accept_a_suffix(asked: Asked, answer: Answer) -> Answer:
    """Takes a token with a suffix for the token, and pages of 101."""
    if asked.headers.get("authorization") == NEAR or asked.size == 101:
        return Answer(200, page_of(asked, 100, [user(i) for i in range(min(100, asked.size))]))
    return answer


def broken(prefix: str = "") -> Backend:
    backend = Backend(prefix=prefix)

    def change(asked: Asked, answer: Answer) -> Answer:
        if asked.headers.get("authorization") == NEAR:
            valid = {**asked.headers, "authorization": TOKEN}
            return backend.answer(Asked(asked.method, asked.path, asked.query, valid))
        return accept_a_suffix(asked, answer) if asked.size == 101 else answer

    backend.change = change
    return backend


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, contract: Contract) -> Path:
    """The report of a deep run of a broken backend; its server is gone."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "cases").mkdir()
    (folder / "cases" / "PAGE-01-1.json").write_text("of an earlier run")
    (folder / "cases" / "notes.txt").write_text("of a person")
    with serving(broken("/api")) as url:
        config = RunConfig(
            contract,
            TOKEN,
            {"courseSerial": ("C-100",)},
            Profile.DEEP,
            max_requests=1000,
            max_time=60,
            overlap=0,
            seed=3,
        )
        check(Target.parse(url), config, CheckOptions(report_dir=folder), lambda _: None)
    return folder / "cases"


def run(*arguments: str, token: str = TOKEN) -> Result:
    environment = {**os.environ, "RUANGKERJA_TOKEN": token}
    return CliRunner().invoke(cli, ["replay", *arguments], env=environment)


def test_cases_are_filed_under_their_requirement_without_the_token(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"PARAM-07-1.json", "notes.txt"} <= names
    assert "PAGE-01-1.json" not in names
    assert names & {"AUTH-05-1.json", "AUTH-06-1.json"}
    for path in folder.iterdir():
        text = path.read_text()
        assert TOKEN not in text
        assert TOKEN[:-1] not in text
        assert TOKEN.swapcase() not in text
    case = json.loads((folder / "PARAM-07-1.json").read_text())
    assert case["requirement"] == "PARAM-07"
    assert case["shown_again"] is True
    (request,) = case["requests"]
    assert request["target"].startswith("/ruangkerja/")
    assert request["target"].endswith("?page=1&pageSize=101")
    assert ["Authorization", "$RUANGKERJA_TOKEN"] in request["headers"]
    assert "Host" not in dict(request["headers"])
    assert "got 200 with 100 users" in case["findings"][0]


@pytest.mark.parametrize("prefix", ["", "/other"])
def test_a_case_shows_again_where_the_fault_is_and_not_where_it_was_mended(
    folder: Path, prefix: str
) -> None:
    for path in sorted(folder.glob("*.json")):
        with serving(broken(prefix)) as url:
            result = run(str(path), url)
        assert result.exit_code == 1, result.output
        assert "The failure is still there." in result.output
        assert path.name.rpartition("-")[0] in result.output
        assert TOKEN not in result.output
        with serving(Backend(prefix=prefix)) as url:
            result = run(str(path), url)
        assert result.exit_code == 0, result.output
        assert "The failure is gone." in result.output


def test_what_is_nearly_the_token_is_made_of_the_token_that_is_given(
    folder: Path, contract: Contract
) -> None:
    path = next(path for path in folder.iterdir() if path.name.startswith("AUTH-0"))
    recorded = saved_cases.read(path)
    assert any("with a suffix" in value for r in recorded.requests for _, value in r.headers)
    sent: list[str] = []
    backend = Backend()
    with serving(backend) as url:
        replay.replay(recorded, contract, Target.parse(url), "another-token-77")
        sent += [asked.headers["authorization"] for asked in backend.asked]
    assert sent == ["another-token-77x"]


def test_a_case_passes_a_gateway_and_is_not_judged_by_its_refusal(folder: Path) -> None:
    case = str(folder / "PARAM-07-1.json")
    gate = requiring(b"X-Gate: gate-4711", Refused("403 Forbidden"))
    with serving(broken()) as url, Gateway(url, gate) as gateway:
        open_, closed = (
            run(case, gateway.url, "--header", f"X-Gate={key}") for key in ("gate-4711", "other")
        )
    assert open_.exit_code == 1, open_.output
    assert "-H 'X-Gate: '\"$RUANGKERJA_HEADER_X_GATE\"" in open_.output
    assert closed.exit_code == 3
    assert "Not judged: a firewall or gateway blocks the request" in closed.output


def test_a_case_is_not_judged_with_a_token_that_is_refused(folder: Path) -> None:
    with serving(broken()) as url:
        result = run(str(folder / "PARAM-07-1.json"), url, token="no-longer-valid")  # noqa: S106
    assert result.exit_code == 3, result.output
    assert "Not judged: the token was rejected" in result.output


def test_without_an_answer_nothing_is_judged(folder: Path) -> None:
    result = run(str(folder / "PARAM-07-1.json"))
    assert result.exit_code == 3
    assert "the server did not respond" in result.output


def edited(folder: Path, into: Path, **changes: Any) -> str:
    case = json.loads((folder / "PARAM-07-1.json").read_text())
    into.write_text(json.dumps({**case, **changes}))
    return str(into)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "another"}, ["not a case", "kind"]),
        ({"schema_version": 9}, ["schema_version", "9"]),
        ({"requests": [{"method": "GET"}]}, ["not a case", "missing"]),
        ({"requirement": "NONE-01"}, ["no requirement NONE-01"]),
        ({"target": "https://staging.test/api"}, ["pass the URL", "https://staging.test/api"]),
    ],
)
def test_what_cannot_be_sent_again_is_one_clear_line(
    folder: Path, tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    result = run(edited(folder, tmp_path / "case.json", **changes))
    assert result.exit_code == 2
    assert all(word in result.output for word in words), result.output
    assert "Traceback" not in result.output


def test_a_method_that_may_write_is_sent_to_a_server_of_ones_own_only(
    folder: Path, tmp_path: Path
) -> None:
    case = json.loads((folder / "PARAM-07-1.json").read_text())
    (request,) = case["requests"]
    path = edited(folder, tmp_path / "case.json", requests=[{**request, "method": "DELETE"}])
    for url in ("http://staging.test", "http://127.0.0.1:1"):  # which may be a tunnel
        result = run(path, url)
        assert result.exit_code == 2
        assert "DELETE" in result.output
        assert "--mine" in result.output
    assert run(path, "http://127.0.0.1:1", "--mine").exit_code == 3


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(content)
    with pytest.raises(saved_cases.ReplayError, match="is not a case"):
        saved_cases.read(path)
    with pytest.raises(saved_cases.ReplayError, match="cannot be read"):
        saved_cases.read(tmp_path / "none.json")


def test_a_token_is_needed(folder: Path) -> None:
    result = run(str(folder / "PARAM-07-1.json"), token="")
    assert result.exit_code == 2
    assert "RUANGKERJA_TOKEN" in result.output
