"""A check: survey a target, and judge what came."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..spec.register import Level
from .client import Client
from .endurance import Bounds
from .judging import Terms, conclude, people_of
from .probes.plan import Profile
from .recording import Recording
from .redaction import Redaction
from .survey import Order, Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .exchange import Exchange
    from .report.model import Run
    from .target import Target
    from .waivers import Waiver

# Bytes. A page of a hundred people is some 40 kB; deep lets go of what was in order while it
# explores.
_LARGEST_BODY = 4 << 20
_MOST_KEPT = {Profile.SMOKE: 32 << 20, Profile.GATE: 32 << 20, Profile.DEEP: 256 << 20}
_MOST_SILENT = {Profile.SMOKE: 5, Profile.GATE: 30, Profile.DEEP: 300}


@dataclass(frozen=True, slots=True)
class Options:
    """How a check is carried out; `timeout` is in seconds, `rate` in requests a second.

    `show_data` says whether reports have what the server says about people; None for a server on
    this machine alone. Below `require_coverage`, in percent, a run fails that would be conforming.
    """

    fail_on: Level = Level.MUST
    report_dir: Path | None = None
    timeout: float = 10.0
    rate: float | None = None
    show_data: bool | None = None
    waivers: tuple[Waiver, ...] = ()
    require_coverage: int | None = None
    shown: Mapping[str, object] = field(default_factory=dict)


def check(target: Target, order: Order, options: Options, note: Callable[[str], None]) -> Run:
    """Check a target; raise NotJudgedError where nothing could be judged.

    What is exchanged is recorded in `options.report_dir`, from the first request on.
    """
    terms = Terms(
        fail_on=options.fail_on,
        report_dir=options.report_dir,
        tokens=(order.token,),
        shown=options.shown,
        show_data=options.show_data,
        waivers=options.waivers,
        require_coverage=options.require_coverage,
    )
    started, clock = time.time(), time.monotonic()
    with contextlib.ExitStack() as stack:
        recording = None
        if options.report_dir is not None:
            show = _shown(order, target, terms)
            recording = stack.enter_context(Recording(options.report_dir, target, show))
        client = Client(
            target,
            timeout=options.timeout,
            rate=options.rate,
            max_requests=order.limit,
            max_body=_LARGEST_BODY,
            bounds=Bounds(kept=_MOST_KEPT[order.profile], silent=_MOST_SILENT[order.profile]),
            secrets=(order.token,),
            on_exchange=recording.add if recording else None,
        )
        evidence = Survey(order, stack.enter_context(client), note).run()
        duration = time.monotonic() - clock
        run = conclude(evidence, target, terms, started=started, duration=duration)
        if recording is not None:
            recording.finish(map(run.redaction.exchange, run.evidence.exchanges))
    return run


def _shown(order: Order, target: Target, terms: Terms) -> Callable[[Exchange], Exchange]:
    """Give what shows an exchange to others."""
    redaction, people = Redaction(terms.tokens), people_of(order.contract, target, terms)
    return lambda exchange: redaction.exchange(people.exchange(exchange) if people else exchange)
