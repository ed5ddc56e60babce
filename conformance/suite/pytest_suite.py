"""A run of the suite as a run of pytest: options, evidence when the first item needs it."""

from __future__ import annotations

import contextlib
import os
from functools import cache
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
from ..rules.verdict import Exit
from .arguments import UsageError, lists_from, require_token, token_from
from .judge import JudgeOptions, NotJudgedError, pseudonymizer_of
from .pytest_items import Verdicts
from .survey import RunConfig, Survey

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence


def add_options(parser: pytest.Parser) -> None:
    """Add the options, named as those of `ruangkerja check` are."""
    group = parser.getgroup("ruangkerja", "conformance to the Ruangkerja contract")

    def add(name: str, **options: Any) -> None:
        # Another plugin may have a --base-url of its own, and means the same by it.
        with contextlib.suppress(ValueError):
            group.addoption(name, dest=f"ruangkerja{name.replace('-', '_')}", **options)

    add("--base-url", metavar="URL", help="the server to judge; without it the stub is judged")
    add("--token", help="a valid token; better --token-file or RUANGKERJA_TOKEN")
    add("--token-file", type=Path, help="a file that holds the token")
    add("--course", action="append", default=[], help="a course with users; may be repeated")
    add("--path", action="append", default=[], metavar="NAME=VALUE", help="another path parameter")
    profiles = [profile.value for profile in Profile if profile is not Profile.DEEP]
    add("--profile", choices=profiles, default=Profile.GATE.value, help="how much to send")
    add("--fail-on", choices=["must", "should"], default="must", help="the lowest level that fails")
    add("--time-limit", type=float, default=10.0, help="seconds within which an answer is complete")
    add("--rate", type=float, help="requests a second at most")
    add("--max-requests", type=int, help="requests at most")
    add("--probe-methods", action="store_true", help="send writing methods to any host")
    add("--spec", type=Path, help="an OpenAPI 3.0 file in place of the built-in contract")


class Suite:
    """Makes the run_config of the options, and judges in the place of the command.

    What cannot be judged ends the run with exit code 3, wrong options with 4, as pytest has it.
    """

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._about = ""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Read the options, and register the plugin that judges."""
        option = config.getoption
        try:
            contract = contracts.load(option("--spec"))
            token = token_from(option("--token"), option("--token-file"), os.environ)
            lists = lists_from(contract, option("--course"), option("--path"))
            url = option("--base-url")
            target = Target.parse(url) if url is not None else None
            require_token(token, needed=target is not None)
        except (SourceError, UsageError, TargetError) as error:
            raise pytest.UsageError(str(error)) from None
        if target is None:
            token = token or contract.example_token
            target = self._stub(contract, token)
        run_config = RunConfig(
            contract=contract,
            token=token or "",
            lists=lists,
            profile=Profile(option("--profile")),
            may_write=option("--probe-methods") or target.is_loopback,
            max_requests=option("--max-requests"),
        )
        self._about = f"{target.url} by {contract.title} {contract.version}"
        self._register(config, run_config, target)

    def _register(self, config: pytest.Config, run_config: RunConfig, target: Target) -> None:
        judge_options = JudgeOptions(tokens=(run_config.token,))

        def gather() -> Evidence:
            with Client(
                target,
                timeout=config.getoption("--time-limit"),
                rate=config.getoption("--rate"),
                max_requests=run_config.limit,
                secrets=(run_config.token,),
            ) as client:
                try:
                    return Survey(run_config, client).run()
                except NotJudgedError as error:
                    pytest.exit(f"not judged: {error}", returncode=int(Exit.NOT_JUDGED))

        @cache
        def published() -> Published:
            return Published(
                judges.evidence, pseudonymizer_of(run_config.contract, target, judge_options)
            )

        judges = Verdicts(
            run_config.contract,
            gather,
            fail_on=Level(config.getoption("--fail-on").upper()),
            finish=lambda verdict: published().verdict(verdict),
            redact=Redaction(judge_options.tokens).text,
        )
        config.pluginmanager.register(judges, "ruangkerja-judges")

    def pytest_report_header(self) -> str:
        """Say what is judged by what."""
        return f"ruangkerja: {self._about}"

    def _stub(self, contract: Contract, token: str) -> Target:
        from ...mock.serve.server import MockServer  # noqa: PLC0415 - a server of one's own needs none

        server = self._stack.enter_context(MockServer(contract, tokens=(token,)))
        return Target.parse(server.url)

    def pytest_unconfigure(self) -> None:
        """Stop the stub, if there was one."""
        self._stack.close()
