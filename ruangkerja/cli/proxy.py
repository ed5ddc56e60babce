"""`ruangkerja proxy`: check traffic against the contract as it passes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("upstream", metavar="UPSTREAM")
@options.HOST
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8081,
    show_default=True,
    help="The port to listen at; 0 takes a free one.",
)
@click.option(
    "--enforce",
    is_flag=True,
    help="Answer 502 with the contract's error in place of what violates it.",
)
@click.option(
    "--fallback",
    is_flag=True,
    help="Let the stub answer where the upstream fails (no answer, 5xx) or lacks the operation "
    "(404, 405 or 501 that is not in the contract's form).",
)
@click.option(
    "--timeout",
    type=options.SOME,
    default=10.0,
    show_default=True,
    help="Seconds within which an answer to an operation has to be complete.",
)
@options.CA_FILE
@options.TOKEN
@options.TOKEN_FILE
@options.COMPLETE
@options.FAIL_ON
@options.REPORT_DIR
@options.SHOW_DATA
@options.WAIVERS
@options.SPEC
def proxy(
    upstream: str,
    host: str,
    port: int,
    enforce: bool,
    fallback: bool,
    timeout: float,
    ca_file: Path | None,
    token: str | None,
    token_file: Path | None,
    complete: bool,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    spec: Path | None,
) -> None:
    """Stand before UPSTREAM, and judge every answer to an operation of the contract as it passes.

    Each distinct finding is printed once, and the header Contract-Violations of an answer lists
    what is wrong with it. All other requests pass untouched. Ctrl-C ends it with the reports.

    Exit codes: 0 all that was judged is conforming, 1 not conforming, 2 wrong usage,
    3 nothing of the contract passed, or with --complete not enough of it.
    """
    from ..conformance.report.recording import Recording
    from ..mock.serve.loopback import is_loopback
    from ..mock.serve.server import AddressError
    from ..spec.register import Level
    from ..traffic.proxy.operations import Policy
    from ..traffic.proxy.serve import Proxy, ProxyConfig

    contract = options.contract_of(spec)
    target = options.target_of(upstream)
    known = options.token_of(token, token_file)
    shown: dict[str, object] = {
        "enforce": enforce,
        "fallback": fallback,
        "timeout": timeout,
        "complete": complete,
    }
    judge_options = options.judge_options(
        contract, fail_on, report_dir, show_data, waivers_file, shown
    )
    judge_options = replace(judge_options, passive=not complete)
    if not is_loopback(host):
        click.echo(f"warning: {host} can be reached from other machines", err=True)
    policy = Policy(enforce, fallback, Level(fail_on.upper()), timeout)
    config = ProxyConfig(contract, target, host, port, known, policy, options.verify(ca_file))
    with ExitStack() as stack:
        try:
            serving = Proxy(config, judge_options, tell=click.echo)
        except AddressError as error:
            raise click.UsageError(str(error)) from None
        if report_dir is not None:
            recording = Recording(report_dir, target, serving.live.shown)
            serving.live.keep = stack.enter_context(recording).add
        serving.serve(lambda url: click.echo(f"{url} stands for {target.url}"))
    options.end(serving.conclude)
