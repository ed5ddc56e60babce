"""What all tests share: the contract, the command, TLS, and how Hypothesis draws."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import HealthCheck, settings

from ruangkerja.cli import main
from ruangkerja.conformance.requests.sending import watch, weather
from ruangkerja.spec import contract as contracts
from tests.helpers.authority import Authority

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract
    from tests.helpers.browsing import Browser

# All servers of the tests are on this machine, whatever names they are given.
for _name in ("http", "https", "all", "no"):
    for _proxy in (f"{_name}_proxy", f"{_name.upper()}_PROXY"):
        os.environ.pop(_proxy, None)

# A script's shell has what it starts with `&` ignore SIGINT, and nohup has it ignore SIGHUP, and so
# does all that it starts. The tests end commands with both.
for _name, _handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

Run = Callable[..., tuple[int, str, str]]

# The same examples on every machine and in every run: a test that fails here fails for everybody.
# For new ones: pytest --hypothesis-profile=explore, which prints how to repeat what it finds.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile(
    "explore", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The built-in contract."""
    return contracts.load()


@pytest.fixture(autouse=True)
def _short_pauses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs wait for a server that is away for no time, but where that is tested."""
    if "sending" not in request.path.parts:
        for name in ("_WHILE_BUSY", "_WHILE_AWAY", "_WHILE_SILENT", "_OTHERWISE"):
            pauses = getattr(weather, name)
            monkeypatch.setattr(weather, name, tuple(pause / 100 for pause in pauses))
        monkeypatch.setattr(watch, "_PAUSE", 0.01)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command; gives its exit code, and what it wrote to stdout and stderr."""
    for name in ("CI", "RUANGKERJA_TOKEN", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost, in one file with its key and its authority."""
    authority = trustme.CA()
    both = tmp_path_factory.mktemp("tls") / "both.pem"
    made = authority.issue_cert("localhost").private_key_and_cert_chain_pem.bytes()
    both.write_bytes(made + authority.cert_pem.bytes())
    return both


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority with certificates for a server and a client."""
    found = Authority(tmp_path_factory.mktemp("authority"))
    found.make()
    return found


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What a server of this machine speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests."""
    from tests.helpers.browsing import Browser  # noqa: PLC0415 - Selenium takes half a second

    found = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        pytest.skip(f"there is no {' and no '.join(missing)} on this machine")
    with Browser(str(found["chromium"]), str(found["chromedriver"]), tmp_path_factory) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser as it comes: a desktop's size, light, nothing said on its console."""
    chromium.size(1280, 900)
    chromium.look()
    yield chromium
    assert chromium.complaints() == []
    chromium.leave()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core, which judges accessibility."""
    file = root / "tools" / "contract" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("axe-core is not installed; `python tools/contract_checks.py` does that")
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def other_contracts(root: Path) -> Path:
    return root / "tests" / "data"
