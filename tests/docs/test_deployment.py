"""The container, compose and Kubernetes recipes: what they say agrees with the program.

`tox run -e recipes` holds them against hadolint and the schemas of Compose and Kubernetes.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import ruangkerja
from ruangkerja.cli import cli
from ruangkerja.mock.serve.server import MockServer

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = f"ruangkerja:{ruangkerja.__version__}"


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with what follows it."""
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    words = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, rest in words]


@pytest.fixture(scope="module")
def final(dockerfile: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The instructions of its last stage."""
    last = max(number for number, (name, _) in enumerate(dockerfile) if name == "FROM")
    return dockerfile[last:]


@pytest.fixture(scope="module")
def compose(root: Path) -> Any:
    return yaml.safe_load((root / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifests(root: Path) -> dict[str, Any]:
    """The objects of the manifest by their kind."""
    text = (root / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


def understood(arguments: list[str]) -> dict[str, Any]:
    """What the command makes of its arguments; fails where it does not know them."""
    command = cli.commands[arguments[0]]
    return command.make_context(arguments[0], arguments[1:]).params


def test_the_image_serves_by_itself_and_says_that_it_listens_to_all(
    final: list[tuple[str, str]],
) -> None:
    instructions = dict(final)
    assert json.loads(instructions["ENTRYPOINT"]) == ["ruangkerja"]
    options = understood(json.loads(instructions["CMD"]))
    assert options["host"] == "0.0.0.0"  # noqa: S104 - it is what is asked
    assert str(options["port"]) == instructions["EXPOSE"]


def test_the_last_stage_has_no_tools_and_does_not_run_as_root(
    final: list[tuple[str, str]],
) -> None:
    instructions = dict(final)
    assert re.fullmatch(r"[1-9]\d{4,}:[1-9]\d{4,}", instructions["USER"])
    assert "pip uninstall" in instructions["RUN"]
    order = [name for name, _ in final]
    assert order.index("USER") > max(n for n, name in enumerate(order) if name in {"COPY", "RUN"})


def test_what_is_installed_is_locked(dockerfile: list[tuple[str, str]]) -> None:
    installs = [rest for name, rest in dockerfile if name == "RUN" and " install " in rest]
    assert len(installs) == 2
    assert "--only-binary :all:" in installs[0]
    assert installs[0].endswith("-r requirements.lock")
    assert "--no-deps" in installs[1]


def test_the_image_is_built_from_everything_that_the_package_needs(root: Path) -> None:
    """What .dockerignore does not let in would be missing from it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    folders = set(project["tool"]["setuptools"]["package-dir"].values())
    files = {"pyproject.toml", "requirements.lock"}
    files |= {project["project"]["readme"], *project["project"]["license-files"]}
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == folders | files


def test_the_check_of_the_image_sees_whether_the_stub_answers(
    final: list[tuple[str, str]],
) -> None:
    check = dict(final)["HEALTHCHECK"]
    program, option, code = json.loads(check[check.index("CMD") + 3 :])
    assert (program, option) == ("python", "-c")
    with MockServer() as server:
        here = code.replace("http://127.0.0.1:8080", server.url)
        assert here != code
        assert subprocess.run([sys.executable, option, here], check=False).returncode == 0
    gone = subprocess.run([sys.executable, option, here], check=False, stderr=subprocess.DEVNULL)
    assert gone.returncode != 0


def test_compose_publishes_the_stub_to_this_machine_alone(compose: Any) -> None:
    assert compose["services"]["stub"]["ports"] == ["127.0.0.1:8080:8080"]
    for service in compose["services"].values():
        assert service["image"] == IMAGE
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_compose_runs_a_command_that_exists(compose: Any) -> None:
    check = compose["services"]["check"]
    options = understood(check["command"])
    assert options["url"] == "http://stub:8080"
    assert check["depends_on"] == {"stub": {"condition": "service_healthy"}}


def test_a_cluster_runs_several_that_are_alike(manifests: dict[str, Any]) -> None:
    deployment = manifests["Deployment"]
    assert deployment["spec"]["replicas"] == 3
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == IMAGE
    options = understood(container["args"])
    [port] = container["ports"]
    assert options["port"] == port["containerPort"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/healthz", "port": port["name"]}
    assert container["resources"].keys() == {"requests", "limits"}


def test_a_cluster_gives_them_no_rights(manifests: dict[str, Any]) -> None:
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_same_user_runs_it_everywhere(
    manifests: dict[str, Any], final: list[tuple[str, str]]
) -> None:
    context = manifests["Deployment"]["spec"]["template"]["spec"]["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == dict(final)["USER"]


def test_the_service_finds_the_pods(manifests: dict[str, Any]) -> None:
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for selector in (
        manifests["Deployment"]["spec"]["selector"]["matchLabels"],
        manifests["Service"]["spec"]["selector"],
        manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    assert labels["app.kubernetes.io/version"] == ruangkerja.__version__


def test_the_comments_name_commands_that_exist(root: Path) -> None:
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "docker build" in line]
    assert [shlex.split(line)[-2] for line in lines] == [IMAGE]


def test_the_changelog_has_the_version_that_is_installed(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(ruangkerja.__version__)} - \d{{4}}-\d\d-\d\d", headings[1])
