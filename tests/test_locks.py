"""The locks: what pyproject.toml asks for is in them, in versions that it allows."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

RENEW = "`tox run -e lock` writes all locks anew"
EXTRAS = ("backends", "check", "docs", "load", "test", "lint", "tls", "types", "dev")


def locked(file: Path) -> dict[str, str]:
    """The version of each package in a lock, whose files may have hashes."""
    text = file.read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    versions = {}
    for line in filter(None, lines):
        entry, *hashes = re.split(r" +--hash=sha256:", line)
        assert all(re.fullmatch("[0-9a-f]{64}", each) for each in hashes), line
        assert bool(hashes) == (file.name != "requirements-dev.lock"), f"{entry}: {RENEW}"
        found = re.fullmatch(r"([a-z0-9.-]+)==([^ ;]+)(?: ; .+)?", entry)
        assert found, f"{file.name}: {line!r} is not a package in one version"
        assert found[1] not in versions, f"{file.name}: {found[1]} stands twice"
        versions[found[1]] = found[2]
    return versions


@pytest.fixture(scope="module")
def runtime(root: Path) -> dict[str, str]:
    return locked(root / "requirements.lock")


@pytest.fixture(scope="module")
def development(root: Path) -> dict[str, str]:
    return locked(root / "requirements-dev.lock")


def wanted(root: Path, *extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, with these extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [Requirement(each) for each in project["dependencies"]]
    for extra in extras:
        listed = [Requirement(each) for each in project["optional-dependencies"][extra]]
        found += [each for each in listed if each.name != project["name"]]
    return found


def check(requirements: list[Requirement], versions: dict[str, str]) -> None:
    for each in requirements:
        version = versions.get(canonicalize_name(each.name))
        assert version is not None, f"{each.name} is not locked; {RENEW}"
        assert each.specifier.contains(version), f"{each} is locked at {version}; {RENEW}"


def test_what_runs_is_locked_in_versions_that_are_asked_for(
    root: Path, runtime: dict[str, str]
) -> None:
    check(wanted(root, "check", "tls"), runtime)


def test_what_sends_load_is_locked_in_versions_that_are_asked_for(
    root: Path, runtime: dict[str, str], development: dict[str, str]
) -> None:
    load = locked(root / "requirements-load.lock")
    check(wanted(root, "check", "load", "tls"), load)
    assert runtime.items() <= load.items() <= development.items(), RENEW


def test_what_tests_and_checks_is_locked_in_versions_that_are_asked_for(
    root: Path, development: dict[str, str]
) -> None:
    check(wanted(root, *EXTRAS), development)


def test_tests_run_with_what_runs(runtime: dict[str, str], development: dict[str, str]) -> None:
    assert runtime.items() <= development.items(), RENEW


def test_what_only_tests_need_is_not_installed_to_run(root: Path, runtime: dict[str, str]) -> None:
    only_tests = {canonicalize_name(each.name) for each in wanted(root, "lint", "types", "dev")}
    only_tests -= {canonicalize_name(each.name) for each in wanted(root)}
    assert {"ruff", "mypy", "tox"} <= only_tests
    assert only_tests & runtime.keys() == set()


def test_whatever_is_needed_by_what_is_needed_is_locked_too(
    root: Path, runtime: dict[str, str]
) -> None:
    """As the installed packages tell it, for this machine."""
    left, seen = wanted(root), set()
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        assert name in runtime, f"{name} is not locked; {RENEW}"
        for text in metadata.requires(name) or ():
            inner = Requirement(text)
            extras = [*requirement.extras, ""]
            if inner.marker is None or any(inner.marker.evaluate({"extra": e}) for e in extras):
                left.append(inner)


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-load.lock", "requirements-dev.lock"]
)
def test_a_lock_names_no_place_to_download_from(name: str, root: Path) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
