"""The command as people use it: what it prints, and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from ruangkerja.__main__ import main as entry_point
from ruangkerja.cli import cli
from ruangkerja.mock.process.workers import Supervisor, WorkerError
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec.contract import DEFAULT
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A conforming backend with the course C-100."""
    with serving(Backend()) as url:
        yield url


def test_help_has_the_first_sentence_of_each_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    listed = re.findall(r"(?m)^  ([a-z][a-z-]*)  +[A-Z]", out)
    assert sorted(listed) == sorted(cli.commands)
    assert "..." not in out.partition("\n")[2]


def test_check_without_a_url_says_first_and_last_that_the_stub_was_checked(run: Run) -> None:
    code, out, err = run("check")
    assert (code, err) == (0, "")
    first, *_, last = out.splitlines()
    assert first.startswith("Checked the built-in stub against ")
    assert re.fullmatch(r"conforming: \d+ of \d+ requirements judged \(the built-in stub\)", last)
    assert "  passed       PAGE-03   MUST   " in out


def test_check_of_a_server_ends_in_a_table_and_reports(run: Run, url: str, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reports"
    code, out, _ = run("check", url, "--token", TOKEN, "--course", "C-100", "--report-dir", folder)
    assert code == 0
    assert url in out.splitlines()[0]
    report = json.loads((folder / "report.json").read_text())
    assert report["target"]["url"] == url
    assert TOKEN not in out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["may"], ["plain,may-deploy"]),
        (["check", "--prof"], ["plain,--profile"]),
        (["check", "http://h", "a.yaml", "--profile", "g"], ["plain,gate"]),
    ],
)
def test_a_shell_completes_commands_options_and_values(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], completed: list[str]
) -> None:
    monkeypatch.setenv("_RUANGKERJA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["ruangkerja", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    code, out, err = run()
    assert (code, out.split(), err) == (0, completed, "")


def test_a_folder_stands_for_the_report_in_it(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    assert run("check", "--stub", "--profile", "smoke", "--report-dir", folder)[0] == 0
    assert run("compare", folder, folder / "report.json") == (0, "no verdict changed\n", "")
    code, _, err = run("compare", folder, tmp_path)
    assert code == 2
    assert f"{tmp_path / 'report.json'}: cannot be read" in err


def test_the_token_may_come_from_a_file_or_the_environment(
    run: Run, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    smoke = ("check", url, "--course", "C-100", "--profile", "smoke")
    assert run(*smoke, "--token-file", file)[0] == 0
    monkeypatch.setenv("RUANGKERJA_TOKEN", TOKEN)
    assert run(*smoke)[0] == 0


IN_CI = {"CI": "true"}
WITH_TOKEN = {"RUANGKERJA_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        ("--course C", {}, "because --course is given"),
        ("--path courseSerial=C", {}, "because --path is given"),
        ("--token t", {}, "because --token is given"),
        ("--token-file t", {}, "because --token-file is given"),
        ("--expect e", {}, "because --expect is given"),
        ("", WITH_TOKEN, "because RUANGKERJA_TOKEN is set"),
        ("", IN_CI, "in CI, the server has to be named"),
        ("", {"CI": "1"}, "in CI, the server has to be named"),
        ("''", {}, "the URL is empty"),
        ("'' --plan", {}, "the URL is empty"),
        ("", {"CI": "false"}, None),
        ("--stub", {}, None),
        ("--stub", IN_CI | WITH_TOKEN, None),
        ("'' --stub", {}, None),
        ("--stub --course COURSE-1 --token t", IN_CI, None),
        ("http://127.0.0.1:1 --stub", {}, "--stub checks the built-in stub, not a URL"),
    ],
)
def test_the_stub_is_never_checked_in_place_of_a_server(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: str,
    environment: dict[str, str],
    says: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("t", "e"):
        (tmp_path / name).write_text("[]")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code, out, err = run("check", *shlex.split(arguments), "--profile", "smoke")
    if says is None:
        assert code in {0, 3}  # a smoke run does not judge everything
        assert out.startswith("Checked the built-in stub against ")
        assert out.splitlines()[-1].endswith(" (the built-in stub)")
    else:
        assert (code, out) == (2, "")
        assert says in err
        assert "--stub" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--token", TOKEN, "--course", "NOBODY"], ["NOBODY got 404", "--course"]),
        (["--token", "not-the-token", "--course", "C-100"], ["token was rejected", "403"]),
    ],
)
def test_what_cannot_be_judged_exits_3_and_says_which(
    run: Run, url: str, arguments: list[str], words: list[str]
) -> None:
    code, out, err = run("check", url, *arguments)
    assert (code, out) == (3, "")
    assert err.startswith("not judged: ")
    assert all(word in err for word in words), err
    assert "not-the-token" not in err


def test_a_closed_port_exits_3_and_says_so(run: Run) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        code, _, err = run("check", url, "--token", TOKEN, "--course", "C-100")
    assert code == 3
    assert f"{url} does not respond" in err
    assert ".." not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "ftp://x"], ["scheme", "http"]),
        (["check", "http://127.0.0.1:1"], ["token", "--token-file", "RUANGKERJA_TOKEN"]),
        (["check", "http://127.0.0.1:1", "--token", "a\nb"], ["--token", "not valid in a header"]),
        (["check", "http://127.0.0.1:1", "--token-file", "/nowhere"], ["/nowhere", "No such file"]),
        (
            ["check", "http://127.0.0.1:1", "--token", "t", "--course", ""],
            ["courseSerial is empty"],
        ),
        (
            ["check", "http://127.0.0.1:1", "--token", "t", "--path", "x=1"],
            ["NAME=VALUE", "courseSerial"],
        ),
        (["check", "--profile", "huge"], ["--profile", "smoke"]),
        (["check", "--unheard-of"], ["--unheard-of"]),
        (["check", "--report-dir", "/dev/null/x"], ["--report-dir"]),
        (["mock", "--port", "99999"], ["--port"]),
        (["mock", "--port", "http"], ["--port", "'http' is not a valid integer."]),
        (["check", "--rate", "5/s"], ["--rate", "'5/s' is not a valid number."]),
        (["mock", "api.yaml"], ["(api.yaml)", "name an OpenAPI file with --spec"]),
        (["mock", "--spec", "https://a.example/api.yaml"], ["--spec", "save it as a file"]),
        (["mock", "--until-eof", "--workers", "2"], ["--until-eof needs --workers 1"]),
        (["export", "xml"], ["xml", "msw", "json"]),
        (["mock", "--allowed-host", "https://a.example"], ["--allowed-host", "without a port"]),
        (["mock", "--allowed-host", "*"], ["--allowed-host", "without a port"]),
    ],
)
def test_wrong_usage_exits_2_with_one_clear_message(
    run: Run, arguments: list[str], words: list[str]
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert all(word in err for word in words), err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="it has other terminals")
@pytest.mark.parametrize(("variable", "colours"), [("NO_COLOR", 0), ("TERM", 0), ("OTHER", 1)])
def test_a_terminal_has_colours_unless_the_environment_wants_none(
    variable: str, colours: int
) -> None:
    leader, follower = os.openpty()
    command = (sys.executable, "-m", "ruangkerja", "check", "--stub", "--profile", "smoke")
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "", variable: "dumb"}
    with subprocess.Popen(command, stdout=follower, stderr=follower, env=environment) as checked:
        os.close(follower)
        text = b""
        with contextlib.suppress(OSError):  # the end of a terminal on Linux
            while read := os.read(leader, 65_536):
                text += read
    os.close(leader)
    assert checked.returncode == 0
    assert b"conforming: " in text
    assert (b"\x1b[32m" in text) == bool(colours)


