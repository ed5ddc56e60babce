"""The suite as a run of pytest: its options, and one item for each requirement."""

from __future__ import annotations

import contextlib
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ...spec import contract as contracts
from ...spec.register import Level
from ...spec.source import SourceError
from ..http.client import Client
from ..http.target import Target, TargetError
from ..privacy.published import Published
from ..privacy.redaction import Redaction
from ..probes.plan import Profile
from ..report.as_junit import CASE, Status, case, properties
from ..rules import rules_for
from ..rules.verdict import Exit, judge
from .arguments import UsageError, lists_from, require_token, token_from
from .judge import JudgeOptions, NotJudgedError, pseudonymizer_of
from .survey import RunConfig, Survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.register import Requirement
    from ..evidence.evidence import Evidence
    from ..rules.verdict import Verdict

_HERE = Path(__file__)


def add_options(parser: pytest.Parser) -> None:
    """Add the options, which have the names of those of `ruangkerja check`."""
    group = parser.getgroup("ruangkerja", "conformance to the Ruangkerja contract")

    def add(name: str, **options: Any) -> None:
        # Another plugin may have a --base-url of its own, and means the same by it.
        with contextlib.suppress(ValueError):
            group.addoption(name, dest=f"ruangkerja{name.replace('-', '_')}", **options)

    add("--base-url", metavar="URL", help="the server to check; by default the stub")
    add("--token", help="a valid token; prefer --token-file or RUANGKERJA_TOKEN")
    add("--token-file", type=Path, help="a file that holds the token")
    add("--course", action="append", default=[], help="a course with users; may be repeated")
    add("--path", action="append", default=[], metavar="NAME=VALUE", help="another path parameter")
    profiles = [profile.value for profile in Profile if profile is not Profile.DEEP]
    add("--profile", choices=profiles, default=Profile.GATE.value, help="how much to send")
    add("--fail-on", choices=["must", "should"], default="must", help="the lowest level that fails")
    add("--time-limit", type=float, default=10.0, help="seconds for each response")
    add("--rate", type=float, help="maximum requests a second")
    add("--max-requests", type=int, help="maximum number of requests")
    add("--probe-methods", action="store_true", help="send writing methods to any host")
    add("--spec", type=Path, help="an OpenAPI 3.0 file to use in place of the built-in contract")


class Suite:
    """The plugin that reads the options, collects the items and judges what they are about.

    Where nothing can be judged the run ends with exit code 3, with wrong options with 4.
    """

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Read the options."""
        option = self._option = config.getoption
        try:
            contract = contracts.load(option("--spec"))
            token = token_from(option("--token"), option("--token-file"), os.environ)
            lists = lists_from(contract, option("--course"), option("--path"))
            url = option("--base-url")
            target = Target.parse(url) if url is not None else None
            require_token(token, needed=target is not None)
        except (SourceError, UsageError, TargetError) as error:
            raise pytest.UsageError(str(error)) from None
        token = token or contract.example_token
        if target is None:
            from ...mock.serve.server import MockServer  # noqa: PLC0415 - only the stub needs it

            server = self._stack.enter_context(MockServer(contract, tokens=(token,)))
            target = Target.parse(server.url)
        self._target = target
        self._config = RunConfig(
            contract=contract,
            token=token,
            lists=lists,
            profile=Profile(option("--profile")),
            may_write=option("--probe-methods") or target.is_loopback,
            max_requests=option("--max-requests"),
        )
        self._fail_on = Level(option("--fail-on").upper())

    def pytest_report_header(self) -> str:
        """Return the line about the target and the contract."""
        contract = self._config.contract
        return f"ruangkerja: {self._target.url} against {contract.title} {contract.version}"

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        """Let the items stand in this file: it is in the package that the run names."""
        if file_path == _HERE:
            return _Requirements.from_parent(parent, path=file_path, suite=self)
        return None

    def pytest_unconfigure(self) -> None:
        """Stop the stub, if there is one."""
        self._stack.close()

    @property
    def requirements(self) -> Iterator[Requirement]:
        """The requirements of the register, in its order."""
        return iter(self._config.contract.register)

    @cached_property
    def _judged(self) -> tuple[Evidence, Published]:
        """What was exchanged; the first item that runs sends the requests."""
        config = self._config
        with Client(
            self._target,
            timeout=self._option("--time-limit"),
            rate=self._option("--rate"),
            max_requests=config.limit,
            masker=Redaction((config.token,)),
        ) as client:
            try:
                evidence = Survey(config, client).run()
            except NotJudgedError as error:
                pytest.exit(f"not judged: {error}", returncode=int(Exit.NOT_JUDGED))
        judge_options = JudgeOptions(secret=config.token)
        people = pseudonymizer_of(config.contract, self._target, judge_options)
        return evidence, Published(evidence, people)

    def run(self, item: _Item) -> None:
        """Judge the requirement of an item, and end the item as its verdict is."""
        found = self._judge(item.requirement)
        item.user_properties += properties(found)
        status, text = case(found, self._fail_on)
        match status:
            case Status.FAILED:
                pytest.fail(text, pytrace=False)
            case Status.EXPECTED:
                pytest.xfail(text)
            case Status.SKIPPED:
                pytest.skip(text)
            case Status.PASSED:
                pass

    def _judge(self, requirement: Requirement) -> Verdict:
        evidence, published = self._judged
        rule = rules_for(self._config.contract)[requirement.id]
        return published.verdict(judge(evidence, requirement, rule))


class _Requirements(pytest.File):
    """Collects an item for each requirement."""

    def __init__(self, *, suite: Suite, **options: Any) -> None:
        super().__init__(**options)
        self._suite = suite

    def collect(self) -> Iterator[pytest.Item]:
        for requirement in self._suite.requirements:
            name = CASE.format(requirement.id)
            yield _Item.from_parent(self, name=name, suite=self._suite, requirement=requirement)


class _Item(pytest.Item):
    """One requirement."""

    def __init__(self, *, suite: Suite, requirement: Requirement, **options: Any) -> None:
        super().__init__(**options)
        self._suite = suite
        self.requirement = requirement

    def runtest(self) -> None:
        self._suite.run(self)
