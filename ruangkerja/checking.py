"""`ruangkerja.check`: a check as one function call, for those who do not use the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .conformance.client.connection_settings import ConnectionSettings
from .conformance.config.arguments import expectations_from
from .conformance.config.run_config import RunConfig
from .conformance.http.target import Target
from .conformance.reporting.run.labels import parse
from .conformance.requests.probes.plan import Profile
from .conformance.suite.check import CheckOptions
from .conformance.suite.check import check as check_target
from .spec.contract import load
from .spec.register import Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .conformance.reporting.run.model import Run
    from .spec.contract import Contract


def check(
    url: str,
    *,
    token: str,
    lists: Mapping[str, Sequence[str]] | None = None,
    profile: str = "gate",
    contract: Contract | None = None,
    policies: Sequence[str | Path] = (),
    report_dir: Path | None = None,
    fail_on: str = "must",
    timeout: float = 10.0,
    seed: int = 0,
    overlap: int | None = None,
    jobs: int | None = None,
    max_time: float | None = None,
    expect: Path | None = None,
    labels: Mapping[str, str] | None = None,
    connection: ConnectionSettings | None = None,
    mine: bool = False,
    show_data: bool = False,
) -> Run:
    """Check the server at `url` against a contract, the built-in one by default.

    `policies` are the names or the files of policies that are applied to the contract. `lists`
    gives the values of path parameters by name; a parameter that is not named takes the contract's
    example. `profile` is "smoke", "gate" or "deep", `fail_on` is "must" or "should", `timeout` is
    in seconds, and `seed` decides what the profile "deep" draws. Up to `jobs` requests are under
    way at once, by default 4 or 6 if the server is slow, and the run takes at most `max_time`
    seconds. Reports are written to `report_dir` however the run ends. `expect` is a file with what
    the lists have to show, and `labels` is what the head of every report says about the run, by
    name.
    `connection` says how the server is reached; without it, only the proxies of the environment do.

    POST, PUT, PATCH and DELETE are sent only for a list that does not exist, unless the server is
    `mine`. Pseudonyms replace personal data in the run and its reports, unless `show_data` is set.

    Raises ValueError for a URL, a word, a label or a policy that cannot be used, SourceError for a
    mistake in a file, OSError for a report that cannot be written, and NotJudgedError if the server
    does not answer in a way that can be judged: its `run` has what was exchanged.
    """
    target = Target.parse(url)
    contract = contract.under(policies) if contract is not None else load(policies=policies)
    expectations, other_tokens = expectations_from(expect, contract, os.environ, token)
    config = RunConfig(
        contract=contract,
        token=token,
        lists={name: tuple(values) for name, values in (lists or {}).items()},
        profile=Profile(profile),
        mine=mine,
        seed=seed,
        overlap=overlap,
        jobs=jobs,
        max_time=max_time,
        expectations=expectations,
        other_tokens=other_tokens,
    )
    options = CheckOptions(
        fail_on=Level(fail_on.upper()),
        report_dir=report_dir,
        timeout=timeout,
        show_data=show_data,
        labels=parse(f"{name}={value}" for name, value in (labels or {}).items()),
        connection=connection or ConnectionSettings(),
    )
    return check_target(target, config, options, note=lambda _: None)
