"""The recipes for CI, run here as the services would: their scripts, in their shells.

`tox run -e recipes` holds the files against the schemas of GitHub and GitLab.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import yaml

from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.mock.faults import find
from ruangkerja.mock.serve.server import MockServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

TOKEN = "a-token-of-the-ci"  # noqa: S105 - it is no secret


@pytest.fixture(scope="module")
def stub() -> Iterator[MockServer]:
    with MockServer(tokens=[TOKEN]) as server:
        yield server


@dataclass
class Job:
    """The job of an action on a machine of ours; `outputs` are those of its steps."""

    folder: Path
    action: dict[str, Any]
    outputs: dict[str, dict[str, str]]

    def run(self, name: str, inputs: dict[str, str]) -> tuple[int, str]:
        """Run a step by its name; gives its exit code and what it printed."""
        [step] = [step for step in self.action["runs"]["steps"] if step.get("name") == name]
        values = {k: str(v.get("default", "")) for k, v in self.action["inputs"].items()} | inputs
        written = self.folder / "output"
        written.write_text("", encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.folder),
            "GITHUB_OUTPUT": str(written),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_WORKSPACE": str(self.folder),
        }
        environment |= {k: self.value(v, values) for k, v in step.get("env", {}).items()}
        done = subprocess.run(
            [bash(), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        lines = written.read_text(encoding="utf-8").splitlines()
        self.outputs[step.get("id", name)] = dict(line.split("=", 1) for line in lines)
        return done.returncode, done.stdout

    def value(self, text: str, inputs: dict[str, str]) -> str:
        """Put in what an expression stands for."""

        def replaced(match: re.Match[str]) -> str:
            kind, *path = match[1].split(".")
            return inputs[path[0]] if kind == "inputs" else self.outputs[path[0]][path[2]]

        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", replaced, text)


def bash() -> str:
    found = shutil.which("bash")
    if found is None:
        pytest.skip("there is no bash here")
    return found


@pytest.fixture
def job(root: Path, tmp_path: Path) -> Job:
    """The action of the repository, installed as its step would."""
    binaries = tmp_path / "ruangkerja" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "ruangkerja").symlink_to(Path(sys.executable).parent / "ruangkerja")
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    return Job(tmp_path, action, {})


def test_the_action_checks_the_stub_only_if_it_is_told_to(job: Job) -> None:
    code, printed = job.run("Check", {"stub": "true", "profile": "smoke"})
    assert code == 0, printed
    outputs = job.outputs["check"]
    assert outputs["exit-code"] == "0"
    assert outputs["conclusion"].startswith("conforming: ")
    assert job.run("Set the result", {}) == (0, "")
    assert (job.folder / "reports" / "report.json").is_file()
    _, printed = job.run("Check", {})
    assert "the URL is empty; pass the URL of the server to check, or --stub" in printed
    assert job.run("Set the result", {})[0] == 2


def test_the_action_hands_its_inputs_over_and_hides_the_token(job: Job, stub: MockServer) -> None:
    inputs = {
        "url": stub.url,
        "token": TOKEN,
        "courses": "COURSE-HUNDRED\n\nC-1\n",
        "profile": "smoke",
        "report-dir": "out",
        "arguments": "--max-requests\n12",
    }
    code, printed = job.run("Check", inputs)
    assert code == 0, printed
    first, *rest = printed.splitlines()
    assert first == f"::add-mask::{TOKEN}"
    assert TOKEN not in "\n".join(rest)
    assert (job.folder / "out" / "junit.xml").is_file()
    assert stub.requests


def test_the_action_fails_at_its_end_and_not_before(job: Job, stub: MockServer) -> None:
    """What comes after the check, such as keeping the reports, is done all the same."""
    inputs = {"url": stub.url, "token": "wrong", "courses": "C-1"}
    code, printed = job.run("Check", inputs)
    assert code == 0, printed
    outputs = job.outputs["check"]
    assert outputs["exit-code"] == "3"
    assert outputs["conclusion"].startswith("not judged: the token was rejected")
    assert job.run("Set the result", inputs)[0] == 3


def test_the_job_shows_what_failed(job: Job, contract: Contract) -> None:
    with FaultyServer(contract, tokens=[TOKEN]) as server:
        server.faulty.fault = find("status-upper-case")
        code, printed = job.run("Check", {"url": server.url, "token": TOKEN, "courses": "C-1"})
    assert code == 0, printed
    outputs = job.outputs["check"]
    assert outputs["exit-code"] == "1"
    assert outputs["conclusion"].startswith("not conforming: 1 MUST requirement failed")
    assert any(line.startswith("::error title=ITEM-07") for line in printed.splitlines())
    assert "ITEM-07" in (job.folder / "summary").read_text(encoding="utf-8")


def test_the_action_takes_no_input_for_a_piece_of_its_script(job: Job, stub: MockServer) -> None:
    inputs = {"url": stub.url, "token": TOKEN, "courses": "$(touch found); touch found #"}
    job.run("Check", inputs)
    assert not (job.folder / "found").exists()
    scripts = [step.get("run", "") for step in job.action["runs"]["steps"]]
    assert not any("${{" in script for script in scripts)


def template(
    root: Path, folder: Path, inputs: dict[str, str], path: str
) -> subprocess.CompletedProcess[str]:
    """Run the job of the GitLab component with these inputs."""
    text = (root / "templates" / "check.yml").read_text(encoding="utf-8")
    header, job = yaml.safe_load_all(text)
    values = {name: each.get("default") for name, each in header["spec"]["inputs"].items()} | inputs
    variables = {
        name: re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda m: str(values[m[1]]), value)
        for name, value in job["conformance"]["variables"].items()
    }
    return subprocess.run(
        ["/bin/sh", "-ec", "\n".join(job["conformance"]["script"])],
        cwd=folder,
        env={"PATH": os.pathsep.join([path, os.environ["PATH"]]), "RUANGKERJA_TOKEN": TOKEN}
        | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_template_checks_and_leaves_what_gitlab_shows(
    root: Path, tmp_path: Path, stub: MockServer
) -> None:
    inputs = {"url": stub.url, "courses": "COURSE-HUNDRED C-1", "profile": "smoke"}
    done = template(root, tmp_path, inputs, str(Path(sys.executable).parent))
    assert done.returncode == 0, done.stdout
    text = (root / "templates" / "check.yml").read_text(encoding="utf-8")
    _, job = yaml.safe_load_all(text)
    junit = tmp_path / job["conformance"]["artifacts"]["reports"]["junit"]
    assert ElementTree.parse(junit).getroot().tag == "testsuites"  # noqa: S314 - it is our own
    assert TOKEN not in done.stdout


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """The folder of a command that prints the arguments it is started with."""
    command = tmp_path / "ruangkerja" / "bin" / "ruangkerja"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\nprintf '<%s>\\n' \"$@\"\n")
    command.chmod(0o755)
    return command.parent


INPUTS = {
    "url": "http://127.0.0.1:9",
    "courses": "C-1\r\nC*2\r\n\r\n",
    "policies": "oversize-clamp\r\nmine.yaml",
    "waivers": "my waivers.yaml",
    "expect": "expect.yaml",
    "arguments": "--label\r\ntester=Siti R\r\n--label=note=$(touch found) `*`\r\n",
}
HANDED_OVER = [
    *("--waivers", "my waivers.yaml", "--expect", "expect.yaml"),
    *("--course", "C-1", "--course", "C*2", "--policy", "oversize-clamp", "--policy", "mine.yaml"),
    *("--label", "tester=Siti R", "--label=note=$(touch found) `*`"),
    *("--profile", "gate", "--fail-on", "must", "--report-dir", "reports"),
]


@pytest.mark.parametrize("lines", ["\r\n", "\n"])
def test_inputs_of_many_lines_become_arguments(
    lines: str, root: Path, tmp_path: Path, echo: Path
) -> None:
    inputs = {name: text.replace("\r\n", lines) for name, text in INPUTS.items()}
    printed = [template(root, tmp_path, inputs, str(echo)).stdout]
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    printed.append(Job(tmp_path, action, {}).run("Check", inputs)[1])
    for text in printed:
        given = re.findall(r"<(.*)>", text)
        assert given[:2] == ["check", "http://127.0.0.1:9"]
        assert sorted(given[2:]) == sorted(HANDED_OVER)
    assert not (tmp_path / "found").exists()


def test_workflows_have_no_rights_and_an_end(root: Path) -> None:
    for path in (root / ".github" / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 60


def test_the_workflow_runs_what_a_change_needs(root: Path) -> None:
    text = (root / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert {"run": ".ci/run"} in jobs["everything"]["steps"]
    used = {step.get("uses") for step in jobs["conformance"]["steps"]}
    assert "./" in used
