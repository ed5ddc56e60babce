"""The package: what the wheel holds, and that it is all that is installed, either way."""

from __future__ import annotations

import ast
import csv
import http.client
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections import Counter
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ruangkerja

# The extras that commands need, with the modules that do not work without them.
EXTRAS = {
    "check": ("conformance/", "traffic/", "mock/pytest_plugin.py"),
    "load": ("traffic/load/process/",),
    "tls": ("mock/serve/certificate.py",),
}
# Folders of the checkout that are no part of the package, beside those that begin with a dot.
OUTSIDE = {"tests", "clients", "benchmarks", "tools", "docs", "site", "deploy", "templates"}
OUTSIDE |= {"build", "dist", "node_modules", "reports"}

BUILD = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")


@pytest.fixture(scope="session")
def pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Checkout:
    """A copy to build in, for a build leaves folders behind; `files` were there before."""

    folder: Path
    files: frozenset[str]


@pytest.fixture(scope="session")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    def left_out(inside: str, names: list[str]) -> set[str]:
        aside = {name for name in names if name.startswith(".") or name.endswith(".egg-info")}
        aside |= OUTSIDE.intersection(names) if Path(inside) == root else set()
        return aside | {"__pycache__"}

    folder = tmp_path_factory.mktemp("checkout") / "any-name"
    shutil.copytree(root, folder, ignore=left_out)
    files = (path for path in folder.rglob("*") if path.is_file())
    return Checkout(folder, frozenset(path.relative_to(folder).as_posix() for path in files))


@pytest.fixture(scope="session")
def wheel(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", *BUILD, "--wheel-dir", str(folder), str(checkout.folder))
    [file] = folder.iterdir()
    return file


@pytest.fixture(scope="session")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_wheel_holds_the_package_and_nothing_beside_it(names: set[str]) -> None:
    version = ruangkerja.__version__
    outside = {
        name
        for name in names
        if not name.startswith(("ruangkerja/", f"ruangkerja-{version}.dist-info/"))
    }
    assert outside == set()


def test_the_wheel_holds_every_module_and_every_data_file(
    checkout: Checkout, names: set[str]
) -> None:
    """A new folder that pyproject.toml does not list would be missing from it."""
    expected = {
        file if file.startswith("ruangkerja/") else f"ruangkerja/{file}"
        for file in checkout.files
        if "/" in file
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {"ruangkerja/spec/openapi.yaml", "ruangkerja/spec/requirements.yaml"} < expected


def test_a_folder_holds_at_most_a_dozen_modules(names: set[str]) -> None:
    """`cli` has one for each command."""
    modules = Counter(
        name.rpartition("/")[0]
        for name in names
        if name.endswith(".py") and not name.endswith("/__init__.py")
    )
    del modules["ruangkerja/cli"]
    assert {folder: number for folder, number in modules.items() if number > 12} == {}


def test_imports_between_the_rooms_point_one_way(root: Path, wheel: Path, tmp_path: Path) -> None:
    """The contracts stand in pyproject.toml, under tool.importlinter."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [Path(sys.executable).with_name("lint-imports"), "--config", root / "pyproject.toml"]
    result = subprocess.run(
        [*command, "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    assert "7 kept, 0 broken" in result.stdout


def test_the_record_lists_what_is_there(wheel: Path, names: set[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [record] = [name for name in names if name.endswith(".dist-info/RECORD")]
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
    assert {row[0] for row in rows} == names
    assert all(row[1].startswith("sha256=") for row in rows if row[0] != record)


def test_the_command_is_the_only_name_that_is_offered_to_others(
    wheel: Path, names: set[str]
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [about] = [name for name in names if name.endswith(".dist-info/METADATA")]
        [entries] = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
        headers = HeaderParser().parsestr(archive.read(about).decode())
        commands = archive.read(entries).decode().splitlines()
    assert headers["License-Expression"] == "Apache-2.0"
    assert "ruangkerja = ruangkerja.__main__:main" in commands
    assert all(" = ruangkerja." in line for line in commands if "=" in line)


@pytest.mark.parametrize("extra", [None, *EXTRAS])
def test_what_is_imported_is_asked_for_and_what_is_asked_for_is_imported(
    checkout: Checkout, pyproject: dict[str, Any], extra: str | None
) -> None:
    """What serves is asked for by the package itself, and what else it imports by its extras."""
    without = asked(pyproject, None)
    where = {each: name for name, places in EXTRAS.items() for each in places}
    where |= dict.fromkeys(("mock/", "ruangkerja/", "spec/"))
    files = []
    for file in checkout.files:
        places = [place for place in where if file.startswith(place)]
        if file.endswith(".py") and places and where[max(places, key=len)] == extra:
            files.append(file)
    distributions = metadata.packages_distributions()
    imported = {
        canonicalize_name(distribution)
        for file in files
        for name in imports(checkout.folder / file)
        for distribution in distributions.get(name, [f"the package of {name}"])
    }
    if extra is None:
        assert imported == without
    else:
        check = asked(pyproject, "check") if extra == "load" else set()
        assert imported - without - check == asked(pyproject, extra)


def asked(pyproject: dict[str, Any], extra: str | None) -> set[str]:
    project = pyproject["project"]
    listed = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {canonicalize_name(Requirement(each).name) for each in listed}


def imports(file: Path) -> set[str]:
    """The packages that a module imports, but for its own and Python's."""
    found = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"ruangkerja"}


def test_the_map_of_the_package_has_each_folder(pyproject: dict[str, Any], root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"(\w+)/ ", text.partition("## The map")[2]))
    packages = pyproject["tool"]["setuptools"]["packages"]
    assert {name.rpartition(".")[2] for name in packages} <= shown


