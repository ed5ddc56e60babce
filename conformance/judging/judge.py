"""Judging: from the evidence of a check, an audit or the proxy to a run and its reports."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...spec.register import Level
from ...spec.visible import line
from ..client.connection_settings import ConnectionSettings
from ..evidence.coverage import Coverage, coverage_of
from ..freedoms.taken import Taken, taken_in
from ..privacy.pseudonymizer import Pseudonymizer, key_of
from ..privacy.published import Published
from ..reporting.archive.curl import connecting
from ..reporting.attestation.kept import Kept
from ..reporting.formats.folder import of_tool
from ..reporting.run import labels
from ..reporting.run.model import NotJudgedError, Run
from ..reporting.run.waivers import Waivers, matcher_of
from ..verdicts.deciding import judge_all
from ..verdicts.verdict import Exit, exit_code, together
from .alternatives import need_all, with_alternatives
from .reports import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence
    from ..http.exchange import Exchange
    from ..http.target import Target
    from ..reporting.archive.recording import Recording
    from ..reporting.run.load_summary import LoadSummary
    from ..reporting.run.waivers import Waiver
    from ..verdicts.verdict import Verdict


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How evidence is judged and reported.

    `shown` has the options of the run, without secrets. In a `passive` run other clients sent the
    requests: what they did not cover is listed, and the run may still conform. `show_data` says
    whether reports show personal data; None shows only that of the built-in stub, which is checked
    if `stub` is set. `secret` is the key for the pseudonyms. A run whose coverage, in percent, is
    below `require_coverage` fails. If the server is `mine`, all methods may be sent to all lists.
    `labels` is what a team says about the run, by name. `connection` is how the server is reached.
    """

    fail_on: Level = Level.MUST
    report_dir: Path | None = None
    shown: Mapping[str, object] = field(default_factory=dict)
    show_data: bool | None = None
    waivers: tuple[Waiver, ...] = ()
    require_coverage: int | None = None
    passive: bool = False
    secret: str = ""
    stub: bool = False
    mine: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)

    @property
    def published_labels(self) -> Mapping[str, str]:
        """The labels as reports show them."""
        return labels.published(self.labels, self.secret)

    @property
    def shows_data(self) -> bool:
        """Whether reports show personal data."""
        return self.stub if self.show_data is None else self.show_data


@dataclass(frozen=True, slots=True)
class PreviousResults:
    """The results of the part of a run whose evidence is no longer kept.

    `verdicts` by requirement and `exchanges`, those that findings refer to, are as published.
    `count` is the number of all exchanges, `coverage` what they covered, and `taken` which freedoms
    they show.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()
    count: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    taken: Taken = field(default_factory=Taken)


_NOTHING = PreviousResults()
_WITH_RESULTS = {Exit.CONFORMING, Exit.NOT_JUDGED}
_BEFORE = " before the first request"


def conclude(  # noqa: PLR0913 - all by name
    evidence: Evidence,
    target: Target,
    judge_options: JudgeOptions,
    *,
    started: float,
    duration: float,
    previous: PreviousResults = _NOTHING,
    ending: Exit = Exit.NOT_JUDGED,
    recording: Recording | None = None,
    pseudonymizer: Pseudonymizer | None = None,
    load: LoadSummary | None = None,
) -> Run:
    """Judge evidence and write the reports.

    `ending` is the exit code of evidence that `ended` early. `recording` is that of its exchanges,
    which is finished, and `pseudonymizer` the one that it was made with. `load` is what a load test
    measured.

    `started` is in seconds since 1970-01-01 UTC, `duration` in seconds. Reports are written to
    `judge_options.report_dir`; each has its final name only when it is complete.
    """
    matcher = matcher_of(judge_options.waivers)
    if pseudonymizer is None:
        pseudonymizer = pseudonymizer_of(evidence.contract, target, judge_options)
    published = Published(evidence, pseudonymizer, matcher)
    judged = judge_all(evidence, matcher)
    coverage, taken = coverage_of(evidence), taken_in(evidence)
    if judge_options.passive and recording is None:
        # There may be thousands of exchanges, of which reports show those that findings cite.
        verdicts = [published.cited(verdict) for verdict in judged]
        is_empty = not any(verdict.judged for verdict in verdicts)
        whole = is_empty or need_all(verdicts, evidence.contract)
        shown = published.evidence if whole else published.citing(verdicts)
    else:
        verdicts = [published.verdict(verdict) for verdict in judged]
        shown = published.evidence
    run = run_of(
        Judged(shown, verdicts, coverage, taken),
        target,
        judge_options,
        started=started,
        duration=duration,
        previous=previous,
        ending=ending,
        load=load,
    )
    if judge_options.report_dir is None:
        return run
    kept = None if pseudonymizer is None else Kept(verdicts, coverage, taken)
    return write(run, judge_options.report_dir, recording, kept)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged: evidence as it may be published, its verdicts, and what it covers and shows.

    No waiver is applied to the verdicts yet.
    """

    evidence: Evidence
    verdicts: Sequence[Verdict]
    coverage: Coverage
    taken: Taken