def test_a_command_can_be_interrupted_before_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Loading(ModuleType):
        def __getattr__(self, _: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "ruangkerja.cli", Loading("ruangkerja.cli"))
    with pytest.raises(SystemExit) as ended:
        entry_point()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    ("below", "meant"),
    [
        ("/ruangkerja/dashboard", ""),
        ("/ruangkerja/dashboard/courses/C-100/online/users", ""),
        ("/v1/ruangkerja", "/v1"),
        ("/v1", None),
    ],
)
def test_a_url_with_the_paths_of_the_contract_is_said(
    run: Run, url: str, below: str, meant: str | None
) -> None:
    code, _, err = run("check", url + below, "--token", TOKEN, "--course", "C-100")
    assert code == 3
    assert f"paths start at {url}{below}" in err
    assert (f", and not at {url}{meant}: they begin with " in err) == (meant is not None)


def test_a_contract_without_security_needs_no_token(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "open.json"
    responses = {"200": {"description": "ok"}, "404": {"description": "none"}}
    operation = {"operationId": "state", "responses": responses}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Open", "version": "1"},
        "servers": [{"url": "/v1"}],
        "paths": {"/state": {"get": operation}},
    }
    spec.write_text(json.dumps(document))
    with MockServer(spec) as stub:
        assert run("check", stub.url, "--spec", spec)[0] == 0
        root = stub.url.removesuffix("/v1")
        code, _, err = run("check", root, "--spec", spec)
    assert code == 3
    assert f"paths start at {root}, and not at {root}/v1 as its servers say" in err