def test_the_version_stands_in_two_places_and_is_one(pyproject: dict[str, Any]) -> None:
    assert pyproject["project"]["version"] == ruangkerja.__version__


@dataclass(frozen=True)
class Installed:
    """An environment of its own: its folder, and what installing put into its packages."""

    folder: Path
    added: set[str]

    def run(self, *command: str, cwd: Path) -> str:
        result = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


@pytest.fixture(scope="session")
def needed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages these tests run with, but for the package under test."""
    folder = tmp_path_factory.mktemp("needed")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "ruangkerja" not in path.name:
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="session", params=["wheel", "editable"])
def installed(
    request: pytest.FixtureRequest,
    wheel: Path,
    checkout: Checkout,
    needed: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installed:
    """Installs the package, one way or the other, beside what it needs."""
    folder = tmp_path_factory.mktemp(request.param)
    venv.create(folder, symlinks=True)
    [packages] = folder.glob("lib/python3*/site-packages")
    (packages / "needed.pth").write_text(f"{needed}\n", encoding="utf-8")
    before = {path.name for path in packages.iterdir()}
    what = [str(wheel)] if request.param == "wheel" else ["--editable", str(checkout.folder)]
    pip("--python", str(folder / "bin" / "python"), "install", *BUILD, *what)
    return Installed(folder, {path.name for path in packages.iterdir()} - before)


def test_installing_adds_the_package_and_no_other_name(installed: Installed) -> None:
    assert f"ruangkerja-{ruangkerja.__version__}.dist-info" in installed.added
    beside = {name for name in installed.added if not name.startswith("ruangkerja")}
    # These two are how an editable install leads to the checkout.
    assert {name for name in beside if not name.startswith("__editable__")} <= {"__pycache__"}
    assert all("ruangkerja" in name for name in beside if name != "__pycache__")


FOUND = """
import importlib.util, json, ruangkerja
from ruangkerja.spec.contract import load
names = ["mock", "spec", "conformance", "fixtures", "cli", "tests", "tools", "ruangkerja"]
found = {name: importlib.util.find_spec(name) for name in names}
print(json.dumps({
    "origins": {name: spec.origin for name, spec in found.items() if spec is not None},
    "operations": [operation.id for operation in load().operations],
}))
"""


def test_the_package_is_imported_under_its_name_alone(
    installed: Installed, checkout: Checkout, tmp_path: Path
) -> None:
    found = json.loads(installed.run("python", "-c", FOUND, cwd=tmp_path))
    own = {
        name
        for name, origin in found["origins"].items()
        if Path(str(origin)).is_relative_to(installed.folder)
        or Path(str(origin)).is_relative_to(checkout.folder)
    }
    assert own == {"ruangkerja"}
    assert found["operations"] == ["listOnlineCourseUsers"]


def test_the_command_is_there(installed: Installed, tmp_path: Path) -> None:
    assert ruangkerja.__version__ in installed.run("ruangkerja", "--version", cwd=tmp_path)


NEEDED_BY_TESTS = """
import urllib.request

