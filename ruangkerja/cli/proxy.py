"""`ruangkerja proxy`: check traffic against the contract as it passes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured
from .connection import CONNECTION
from .judging import JUDGING, Judging, end

if TYPE_CHECKING:
    from ..conformance.client.connection_settings import ConnectionSettings
    from ..spec.contract import Contract


@click.command(cls=Configured)
@click.argument("upstream", metavar="UPSTREAM")
@options.HOST
@options.port(8081)
@click.option(
    "--enforce",
    is_flag=True,
    help="Replace a response to an operation that violates the contract, or cannot be judged, with "
    "502 and the contract's error.",
)
@click.option(
    "--fallback",
    is_flag=True,
    help="Let the stub respond if the upstream fails (no response, 5xx) or lacks the operation "
    "(404, 405 or 501 without the contract's error body).",
)
@click.option(
    "--timeout",
    type=options.SOME,
    default=10.0,
    show_default=True,
    help="The time limit for a complete response to an operation, in seconds.",
)
@click.option(
    "--record-limit",
    type=options.Integer(min=1),
    default=500,
    show_default=True,
    metavar="MIB",
    help="The size that exchanges.har in --report-dir may have, in MiB. Later exchanges are "
    "checked, but not recorded.",
)
@click.option(
    "--no-cors",
    is_flag=True,
    help="Do not add the headers with which pages of other origins can read responses. By default, "
    "they are added where the upstream sends none.",
)
@options.allowed_hosts(
    "A name under which clients may use the proxy, besides localhost, addresses and the name of "
    "the upstream."
)
@options.TOKEN
@CONNECTION
@options.COMPLETE
@JUDGING
@options.CONTRACT
def proxy(
    upstream: str,
    host: str,
    port: int,
    enforce: bool,
    fallback: bool,
    timeout: float,
    record_limit: int,
    no_cors: bool,
    allowed_hosts: tuple[str, ...],
    token: str | None,
    connection: ConnectionSettings,
    complete: bool,
    judging: Judging,
    contract: Contract,
) -> None:
    """Forward requests to UPSTREAM, and check each response to an operation of the contract.

    Each distinct finding is printed once, and the response header Contract-Violations lists the
    violations in that response. All other requests are forwarded unchanged. Ctrl-C stops the proxy
    and writes the reports.

    Exit codes: 0 everything that was checked conforms, 1 not conforming, 2 wrong usage,
    3 no request of the contract passed, or too few with --complete, 4 an error of the tool.
    """
    from ..conformance.client.waiting import wait_for
    from ..conformance.judging.judge import JudgeOptions
    from ..conformance.reporting.archive.har import OF_CLIENTS
    from ..conformance.reporting.archive.recording import Recording
    from ..mock.access.loopback import is_loopback
    from ..mock.serve.listening import AddressError
    from ..traffic.proxy.operations import Policy
    from ..traffic.proxy.serve import Proxy, ProxyConfig

    target = options.target_of(upstream)
    judge_options = judging.options(
        contract, JudgeOptions, {}, passive=not complete, connection=connection
    )
    if not is_loopback(host):
        click.echo(f"warning: {host} can be reached from other machines", err=True)
    policy = Policy(enforce, fallback, judging.level, timeout, cors=not no_cors)
    config = ProxyConfig(
        contract, target, host, port, token, policy, connection, tuple(allowed_hosts)
    )
    wait_for(target, connection, timeout=timeout, note=click.echo)
    with ExitStack() as stack:
        try:
            serving = Proxy(config, judge_options, tell=click.echo)
        except AddressError as error:
            raise click.UsageError(str(error)) from None
        if judging.report_dir is not None:
            show, labels = serving.live.published, judge_options.published_labels
            most = record_limit * 2**20
            recording = Recording(judging.report_dir, target, show, labels, most)
            recording.comment = OF_CLIENTS if token is None else ""
            serving.live.keep = stack.enter_context(recording).add
            stack.callback(lambda: serving.live.note_unrecorded(recording.left_out))
        serving.serve(lambda url: click.echo(f"{url} stands for {target.url}"))
    end(serving.conclude)