def test_a_page_in_place_of_a_body_is_named(run: Run) -> None:
    def page(_: Asked, __: Answer) -> Answer:
        return Answer(404, None, {"Content-Type": "text/html"}, raw=b"<!doctype html><p>Siti")

    with serving(Backend(change=page)) as url:
        code, _, err = run("check", url, "--token", TOKEN, "--course", "C-100")
    assert code == 3
    assert "C-100 got 404 with an HTML page. Name a course" in err


@pytest.mark.parametrize("command", ["check", "mock"])
def test_a_broken_contract_exits_2_with_file_and_line(
    run: Run, tmp_path: Path, command: str
) -> None:
    text = DEFAULT.read_text().replace("oversize: reject", "oversize: objekt", 1)
    line = text[: text.index("objekt")].count("\n") + 1
    spec = tmp_path / "broken.yaml"
    spec.write_text(text)
    code, _, err = run(command, "--spec", spec)
    assert code == 2
    assert err.startswith(f"{spec}:{line}: ")
    assert "objekt" in err


def test_what_openapi_does_not_allow_is_a_warning_with_file_and_line(
    run: Run, tmp_path: Path
) -> None:
    text = DEFAULT.read_text().replace("type: object", "type: objekt", 1)
    line = text[: text.index("objekt")].count("\n") + 1
    spec = tmp_path / "broken.yaml"
    spec.write_text(text)
    code, _, err = run("check", "--plan", "http://127.0.0.1:9", "--spec", spec)
    assert code == 0
    assert err.startswith(f"warning: {spec}:{line}: ")
    assert "objekt" in err


@pytest.mark.skipif(sys.platform == "win32", reason="it has other terminals")
def test_on_a_terminal_the_stub_says_what_it_serves(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    command = (sys.executable, "-m", "ruangkerja", "mock", "--port", "0", "--fixtures", tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower) as stub:
        os.close(follower)
        try:
            text = ""
            while "Ctrl-C" not in text:
                text += os.read(leader, 4096).decode()
        finally:
            stub.terminate()
        output = stub.communicate()[0]
    os.close(leader)
    assert f"warning: {tmp_path} has no scenarios and no faults" in text
    assert "with 1 operation. Open the URL in a browser" in text
    assert re.fullmatch(rb"http://127\.0\.0\.1:\d+\n", output)


def test_a_taken_port_is_one_clear_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run("mock", "--port", port)
    assert (code, out) == (2, "")
    assert str(port) in err
    assert "Traceback" not in err


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mistake_in_a_scenario_is_said_instead_of_a_url(
    run: Run, tmp_path: Path, workers: int
) -> None:
    (tmp_path / "wrong.yaml").write_text("description: [\n")
    code, out, err = run("mock", "--port", 0, "--workers", workers, "--fixtures", tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith(f"{tmp_path / 'wrong.yaml'}:2: ")
    assert len(err.splitlines()) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares ports")
def test_a_worker_that_cannot_start_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> int:
        raise WorkerError("worker 1 ended with exit code 1 before it served")

    monkeypatch.setattr(Supervisor, "run", cannot)
    code, out, err = run("mock", "--port", 0, "--workers", 2)
    assert (code, out) == (2, "")
    assert err == "worker 1 ended with exit code 1 before it served\n"


def test_check_under_a_policy_says_so(run: Run, tmp_path: Path) -> None:
    code, out, err = run("check", "--policy", "clamp", "--report-dir", tmp_path)
    assert (code, err) == (0, "")
    title = "oversize-clamp (a pageSize above the maximum may be reduced to it)"
    assert out.splitlines()[1] == f"Policy: {title}"
    report = json.loads((tmp_path / "report.json").read_text())
    assert [each["name"] for each in report["policies"]] == ["oversize-clamp"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("clmp",), "--policy: there is no policy 'clmp'; there are first-page-1, "),
        (("null",), "--policy: 'null' stands for several policies: never-opened-null, not-comp"),
        (("past-end-any", "past-end-empty"), "choose differently for decision D8; use one"),
    ],
)
def test_a_policy_that_cannot_be_chosen_is_wrong_usage(
    arguments: tuple[str, ...], says: str, run: Run
) -> None:
    code, out, err = run("check", *(part for each in arguments for part in ("--policy", each)))
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())


@pytest.mark.parametrize("command", [("check",), ("mock",), ("selftest", "--list")])
def test_a_mistake_in_a_policy_has_its_line(
    command: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "overlay: 1.0.0\ninfo: {title: Ours, version: 1.0.0}\n"
        "actions:\n  - {target: $.nothing, remove: true}\n",
        encoding="utf-8",
    )
    code, _, err = run(*command, "--policy", file)
    assert code == 2
    assert f"{file}:4: target matches nothing in " in err
