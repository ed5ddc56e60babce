"""The suite as a run of pytest: its options, and one item for each requirement."""

from __future__ import annotations

import contextlib
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click import UsageError

from ...spec import contract as contracts
from ...spec.documents.problems import SourceError
from ...spec.policies.policy import PolicyError
from ...spec.register import Level
from ...spec.visible import line, visible
from ..config.arguments import expectations_from, is_stub, lists_from, require_token
from ..config.configuration import Configuration
from ..config.connection_arguments import ConnectionOptions
from ..config.run_config import RunConfig
from ..config.token_source import tokens_from
from ..http.target import Target, TargetError
from ..reporting.formats.as_junit import Status, status_of, text_of
from ..reporting.run.model import STUB, NotJudgedError
from ..requests.probes.plan import Profile
from ..verdicts.verdict import Exit
from .check import CheckOptions, check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ..reporting.run.model import Run
    from ..verdicts.verdict import Verdict

_NAME = "test_requirement[{}]"


PREFIX = "--ruangkerja-"
"""What all options begin with, as other plugins have options such as --base-url and --timeout."""


_CONNECTION = ("ca-file", "cert", "key", "header", "basic", "proxy", "resolve", "wait")
_OF_A_SERVER = ("token", "token-file", "token-command", "course", "path", "expect", *_CONNECTION)


def add_options(parser: pytest.Parser) -> None:
    """Add the options: those of `ruangkerja check`, with a prefix."""
    group = parser.getgroup("ruangkerja", "conformance to the Ruangkerja contract")

    def add(name: str, **options: Any) -> None:
        group.addoption(f"{PREFIX}{name}", **options)

    def add_list(name: str, **options: Any) -> None:
        add(name, action="append", default=[], **options)

    add("url", help="the URL of the server to check")
    add("stub", action="store_true", help="check the built-in stub")
    add("token", help="a valid token; prefer the file or the variable RUANGKERJA_TOKEN")
    add("token-file", type=Path, help="a file that contains the token")
    add("token-command", help="a command that prints a valid token in its first line")
    add("ca-file", type=Path, help="the certificate authorities to trust")
    add("cert", type=Path, help="the certificate of the client, in PEM format")
    add("key", type=Path, help="the key of the certificate, if it is in a file of its own")
    add_list("header", metavar="NAME=VALUE", help="a header for a gateway; repeatable")
    add("basic", metavar="USER:FILE", help="Basic authentication at a gateway")
    add("proxy", metavar="URL", help="the HTTP proxy")
    add_list("resolve", metavar="HOST:PORT:ADDRESS", help="the address of a host; repeatable")
    add("wait", type=float, help="seconds to wait for a server that is starting")
    add_list("course", help="a course that has users; repeatable")
    add_list("path", metavar="NAME=VALUE", help="the value of another path parameter; repeatable")
    profiles = [profile.value for profile in Profile if profile is not Profile.DEEP]
    add("profile", choices=profiles, default=Profile.GATE.value, help="how many requests to send")
    add("fail-on", choices=["must", "should"], default="must", help="the lowest level that fails")
    add("expect", type=Path, help="a file with what each list has to show")
    add("timeout", type=float, default=10.0, help="seconds for each response")
    add("rate", type=float, help="the maximum number of requests per second")
    add("max-requests", type=int, help="the maximum number of requests")
    add("overlap", type=int, help="the number of pairs of requests to send at once")
    add("mine", action="store_true", help="send writing methods to lists that exist, too")
    add("spec", type=Path, help="an OpenAPI 3.0 file to use instead of the built-in contract")
    add_list("policy", help="the name or the file of a policy; repeatable")


def _refuse_file() -> None:
    """Raise UsageError if there is a configuration file, which could have the URL."""
    if (found := Configuration.here()) is not None:
        raise UsageError(
            f"{found.file} is for the commands of ruangkerja, and pytest does not read it; pass "
            f"{PREFIX}url, or {PREFIX}stub to check the built-in stub"
        )


