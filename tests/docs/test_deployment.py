"""The container, compose and Kubernetes recipes: what they say agrees with the program.

`tox run -e recipes` holds them against hadolint and the schemas of Compose and Kubernetes.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

import ruangkerja
from ruangkerja.cli import cli
from ruangkerja.mock.serve.server import MockServer

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
    assert installs[0].endswith('--require-hashes -r "${LOCK}"')
    assert ("ARG", "LOCK=requirements.lock") in dockerfile
    assert "--no-deps" in installs[1]


def test_the_image_is_built_from_everything_that_the_package_needs(root: Path) -> None:
    """What .dockerignore does not let in would be missing from it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    folders = set(project["tool"]["setuptools"]["package-dir"].values())
    files = {"pyproject.toml", "deploy/healthcheck.py"}
    files |= {"requirements.lock", "requirements-load.lock"}
    files |= {project["project"]["readme"], *project["project"]["license-files"]}
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == folders | files


def test_the_check_of_the_image_follows_the_port_and_uses_no_proxy(
    root: Path, tmp_path: Path, final: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    check = dict(final)["HEALTHCHECK"]
    *_, program = json.loads(check[check.index("CMD") + 3 :])
    healthcheck = runpy.run_path(str(root / "deploy" / Path(program).name))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with MockServer() as server:
        port = urlsplit(server.url).port
        line = f"  0: 0100007F:{port:04X} 00000000:0000 {{}} 0:0 0:0 0 10001 0 1"
        sockets = ["head", line.format("0A"), line.format("01"), line.replace("10001", "0")]
        (tmp_path / "tcp").write_text("\n".join(sockets), encoding="ascii")
        assert healthcheck["addresses"](tmp_path, 10001) == [("127.0.0.1", port)]
        assert healthcheck["responds"]("127.0.0.1", port)
    assert not healthcheck["responds"]("127.0.0.1", port)


@pytest.mark.parametrize(
    ("listened", "asked"),
    [
        ("00000000", "127.0.0.1"),
        ("0100000A", "10.0.0.1"),
        ("0" * 32, "::1"),
        ("B80D0120000000000000000001000000", "2001:db8::1"),
    ],
)
@pytest.mark.skipif(sys.byteorder != "little", reason="the addresses are in its byte order")
def test_the_check_of_the_image_knows_every_address(root: Path, listened: str, asked: str) -> None:
    reachable = runpy.run_path(str(root / "deploy" / "healthcheck.py"))["reachable"]
    assert reachable(listened) == asked


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


def test_a_cluster_stops_a_replica_after_its_last_request(manifests: dict[str, Any]) -> None:
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    name, pause = container["lifecycle"]["preStop"]["exec"]["command"]
    assert name == "sleep"
    grace = understood(container["args"])["grace"]
    assert int(pause) + grace < pod["terminationGracePeriodSeconds"]


def test_a_cluster_lets_only_its_own_pods_in_and_nothing_out(manifests: dict[str, Any]) -> None:
    policy = manifests["NetworkPolicy"]["spec"]
    assert sorted(policy["policyTypes"]) == ["Egress", "Ingress"]
    assert policy["egress"] == []
    [rule] = policy["ingress"]
    assert rule["from"] == [{"podSelector": {}}]
    [port] = manifests["Deployment"]["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert [each["port"] for each in rule["ports"]] == [port["name"]]


@pytest.mark.parametrize("file", ["action.yml", ".github/workflows/ci.yml"])
def test_actions_of_others_are_pinned_by_digest(root: Path, file: str) -> None:
    used = re.findall(r"uses: (\S+)(.*)", (root / file).read_text(encoding="utf-8"))
    for name, comment in used:
        if name != "./":
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name), name
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), name


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
        manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
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


@pytest.fixture(scope="module")
def load_test(root: Path) -> list[dict[str, Any]]:
    """The objects of the manifest of a load test."""
    text = (root / "deploy" / "load.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text))


def test_the_workers_of_a_load_test_find_their_master_and_are_as_many_as_it_expects(
    load_test: list[dict[str, Any]],
) -> None:
    [service] = [each for each in load_test if each["kind"] == "Service"]
    master, workers = (each for each in load_test if each["kind"] == "Job")
    [of_master] = master["spec"]["template"]["spec"]["containers"]
    [of_worker] = workers["spec"]["template"]["spec"]["containers"]
    waits, sends = understood(of_master["args"]), understood(of_worker["args"])
    assert waits["master"]
    assert sends["worker"]
    assert waits["url"] == sends["url"]
    assert waits["mine"]
    assert sends["mine"]
    assert waits["expect_workers"] == workers["spec"]["parallelism"]
    assert workers["spec"]["parallelism"] == workers["spec"]["completions"]
    assert sends["master_host"] == service["metadata"]["name"]
    labels = master["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    ports = {each["port"] for each in service["spec"]["ports"]}
    assert {waits["port"], sends["port"]} == ports
    assert waits["host"] == "0.0.0.0"  # noqa: S104 - the workers are other pods
    assert master["spec"]["backoffLimit"] == 0
    names = [each["env"][0]["name"] for each in (of_master, of_worker)]
    assert names == ["RUANGKERJA_TOKEN"] * 2
    assert of_master["image"] == of_worker["image"] == IMAGE.replace(":", "-load:")
