"""`ruangkerja audit`: check recorded traffic against the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("files", nargs=-1, required=True, type=options.FILE)
@click.option(
    "--base-url",
    help="The URL below which the contract's paths begin. Default: found in the recordings.",
)
@options.TOKEN
@options.TOKEN_FILE
@options.COMPLETE
@options.FAIL_ON
@options.REPORT_DIR
@options.SHOW_DATA
@options.WAIVERS
@options.SPEC
@options.POLICIES
def audit(
    files: tuple[Path, ...],
    base_url: str | None,
    token: str | None,
    token_file: Path | None,
    complete: bool,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    spec: Path | None,
    policies: tuple[str, ...],
) -> None:
    """Check recorded traffic: HAR files from a browser, from mitmproxy or from this suite.

    Requests that do not belong to the contract are counted and otherwise ignored.

    Exit codes: 0 everything that was checked conforms, 1 not conforming, 2 wrong usage or not a
    HAR file, 3 no request of the contract in the files, or too few with --complete.
    """
    from ..traffic.recording.audit import AmbiguousError, AuditConfig
    from ..traffic.recording.audit import audit as run_audit
    from ..traffic.recording.har_file import NotHarError

    contract = options.contract_of(spec, policies)
    base = options.target_of(base_url) if base_url is not None else None
    known = options.token_of(token, token_file)
    shown = {
        "recordings": [str(file) for file in files],
        "base_url": base.url if base else None,
        "complete": complete,
    }
    judge_options = options.judge_options(
        contract, fail_on, report_dir, show_data, waivers_file, shown
    )
    config = AuditConfig(contract, files, base, known, complete)
    try:
        options.end(lambda: run_audit(config, judge_options))
    except (NotHarError, AmbiguousError) as error:
        raise click.UsageError(str(error)) from None