def test_a_client(ruangkerja_mock):
    assert urllib.request.urlopen(f"{ruangkerja_mock.url}/healthz").status == 200
"""


def with_what_they_need(*names: str) -> set[str]:
    """The packages of these names, and what they need, without extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            needed = map(Requirement, metadata.requires(name) or ())
            waiting += [
                each.name
                for each in needed
                if not each.marker or each.marker.evaluate({"extra": ""})
            ]
    return found


WITHOUT_EXTRAS = """
import sys
sys.modules |= dict.fromkeys(sys.argv[1:])  # importing them fails
from ruangkerja import MockServer
from ruangkerja.cli import cli, ending
with MockServer():
    pass
for command in ("--help", "mock --print-config", "mock --port -1", "check --stub"):
    print(ending.run(cli, command.split()), file=sys.stderr)
"""


def test_the_stub_imports_no_package_of_the_extras(
    pyproject: dict[str, Any], tmp_path: Path
) -> None:
    extras = asked(pyproject, "check") | asked(pyproject, "tls")
    absent = extras - with_what_they_need(*asked(pyproject, None))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, *absent],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stderr.splitlines()
    assert [line for line in said if line.isdecimal()] == ["0", "0", "2", "2"]
    assert said[-2].startswith("ruangkerja check: packages of the extra check are missing; ")


def responds(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url.strip()).netloc, timeout=20)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    finally:
        connection.close()


@pytest.mark.long
def test_the_stub_serves_without_the_packages_of_the_extras(
    wheel: Path, pyproject: dict[str, Any], tmp_path: Path
) -> None:
    folder, packages = tmp_path / "base", tmp_path / "packages"
    packages.mkdir()
    for name in with_what_they_need(*asked(pyproject, None), "pytest"):
        for file in metadata.distribution(name).files or ():
            top = packages / file.parts[0]
            if file.parts[0] != ".." and not top.exists():
                top.symlink_to(
                    Path(str(file.locate())).parents[len(file.parts) - 1] / file.parts[0]
                )
    venv.create(folder, symlinks=True)
    [own] = folder.glob("lib/python3*/site-packages")
    (own / "needed.pth").write_text(f"{packages}\n", encoding="utf-8")
    pip("--python", str(folder / "bin" / "python"), "install", *BUILD, str(wheel))
    command = str(folder / "bin" / "ruangkerja")

    with subprocess.Popen(
        [command, "mock", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as stub:
        assert stub.stdout is not None
        url = stub.stdout.readline().strip()
        assert responds(url)
        stub.terminate()
    for arguments, extra in (
        (["check", "--stub"], "check"),
        (["proxy", url], "check"),
        (["mock", "--tls"], "tls"),
    ):
        done = subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 2
        assert done.stderr.decode() == (
            f"ruangkerja {arguments[0]}: packages of the extra {extra} are missing; "
            f"in the repository, run pip install '.[{extra}]'\n"
        )
    (tmp_path / "test_client.py").write_text(NEEDED_BY_TESTS)
    pytest_command = [str(folder / "bin" / "python"), "-P", "-m", "pytest", "-q"]
    done = subprocess.run(
        [*pytest_command, "test_client.py"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
    done = subprocess.run(
        [*pytest_command, "--pyargs", "ruangkerja.conformance"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert b"ruangkerja.conformance needs the extra check" in done.stderr


@pytest.mark.long
def test_uvx_serves_from_a_checkout(checkout: Checkout, root: Path) -> None:
    uvx = Path(sys.executable).with_name("uvx")
    if not uvx.is_file():
        pytest.skip("uvx is not installed")
    # From its cache, as tests send nothing to other machines.
    command = [uvx, "--offline", "--from", ".", "--constraints", root / "requirements-dev.lock"]
    done = subprocess.run(
        [*command, "ruangkerja", "--version"],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if "the network was disabled" in done.stderr:
        pytest.skip("the cache of uv lacks the locked packages")
    assert done.stdout == f"ruangkerja, version {ruangkerja.__version__}\n", done.stderr
    with subprocess.Popen(
        [*command, "ruangkerja", "mock", "--port", "0"],
        cwd=checkout.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as stub:
        assert stub.stdout is not None
        assert responds(stub.stdout.readline())
        stub.terminate()