class Suite:
    """The plugin that reads the options, collects the items and judges their requirements.

    The run ends with exit code 3 if nothing can be judged, and with 4 if an option is wrong.
    """

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Read the options."""

        def option(name: str) -> Any:
            return config.getoption(f"{PREFIX}{name}")

        self._option = option
        try:
            contract = contracts.load(option("spec"), option("policy"))
            token, source = tokens_from(
                option("token"), option("token-file"), option("token-command"), os.environ
            )
            self._connection = ConnectionOptions(os.environ, *map(option, _CONNECTION)).settings()
            lists = lists_from(contract, option("course"), option("path"))
            given = [f"{PREFIX}{name}" for name in _OF_A_SERVER if option(name)]
            url, asked = option("url"), option("stub")
            if url is None and not asked:
                _refuse_file()
            self._is_stub = is_stub(
                url, os.environ, asked=asked, given=given, option=f"{PREFIX}stub"
            )
            target = None if self._is_stub else Target.parse(url)
            if target is not None:
                require_token(token, contract)
            expectations, others = expectations_from(option("expect"), contract, os.environ, token)
        except (SourceError, PolicyError, UsageError, TargetError) as error:
            raise pytest.UsageError(visible(str(error))) from None
        token = token or contract.example_token
        if target is None:
            from ...mock.serve.server import MockServer  # noqa: PLC0415 - only the stub needs it

            server = self._stack.enter_context(MockServer(contract, tokens=(token,)))
            target = Target.parse(server.url)
        self.contract, self._target = contract, target
        self._config = RunConfig(
            contract=contract,
            token=token,
            lists=lists,
            profile=Profile(option("profile")),
            mine=option("mine") or self._is_stub,
            max_requests=option("max-requests"),
            overlap=option("overlap"),
            expectations=expectations,
            other_tokens=others,
            token_source=source,
        )
        self._fail_on = Level(option("fail-on").upper())

    def pytest_report_header(self) -> str:
        """Return the line about the target and the contract."""
        contract = self.contract
        server = STUB if self._is_stub else self._target.url
        first = f"ruangkerja: {server} against {contract.title} {contract.version}"
        lines = [first, *(f"policy: {policy}" for policy in contract.policies)]
        return "\n".join(map(line, lines))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say that it was the stub that was checked."""
        if self._is_stub:
            terminalreporter.write_line(f"ruangkerja: checked {STUB}")

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        """Collect the items from this file, which is in the package that the run names."""
        if file_path != Path(__file__):
            return None
        file: _Requirements = _Requirements.from_parent(parent, path=file_path)
        file.suite = self
        return file

    def pytest_unconfigure(self) -> None:
        """Stop the stub, if there is one."""
        self._stack.close()

    @cached_property
    def _run(self) -> Run:
        """The run; the first item that needs it sends the requests."""
        options = CheckOptions(
            timeout=self._option("timeout"),
            rate=self._option("rate"),
            stub=self._is_stub,
            connection=self._connection,
        )
        try:
            return check(self._target, self._config, options, lambda _: None)
        except NotJudgedError as error:
            pytest.exit(f"not judged: {line(str(error))}", returncode=int(Exit.NOT_JUDGED))

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        """The verdicts by requirement."""
        return {verdict.requirement.id: verdict for verdict in self._run.verdicts}

    def run(self, item: _Item) -> None:
        """Give an item the outcome of the verdict of its requirement."""
        verdict = self._verdicts[item.requirement]
        item.user_properties += _properties(verdict, self.contract)
        status = status_of(verdict, self._fail_on)
        text = visible("\n".join(text_of(self._run, verdict)))
        if status in {Status.FAILED, Status.ERROR}:
            pytest.fail(text, pytrace=False)
        if status is Status.EXPECTED:
            pytest.xfail(text)
        if status is Status.SKIPPED:
            pytest.skip(text)


class _Requirements(pytest.File):
    """Collects an item for each requirement."""

    suite: Suite

    def collect(self) -> Iterator[pytest.Item]:
        for requirement in self.suite.contract.register:
            item: _Item = _Item.from_parent(self, name=_NAME.format(requirement.id))
            item.suite, item.requirement = self.suite, requirement.id
            yield item


class _Item(pytest.Item):
    """One requirement."""

    suite: Suite
    requirement: str

    def runtest(self) -> None:
        self.suite.run(self)


def _properties(verdict: Verdict, contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield what --junitxml records of an item, as pairs of name and value."""
    requirement = verdict.requirement
    yield "requirement", requirement.id
    yield "level", requirement.level.value
    if requirement.ground is not None:
        yield "ground", requirement.ground.value
    yield "title", requirement.title
    yield "document", requirement.document
    if requirement.quote:
        yield "quote", requirement.quote
    for id_, text in contract.decisions(requirement):
        yield "decision", f"{id_}: {text}"
    yield "verdict", verdict.outcome.value
    if verdict.lists:
        yield "lists", ", ".join(f"{each.name}: {each.outcome}" for each in verdict.lists)
