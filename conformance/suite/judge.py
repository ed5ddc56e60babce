"""Judging: from the evidence of a check, an audit or the proxy to a run and its reports."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...spec.register import Level
from ..evidence.coverage import Coverage, coverage_of
from ..privacy.pseudonymizer import Pseudonymizer, key_of
from ..privacy.published import Published
from ..report import as_html, as_json, as_junit, as_markdown, labels
from ..report.model import Run
from ..report.waivers import Waivers, matcher_of
from ..rules.verdict import Exit, exit_code, judge_all, together
from . import replay
from .alternatives import with_alternatives

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence
    from ..http.exchange import Exchange
    from ..http.target import Target
    from ..report.waivers import Waiver
    from ..rules.verdict import Verdict


class NotJudgedError(Exception):
    """Nothing can be judged; the message gives the reason and what to do."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How evidence is judged and reported.

    `shown` has the options of the run, without secrets. In a `passive` run other clients sent the
    requests: what they did not cover is listed, and the run may still conform. `show_data` says
    whether reports show personal data; None shows it only for a server on this machine. `secret`
    is the key for the pseudonyms. A run whose coverage, in percent, is below `require_coverage`
    fails. `stub` is whether the server is the built-in stub. `labels` is what a team says about the
    run, by name.
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
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def published_labels(self) -> Mapping[str, str]:
        """The labels as reports show them."""
        return labels.published(self.labels, self.secret)


@dataclass(frozen=True, slots=True)
class PreviousResults:
    """The results of the part of a run whose evidence is no longer kept.

    `verdicts` by requirement and `exchanges`, those that findings refer to, are as published.
    `count` is the number of all exchanges, `coverage` what they covered.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()
    count: int = 0
    coverage: Coverage = field(default_factory=Coverage)


_NOTHING = PreviousResults()


def conclude(  # noqa: PLR0913 - all by name
    evidence: Evidence,
    target: Target,
    judge_options: JudgeOptions,
    *,
    started: float,
    duration: float,
    previous: PreviousResults = _NOTHING,
) -> Run:
    """Judge evidence and write the reports.

    `started` is in seconds since 1970-01-01 UTC, `duration` in seconds. Reports are written to
    `judge_options.report_dir`; each has its final name only when it is complete.
    """
    waivers = Waivers(
        judge_options.waivers, target.url, datetime.fromtimestamp(started, UTC).date()
    )
    pseudonymizer = pseudonymizer_of(evidence.contract, target, judge_options)
    matcher = matcher_of(judge_options.waivers)
    published = Published(evidence, pseudonymizer, matcher)

    def finish(verdict: Verdict) -> Verdict:
        shown = published.verdict(verdict)
        before = previous.verdicts.get(verdict.requirement.id)
        return waivers.apply(together(before, shown) if before else shown)

    verdicts = [finish(verdict) for verdict in judge_all(evidence, matcher)]
    verdicts = with_alternatives(verdicts, published.evidence)
    found = exit_code(verdicts, fail_on=judge_options.fail_on, passive=judge_options.passive)
    coverage = previous.coverage.together(coverage_of(evidence))
    if found is Exit.CONFORMING and coverage.percent < (judge_options.require_coverage or 0):
        found = Exit.NOT_CONFORMING
    if found is Exit.CONFORMING and not (previous.count or evidence.answered):
        found = Exit.NOT_JUDGED
    if evidence.ended:
        found = Exit.NOT_JUDGED
    run = Run(
        target=target,
        evidence=replace(
            published.evidence, exchanges=[*previous.exchanges, *published.evidence.exchanges]
        ),
        verdicts=verdicts,
        exit=found,
        configuration=judge_options.shown,
        started=started,
        duration=duration,
        fail_on=judge_options.fail_on,
        waivers=waivers,
        passive=judge_options.passive,
        coverage=coverage,
        require_coverage=judge_options.require_coverage,
        stub=judge_options.stub,
        labels=judge_options.published_labels,
        unkept=previous.count - len(previous.exchanges) + evidence.let_go,
    )
    if judge_options.report_dir is not None:
        _write(judge_options.report_dir / "report.json", as_json.render(run))
        _write(judge_options.report_dir / "report.html", as_html.render(run))
        _write(judge_options.report_dir / "summary.md", as_markdown.render(run))
        _write(judge_options.report_dir / "junit.xml", as_junit.render(run))
        replay.write(run, judge_options.report_dir / "cases")
    return run


def pseudonymizer_of(
    contract: Contract, target: Target, judge_options: JudgeOptions
) -> Pseudonymizer | None:
    """Return the pseudonymizer of a run, or None if personal data is shown."""
    shown = target.is_loopback if judge_options.show_data is None else judge_options.show_data
    if shown:
        return None
    key = key_of(contract, target.url, judge_options.secret)
    return Pseudonymizer(contract, target.prefix, key)


def _write(path: Path, text: str) -> None:
    """Write a file that has its name only when it is complete."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
