"""`ruangkerja audit`: check recorded traffic against the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured
from .judging import JUDGING, Judging, end

if TYPE_CHECKING:
    from pathlib import Path

    from ..spec.contract import Contract


@click.command(cls=Configured)
@click.argument("files", nargs=-1, required=True, type=options.FILE)
@click.option(
    "--base-url",
    help="The URL below which the contract's paths begin. Default: found in the recordings.",
)
@options.TOKEN
@options.COMPLETE
@JUDGING
@options.CONTRACT
def audit(
    files: tuple[Path, ...],
    base_url: str | None,
    token: str | None,
    complete: bool,
    judging: Judging,
    contract: Contract,
) -> None:
    """Check recorded traffic: HAR files from a browser, Playwright, mitmproxy or this suite.

    Requests that do not belong to the contract are counted and otherwise ignored.

    Exit codes: 0 everything that was checked conforms, 1 not conforming, 2 wrong usage or not a
    HAR file, 3 no request of the contract in the files, or too few with --complete,
    4 an error of the tool.
    """
    from ..conformance.judging.judge import JudgeOptions
    from ..traffic.recording.audit import AmbiguousError, AuditConfig
    from ..traffic.recording.audit import audit as run_audit
    from ..traffic.recording.har_file import NotHarError

    base = options.target_of(base_url) if base_url is not None else None
    judge_options = judging.options(
        contract, JudgeOptions, {"base_url": base.url if base else None}
    )
    config = AuditConfig(contract, files, base, token, complete)
    try:
        end(lambda: run_audit(config, judge_options))
    except (NotHarError, AmbiguousError) as error:
        raise click.UsageError(str(error)) from None
