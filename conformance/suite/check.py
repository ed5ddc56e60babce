"""A check: send the requests of a profile, judge the responses, write the reports."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from ..client.client import Client
from ..client.limits import Limits
from ..client.waiting import wait_for
from ..judging.judge import JudgeOptions, conclude, pseudonymizer_of, report_ending
from ..privacy.redaction import Redaction, Words
from ..reporting.archive.recording import Recording
from ..reporting.formats.folder import begin
from ..reporting.run.model import NotJudgedError
from ..requests.probes.plan import Profile
from ..survey.survey import Survey
from ..verdicts.verdict import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..config.run_config import RunConfig
    from ..http.exchange import Exchange
    from ..http.target import Target
    from ..reporting.run.model import Run

# Bytes. A page of a hundred users has about 40 kB; the profile deep does not keep the responses
# that were in order while it explores.
_LARGEST_BODY = 4 << 20
_MOST_KEPT = {Profile.SMOKE: 32 << 20, Profile.GATE: 32 << 20, Profile.DEEP: 256 << 20}
_MOST_SILENT = {Profile.SMOKE: 5, Profile.GATE: 30, Profile.DEEP: 300}


@dataclass(frozen=True, slots=True)
class CheckOptions(JudgeOptions):
    """How a check is carried out; `timeout` is in seconds, `rate` in requests a second.

    `progress` is called with every exchange.
    """

    timeout: float = 10.0
    rate: float | None = None
    progress: Callable[[Exchange], None] = field(default=lambda _: None, repr=False)


def check(
    target: Target, config: RunConfig, options: CheckOptions, note: Callable[[str], None]
) -> Run:
    """Check a target; raise NotJudgedError if nothing can be judged.

    Exchanges are recorded in `options.report_dir` from the first request on, and reports are
    written there however the run ends; what ended it is raised afterwards.
    """
    options = replace(options, secret=config.token, mine=config.mine)
    started, clock = time.time(), time.monotonic()
    people = pseudonymizer_of(config.contract, target, options)
    with contextlib.ExitStack() as stack:
        recording = None
        if options.report_dir is not None:
            begin(options.report_dir)
            show = people.exchange if people else None
            recording = stack.enter_context(
                Recording(options.report_dir, target, show, options.published_labels)
            )

        def taken(exchange: Exchange) -> None:
            if recording is not None:
                recording.add(exchange)
            options.progress(exchange)

        client = Client(
            target,
            timeout=options.timeout,
            rate=options.rate,
            max_requests=config.limit,
            max_body=_LARGEST_BODY,
            bounds=Limits(kept=_MOST_KEPT[config.profile], silent=_MOST_SILENT[config.profile]),
            connection=options.connection,
            masker=Redaction(
                (config.token,),
                config.other_tokens,
                options.connection.secrets,
                Words.of(config.contract, chain.from_iterable(config.lists.values())),
            ),
            on_exchange=taken,
        )
        survey = Survey(config, stack.enter_context(client), note)

        def concluded(ending: Exit = Exit.NOT_JUDGED) -> Run:
            duration = time.monotonic() - clock
            return conclude(
                survey.evidence,
                target,
                options,
                started=started,
                duration=duration,
                ending=ending,
                recording=recording,
                pseudonymizer=people,
            )

        try:
            wait_for(target, options.connection, timeout=options.timeout, note=note)
            started, clock = time.time(), time.monotonic()
            survey.run()
        except BaseException as error:
            if isinstance(error, NotJudgedError) and people is not None:
                error.args = (people.message(str(error)),)
            report_ending(error, survey.evidence, client.sent, concluded)
            raise
        return concluded()
