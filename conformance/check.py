"""A check: survey a target, and judge what came."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..spec.register import Level
from .client import Client
from .judging import Terms, conclude
from .survey import Order, Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .report.model import Run
    from .target import Target
    from .waivers import Waiver


@dataclass(frozen=True, slots=True)
class Options:
    """How a check is carried out; `timeout` is in seconds, `rate` in requests a second.

    `show_data` says whether reports have what the server says about people; None for a server on
    this machine alone.
    """

    fail_on: Level = Level.MUST
    report_dir: Path | None = None
    timeout: float = 10.0
    rate: float | None = None
    show_data: bool | None = None
    waivers: tuple[Waiver, ...] = ()
    shown: Mapping[str, object] = field(default_factory=dict)


def check(target: Target, order: Order, options: Options, note: Callable[[str], None]) -> Run:
    """Check a target; raise NotJudgedError where nothing could be judged."""
    started, clock = time.time(), time.monotonic()
    with Client(
        target,
        timeout=options.timeout,
        rate=options.rate,
        max_requests=order.limit,
        secrets=(order.token,),
    ) as client:
        evidence = Survey(order, client, note).run()
    terms = Terms(
        fail_on=options.fail_on,
        report_dir=options.report_dir,
        tokens=(order.token,),
        shown=options.shown,
        show_data=options.show_data,
        waivers=options.waivers,
    )
    duration = time.monotonic() - clock
    return conclude(evidence, target, terms, started=started, duration=duration)
