"""Options whose values come from a configuration file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import pytest

from ruangkerja.cli import cli
from tests.helpers.backend import TOKEN, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]
TEXT = """\
course = ["C-1", "C-2"]
timeout = 5
token-file = "secrets/token"
label = ["team=qa"]

[check]
profile = "smoke"

[env.staging]
url = "https://staging.example.com"
token-command = "vault read token"
header = ["X-Gate=@secrets/gate"]
basic = "qa:secrets/password"

[env.staging.check]
profile = "deep"
rate = 3

[env.local]
stub = true
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a repository, below the one with the configuration file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "ruangkerja.toml").write_text(TEXT)
    folder = tmp_path / "below"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def printed(run: Run, folder: Path) -> Callable[..., dict[str, str]]:
    """Return what --print-config prints, by option."""
    assert folder.is_dir()

    def printed(*arguments: str, command: str = "check") -> dict[str, str]:
        code, out, err = run(command, *arguments, "--print-config")
        assert (code, err) == (0, ""), err
        lines = [re.split(r" = | is not set", line, maxsplit=1) for line in out.splitlines()]
        return {name.removeprefix("# "): value for name, value in lines}

    return printed


Printed = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", {"profile": '"smoke"  # ../ruangkerja.toml:7', "url": "", "rate": ""}),
        ("", {"timeout": "5.0  # ../ruangkerja.toml:2", "mine": "false  # default"}),
        ("", {"token-file": '"../secrets/token"  # ../ruangkerja.toml:3', "token-command": ""}),
        ("--profile gate", {"profile": '"gate"  # command line'}),
        ("--course X", {"course": '["X"]  # command line'}),
        ("--env staging", {"profile": '"deep"  # ../ruangkerja.toml:16'}),
        ("--env staging", {"url": '"https://staging.example.com"  # ../ruangkerja.toml:10'}),
        ("--env staging", {"course": '["C-1", "C-2"]  # ../ruangkerja.toml:1'}),
        # What a secret is read with can be a secret, too. A later choice replaces an earlier one.
        ("--env staging", {"token-command": '"***"  # ../ruangkerja.toml:11', "token-file": ""}),
        ("--env staging", {"header": '["X-Gate=***"]  # ../ruangkerja.toml:12'}),
        ("--env staging", {"basic": '"qa:../secrets/password"  # ../ruangkerja.toml:13'}),
        ("--env staging --token t", {"token": '"***"  # command line', "token-command": ""}),
        ("--env staging --stub", {"stub": "true  # command line", "url": "", "header": ""}),
        ("--env local http://x", {"stub": "false  # default", "url": '"http://x"  # command line'}),
    ],
)
def test_the_command_line_wins_over_the_environment_and_this_over_the_base(
    printed: Printed, arguments: str, expected: dict[str, str]
) -> None:
    found = printed(*arguments.split())
    assert {name: found[name] for name in expected} == expected