def run_of(  # noqa: PLR0913 - all by name
    judged: Judged,
    target: Target,
    judge_options: JudgeOptions,
    *,
    started: float,
    duration: float,
    previous: PreviousResults = _NOTHING,
    ending: Exit = Exit.NOT_JUDGED,
    load: LoadSummary | None = None,
) -> Run:
    """Return the run with what was judged; the arguments are those of `conclude`."""
    evidence = judged.evidence
    today = datetime.fromtimestamp(started, UTC).date()
    waivers = Waivers(judge_options.waivers, target.url, today)

    def finish(verdict: Verdict) -> Verdict:
        before = previous.verdicts.get(verdict.requirement.id)
        return waivers.apply(together(before, verdict) if before else verdict)

    verdicts = with_alternatives([*map(finish, judged.verdicts)], evidence)
    found = exit_code(verdicts, fail_on=judge_options.fail_on, passive=judge_options.passive)
    coverage = previous.coverage.together(judged.coverage)
    if found is Exit.CONFORMING and coverage.percent < (judge_options.require_coverage or 0):
        found = Exit.NOT_CONFORMING
    is_open = evidence.unopened or (load is not None and load.is_open)
    if found is Exit.CONFORMING and (is_open or not any(each.judged for each in verdicts)):
        found = Exit.NOT_JUDGED
    if load is not None and found in _WITH_RESULTS and load.exceeds:
        found = Exit.NOT_CONFORMING
    if evidence.ended:
        found = ending
    return Run(
        target=target,
        evidence=replace(evidence, exchanges=[*previous.exchanges, *evidence.exchanges]),
        verdicts=verdicts,
        exit=found,
        configuration=judge_options.shown,
        started=started,
        duration=duration,
        fail_on=judge_options.fail_on,
        waivers=waivers,
        passive=judge_options.passive,
        coverage=coverage,
        taken=previous.taken.together(judged.taken),
        require_coverage=judge_options.require_coverage,
        connecting=tuple(connecting(judge_options.connection, target)),
        stub=judge_options.stub,
        labels=judge_options.published_labels,
        mine=judge_options.mine,
        shows_data=judge_options.shows_data,
        unkept=previous.count - len(previous.exchanges) + evidence.let_go,
        load=load,
    )


def pseudonymizer_of(
    contract: Contract, target: Target, judge_options: JudgeOptions
) -> Pseudonymizer | None:
    """Return the pseudonymizer of a run, or None if personal data is shown."""
    if judge_options.shows_data:
        return None
    key = key_of(contract, target.url, judge_options.secret)
    return Pseudonymizer(contract, target.prefix, key, passive=judge_options.passive)


def ended_by(error: BaseException, requests: int | None) -> tuple[str, Exit]:
    """Return why a run ended, in a sentence for reports, and its exit code."""
    at = "" if requests is None else f" at request {requests}" if requests else _BEFORE
    if isinstance(error, NotJudgedError):
        return line(str(error)), Exit.NOT_JUDGED
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted{at}", Exit.INTERRUPTED
    return of_tool(error, at), Exit.TOOL_ERROR


def report_ending(
    error: BaseException, evidence: Evidence, requests: int, concluded: Callable[[Exit], Run]
) -> None:
    """Write the reports of a run that an error ended; `concluded` judges and writes.

    What else fails on the way is left out, as the first error is the one to raise.
    """
    evidence.ended, ending = ended_by(error, requests)
    error.add_note(evidence.ended)
    if isinstance(error, NotJudgedError):
        evidence.set_aside(
            [*evidence.records, *evidence.apart]
        )  # the responses may be those of a gateway
    with contextlib.suppress(Exception):
        run = concluded(ending)
        if isinstance(error, NotJudgedError):
            error.run = run