def test_a_token_of_the_environment_wins_over_the_file(
    printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUANGKERJA_TOKEN", TOKEN)
    found = printed("--env", "staging")
    assert found["token"] == '"***"  # variable RUANGKERJA_TOKEN'  # noqa: S105 - a mask
    assert (found["token-command"], found["token-file"]) == ("", "")
    found = printed("--env", "staging", "--token-file", "mine")
    assert (found["token"], found["token-file"]) == ("", '"mine"  # command line')


def test_each_command_has_its_options_from_the_file(printed: Printed) -> None:
    assert printed("--env", "staging", command="record")["url"].startswith('"https://staging')
    assert printed("http://x", command="proxy")["timeout"] == "5.0  # ../ruangkerja.toml:2"
    for name, command in cli.commands.items():
        assert {"config", "env", "print_config"} <= {each.name for each in command.params}, name


def test_a_project_file_has_a_table_for_it(printed: Printed, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.ruangkerja.check]\n\nprofile = "gate"\n')
    assert printed()["profile"] == '"gate"  # pyproject.toml:3'
    (folder / "pyproject.toml").write_text('[project]\nname = "ruangkerja-of-ours"\n')
    assert printed()["profile"] == '"smoke"  # ../ruangkerja.toml:7'


def test_no_file_outside_of_the_repository_is_read(printed: Printed, folder: Path) -> None:
    (folder / ".git").write_text("gitdir: elsewhere")
    assert printed()["timeout"] == "10.0  # default"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cours = ['C']", "1: no command has an option --cours. Did you mean course?"),
        ("[chek]\nrate = 1", "1: there is no command chek. Did you mean check?"),
        ("[check]\nrate=1\nrat = 2", "3: check has no option --rat. Did you mean rate?"),
        ("[env.a]\n[env.a.mock]\nprot = 1", "3: mock has no option --prot. Did you mean port?"),
        ("\nenv.a.check.rat = 1", "2: check has no option --rat. Did you mean rate?"),
        ("\nenv = {a = {rat = 1}}", "2: no command has an option --rat. Did you mean rate?"),
        ("[env]\na = 1", "2: env.a is not a table; each environment is one"),
        ("env = 1", "1: env is not a table"),
        ("token = 'abc'", "1: token: a secret cannot be in this file; use token-file, "),
        ("[env.b.check]\ntoken = 'abc'", "2: token: a secret cannot be in this file; use token-f"),
        ("header = ['X=abc']", "1: header: a secret cannot be in this file; use NAME=@FILE, or"),
        ("\ntimeout = 'soon'", "2: timeout: 'soon' is not a valid number"),
        ("\ntimeout = true", "2: timeout: it cannot be true or false"),
        ("rate = 0", "1: rate: 0.0 is not in the range x>0"),
        ("rate = [1]", "1: rate: it takes one value, not a list"),
        ("plan = 'yes'", "1: plan: use true or false"),
        ("course = [[]]", "1: course: use a text or a number"),
        ("waivers = 2030-01-01", "1: waivers: use a text or a number"),
        ("course = ", "1: the file is not valid TOML: Invalid value"),
        ("course = '''\n", "2: the file is not valid TOML: "),
    ],
)
def test_a_mistake_in_the_file_has_its_line_and_nothing_is_sent(
    run: Run, folder: Path, text: str, says: str
) -> None:
    (folder / "ruangkerja.toml").write_text(text)
    code, out, err = run("check", "http://127.0.0.1:1", "--token", "t")
    assert (code, out) == (2, "")
    assert f"ruangkerja.toml:{says}" in err
    assert "abc" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            "--env stagin",
            "../ruangkerja.toml:9: there is no table env.stagin. Did you mean staging?",
        ),
        ("--config none.toml", "--config none.toml: No such file or directory"),
        ("--config .", "--config .: Is a directory"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_file_or_an_environment_that_is_not_there_is_wrong_usage(
    run: Run, arguments: str, says: str
) -> None:
    code, _, err = run("check", *arguments.split())
    assert code == 2
    assert says in err


def test_an_environment_without_a_file_is_wrong_usage(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("check", "--env", "staging")
    assert code == 2
    assert "--env staging: there is no ruangkerja.toml in this folder or above it" in err


def test_a_folder_that_was_removed_has_no_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert run("check", "http://127.0.0.1:1", "--print-config")[0] == 0
    monkeypatch.chdir(tmp_path)


def test_help_is_there_whatever_the_file_says(run: Run, folder: Path) -> None:
    (folder / "ruangkerja.toml").write_text("?")
    assert run("check", "--help")[0] == 0


@pytest.mark.parametrize("name", cli.commands)
def test_help_has_every_option_once(run: Run, name: str) -> None:
    out = run(name, "--help")[1].partition("\nOptions:\n")[2]
    listed = re.findall(r"(?m)^  (?:-h, )?(--[a-z0-9-]+)", out)
    options = [each for each in cli.commands[name].params if isinstance(each, click.Option)]
    assert sorted(listed) == sorted(["--help", *(max(each.opts, key=len) for each in options)])
    assert "\nConfiguration:\n  --config FILE" in out


def test_a_server_of_the_file_is_checked_and_without_a_url_no_stub_is(
    run: Run, folder: Path
) -> None:
    with serving(Backend()) as url:
        (folder / "token").write_text(TOKEN)
        (folder / "ruangkerja.toml").write_text(
            'course = ["C-100"]\ntoken-file = "token"\nmax-requests = 3\n'
            f'report-dir = "out"\n[env.local]\nurl = "{url}"\n'
        )
        code, out, _ = run("check", "--env", "local")
        assert (code, out.startswith(f"Checked {url} ")) == (3, True)
    report = json.loads((folder / "out" / "report.json").read_text())
    assert report["configuration"]["max_requests"] == 3
    code, _, err = run("check")
    assert code == 2
    assert "a URL is required" in err
